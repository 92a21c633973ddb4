"""What a service refuses of a request, read from its words: a parameter, a value of it, a role.

Pure. A refused parameter is left out or renamed, and of a refused effort another one is tried.
A value that is only too large, too many or out of range is the user's to change: that is said,
and nothing is repaired. Where a service only says that a parameter is unknown, those that a user
gave by name with ``--option`` stay: they may be the point of the request.
"""

import re
from collections.abc import Iterable
from typing import Any

from azchat.dialects.repair import Repair, effort_near
from azchat.errors import AzchatError
from azchat.parameters import EFFORTS, PARAMETERS

_EFFORT = "reasoning_effort"
# What can be left out, or has another name, without changing what was asked. Where two exclude
# each other, the lower one stays out.
_SPARE = {
    **{n if n != "effort" else _EFFORT: spec.spare for n, spec in PARAMETERS.items()},
    **dict.fromkeys(("parallel_tool_calls", "stream_options", "stream"), 3),
    "max_completion_tokens": PARAMETERS["max_tokens"].spare,
}
_LOWER_ROLE = {"developer": "system", "system": "user"}  # what a refused one becomes
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_REFUSED = (400, 422)
FORMAT_STATUS = (400, 415, 422, 500, 501)
FORMAT_WORDS = (
    r"response.?(format|mime)|json.?(schema|mode|object|output)|structured.?output|guided"
    r"|invalid schema"
)
_Body = dict[str, Any]
_BACK = "reasoning_content"  # of a message: the thinking that is sent back


def find_repair(error: AzchatError, body: _Body, known: Iterable[Repair] = ()) -> Repair | None:
    """Return what makes ``body`` acceptable, if that is known; ``known`` are its repairs so far."""
    if error.http_status in (*_REFUSED, 500) and (role := _refused_role(error, body)):
        return role  # 500: SGLang's for a chat template that raises
    if error.http_status in FORMAT_STATUS and (form := _refused_format(error, body)):
        return form
    if error.http_status not in _REFUSED:
        return None
    said = _said(error)
    if "tools" in body and _EFFORT in body and _TOOLS_AND_EFFORT in said:
        return Repair("drop", _EFFORT, when="tools")
    if tool := _refused_tool(error, body):
        return Repair("tool", tool)
    if _BACK in said and re.search(_MISSING, said):
        return Repair("fill", _BACK)
    if _BACK in said and any(_BACK in message for message in body["messages"]):
        return Repair("forget", _BACK)
    return _refused_parameter(error, body, known)


def value_hint(error: AzchatError, body: _Body) -> str:
    """Return what to do about a value that was refused, with the limit that is named; else ""."""
    names = _named(error, body) if error.http_status in _REFUSED else []
    said = _said(error)
    if not names or names[0] == _EFFORT or not re.search(_LIMIT, f"{said} {error.service_code}"):
        return ""
    flag = "max-tokens" if names[0] in _OTHER_NAME else names[0].replace("_", "-")
    bound = re.search(_BOUND, said)
    limit = f" (the limit: {' to '.join(filter(None, bound.groups()))})" if bound else ""
    return f"give --{flag} another value{limit}, or leave it out"


def tools_hint(error: AzchatError, model: str | None) -> str:
    """Return what to do about tools that were refused; "" for any other error."""
    is_refusal = error.http_status in (400, 404, 422, 501)
    if not (
        is_refusal and all(re.search(one, error.what, re.I) for one in (_ABOUT_TOOLS, _NOT_TAKEN))
    ):
        return ""
    if "reasoning_effort" in error.what:  # OpenAI's newer models take only one of the two here
        return "ask without --effort, or without tools"
    return f"{model or 'the model'} takes no tools here: ask without them, or another model with -m"


def _refused_parameter(error: AzchatError, body: _Body, known: Iterable[Repair]) -> Repair | None:
    names = _named(error, body)
    if not names:
        return None
    said = _said(error)
    rest = body.keys() - {*_SPARE, "model", "messages"}
    others = [key for key in sorted(rest) if re.search(rf"\b{re.escape(key)}\b", said)]
    if names[1:] + others and re.search(_EXCLUSIVE, said):
        spare = min(names, key=_SPARE.__getitem__)
        beside = next(name for name in names + others if name != spare)
        return Repair("drop", spare, when=beside)
    name = names[0]
    if name == _EFFORT:
        return _other_effort(error, body[name], known)
    if not _is_parameter(said, f"{error.service_code}".lower(), body[name], error.parameter):
        return None
    advised = re.search(r"use ['\"`]?(\w+)['\"`]? instead", said)
    if advised and {*advised[1].split("_")} & {*name.split("_")}:
        return Repair("rename", name, advised[1])
    if name in _OTHER_NAME:
        return Repair("rename", name, _OTHER_NAME[name])
    return Repair("drop", name)


def _is_parameter(said: str, code: str, value: object, place: str | None) -> bool:
    """Return whether a parameter was refused, and not only its value."""
    if re.search(_UNKNOWN, said) or re.search(_UNKNOWN_CODE, code):
        return True
    if re.search(_LIMIT, f"{said} {code}"):
        return False
    if re.search(_FIXED, f"{said} {code}"):
        return True
    if re.search(_UNFIT, f"{said} {code}") or _cites(said, value):
        return False
    return bool(place) or any(word in said for word in _REFUSALS)


def _cites(said: str, value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return value in map(float, re.findall(r"(?<![\w.-])-?\d+(?:\.\d+)?\b", said))


def _said(error: AzchatError) -> str:
    """Return the service's own words in lower case, a ``camelCase`` name as the API spells it."""
    return _snake(re.sub(r"^[^:]*\(HTTP \d+\)(: )?", "", error.what))


def _snake(text: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()


def _named(error: AzchatError, body: _Body) -> list[str]:
    """Return the parameters that a refusal names: the one in the service's own field first."""
    place = re.split(r"[.\[]", _snake(error.parameter or "").removeprefix("body."))[0]
    said = _said(error)
    sent = [name for name in _SPARE if name in body]
    found = {name: at.start() for name in sent if (at := re.search(_pattern(name, body), said))}
    if place in sent:
        found[place] = -1
    return sorted(found, key=found.__getitem__)


def _pattern(name: str, body: _Body) -> str:
    """Return how a text names a parameter; a word of every day has to stand as a name."""
    pattern = rf"\b{name}\b"
    if name in ("stop", "seed", "stream"):
        pattern = _AS_NAME.format(name)
    if name == _EFFORT and body.keys() & {"think", "thinking", "reasoning"}:
        return pattern
    return f"{pattern}|{_ALSO[name]}" if name in _ALSO else pattern


def _other_effort(error: AzchatError, wish: object, known: Iterable[Repair]) -> Repair | None:
    """Return another effort, or that none is sent; more thinking never becomes none."""
    said = _said(error)
    refused = {repair.was for repair in known if repair.kind == "value"} | {wish}
    listed = " ".join(re.split(_LISTING, said)[1:])
    taken = [word for word in re.findall(r"\b[a-z]+\b", listed) if word in EFFORTS]
    refuses = bool(taken or error.parameter) or any(word in said for word in _REFUSALS)
    if not refuses:
        return None
    if isinstance(wish, str):
        if near := effort_near(wish, [effort for effort in taken if effort not in refused]):
            return Repair("value", _EFFORT, near, wish)
        if taken or re.search(rf"\b{re.escape(wish.lower())}\b", said):
            return Repair("value", _EFFORT, "", wish)
    return Repair("drop", _EFFORT)


def _refused_format(error: AzchatError, body: _Body) -> Repair | None:
    """Return how to ask for JSON where JSON mode itself is refused."""
    if body.get("response_format") != {"type": "json_object"}:
        return None
    said = f"{error.what} {error.parameter}".lower()
    if not re.search(FORMAT_WORDS, said):
        return None
    lacks_word = re.search(r"\bword\b.{0,12}json|mention.{0,12}json", said)
    return Repair("json", "response_format", "json_object" if lacks_word else "")


def _refused_tool(error: AzchatError, body: _Body) -> str | None:
    """Return the tool whose schema, name or description was refused: by its name or number.

    ``tools[1].function.parameters`` (OpenAI), ``tools.1.custom`` (Anthropic), ``"tools", 1``
    (pydantic's), ``function_declarations[1]`` (Gemini).
    """
    names = [str(tool.get("function", {}).get("name")) for tool in body.get("tools", ())]
    said = f"{error.parameter or ''} {error.what}"
    if not names or not re.search(_ABOUT_A_TOOL, said, re.IGNORECASE):
        return None
    quoted = {word for words in re.findall(_QUOTED, said) for word in words}
    if named := next((name for name in names if name in quoted), None):
        return named
    if numbers := re.findall(_NUMBERED, said, re.IGNORECASE):
        return names[int(numbers[-1])] if int(numbers[-1]) < len(names) else None
    is_its = "schema" in said.lower() and not re.search("response|format", said, re.IGNORECASE)
    return names[0] if is_its and len(names) == 1 else None


def _refused_role(error: AzchatError, body: _Body) -> Repair | None:
    """Return the step down from a role: developer, system, then the user's own words.

    A role is refused where it is named outside of the list of those that are taken, or where
    such a list lacks it.
    """
    said = _said(error)
    no_prompt = re.search(_NO_PROMPT, said)
    is_place = (error.parameter or "").endswith("role")
    if not (is_place or no_prompt or re.search(r"\broles?\b", said)):
        return None
    if re.search(_ORDER, f"{said} {error.service_code}"):
        return None
    listed = " ".join(re.split(_LISTING, said)[1:])
    taken = _roles(re.split(r"\b(?:but|got|received|instead|input)\b", listed)[0])
    for message in body["messages"]:
        role = message.get("role")
        is_refused = role not in taken and (taken[1:] or role in _roles(said))
        if role in _LOWER_ROLE and (no_prompt or is_refused):
            return Repair("role", role, _LOWER_ROLE[role])
    return None


def _roles(said: str) -> list[str]:
    return re.findall(r"\b(?:system|developer|user|assistant|tool)\b", said)


_ABOUT_TOOLS = r"\btools?\b|tool_choice|tool-call|function[ _-]?call"
_NOT_TAKEN = r"support|enable|unrecogni|unknown|permitted|not allowed|forbidden|requires"
_MISSING = r"must be passed back|missing|required|must be (provided|included|present)"
_ABOUT_A_TOOL = (
    r"schema|\b(function|tool)\b.*(param|name|descr|invalid)|invalid.*\b(function|tool)\b"
    r"|(tools|declarations)\W+\d"
)
_QUOTED = r"'([\w-]+)'|\"([\w-]+)\"|`([\w-]+)`|\b(?:function|tool) ([\w-]+)"
_NUMBERED = r"(?:tools|function_?declarations)\W{1,4}(\d+)"
_TOOLS_AND_EFFORT = "tools with reasoning_effort"
# How else services call a parameter: Ollama, Gemini, Mistral.
_ALSO = {
    _EFFORT: (
        r"\beffort\b|\b(think(ing)?|reasoning)[_ .](value|level|effort)"
        r"|(support|allow|enabl)\w* (thinking|reasoning)\b"
        r"|\b(thinking|reasoning) (is|are|can)( ?not|n't)|\breasoning is mandatory"
        r"|\bbudget 0\b.*\bthinking"
    ),
    "stop": r"\bstop[_ ]sequences?",
    "seed": r"\brandom_seed\b",
    "stream": r"support\w* streaming|streaming (is|are) not",
    "max_tokens": r"\bmax_(new|output)_tokens\b|\bmaximum tokens you\b",  # the last: Bedrock
    "max_completion_tokens": r"\bmax_output_tokens\b",
}
_AS_NAME = (
    r"['\"`\[(]{0}['\"`\])]|\b{0}\W+(parameter|argument|field|is not|are not)"
    r"|(^|[:;,] ){0}:|: {0}\W*$"
    r"|\b(parameters?|arguments?|fields?|names?|keys?|propert\w+|options?|supplied|body|input)\W+{0}\b"
    r"|(support|allow|accept|permit)\w* (the )?{0}\b|\b{0} (is|are) (no longer|deprecated|unsupp)"
    r"|\b{0} (and|with) \w+ cannot"
)
_LISTING = (
    r"supported \w+ (?:are|is)|supported:|\b(?:allowed|valid|accepted|available|possible) (?:\w+ )?"
    r"(?:values|options|efforts|levels|roles)|\bexpected|\bone of|must be|should be"
    r"|must alternate|\beither\b|\bonly\b|\bchoose\b|options:"
)
_EXCLUSIVE = (
    r"\bboth\b|together|same time|simultaneous|mutually|exclu|only one|\beither\b|conflict"
    r"|combin|alongside|\bwhen\b|\bwhile\b|cannot be used with|incompatible with"
)
# Whatever such a message is called: Gemma refuses a "developer instruction" that is a system's.
_NO_PROMPT = (
    r"\b(?:system|developer) (?:message|prompt|instruction)s?\b.{0,20}\bnot (?:supp|en|all|perm)"
    r"|\bnot? (?:support|allow|accept)\w* .{0,12}(?:system|developer) (?:message|prompt|instruct)"
)
_ORDER = r"after role|last role|message_order"
# A parameter is refused whatever its value, by the text or by the code.
_UNKNOWN = (
    r"unsupported (parameter|argument|field|option)|(unrecogni[sz]ed|unknown) (request )?"
    r"(parameter|argument|field|name|key|input|option|property)|extra (input|field|parameter|key)"
    r"|unexpected (keyword|parameter|argument|field|property)|['\"`]?\w+_\w+['\"`]? instead"
    r"|(support|allow|accept)\w* (the )?(parameter|argument|field)"
)
_UNKNOWN_CODE = (
    r"(unsupported|unknown|unrecognized)_?(request_)?(parameter|argument|field)"
    r"|parameter_not_supported|extra_forbidden"
)
# Only a value is: it is beyond a bound, or of no fit kind.
_LIMIT = (
    r"\btoo (large|small|long|short|many|few|high|low|big|great|much)\b|\bat (most|least)\b|exceed"
    r"|\b(greater|less|higher|lower|more|larger|smaller|fewer|longer) than|above[_ ]|below[_ ]"
    r"|\b(maximum|minimum)\b|\brange\b|\bbetween\b|[<>≤≥]=? ?-?\d|\d ?[<>≤≥]|\bup to \d|\blimit"
    r"|strictly|non-?negative|positive|_than_equal|too_(long|short)|\bcap\b"
    r"|\bin (the )?(interval )?[\[(]|\bonly (one|a single)\b"
)
_UNFIT = (
    r"invalid.values?|should be an? |must be an? |expected an? |invalid[_ ]type|_type\b|_parsing\b"
    r"|not of type|pars(e|ing)|malformed|\bdecimal"
)
_FIXED = (  # one value is taken, which is what is meant without any
    r"only the default|unsupported.?value|only be set to|\bonly [\d.]+ is (allowed|supported)"
    r"|only (supports|accepts|allows) (the )?(default|value)"
)
_BOUND = (
    r"(?:at (?:most|least)|up to|[<>≤≥]=?(?! ?\d+>)|between"
    r"|(?:less|greater|more) than(?: or equal to)?"
    r"|(?:maximum|minimum|range|limit)(?: \w+){0,4}?:?) ?[\[(]?"
    r"(-?\d+(?:\.\d+)?)(?:(?: ?,| and| to| ?\.\.| ?[~-])(?: [<≤]=?)? ?(-?\d+(?:\.\d+)?))?"
)
_REFUSALS = (
    *("unsupported", "not support", "unrecognized", "unknown", "unexpected", "not allowed"),
    *("not permitted", "forbidden", "extra", "invalid", "not available", "deprecated"),
    *("cannot", "mandatory", "no longer", "not valid", "not accept", "not recogni"),
)
