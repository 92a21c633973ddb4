"""Turns in the tables: deltas become messages, messages become rows, and words to be found."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from azchat.conversation import Fold
from azchat.events import Event, ReasoningDelta, Relabelled, TextDelta, ToolCalled
from azchat.messages import Message, Part, Role, ToolCall, ToolResult, Usage, part_from_dict
from azchat.sessions import SavedTurn, State
from azchat.sessions.database import Database, Row
from azchat.sessions.search import forget_words, keep_words

COLUMNS = "id, number, state, reason, model, settings, usage, began, seconds, thought"
"""What ``turn_of`` reads of a turn."""
_PARTS = (
    "SELECT turn, message, role, type, text, data FROM parts"
    " WHERE turn IN (SELECT id FROM turns WHERE session = ?) ORDER BY turn, message, id"
)
_TEXT_OF = {"image": "url", "tool_call": "arguments"}  # the field that is the text; else: text
_SEARCHED = (
    "SELECT id, text FROM parts WHERE turn = ? AND id > ?"
    " AND type IN ('text', 'reasoning', 'file', 'tool_result')"
)


def turn_of(row: Row, messages: Iterable[Message]) -> SavedTurn:
    """Return the turn of a row, with what was said in it."""
    turn, number, state, reason, model, settings, usage, *times = row
    counted = Usage(**json.loads(usage)) if usage else None
    said = tuple(messages)
    return SavedTurn(
        turn, number, state, reason, said, model, json.loads(settings), counted, *times
    )


def messages_in(database: Database, session: int) -> dict[int, list[Message]]:
    """Return the messages of each turn; those of a turn that goes on come from its deltas."""
    parts: dict[tuple[int, int, Role], list[Part]] = {}
    for turn, number, role, kind, text, data in database.rows(_PARTS, (session,)):
        parts.setdefault((turn, number, role), []).append(_part(kind, text, data))
    messages: dict[int, list[Message]] = {}
    for (turn, _, role), held in parts.items():
        messages.setdefault(turn, []).append(Message(role, tuple(held)))
    for (turn,) in database.rows(
        "SELECT id FROM turns WHERE session = ? AND state = 'streaming'", (session,)
    ):
        messages.setdefault(turn, []).extend(messages_of(_deltas(database, turn)))
    return messages


def add_message(database: Database, turn: int, number: int, message: Message) -> None:
    """Save a message, its parts in order; within a transaction."""
    for part in message.parts:
        text, data = _columns(part)
        text, data = database.redact(text), data and database.redact(data)
        database.execute(
            "INSERT INTO parts (turn, message, role, type, text, data) VALUES (?, ?, ?, ?, ?, ?)",
            (turn, number, message.role, part.type, text, data),
        )


def settle_turn(database: Database, turn: int, reason: str | None) -> None:
    """End a turn, for ``reason`` where it is not complete: its deltas become its messages.

    Within a transaction. Words are found from now on.
    """
    state: State = "complete"
    if reason is not None:
        state = "interrupted" if reason in ("interrupted", ENDED) else "incomplete"
        reason = database.redact(reason)
    searched = 0 if is_streaming(database, turn) else _last_part(database, turn)
    for number, message in enumerate(messages_of(_deltas(database, turn)), 1):
        add_message(database, turn, number, message)
    database.execute("DELETE FROM deltas WHERE turn = ?", (turn,))
    database.execute(
        "UPDATE turns SET state = ?, reason = ?, process = NULL WHERE id = ?", (state, reason, turn)
    )
    let_find(database, turn, searched)


ENDED = "azchat was ended"
"""The reason of a turn whose process is gone."""


def let_find(database: Database, turn: int, after: int = 0) -> None:
    """Let the words of a turn be found, those of the parts after one; within a transaction."""
    for part, text in database.rows(_SEARCHED, (turn, after)):
        keep_words(database, part, text)


def forget_turn(database: Database, turn: int) -> None:
    """Take a turn out of the store and the search; within a transaction."""
    if not is_streaming(database, turn):  # else its words cannot be found yet
        for part, text in database.rows(_SEARCHED, (turn, 0)):
            forget_words(database, part, text)
    database.execute("DELETE FROM turns WHERE id = ?", (turn,))


def is_streaming(database: Database, turn: int) -> bool:
    """Return whether nobody has ended the turn yet."""
    row = database.maybe_row("SELECT state FROM turns WHERE id = ?", (turn,))
    return row == ("streaming",)


def messages_of(deltas: Iterable[tuple[str, str]]) -> list[Message]:
    """Return the messages that saved deltas make."""
    messages: list[Message] = []
    fold = Fold()
    for kind, text in deltas:
        if kind in ("response", "result"):
            _close(fold, messages)
            fold = Fold()
        if kind == "result":
            messages.append(Message("tool", (ToolResult(**json.loads(text)),)))
        elif kind != "response":
            fold.receive(_event(kind, text))
    _close(fold, messages)
    return messages


def tokens_of(usage: Usage | None) -> int:
    """Return how many tokens a turn took, prompt and answer."""
    if usage is None:
        return 0
    return usage.total or (usage.prompt or 0) + (usage.completion or 0)


def _last_part(database: Database, turn: int) -> int:
    row = database.maybe_row("SELECT max(id) FROM parts WHERE turn = ?", (turn,))
    return row[0] or 0 if row else 0


def _deltas(database: Database, turn: int) -> list[Row]:
    return database.rows("SELECT kind, text FROM deltas WHERE turn = ? ORDER BY number", (turn,))


def _close(fold: Fold, messages: list[Message]) -> None:
    message = fold.message()
    if message.parts:
        messages.append(message)


def _event(kind: str, text: str) -> Event:
    makers: dict[str, Callable[[], Event]] = {
        "text": lambda: TextDelta(text, 1, 0.0),
        "reasoning": lambda: ReasoningDelta(text, 1, 0.0),
        "opaque": lambda: ReasoningDelta("", 0, 0.0, json.loads(text)),
        "relabelled": lambda: Relabelled("reasoning" if text == "reasoning" else "text", 0.0),
        "call": lambda: ToolCalled(ToolCall(**json.loads(text))),
    }
    return makers[kind]()


def _columns(part: Part) -> tuple[str, str | None]:
    fields: dict[str, Any] = part._asdict()
    kind = fields.pop("type")
    text = fields.pop(_TEXT_OF.get(kind, "text"))
    rest = {name: value for name, value in fields.items() if value is not None}
    return text, json.dumps(rest) if rest else None


def _part(kind: str, text: str, data: str | None) -> Part:
    fields = json.loads(data) if data else {}
    return part_from_dict({"type": kind, _TEXT_OF.get(kind, "text"): text, **fields})
