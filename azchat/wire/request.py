"""A conversation becomes the JSON body of a chat completions request."""

import re
from collections.abc import Iterator
from typing import Any

from azchat.conversation import Conversation, ModelSettings
from azchat.messages import File, Image, Message, Part, Text, ToolResult
from azchat.wire.history import history_rule, reasoning_fields, tool_turns

# OpenAI's reasoning models refuse max_tokens; the deployment's name usually tells.
_NEEDS_MAX_COMPLETION_TOKENS = r"(^|[/_-])(o[1-9]|gpt-?[5-9])"


def build_body(
    conversation: Conversation, *, stream: bool = True, include_usage: bool = False
) -> dict[str, Any]:
    """Return the body; ``include_usage`` asks for the token counts of a stream."""
    settings = conversation.settings
    body: dict[str, Any] = {"messages": list(_messages(conversation))}
    body |= {name: value for name, value in _parameters(settings) if value not in (None, [])}
    if stream:
        body["stream"] = True
        if include_usage:
            body["stream_options"] = {"include_usage": True}
    return body | dict(settings.extras)


def fence(text: str) -> str:
    """Return ``text`` as a fenced block whose fence is longer than any run inside it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{marks}"


def _parameters(settings: ModelSettings) -> Iterator[tuple[str, Any]]:
    yield "model", settings.model
    yield "temperature", settings.temperature
    yield "top_p", settings.top_p
    if settings.max_tokens:
        yield _max_tokens_name(settings.model), settings.max_tokens
    yield "presence_penalty", settings.presence_penalty
    yield "frequency_penalty", settings.frequency_penalty
    yield "stop", list(settings.stop)
    yield "seed", settings.seed
    yield "reasoning_effort", settings.effort
    yield "response_format", settings.response_format


def _max_tokens_name(model: str | None) -> str:
    needs = model and re.search(_NEEDS_MAX_COMPLETION_TOKENS, model.lower())
    return "max_completion_tokens" if needs else "max_tokens"


def _messages(conversation: Conversation) -> Iterator[dict[str, Any]]:
    settings = conversation.settings
    rule = history_rule(settings.model, settings.reasoning_history)
    with_tools = tool_turns(conversation.messages)
    for place, message in enumerate(conversation.messages):
        match message.role:
            case "tool":
                yield from _tool_results(message)
            case "assistant":
                if message.text or message.tool_calls:  # not a turn cut off while it was thinking
                    reasoning = reasoning_fields(message, rule, in_tool_turn=place in with_tools)
                    yield _assistant(message) | reasoning
            case _:
                yield {"role": message.role, "content": _content(message.parts)}


def _assistant(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": "assistant", "content": message.text}
    if message.tool_calls:
        # No "index" here: Azure refuses it in the history.
        body["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    return body


def _tool_results(message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_call_id": part.call_id, "content": part.text}


def _content(parts: tuple[Part, ...]) -> str | list[dict[str, Any]]:
    """Return a plain string where it can be one: some servers take nothing else."""
    items = [item for part in parts if (item := _item(part))]
    if all(item["type"] == "text" for item in items):
        return "\n\n".join(item["text"] for item in items)
    return items


def _item(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text=text):
            return {"type": "text", "text": text}
        case File(name=name, text=text):
            return {"type": "text", "text": f"{name}:\n{fence(text)}"}
        case Image(url=url, detail=detail):
            image = {"url": url} | ({"detail": detail} if detail else {})
            return {"type": "image_url", "image_url": image}
        case _:
            return None
