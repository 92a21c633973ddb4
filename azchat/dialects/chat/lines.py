"""Turns as JSON Lines: what Microsoft's sample chat app streams to its page at /chat/stream.

    {"delta": {"role": "assistant", "content": "", "reasoning_content": null}, "index": 0, …}
    {"error": "…"}

Each line is a choice of a streamed chunk (learn.microsoft.com, "Use reasoning model inferencing
with the OpenAI SDK for Python"); what the page sends is ``{"messages": [{"role", "content"}]}``.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from azchat.errors import InputError
from azchat.events import Event, ReasoningDelta, RequestSent, TextDelta, TurnFinished
from azchat.messages import Image, Message, Part, Role, Text


def line_of(event: Event) -> str:
    """Return the line that tells an event; "" for those that this form does not know."""
    match event:
        case RequestSent(attempt=1):
            return _line({"role": "assistant", "content": ""})
        case ReasoningDelta(text=text):
            return _line({"reasoning_content": text})
        case TextDelta(text=text):
            return _line({"content": text})
        case TurnFinished(finish_reason=reason):
            return _line({}, reason or "stop")
        case _:
            return ""


def lines_of(chunk: Mapping[str, Any]) -> Iterator[str]:
    """Yield the line of a service's chunk; one without choices, which tells the usage, has none."""
    for choice in chunk.get("choices", ())[:1]:
        yield _json(choice)


def failure_line(what: str) -> str:
    """Return the line that tells why there is no more."""
    return _json({"error": what})


def messages_of(said: Any) -> list[Message]:
    """Return the messages that a page sends, the last one the question.

    Raises ``InputError`` for what is none.
    """
    try:
        messages = [_message(one["role"], one["content"]) for one in said]
    except (KeyError, TypeError, ValueError):
        messages = []
    if not messages or messages[-1].role != "user":
        hint = 'send {"messages": [{"role": "user", "content": "…"}]}'
        raise InputError("there are no messages of which a user's is the last", hint)
    return messages


def _message(role: Role, content: Any) -> Message:
    if role not in get_args(Role):
        raise ValueError(role)
    parts = [Text(content)] if isinstance(content, str) else [*_parts(content)]
    return Message(role, tuple(parts))


def _parts(content: Iterable[Any]) -> Iterable[Part]:
    for part in content:
        kind = part["type"]
        yield Text(str(part["text"])) if kind == "text" else Image(str(part[kind]["url"]))


def _line(delta: dict[str, str], finish_reason: str | None = None) -> str:
    told = {"role": None, "content": None, "reasoning_content": None} | delta
    return _json({"delta": told, "finish_reason": finish_reason, "index": 0, "logprobs": None})


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode() + "\n"
