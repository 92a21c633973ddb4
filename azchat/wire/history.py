"""Which thinking goes back to which model. Pure; the table is as of November 2026.

Most chat models want none of their thinking back, and some refuse it. Models that call tools
need it within a turn: without it they begin to think anew, or the service refuses. What was
sent encrypted is for the service alone and goes back as it came.
"""

from collections.abc import Sequence
from typing import Any

from azchat.choices import ReasoningHistory
from azchat.messages import Message, Reasoning

# By the beginning of the model's name; the first that fits counts.
_RULES: tuple[tuple[str, ReasoningHistory], ...] = (
    ("deepseek-r1", "strip"),  # its first API answered 400 to thinking that was sent back
    ("deepseek", "tools"),  # api-docs.deepseek.com/guides/thinking_mode: refused without it
    ("mistral", "strip"),  # 422 extra_forbidden
    ("magistral", "strip"),
    ("ministral", "strip"),
    ("phi-4", "strip"),
    ("qwq", "strip"),
    ("gpt-oss", "tools"),
    ("kimi", "tools"),
    ("glm", "tools"),
    ("minimax", "tools"),
)


def history_rule(model: str | None, wish: ReasoningHistory | None = None) -> ReasoningHistory:
    """Return the rule for a model: the user's wish, the table, else ``tools``.

    strip: no thinking goes back; tools: that of turns with tool calls; all: all of it. What is
    encrypted goes back unless the rule is strip.
    """
    if wish and wish != "auto":
        return wish
    name = (model or "").lower().rpartition("/")[2]
    return next((rule for prefix, rule in _RULES if name.startswith(prefix)), "tools")


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


def reasoning_fields(
    message: Message, rule: ReasoningHistory, *, in_tool_turn: bool
) -> dict[str, Any]:
    """Return the fields of an assistant message that give its thinking back."""
    if rule == "strip":
        return {}
    if opaque := _opaque(message):
        return opaque
    if message.reasoning and (rule == "all" or in_tool_turn):
        return {"reasoning_content": message.reasoning}
    return {}


def _opaque(message: Message) -> dict[str, Any]:
    """Return what was sent to be echoed, under the names it came by."""
    fields: dict[str, Any] = {}
    for part in message.parts:
        if not isinstance(part, Reasoning) or not part.opaque:
            continue
        if details := part.opaque.get("reasoning_details"):  # a list that may come in pieces
            fields["reasoning_details"] = [*fields.get("reasoning_details", ()), *details]
        else:
            fields["reasoning"] = part.opaque
    return fields
