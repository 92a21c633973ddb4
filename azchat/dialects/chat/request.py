"""A conversation becomes the JSON body of a chat completions request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azchat.conversation import AnswerFormat, Conversation, ModelSettings, OfferedTool
from azchat.dialects import history
from azchat.dialects.asked import USAGE_WISH, Asked, Repair, Request
from azchat.dialects.models import known
from azchat.messages import File, Image, Message, Origin, Part, Text, fenced

_NEW_LIMIT = "max_completion_tokens"
LACKS = ()
"""Parameters that this API does not have."""
# What the Model Inference API and its SDK know by name, in the order of its documents, and stream;
# anything else in a body is an extra parameter there.
INFERENCE_PARAMETERS = (
    *("model", "messages", "temperature", "top_p", "max_tokens", "presence_penalty"),
    *("frequency_penalty", "stop", "seed", "response_format", "tools", "tool_choice"),
)


def request(body: dict[str, Any], repairs: Sequence[Repair] = ()) -> Request:
    """Return the request with a body; ``repairs`` changed it."""
    has_extras = not body.keys() <= {*INFERENCE_PARAMETERS, "stream"}
    return Request("/chat/completions", body, has_extras=has_extras, repairs=tuple(repairs))


def body(asked: Asked, repairs: Sequence[Repair] = ()) -> dict[str, Any]:
    """Return the JSON body, with the dialect's own ``repairs``."""
    conversation, offer, stream, manner = asked
    settings = conversation.settings
    made: dict[str, Any] = {"messages": list(_messages(conversation, manner.base))}
    if offer:
        made["tools"] = [_tool(tool) for tool in offer.tools]
        if offer.choice:
            made["tool_choice"] = _choice(offer.choice)
    made |= {name: value for name, value in _parameters(settings) if value not in (None, [])}
    if stream:
        made["stream"] = True
        if manner.asks_usage:
            made[USAGE_WISH] = {"include_usage": True}
    made |= dict(settings.extras)
    for repair in repairs:
        from azchat.dialects.chat.repair import reshaped

        made = reshaped(made, repair)
    return made


def _tool(tool: OfferedTool) -> Mapping[str, Any]:
    name, description, parameters, _ = tool
    function = {"name": name, "description": description, "parameters": parameters}
    return tool.told("chat", {"type": "function", "function": function})


def _parameters(settings: ModelSettings) -> Iterator[tuple[str, Any]]:
    yield "model", settings.model
    is_new = known("limit", settings.model)
    renamed = {"effort": "reasoning_effort"} | ({"max_tokens": _NEW_LIMIT} if is_new else {})
    for name, value in settings.parameters.items():
        if name != "summary":  # here thinking comes as it is, or as a count
            yield renamed.get(name, name), value
    if wanted := settings.answer_format:
        yield "response_format", _response_format(wanted)


def _response_format(wanted: AnswerFormat) -> dict[str, Any]:
    if wanted.schema is None:
        return {"type": "json_object"}
    schema = {"name": wanted.name, "schema": wanted.schema, "strict": wanted.strict}
    return {"type": "json_schema", "json_schema": schema}


def _choice(choice: str) -> str | dict[str, Any]:
    is_word = choice in ("auto", "none", "required")
    return choice if is_word else {"type": "function", "function": {"name": choice}}


def _messages(conversation: Conversation, base: str) -> Iterator[dict[str, Any]]:
    settings, messages = conversation.settings, conversation.messages
    rule = history.history_rule(settings.model, settings.reasoning_history)
    origin = history.origin_of("chat", base, settings.model)
    with_tools = history.tool_turns(messages)
    field = history.field_of_thinking(messages, origin)
    for number, message in enumerate(messages):
        match message.role:
            case "tool":
                pass  # each result follows its call
            case "assistant":
                if message.text or message.tool_calls:  # not a turn cut off while it was thinking
                    yield _assistant(message, origin) | history.reasoning_fields(
                        message, rule, origin, field, in_tool_turn=number in with_tools
                    )
                    for call, text in history.results_of(messages, number, settings.model):
                        yield {"role": "tool", "tool_call_id": call.id, "content": text}
            case _:
                yield {"role": message.role, "content": _content(message.parts)}


def _assistant(message: Message, origin: Origin) -> dict[str, Any]:
    body: dict[str, Any] = {"role": "assistant", "content": message.text}
    if message.tool_calls:
        # No "index" here: Azure refuses it in the history.
        body["tool_calls"] = [
            {"id": call.id, "type": "function", "function": history.called(call)}
            | history.echoed_of_call(message, number, origin)
            for number, call in enumerate(message.tool_calls)
        ]
    return body


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
            return {"type": "text", "text": f"{name}:\n{fenced(text)}"}
        case Image(url=url, detail=detail):
            image = {"url": url} | ({"detail": detail} if detail else {})
            return {"type": "image_url", "image_url": image}
        case _:
            return None
