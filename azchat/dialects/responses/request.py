"""A conversation becomes the JSON body of a Responses request. Pure.

What the service itself said goes back as its own items, as they came and in their order: it
checks that each thinking is followed by what it led to. Everything else is encoded from the parts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azchat.conversation import AnswerFormat, ModelSettings, Offer, OfferedTool
from azchat.dialects import history
from azchat.dialects.asked import USAGE_WISH, Asked, Repair, Request
from azchat.dialects.models import known
from azchat.messages import File, Image, Message, Origin, Part, Text, fenced

LACKS = ("stop", "seed", "presence_penalty", "frequency_penalty", "top_k")
"""Parameters that this API does not have."""
SEALED = "reasoning.encrypted_content"
_STRICT_WORDS = frozenset(
    ("type", "properties", "required", "additionalProperties", "items", "enum", "description")
)


def request(body: dict[str, Any], repairs: Sequence[Repair] = ()) -> Request:
    """Return the request with a body; ``repairs`` changed it."""
    return Request("/responses", body, repairs=tuple(repairs))


def body(asked: Asked, repairs: Sequence[Repair] = ()) -> dict[str, Any]:
    """Return the JSON body, with the dialect's own ``repairs``."""
    if any(repair.name == "input_file" for repair in repairs):
        asked = _as_text(asked)
    settings = asked.conversation.settings
    made: dict[str, Any] = {"model": settings.model, "input": list(_items(asked)), "store": False}
    if asked.manner.background:  # only what is stored can run without anybody listening
        made |= {"background": True, "store": True}
    if asked.offer:
        made |= _offered(asked.offer)
    made |= _parameters(settings)
    if asked.stream:
        made["stream"] = True
        if asked.manner.asks_usage:  # without it each piece carries random letters
            made[USAGE_WISH] = {"include_obfuscation": False}
    made = {name: value for name, value in made.items() if value is not None}
    made |= dict(settings.extras)
    for repair in repairs:
        from azchat.dialects.responses.repair import reshaped

        made = reshaped(made, repair)
    return made


def _as_text(asked: Asked) -> Asked:
    """Return what is asked with the text of files in place of them."""

    def plain(message: Message) -> Message:
        its = (p._replace(original=None) if isinstance(p, File) else p for p in message.parts)
        return message._replace(parts=tuple(its))

    conversation = asked.conversation
    messages = tuple(map(plain, conversation.messages))
    return asked._replace(conversation=conversation._replace(messages=messages))


def _offered(offer: Offer) -> dict[str, Any]:
    # A missing "strict" is true to some servers, which then refuse what is no strict schema.
    tools = [_tool(tool) for tool in offer.tools]
    choice: Any = offer.choice
    if choice and choice not in ("auto", "none", "required"):
        choice = {"type": "function", "name": choice}
    return {"tools": tools, "tool_choice": choice}


def _tool(tool: OfferedTool) -> Mapping[str, Any]:
    told = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    function = {"type": "function", **told, "strict": _is_strict(tool.parameters)}
    return tool.told("responses", function)


def _is_strict(schema: object) -> bool:
    """Return whether a schema is closed, and has nothing that strict ones may not have."""
    if not isinstance(schema, Mapping) or not schema.keys() <= _STRICT_WORDS:
        return False
    properties = schema.get("properties", {})
    if schema.get("type") == "object":
        names = {*schema.get("required", ())}
        if schema.get("additionalProperties") is not False or names != {*properties}:
            return False
    inner = [*properties.values(), *([schema["items"]] if "items" in schema else [])]
    return all(map(_is_strict, inner))


def _parameters(settings: ModelSettings) -> dict[str, Any]:
    given = dict(settings.parameters)
    effort, summary = given.pop("effort", None), given.pop("summary", None) or "auto"
    verbosity, most = given.pop("verbosity", None), given.pop("max_tokens", None)
    knows = known("responses", settings.model)
    summary = None if summary == "none" or knows == "unsummed" else summary
    may_think = knows != "plain"
    reasoning = {"effort": effort, "summary": summary} if may_think else {"effort": effort}
    reasoning = {name: value for name, value in reasoning.items() if value is not None}
    text = {"format": _format(settings.answer_format), "verbosity": verbosity}
    text = {name: value for name, value in text.items() if value is not None}
    return {
        "include": [SEALED] if may_think else None,
        "reasoning": reasoning or None,
        "text": text or None,
        "max_output_tokens": most,
        **given,
    }


def _format(wanted: AnswerFormat | None) -> dict[str, Any] | None:
    if wanted is None:
        return None
    if wanted.schema is None:
        return {"type": "json_object"}
    schema = {"name": wanted.name, "schema": wanted.schema, "strict": wanted.strict}
    return {"type": "json_schema", **schema}


def _items(asked: Asked) -> Iterator[dict[str, Any]]:
    settings, messages = asked.conversation.settings, asked.conversation.messages
    origin = history.origin_of("responses", asked.manner.base, settings.model)
    keeps = history.history_rule(settings.model, settings.reasoning_history) != "strip"
    for number, message in enumerate(messages):
        match message.role:
            case "tool":
                pass  # each result follows its call
            case "assistant":
                yield from _said(message, origin, keeps_thinking=keeps)
                for call, text in history.results_of(messages, number, settings.model):
                    yield {
                        "type": "function_call_output",
                        "call_id": history.short_id(call.id),
                        "output": text,
                    }
            case role:
                yield {"role": role, "content": _content(message.parts)}


def _said(message: Message, origin: Origin, *, keeps_thinking: bool) -> Iterator[dict[str, Any]]:
    """Yield what the model said: the service's own items, or such as anybody may send."""
    if (echo := history.echo_of(message, origin)) and echo.items:
        yield from _echoed(message, echo.items, keeps_thinking=keeps_thinking)
        return
    if message.text:
        content = [{"type": "output_text", "text": message.text, "annotations": []}]
        yield {"type": "message", "role": "assistant", "content": content}
    for call in message.tool_calls:
        yield {
            "type": "function_call",
            "call_id": history.short_id(call.id),
            **history.called(call),
        }


def _echoed(
    message: Message, items: Sequence[Mapping[str, Any]], *, keeps_thinking: bool
) -> Iterator[dict[str, Any]]:
    """Yield the service's items.

    Where one of its thoughts cannot go back no id does: a pair is known by its ids, and one half
    alone is refused.
    """
    kept = [item for item in items if _may_go_back(item, keeps_thinking=keeps_thinking)]
    while kept and kept[-1].get("type") == "reasoning":
        kept.pop()  # "provided without its required following item"
    is_whole = len(kept) == len(items)
    is_short = all(len(str(item.get("id") or "")) <= history.LONGEST_ID for item in kept)
    theirs = {item.get("call_id") or item.get("id") for item in items}
    calls = {call.id: call for call in message.tool_calls}
    renamed = (call for name, call in calls.items() if name not in theirs)  # to be unique
    for item in kept:
        back = {n: it for n, it in item.items() if n != "id" or (is_whole and is_short)}
        if item.get("type") == "function_call":
            its = calls.get(str(item.get("call_id") or item.get("id"))) or next(renamed, None)
            back["call_id"] = history.short_id(its.id if its else str(item.get("call_id")))
        yield back


def _may_go_back(item: Mapping[str, Any], *, keeps_thinking: bool) -> bool:
    if item.get("type") != "reasoning":
        return True
    return keeps_thinking and bool(item.get("encrypted_content") or item.get("content"))


def _content(parts: Sequence[Part]) -> str | list[dict[str, Any]]:
    items = [item for part in parts if (item := _item(part))]
    if all(item["type"] == "input_text" for item in items):
        return "\n\n".join(item["text"] for item in items)
    return items


def _item(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text=text):
            return {"type": "input_text", "text": text}
        case File(name=name, original=str(original)):
            name = re.split(r"[/\\]", name)[-1]
            return {"type": "input_file", "filename": name, "file_data": original}
        case File(name=name, text=text):
            return {"type": "input_text", "text": f"{name}:\n{fenced(text)}"}
        case Image(url=url, detail=detail):
            return {"type": "input_image", "image_url": url, "detail": detail or "auto"}
        case _:
            return None
