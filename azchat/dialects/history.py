"""Which thinking goes back to which model. Pure.

Most chat models want none of their thinking back, and some refuse it. Models that call tools
need it within a turn: without it they begin to think anew, or the service refuses. What was
sent encrypted or signed goes back as it came, and to its maker alone.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from azchat.dialects.models import known
from azchat.messages import Echo, Message, Origin, ToolCall, ToolResult
from azchat.parameters import ReasoningHistory
from azchat.wire.payloads import maybe_json

_INTERRUPTED = "error: interrupted: the call was not answered, and is not run again"
LONGEST_ID = 64  # "string too long. Expected a string with maximum length 64"


def history_rule(model: str | None, wish: ReasoningHistory | None = None) -> ReasoningHistory:
    """Return the rule for a model: the user's wish, what is known, else ``tools``.

    strip: no thinking goes back; tools: that of turns with tool calls; all: all of it. What is
    encrypted goes back unless the rule is strip.
    """
    if wish and wish != "auto":
        return wish
    return "strip" if known("history", model) else "tools"


def wants_it_always(model: str | None) -> bool:
    """Return whether each message of a turn with calls must have a field for the thinking."""
    return bool(known("field", model))


def result_for(model: str | None, text: str) -> str:
    """Return a tool's result in the form that the model takes."""
    if not known("results", model) or isinstance(maybe_json(text), dict):
        return text
    is_error = text.startswith("error:")
    told = {"error": text[6:].strip()} if is_error else {"result": text}
    return json.dumps(told, ensure_ascii=False)


def called(call: ToolCall) -> dict[str, str]:
    """Return the name and the arguments of a call in a form that services take back."""
    is_object = isinstance(maybe_json(call.arguments), dict)
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", call.name)[:64] or "unknown"
    return {"name": name, "arguments": call.arguments if is_object else "{}"}


def short_id(call_id: str) -> str:
    """Return an id of a call as services take it: ``^[a-zA-Z0-9_-]{1,64}$``, says Anthropic's."""
    if re.fullmatch(rf"[\w-]{{1,{LONGEST_ID}}}", call_id, re.ASCII):
        return call_id
    from hashlib import sha256

    return f"call_{sha256(call_id.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def results_of(
    messages: Sequence[Message], number: int, model: str | None
) -> Iterator[tuple[ToolCall, str]]:
    """Yield one result for each call of a message: a turn may have ended before there was one."""
    calls = messages[number].tool_calls
    following = takewhile(lambda message: message.role == "tool", messages[number + 1 :])
    parts = [part for message in following if calls for part in message.parts]
    results = {part.call_id: part.text for part in parts if type(part) is ToolResult}
    for call in calls:
        yield call, result_for(model, results.get(call.id, _INTERRUPTED))


def tool_turns(messages: Sequence[Message]) -> set[int]:
    """Return the places of messages that belong to a turn in which tools were called."""
    places: set[int] = set()
    turn: list[int] = []
    for place, message in enumerate(messages):
        if message.role == "user":
            turn = []
        turn.append(place)
        if message.tool_calls:
            places.update(turn)
        elif places.intersection(turn):
            places.add(place)
    return places


def origin_of(dialect: str, base: str, model: str | None) -> Origin:
    """Return who is asked, as echoes name it."""
    return (dialect, base, model or "")


def echo_of(message: Message, origin: Origin) -> Echo | None:
    """Return what the service that is asked said itself of a message."""
    return message.echo if message.echo and message.echo.origin == origin else None


def echoed(message: Message, origin: Origin) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a message that the service that is asked said itself."""
    for item in echo.items if (echo := echo_of(message, origin)) else ():
        if "tool_call" not in item:
            yield from item.items()


def echoed_of_call(message: Message, number: int, origin: Origin) -> dict[str, Any]:
    """Return the fields of one of its calls that the service that is asked said itself."""
    items = echo.items if (echo := echo_of(message, origin)) else ()
    of_call = (item for item in items if item.get("tool_call") == number)
    return {name: value for item in of_call for name, value in item.items() if name != "tool_call"}


def field_of_thinking(messages: Sequence[Message], origin: Origin) -> str:
    """Return the name under which the service that is asked tells its thinking."""
    fields = (field for message in messages for field in echoed(message, origin))
    return next((name for name, value in fields if value is None), "reasoning_content")


def reasoning_fields(
    message: Message, rule: ReasoningHistory, origin: Origin, field: str, *, in_tool_turn: bool
) -> dict[str, Any]:
    """Return the fields of an assistant message that give its thinking back."""
    if rule == "strip":
        return {}
    own = dict(echoed(message, origin))
    sealed = {name: value for name, value in own.items() if value is not None}
    is_told = rule == "all" or len(sealed) < len(own)  # the user wants it so, or the service does
    text = message.reasoning if is_told else ""
    if in_tool_turn and wants_it_always(origin[2]):
        return {field: text} | sealed
    if text and not sealed and (rule == "all" or in_tool_turn):
        return {field: text}
    return sealed
