"""A parameter that a service refuses is left out, renamed, or sent with a value that it takes.

Pure. A repair is a tuple of strings, so that it can be remembered. Where a service only says
that a parameter is unknown, those that a user gave by name with ``--option`` stay: they may be
the point of the request.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from azchat.errors import AzchatError

# What can be left out, or has another name, without changing what was asked.
_SPARE = (
    *("temperature", "top_p", "presence_penalty", "frequency_penalty", "stop", "seed"),
    *("reasoning_effort", "stream_options", "stream", "parallel_tool_calls"),
)
_OTHER_NAME = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_ROLES = {"system": ("developer", "user"), "developer": ("system", "user")}
_REFUSED = (400, 422)
_BACK = "reasoning_content"  # of a message: the thinking that is sent back


class Repair(NamedTuple):
    """One change of a body.

    ``kind`` is drop or rename (of the parameter ``name``, to ``to``), value (``was`` becomes
    ``to``), role (messages of the role ``name`` get ``to``), forget (the field ``name`` of earlier
    messages) or fill (answers without it get an empty one). ``when``: only where that parameter is
    sent too.
    """

    kind: str
    name: str
    to: str = ""
    was: str = ""
    when: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the answer may be another one by it, so that the user should know each time."""
        return self.kind in ("drop", "value") and self.name not in ("stream_options", "stream")

    @property
    def said(self) -> str:
        """What was changed, for the user."""
        match self.kind:
            case "rename":
                return f"{self.name} is sent as {self.to}"
            case "value":
                return f"{self.name} {self.was} is sent as {self.to}"
            case "role":
                return f"the {self.name} message is sent as {self.to}"
            case "fill":
                return f"{self.name} is sent with every earlier answer"
            case "forget":
                return f"{self.name} of earlier answers is not sent"
            case _:
                beside = f" beside {self.when}" if self.when else ""
                return f"{self.name} is not sent{beside}"


def find_repair(error: AzchatError, body: dict[str, Any]) -> Repair | None:
    """Return what makes ``body`` acceptable to the service that refused it, if that is known."""
    if error.http_status not in _REFUSED:
        return None
    said = error.what.lower()
    if "tools" in body and "reasoning_effort" in body and _TOOLS_AND_EFFORT in said:
        return Repair("drop", "reasoning_effort", when="tools")
    if _BACK in said and re.search(_MISSING, said):
        return Repair("fill", _BACK)
    if _BACK in said and any(_BACK in message for message in body["messages"]):
        return Repair("forget", _BACK)
    if role := _refused_role(error, body):
        return role
    name = _named(error, body)
    if name is None:
        return None
    if name == "reasoning_effort" and (effort := _taken_effort(error.what, body[name])):
        return Repair("value", name, effort, body[name])
    if advised := re.search(r"use '?(\w+)'? instead", said):
        return Repair("rename", name, advised[1])
    if name in _OTHER_NAME:
        return Repair("rename", name, _OTHER_NAME[name])
    return Repair("drop", name)


def repaired(body: dict[str, Any], repairs: Iterable[Repair]) -> tuple[dict[str, Any], list[str]]:
    """Return the body with every repair that concerns it, and what was changed."""
    changed, said = dict(body), []
    for repair in repairs:
        if _apply(repair, changed):
            said.append(repair.said)
    return changed, said


def effort_repair(
    model: str | None, effort: str | None, shown: Sequence[str] = ()
) -> Repair | None:
    """Return the change of an effort that the model is known not to take.

    ``shown`` are the efforts that the endpoint itself listed.
    """
    name = (model or "").lower().rpartition("/")[2]
    named = next((taken for prefix, taken in _TAKEN if name.startswith(prefix)), "")
    taken = list(shown) or named.split()
    near = effort_near(effort, taken) if effort in _EFFORTS else None
    if not effort or not near or effort in taken:
        return None
    return Repair("value", "reasoning_effort", near, effort)


def effort_near(wish: str, taken: Iterable[str]) -> str | None:
    """Return the effort among ``taken`` that is nearest to ``wish``, the lower of two."""
    known = [effort for effort in taken if effort in _EFFORTS]
    rank = _EFFORTS.index
    return min(known, key=lambda e: (abs(rank(e) - rank(wish)), rank(e)), default=None)


def _apply(repair: Repair, body: dict[str, Any]) -> bool:
    """Change ``body``; return whether there was something to change."""
    name = repair.name
    match repair.kind:
        case "role" | "forget" | "fill":
            before = body["messages"]
            body["messages"] = [_changed(repair, message) for message in before]
            return bool(body["messages"] != before)
        case "value":
            if body.get(name) != repair.was:
                return False
            body[name] = repair.to
        case "rename":
            if name not in body:
                return False
            body[repair.to] = body.pop(name)
        case _:
            if name not in body or (repair.when and repair.when not in body):
                return False
            del body[name]
            if name == "stream":
                body.pop("stream_options", None)
    return True


def _changed(repair: Repair, message: dict[str, Any]) -> dict[str, Any]:
    if repair.kind == "forget":
        return {key: value for key, value in message.items() if key != repair.name}
    if repair.kind == "fill":
        return message if message["role"] != "assistant" else {repair.name: "", **message}
    return message | {"role": repair.to} if message["role"] == repair.name else message


def _named(error: AzchatError, body: dict[str, Any]) -> str | None:
    """Return the parameter that was refused: the one the service names, or the message does."""
    named = (error.parameter or "").partition(".")[0].partition("[")[0]
    spare = [name for name in (*_SPARE, *_OTHER_NAME) if name in body]
    if named in spare:
        return named
    if not _is_refusal(error.what):
        return None
    # The longest first: "stream" stands in "stream_options" too.
    return next((n for n in sorted(spare, key=len, reverse=True) if n in _words(error.what)), None)


def _is_refusal(said: str) -> bool:
    return any(word in said.lower() for word in _REFUSALS)


def _words(said: str) -> Iterator[str]:
    return iter(re.findall(r"\w+", said))


def _refused_role(error: AzchatError, body: dict[str, Any]) -> Repair | None:
    named, said = error.parameter or "", error.what
    if not (named.endswith("role") or re.search(r"\brole\b", said, re.IGNORECASE)):
        return None
    quoted = re.findall(r"'(\w+)'|\"(\w+)\"", said)
    words = {one or other for one, other in quoted}
    sent = {message["role"] for message in body["messages"]}
    for role, others in _ROLES.items():
        if role in sent and (role in words or f"{role} " in said.lower()):
            offered = words - {role}
            other = next((o for o in others if o in offered), others[0])
            return Repair("role", role, other)
    return None


def _taken_effort(said: str, wish: object) -> str | None:
    """Return the effort to ask for, where the service lists those it takes."""
    listed = re.split(r"supported values|expected|one of|must be", said, flags=re.IGNORECASE)[1:]
    efforts = re.findall(r"\b[a-z]+\b", " ".join(listed))
    known = isinstance(wish, str) and wish in _EFFORTS and [e for e in efforts if e != wish]
    return effort_near(str(wish), known) if known else None


# Which efforts a model takes, by the beginning of its name; as of November 2026.
_TAKEN = (
    *(("o1", "low medium high"), ("o3", "low medium high"), ("o4", "low medium high")),
    *(("gpt-oss", "low medium high"), ("deepseek-v4", "low medium high")),
    *(("gpt-5-pro", "high"), ("gpt-5.", "none low medium high xhigh")),
    *(("gpt-5", "minimal low medium high"), ("grok-3-mini", "low high")),
)
_MISSING = r"must be passed back|missing|required|must be (provided|included|present)"
_TOOLS_AND_EFFORT = "tools with reasoning_effort"
_REFUSALS = (
    *("unsupported", "not support", "unrecognized", "unknown", "unexpected", "not allowed"),
    *("not permitted", "forbidden", "extra", "invalid", "not available", "deprecated"),
)
