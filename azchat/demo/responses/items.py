"""The input: what its items say, and whether they go together as a real service demands."""

from collections.abc import Callable
from typing import Any

from azchat.demo.images import Picture, read_file, read_picture
from azchat.demo.refusals import listed, quoted, refused
from azchat.demo.request import Said
from azchat.demo.responses.facts import Json, check_type, facts, wrong_type
from azchat.demo.responses.sealed import needed_reasoning, unseal

_ROLES = ("assistant", "system", "developer", "user")
_LONGEST = 64  # characters, of an id


def read_items(given: Any, find: Callable[[str], Json | None]) -> list[Json]:
    """Return the items of an input, each alone as it should be; ``find`` has what is stored."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    if not isinstance(given, list):
        raise wrong_type(given, "a string or an array", "input")
    if not given:
        raise refused("empty_input")
    return [_checked(item, f"input[{index}]", find) for index, item in enumerate(given)]


def check_items(
    items: list[Json], model: str, find: Callable[[str], Json | None], *, stored: bool
) -> None:
    """Raise Refused where thinking, calls, results and answers do not go together."""
    for index, item in enumerate(items):
        if item["type"] == "reasoning":
            if not _is_known(item, model, find):
                name = "no_item" if stored else "no_item_unstored"
                raise refused(name, id=item.get("id"))
            follower = items[index + 1] if items[index + 1 :] else {}
            is_own = follower.get("role") == "assistant" or follower.get("type") in _THOUGHT_OF
            if not is_own:
                raise refused("no_follower", id=_reasoning_id(item, model))
    _check_ids(items, model)
    _check_calls(items)


def read_said(items: list[Json]) -> tuple[Said, ...]:
    """Return what the items say; thinking says nothing."""
    names = {one["call_id"]: one["name"] for one in items if one["type"] == "function_call"}
    read = ((f"input[{index}]", item) for index, item in enumerate(items))
    return tuple(_said(item, names, where) for where, item in read if item["type"] != "reasoning")


_THOUGHT_OF = ("reasoning", "function_call")


def _checked(item: Any, where: str, find: Callable[[str], Json | None]) -> Json:
    if not isinstance(item, dict):
        raise wrong_type(item, "an object", where)
    kind = item.get("type") or ("message" if "role" in item else "")
    known = facts()["items"]
    if kind not in known:
        raise refused("wrong_value", param=where, value=quoted(kind), supported=listed(known))
    rules = known[kind]
    for key in item.keys() - {"type", "id", *rules["keys"]}:
        raise refused("unknown", param=f"{where}.{key}")
    for key in rules["needs"]:
        if key not in item:
            raise refused("missing", param=f"{where}.{key}")
    for key in ("id", "call_id", "name", "arguments", "encrypted_content"):
        check_type(item.get(key), "string", f"{where}.{key}")
    _check_names(item, rules.get("prefix", ""), where)
    if kind == "item_reference":
        found = find(item["id"])
        if found is None:
            raise refused("no_item", id=item["id"])
        return found
    return {**item, "type": kind}


def _check_names(item: Json, prefix: str, where: str) -> None:
    for key in ("id", "call_id"):
        if len(item.get(key) or "") > _LONGEST:
            raise refused("too_long", param=f"{where}.{key}", length=len(item[key]))
    id = item.get("id")  # noqa: A001
    if id is not None and not id.startswith(prefix):
        raise refused("wrong_prefix", param=f"{where}.id", id=id, prefix=prefix)


def _is_known(item: Json, model: str, find: Callable[[str], Json | None]) -> bool:
    """Whether thinking is there: sealed by this service, in the open, or stored."""
    content, id = item.get("encrypted_content"), item.get("id")  # noqa: A001
    if not content:
        return bool(item.get("content")) or find(str(id)) is not None
    sealed = unseal(model, content)
    if sealed is None:
        raise refused("not_decrypted", shown=f"{content[:4]}...{content[-4:]}")
    if id not in (None, sealed):
        raise refused("not_its_id", id=id)
    return True


def _reasoning_id(item: Json, model: str) -> str:
    return item.get("id") or unseal(model, item.get("encrypted_content")) or ""


def _check_ids(items: list[Json], model: str) -> None:
    """Each id is there once, and each item that was thought of stands behind its thinking."""
    met: set[str] = set()
    thinking = ""
    for item in items:
        id = item.get("id")  # noqa: A001
        if item["type"] == "reasoning":
            thinking = id = _reasoning_id(item, model)  # noqa: A001
        elif item.get("role", "assistant") != "assistant":
            thinking = ""
        if id in met:
            raise refused("twice", id=id)
        needed = needed_reasoning(id) if id else None
        if needed and needed != thinking:
            raise refused("no_reasoning", id=id, type=item["type"], needed=needed)
        met |= {id} if id else set()


def _check_calls(items: list[Json]) -> None:
    """Each call has its output, which stands behind it."""
    called: list[str] = []
    for item in items:
        if item["type"] == "function_call":
            called.append(item["call_id"])
        elif item["type"] == "function_call_output":
            if item["call_id"] not in called:
                raise refused("no_call", id=item["call_id"])
            called.remove(item["call_id"])
    if called:
        raise refused("no_output", id=called[0])


def _said(item: Json, names: dict[str, str], where: str) -> Said:
    if item["type"] == "function_call":
        return Said("assistant", "")
    is_result = item["type"] == "function_call_output"
    key = "output" if is_result else "content"
    role = "tool" if is_result else item["role"]
    if role not in (*_ROLES, "tool") or (role == "tool" and not is_result):
        raise refused("wrong_value", param=where, value=quoted(role), supported=listed(_ROLES))
    tool, content = names.get(item.get("call_id", ""), ""), item[key]
    if isinstance(content, str):
        return Said(role, content, tool=tool)
    if not isinstance(content, list):
        raise wrong_type(content, "a string or an array", f"{where}.{key}")
    return _said_in_parts(role, content, f"{where}.{key}", tool)


def _said_in_parts(role: str, parts: list[Any], where: str, tool: str) -> Said:
    supported = facts()["parts"]["assistant" if role == "assistant" else "others"]
    texts: list[str] = []
    images: list[Picture] = []
    files: list[Picture] = []
    for index, part in enumerate(parts):
        here = f"{where}[{index}]"
        if not isinstance(part, dict):
            raise wrong_type(part, "an object", here)
        kind = part.get("type")
        if kind not in supported:
            raise refused(
                "wrong_value", param=here, value=quoted(kind), supported=listed(supported)
            )
        if kind == "input_file":
            files.append(read_file(part, here))
        elif kind == "input_image":
            images.append(_picture(part, here))
        else:
            key = "refusal" if kind == "refusal" else "text"
            if key not in part:
                raise refused("missing", param=f"{here}.{key}")
            check_type(part[key], "string", f"{here}.{key}")
            texts.append(part[key])
    return Said(role, "\n".join(texts), tuple(images), tool, tuple(files))


def _picture(part: Json, where: str) -> Picture:
    if "image_url" not in part:
        if "file_id" in part:
            raise refused("no_file", param=f"{where}.file_id", id=part["file_id"])
        raise refused("missing", param=f"{where}.image_url")
    check_type(part["image_url"], "string", f"{where}.image_url")
    return read_picture(part["image_url"])
