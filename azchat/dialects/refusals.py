"""What a service refuses of a request, read from its words: a parameter, a value of it, a role.

Pure. A refused parameter is left out or renamed, and of a refused effort another one is tried.
A value that is only too large, too many or out of range is the user's to change: that is said,
and nothing is repaired. Where a service only says that a parameter is unknown, those that a user
gave by name with ``--option`` stay: they may be the point of the request.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from azchat.blanks import table
from azchat.conversation import AnswerFormat
from azchat.dialects.asked import USAGE_WISH, Asked, Repair
from azchat.dialects.repair import effort_near, parameters_of, repaired
from azchat.errors import AzchatError
from azchat.parameters import EFFORTS, PARAMETERS

_EFFORT = "effort"
# What can be left out, or has another name, without changing what was asked. Where two exclude
# each other, the lower one stays out.
_SPARE = {
    **{name: spec.spare for name, spec in PARAMETERS.items()},
    **dict.fromkeys(("parallel_tool_calls", USAGE_WISH, "stream"), 3),
}
# How the dialects spell a parameter, and the field that a refusal names.
_SPELT = {
    "effort": ("reasoning_effort", "reasoning.effort", "output_config.effort"),
    "max_tokens": ("max_completion_tokens", "max_output_tokens"),
    "summary": ("reasoning.summary", "reasoning.generate_summary"),
    "verbosity": ("text.verbosity",),
    "stop": ("stop_sequences",),
}
_NAMES = {spelling: name for name, spellings in _SPELT.items() for spelling in spellings}
REFUSED = (400, 422)
FORMAT_STATUS = (400, 415, 422, 500, 501)
_TOOLS_AND_EFFORT = "tools with reasoning_effort"


def says(what: str, text: str, *, in_any_case: bool = False) -> re.Match[str] | None:
    """Return where a text has what the table ``refusals.toml`` has under a name."""
    return re.search(words_for(what), text, re.IGNORECASE if in_any_case else 0)


@cache
def words_for(what: str) -> str:
    """Return a pattern of the table."""
    words: str = table(__file__, "refusals")[what]
    return "|".join(words.splitlines())


class Refusal(NamedTuple):
    """A refused request: why, what was asked with its repairs, and what was sent beside it."""

    error: AzchatError
    asked: Asked
    beside: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The service's own words in lower case, a ``camelCase`` name as the API spells it."""
        return _snake(self.error.said or self.error.what)

    @property
    def said_or_coded(self) -> str:
        """Its words and its code."""
        return f"{self.said} {self.error.service_code}".lower()

    @property
    def sent(self) -> Mapping[str, object]:
        """The parameters that were sent, by azchat's names."""
        return parameters_of(self.asked) | dict.fromkeys(self.beside)


def mend(
    error: AzchatError,
    asked: Asked,
    body: Mapping[str, Any],
    own_repair: Callable[[Refusal, Mapping[str, Any]], Repair | None],
) -> Repair | None:
    """Return what a refusal of ``body`` asks for; else its hint says what the user can do.

    ``own_repair`` knows the fields that the dialect alone has.
    """
    model = asked.conversation.settings.model
    error.hint = (asked.offer and tools_hint(error, model)) or error.hint
    beside = (USAGE_WISH,) if USAGE_WISH in body else ()
    refusal = Refusal(error, repaired(asked, asked.manner.repairs)[0], beside)
    repair = own_repair(refusal, body) or find_repair(refusal)
    if repair is None:
        error.hint = value_hint(refusal) or error.hint
    return repair


def find_repair(refusal: Refusal) -> Repair | None:
    """Return what makes the request acceptable, if that is known."""
    error, asked, _ = refusal
    if error.http_status in (*REFUSED, 500) and (role := _refused_role(refusal)):
        return role  # 500: SGLang's for a chat template that raises
    if error.http_status in FORMAT_STATUS and (form := _refused_format(refusal)):
        return form
    if error.http_status not in REFUSED:
        return None
    if asked.offer and _EFFORT in refusal.sent and _TOOLS_AND_EFFORT in refusal.said:
        return Repair("drop", _EFFORT, when="tools")
    if tool := _refused_tool(refusal):
        return Repair("tool", tool)
    return _refused_parameter(refusal)


def value_hint(refusal: Refusal) -> str:
    """Return what to do about a value that was refused, with the limit that is named; else ""."""
    names = _named(refusal) if refusal.error.http_status in REFUSED else []
    said = refusal.said
    if not names or names[0] == _EFFORT or not says("limit", refusal.said_or_coded):
        return ""
    bound = says("bound", said)
    limit = f" (the limit: {' to '.join(filter(None, bound.groups()))})" if bound else ""
    return f"give --{names[0].replace('_', '-')} another value{limit}, or leave it out"


def tools_hint(error: AzchatError, model: str | None) -> str:
    """Return what to do about tools that were refused; "" for any other error."""
    is_refusal = error.http_status in (400, 404, 422, 501)
    about = ("about tools", "not taken")
    if not (is_refusal and all(says(one, error.what, in_any_case=True) for one in about)):
        return ""
    if "reasoning_effort" in error.what:  # OpenAI's newer models take only one of the two here
        return "ask without --effort, or without tools"
    return f"{model or 'the model'} takes no tools here: ask without them, or another model with -m"


def _refused_parameter(refusal: Refusal) -> Repair | None:
    names = _named(refusal)
    if not names:
        return None
    said, sent = refusal.said, refusal.sent
    others = [
        key for key in sorted({*sent} - {*_SPARE}) if re.search(rf"\b{re.escape(key)}\b", said)
    ]
    if names[1:] + others and says("exclusive", said):
        spare = min(names, key=_SPARE.__getitem__)
        beside = next(name for name in names + others if name != spare)
        return Repair("drop", spare, when=beside)
    name = names[0]
    if name == _EFFORT:
        return _other_effort(refusal, sent[name])
    if not _is_parameter(refusal, sent[name]):
        return None
    advised = re.search(r"use ['\"`]?(\w+)['\"`]? instead", said)
    is_other = advised and _NAMES.get(advised[1], advised[1]) != name
    if advised and is_other and {*advised[1].split("_")} & {*name.split("_")}:
        return Repair("rename", name, advised[1])
    return Repair("drop", name)


def _is_parameter(refusal: Refusal, value: object) -> bool:
    """Return whether a parameter was refused, and not only its value."""
    said, all_said = refusal.said, refusal.said_or_coded
    if says("unknown", said) or says("unknown code", f"{refusal.error.service_code}"):
        return True
    if says("limit", all_said):
        return False
    if says("fixed", all_said):
        return True
    if says("unfit", all_said) or _cites(said, value):
        return False
    return bool(refusal.error.parameter or says("refused", said))


def _cites(said: str, value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return value in map(float, re.findall(r"(?<![\w.-])-?\d+(?:\.\d+)?\b", said))


def _snake(text: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()


def _named(refusal: Refusal) -> list[str]:
    """Return the parameters that a refusal names: the one in the service's own field first."""
    field = _snake(refusal.error.parameter or "").removeprefix("body.")
    place = _NAMES.get(field) or re.split(r"[.\[]", field)[0]
    place = _NAMES.get(place, place)
    said = refusal.said
    sent = [name for name in _SPARE if name in refusal.sent]
    patterns = {name: _pattern(name, refusal.sent) for name in sent}
    found = {name: at.start() for name in sent if (at := re.search(patterns[name], said))}
    if place in sent:
        found[place] = -1
    return sorted(found, key=found.__getitem__)


def _pattern(name: str, sent: Mapping[str, object]) -> str:
    """Return how a text names a parameter; a word of every day has to stand as a name."""
    spellings = "|".join(map(re.escape, (name, *_SPELT.get(name, ()))))
    pattern = rf"\b(?:{spellings})\b"
    if name in ("stop", "seed", "stream"):
        pattern = words_for("as a name").format(name)
    if name == _EFFORT and sent.keys() & {"think", "thinking", "reasoning"}:
        return r"\breasoning_effort\b"
    also = table(__file__, "refusals")["also"].get(name, "")
    return "|".join((pattern, *also.splitlines()))


def _other_effort(refusal: Refusal, wish: object) -> Repair | None:
    """Return another effort, or that none is sent; more thinking never becomes none."""
    said, known = refusal.said, refusal.asked.manner.repairs
    refused = {repair.was for repair in known if repair.kind == "value"} | {wish}
    listed = " ".join(re.split(words_for("listing"), said)[1:])
    taken = [word for word in re.findall(r"\b[a-z]+\b", listed) if word in EFFORTS]
    refuses = bool(taken or refusal.error.parameter) or says("refused", said)
    if not refuses:
        return None
    if isinstance(wish, str):
        if near := effort_near(wish, [effort for effort in taken if effort not in refused]):
            return Repair("value", _EFFORT, near, wish)
        if taken or re.search(rf"\b{re.escape(wish.lower())}\b", said):
            return Repair("value", _EFFORT, "", wish)
    return Repair("drop", _EFFORT)


def _refused_format(refusal: Refusal) -> Repair | None:
    """Return how to ask for JSON where JSON mode itself is refused."""
    if refusal.asked.conversation.settings.answer_format != AnswerFormat():
        return None
    said = f"{refusal.error.what} {refusal.error.parameter}".lower()
    if not says("format", said):
        return None
    lacks_word = re.search(r"\bword\b.{0,12}json|mention.{0,12}json", said)
    return Repair("json", "JSON mode", "words" if lacks_word else "")


def _refused_tool(refusal: Refusal) -> str | None:
    """Return the tool whose schema, name or description was refused: by its name or number.

    ``tools[1].function.parameters`` (OpenAI), ``tools.1.custom`` (Anthropic), ``"tools", 1``
    (pydantic's), ``function_declarations[1]`` (Gemini).
    """
    offer = refusal.asked.offer
    names = [tool.name for tool in offer.tools] if offer else []
    said = f"{refusal.error.parameter or ''} {refusal.error.what}"
    if not names or not says("about a tool", said, in_any_case=True):
        return None
    quoted = {word for words in re.findall(words_for("quoted"), said) for word in words}
    if named := next((name for name in names if name in quoted), None):
        return named
    if numbers := re.findall(words_for("numbered"), said, re.IGNORECASE):
        return names[int(numbers[-1])] if int(numbers[-1]) < len(names) else None
    is_its = "schema" in said.lower() and not re.search("response|format", said, re.IGNORECASE)
    return names[0] if is_its and len(names) == 1 else None


def _refused_role(refusal: Refusal) -> Repair | None:
    """Return that the system's words go to the user's, where its role is refused.

    A role is refused where it is named outside of the list of those that are taken, or where
    such a list lacks it.
    """
    said = refusal.said
    no_prompt = says("no prompt", said)
    is_place = (refusal.error.parameter or "").endswith("role")
    if not (is_place or no_prompt or re.search(r"\broles?\b", said)):
        return None
    if says("order", refusal.said_or_coded):
        return None
    listed = " ".join(re.split(words_for("listing"), said)[1:])
    taken = _roles(re.split(r"\b(?:but|got|received|instead|input)\b", listed)[0])
    has_it = any(message.role == "system" for message in refusal.asked.conversation.messages)
    is_refused = "system" not in taken and (taken[1:] or "system" in _roles(said))
    return Repair("role", "system", "user") if has_it and (no_prompt or is_refused) else None


def _roles(said: str) -> list[str]:
    return re.findall(r"\b(?:system|developer|user|assistant|tool)\b", said)
