"""The input: what its items say, and whether they go together as a real service demands."""

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from azchat.demo.images import read_file, read_picture
from azchat.demo.refusals import refused
from azchat.demo.request import Said

Json = dict[str, Any]
Find = Callable[[str], Json | None]
_MARK = "gAAAAA"  # how real ones begin: a Fernet token


def read_items(given: str | list[Json], find: Find) -> list[Json]:
    """Return the items of an input; ``find`` has what is stored."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    items: list[Json] = []
    for item in given:
        is_reference = item.get("type") == "item_reference"
        found = find(item["id"]) if is_reference else {"type": "message", **item}
        if found is None:
            raise refused("no_item", id=item["id"])
        items.append(found)
    return items


def check_items(items: list[Json], model: str, find: Find, *, stored: bool) -> None:
    """Raise Refused where thinking, calls, results and answers do not go together."""
    met: set[str] = set()
    thinking = ""
    for item, follower in zip(items, [*items[1:], None], strict=True):
        id = item.get("id")  # noqa: A001
        if item["type"] == "reasoning":
            thinking = id = _known_id(item, model, find, stored=stored)  # noqa: A001
            if follower is None or not _is_output(follower):
                raise refused("no_follower", id=id)
        elif not _is_output(item) and item["type"] != "function_call_output":
            thinking = ""
        if id in met:
            raise refused("twice", id=id)
        needed = needed_reasoning(id or "")
        if needed and needed != thinking:
            raise refused("no_reasoning", id=id, type=item["type"], needed=needed)
        met |= {id} if id else set()
    _check_calls(items)


def read_said(items: list[Json]) -> tuple[Said, ...]:
    """Return what the items say; thinking says nothing."""
    names = {one["call_id"]: one["name"] for one in items if one["type"] == "function_call"}
    return tuple(
        _said(item, names, f"input[{index}]")
        for index, item in enumerate(items)
        if item["type"] != "reasoning"
    )


def _is_output(item: Json) -> bool:
    return item["type"] in ("reasoning", "function_call") or item.get("role") == "assistant"


def _known_id(item: Json, model: str, find: Find, *, stored: bool) -> str:
    """Return the id of thinking that is there: sealed by this service, in the open, or stored."""
    content, id = item.get("encrypted_content"), item.get("id")  # noqa: A001
    if not content:
        if not item.get("content") and find(str(id)) is None:
            raise refused("no_item" if stored else "no_item_unstored", id=id)
        return id or ""
    sealed = unseal(model, content)
    if sealed is None:
        raise refused("not_decrypted", shown=f"{content[:4]}...{content[-4:]}")
    if id not in (None, sealed):
        raise refused("not_its_id", id=id)
    return sealed


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
    role, tool = ("tool", names[item["call_id"]]) if is_result else (item["role"], "")
    content = item["output" if is_result else "content"]
    if isinstance(content, str):
        return Said(role, content, tool=tool)
    parts = [(f"{where}.content[{index}]", part) for index, part in enumerate(content)]
    text = "\n".join(part.get("text") or part.get("refusal") or "" for part in content)
    images = tuple(_picture(part, at) for at, part in parts if part["type"] == "input_image")
    files = tuple(read_file(part, at) for at, part in parts if part["type"] == "input_file")
    return Said(role, text.strip("\n"), images, tool, files)


def _picture(part: Json, where: str) -> Any:
    if part.get("file_id"):
        raise refused("no_file", param=f"{where}.file_id", id=part["file_id"])
    if not part.get("image_url"):
        raise refused("missing", param=f"{where}.image_url")
    return read_picture(part["image_url"])


# Ids that tell what came together, sealed thinking: said for the service itself alone


def item_id(prefix: str, response: str, index: int, *, thought: bool = False) -> str:
    """Return the id of an item; it tells whether its response began with a reasoning item."""
    tail = f"{response}{index:02x}{int(thought)}"
    return f"{prefix}_{tail}{sign(tail)[:9]}"


def needed_reasoning(id: str) -> str | None:  # noqa: A002
    """Return the id of the reasoning item that an item came with; None for a foreign id."""
    tail = id.partition("_")[2]
    response, index, thought, mark = tail[:32], tail[32:34], tail[34:35], tail[35:]
    is_own = mark == sign(f"{response}{index}{thought}")[:9]
    return item_id("rs", response, 0) if is_own and thought == "1" else None


def seal(model: str, id: str) -> str:  # noqa: A002
    """Return the ``encrypted_content`` of a reasoning item, for this model alone."""
    text = f"{id} {sign(f'{model.lower()} {id}')}"
    return _MARK + base64.urlsafe_b64encode(text.encode()).decode()


def unseal(model: str, content: str) -> str | None:
    """Return the id of the item that this content is of; None where it cannot be decrypted."""
    with suppress(ValueError):
        text = base64.urlsafe_b64decode(content.removeprefix(_MARK)).decode()
        return next((one for one in text.split()[:1] if seal(model, one) == content), None)
    return None


def sign(text: str) -> str:
    """Return what nobody else would write under a text."""
    return hashlib.sha256(f"azchat demo {text}".encode()).hexdigest()
