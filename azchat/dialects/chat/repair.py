"""The body of a chat request, changed as its repairs say. Pure."""

from collections.abc import Iterable
from typing import Any

from azchat.dialects.repair import Repair

_JSON_ALONE = "Answer with JSON alone: no other text, no code fence."


def repaired(
    body: dict[str, Any], repairs: Iterable[Repair]
) -> tuple[dict[str, Any], list[Repair]]:
    """Return the body with every repair that concerns it, and which those are."""
    changed = dict(body)
    return changed, [repair for repair in repairs if _apply(repair, changed)]


def _apply(repair: Repair, body: dict[str, Any]) -> bool:
    """Change ``body``; return whether there was something to change."""
    name = repair.name
    match repair.kind:
        case "role" | "forget" | "fill":
            before = body["messages"]
            body["messages"] = _changed(repair, before)
            return bool(body["messages"] != before)
        case "value" if name in body and body[name] == repair.was:
            body |= {name: repair.to}
            if not repair.to:
                del body[name]
        case "rename" if name in body:
            body[repair.to] = body.pop(name)
        case "tool" if left := [t for t in body.get("tools", ()) if t["function"]["name"] != name]:
            is_there = len(left) < len(body["tools"])
            body["tools"] = left
            if name in str(body.get("tool_choice")):
                del body["tool_choice"]
            return is_there
        case "tool" if "tools" in body:
            del body["tools"]
            body.pop("tool_choice", None)
        case "json" if body.get(name) == {"type": "json_object"}:
            return _ask_for_json(repair, body)
        case "drop" if name in body and (not repair.when or repair.when in body):
            del body[name]
            if name == "stream":
                body.pop("stream_options", None)
        case _:
            return False
    return True


def _changed(repair: Repair, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if repair.kind == "forget":
        return [{k: v for k, v in message.items() if k != repair.name} for message in messages]
    if repair.kind == "fill":
        return [m if m["role"] != "assistant" else {repair.name: "", **m} for m in messages]
    its = [message for message in messages if message.get("role") == repair.name]
    if repair.to != "user" or not its:
        return [m | {"role": repair.to} if m in its else m for m in messages]
    others = [message for message in messages if message.get("role") != repair.name]
    at = next((n for n, message in enumerate(others) if message.get("role") == "user"), None)
    if at is None:
        others.insert(at := 0, {"role": "user", "content": []})
    content = _joined(*(message["content"] for message in (*its, others[at])))
    return [*others[:at], others[at] | {"content": content}, *others[at + 1 :]]


def _joined(*contents: Any) -> Any:
    """Return contents as one: a plain string where each of them is one."""
    if all(isinstance(content, str) for content in contents if content):
        return "\n\n".join(filter(None, contents))
    lists = [[{"type": "text", "text": c}] if isinstance(c, str) else c for c in contents]
    return [item for items in lists for item in items]


def _ask_for_json(repair: Repair, body: dict[str, Any]) -> bool:
    *earlier, last = body["messages"]
    if repair.to and "json" in str(body["messages"]).lower():
        return False
    if not repair.to:
        del body[repair.name]
    if last.get("role") == "user":
        last = last | {"content": _joined(last["content"], _JSON_ALONE)}
    body["messages"] = [*earlier, last]
    return True
