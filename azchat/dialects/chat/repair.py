"""What a repair changes that only Chat Completions has: names and fields of a body. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from azchat.dialects.asked import USAGE_WISH, Asked
from azchat.dialects.refusals import REFUSED, Refusal, find_repair, tools_hint, value_hint
from azchat.dialects.repair import Repair
from azchat.dialects.repaired import repaired
from azchat.errors import AzchatError

_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_BACK = "reasoning_content"  # of a message: the thinking that is sent back
_MISSING = (
    *("must be passed back", "missing", "required", "must be provided", "must be included"),
    "must be present",
)


def reshaped(
    body: dict[str, Any], repairs: Iterable[Repair]
) -> tuple[dict[str, Any], list[Repair]]:
    """Return a body with every repair that concerns it, and which those are."""
    changed = dict(body)
    return changed, [repair for repair in repairs if _apply(repair, changed)]


def _apply(repair: Repair, body: dict[str, Any]) -> bool:
    """Change ``body``; return whether there was something to change."""
    name, before = repair.name, body["messages"]
    match repair.kind:
        case "rename" if name in body:
            body[repair.to] = body.pop(name)
            return True
        case "drop" if name in body:
            del body[name]
            return True
        case "forget":
            body["messages"] = [{k: v for k, v in m.items() if k != name} for m in before]
        case "fill":
            body["messages"] = [m if m["role"] != "assistant" else {name: "", **m} for m in before]
    return bool(body["messages"] != before)


def mend(error: AzchatError, asked: Asked, body: Mapping[str, Any]) -> Repair | None:
    """Return what a refusal of ``body`` asks for; else its hint says what the user can do."""
    error.hint = (
        asked.offer and tools_hint(error, asked.conversation.settings.model)
    ) or error.hint
    beside = (USAGE_WISH,) if USAGE_WISH in body else ()
    refusal = Refusal(error, repaired(asked, asked.manner.repairs)[0], beside)
    repair = _own_repair(refusal, body) or _renamed(find_repair(refusal), body)
    if repair is None:
        error.hint = value_hint(refusal) or error.hint
    return repair


def _own_repair(refusal: Refusal, body: Mapping[str, Any]) -> Repair | None:
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
