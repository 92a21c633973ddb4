"""The body of a chat request, for tests that look into one, and what is asked by such a body."""

from collections.abc import Iterable, Mapping
from typing import Any

from azchat.conversation import AnswerFormat, Conversation, ModelSettings, Offer, OfferedTool
from azchat.dialects import named
from azchat.dialects.asked import Asked, Manner, Repair
from azchat.errors import AzchatError
from azchat.messages import Image, Message, Part, Reasoning, Text
from azchat.parameters import PARAMETERS, DialectName


def build_body(
    conversation: Conversation,
    *,
    stream: bool = True,
    include_usage: bool = False,
    offer: Offer | None = None,
    base: str = "",
    dialect: DialectName = "chat",
) -> dict[str, Any]:
    """Return what is sent."""
    manner = Manner(base, asks_usage=include_usage)
    return dict(named(dialect).encode(Asked(conversation, offer, stream, manner)).body)


def asked_of(body: Mapping[str, Any], repairs: Iterable[Repair] = ()) -> Asked:
    """Return what is asked where ``body`` is sent; ``repairs`` are those that are known."""
    names = {"reasoning_effort": "effort"}
    given = {names.get(name, name): value for name, value in body.items()}
    settings = ModelSettings(
        body.get("model"),
        {name: given[name] for name in PARAMETERS if name in given},
        AnswerFormat() if "response_format" in body else None,
        "all",
        {name: value for name, value in body.items() if name not in {*names, *PARAMETERS, *_OWN}},
    )
    names_of_tools = [tool.get("function", {}).get("name", "t") for tool in body.get("tools", ())]
    tools = tuple(OfferedTool(name, "", {}) for name in names_of_tools)
    offer = Offer(tools, body.get("tool_choice")) if tools else None
    manner = Manner(asks_usage="stream_options" in body, repairs=tuple(repairs))
    messages = tuple(map(_message, body["messages"]))
    return Asked(Conversation(settings, messages), offer, "stream" in body, manner)


def find_repair(
    error: AzchatError, body: Mapping[str, Any], known: Iterable[Repair] = ()
) -> Repair | None:
    """Return what the refusal of ``body`` asks for."""
    return named("chat").mend(error, asked_of(body, known))


def repaired(
    body: Mapping[str, Any], repairs: Iterable[Repair]
) -> tuple[dict[str, Any], list[Repair]]:
    """Return what is sent instead of ``body``, and the repairs that changed it."""
    request = named("chat").encode(asked_of(body, repairs))
    return dict(request.body), list(request.repairs)


_OWN = ("messages", "model", "tools", "tool_choice", "response_format", "stream", "stream_options")


def _message(message: Mapping[str, Any]) -> Message:
    parts: list[Part] = []
    if thinking := message.get("reasoning_content"):
        parts.append(Reasoning(thinking))
    content = message["content"]
    items: list[dict[str, Any]] = [{"text": content}] if isinstance(content, str) else content
    for item in items:
        parts.append(Text(item["text"]) if "text" in item else Image(item["image_url"]["url"]))
    return Message(message["role"], tuple(parts))
