"""A request that somebody wrote for an API, read back into messages: a line of a batch.

Text and pictures; what else a body has is sent as it is.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from azchat.errors import InputError
from azchat.messages import Image, Message, Part, Role, Text
from azchat.parameters import DialectName

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_OURS = ("model", "stream", "stream_options", "messages", "input", "instructions")
_LIST: dict[str, str] = {"chat": "messages", "responses": "input"}
_TEXTS = ("text", "input_text", "output_text")
OPERATIONS: dict[str, DialectName] = {"/chat/completions": "chat", "/responses": "responses"}
"""Where such a request goes, behind whatever stands before it."""


class Given(NamedTuple):
    """What a body asks; ``extras`` are its other fields."""

    model: str | None
    system: str | None
    messages: tuple[Message, ...]
    extras: Mapping[str, Any]


def read_given(dialect: DialectName, body: Mapping[str, Any]) -> Given:
    """Return what a body of that dialect asks; raises ``InputError``."""
    name = _LIST[dialect]
    said = body.get(name)
    if isinstance(said, str) and dialect == "responses":
        said = [{"role": "user", "content": said}]
    if not isinstance(said, list) or not said:
        raise InputError(f"body.{name} is no list of messages")
    messages = [_message(one, f"body.{name}[{at}]") for at, one in enumerate(said)]
    systems = [message.text for message in messages if message.role == "system"]
    if isinstance(body.get("instructions"), str):
        systems.insert(0, body["instructions"])
    rest = tuple(message for message in messages if message.role != "system")
    if not rest or rest[-1].role != "user":
        raise InputError(f"body.{name} does not end with a message of the user")
    extras = {key: value for key, value in body.items() if key not in _OURS}
    model = body.get("model")
    if not isinstance(model, str | None):
        raise InputError("body.model is no text")
    return Given(model, "\n\n".join(systems) or None, rest, extras)


def _message(said: Any, place: str) -> Message:
    role = said.get("role") if isinstance(said, dict) else None
    if role not in _ROLES:
        raise InputError(f"{place} has none of the roles {', '.join(_ROLES)}")
    content = said.get("content")
    parts = [content] if isinstance(content, str) else content
    if not isinstance(parts, list) or said.get("tool_calls"):
        raise InputError(f"{place} is neither a text nor a list of parts")
    return Message(_ROLES[role], tuple(_part(part, place) for part in parts))


def _part(part: Any, place: str) -> Part:
    if isinstance(part, str):
        return Text(part)
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in _TEXTS and isinstance(part.get("text"), str):
        return Text(part["text"])
    if kind in ("image_url", "input_image"):
        shown = part.get("image_url")
        url, detail = (shown.get("url"), shown) if isinstance(shown, dict) else (shown, part)
        if isinstance(url, str):
            return Image(url, detail.get("detail"))
    raise InputError(f"{place} has a part that is neither text nor a picture: {kind}")
