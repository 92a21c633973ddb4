"""What a repair changes that only Chat Completions has: names and fields of a body. Pure."""

from collections.abc import Mapping
from typing import Any

from azchat.dialects.asked import USAGE_WISH, Repair
from azchat.dialects.refusals import REFUSED, Refusal, find_repair

_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_BACK = "reasoning_content"  # of a message: the thinking that is sent back
_MISSING = (
    *("must be passed back", "missing", "required", "must be provided", "must be included"),
    "must be present",
)


def is_own(repair: Repair) -> bool:
    """Return whether it is of a field that this dialect alone has."""
    return repair.kind in ("rename", "forget", "fill") or repair[:2] == ("drop", USAGE_WISH)


def reshaped(body: dict[str, Any], repair: Repair) -> dict[str, Any]:
    """Return a body with one of its own repairs."""
    name, messages = repair.name, body["messages"]
    match repair.kind:
        case "rename" | "drop" if name in body:
            rest = {one: value for one, value in body.items() if one != name}
            return rest | ({repair.to: body[name]} if repair.kind == "rename" else {})
        case "forget":
            messages = [{k: v for k, v in m.items() if k != name} for m in messages]
        case "fill":
            messages = [m if m["role"] != "assistant" else {name: "", **m} for m in messages]
    return body | {"messages": messages}


def own_repair(refusal: Refusal, body: Mapping[str, Any]) -> Repair | None:
    """Return what a refusal asks for, of names and fields that this dialect alone has."""
    return _of_thinking(refusal, body) or _renamed(find_repair(refusal), body)


def _of_thinking(refusal: Refusal, body: Mapping[str, Any]) -> Repair | None:
    said = refusal.said
    if refusal.error.http_status not in REFUSED:
        return None
    if _BACK in said and any(word in said for word in _MISSING):
        return Repair("fill", _BACK)
    if _BACK in said and any(_BACK in message for message in body["messages"]):
        return Repair("forget", _BACK)
    return None


def _renamed(repair: Repair | None, body: Mapping[str, Any]) -> Repair | None:
    """Return the repair; of a limit of tokens under a name that is refused, under the other."""
    if repair and repair[:2] == ("drop", "max_tokens") and not repair.when:
        name = next((name for name in _OTHER_NAME if name in body), "")
        return Repair("rename", name, _OTHER_NAME[name]) if name else repair
    return repair
