"""Saves a turn while it happens: what is shown was written before.

Each delta is a row; when the turn ends its rows become the parts of its messages. A process
that is killed leaves the rows, and the next one that opens the store puts them together.
"""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from azchat.conversation import MAX_KEPT_CHARACTERS, Fold
from azchat.errors import LocalError
from azchat.events import (
    Event,
    ReasoningDelta,
    Relabelled,
    RequestSent,
    TextDelta,
    ToolCalled,
    ToolReturned,
    TurnFinished,
    TurnInterrupted,
)
from azchat.messages import Message, Part, ToolCall, ToolResult, Usage
from azchat.sessions.database import Database
from azchat.sessions.search import forget_words, keep_words

_DURABLE_EVERY = 1.0  # seconds: what a loss of power may cost in the middle of an answer
_INSERT = "INSERT INTO deltas (turn, kind, text) VALUES (?, ?, ?)"


class TurnJournal:
    """A turn that is being saved. When saving fails, the answer goes on without it.

    ``failure`` is why it is not saved; it is for the end of the turn.
    """

    def __init__(self, database: Database, session: int, turn: int) -> None:
        self.session, self.turn = session, turn
        self.failure: LocalError | None = None
        self._database = database
        self._began = self._durable = time.monotonic()
        self._thought: tuple[float, float] | None = None  # the clock's readings
        self._size = 0  # characters that were saved
        self._end: TurnFinished | TurnInterrupted | None = None

    def receive(self, event: Event) -> None:
        """Save the next event; to be called before it is shown."""
        match event:
            case TextDelta(text=text):
                self._add("text", text)
            case ReasoningDelta(text=text, opaque=opaque, at=at):
                self._thought = (self._thought[0] if self._thought else at, at)
                self._add("reasoning", text)
                if opaque:
                    self._add("opaque", json.dumps(opaque))
            case Relabelled(to=to):
                self._add("relabelled", to)
            case ToolCalled(call=call):
                self._add("call", json.dumps(call._asdict()))
            case ToolReturned(result=result):
                self._add("result", json.dumps(result._asdict()))
            case RequestSent():
                self._add("response", "")
            case TurnFinished() | TurnInterrupted():
                self._end = event
            case _:
                pass

    def finish(self, reason: str | None = None) -> None:
        """Make the turn final: complete, or ended for ``reason``; on the disk when it returns."""
        if self.failure:
            return
        end = self._end
        if isinstance(end, TurnInterrupted):
            reason = reason or end.reason
        state = "complete" if reason is None else _state_for(reason)
        usage = json.dumps(end.usage._asdict()) if end and end.usage else None
        seconds = end.timing.total if end else time.monotonic() - self._began
        thought = self._thought[1] - self._thought[0] if self._thought else None
        try:
            with self._database.writing(durable=True):
                settle_turn(self._database, self.turn, state, reason)
                self._database.execute(
                    "UPDATE turns SET usage = ?, seconds = ?, thought = ?,"
                    " model = coalesce(?, model) WHERE id = ?",
                    (usage, seconds, thought, end.model if end else None, self.turn),
                )
                total = (end.usage.total or _sum_of(end.usage)) if end and end.usage else 0
                self._database.execute(
                    "UPDATE sessions SET updated = ?, tokens = tokens + ? WHERE id = ?",
                    (time.time(), total, self.session),
                )
        except LocalError as failure:
            self.failure = failure

    def _add(self, kind: str, text: str) -> None:
        if self.failure:
            return
        text = self._database.redact(text)
        self._size += len(text)
        if self._size > MAX_KEPT_CHARACTERS:
            return  # no model would take it back, and no disk should be filled by it
        try:
            now = time.monotonic()
            if now - self._durable < _DURABLE_EVERY:
                self._database.execute(_INSERT, (self.turn, kind, text))
                return
            self._durable = now
            with self._database.writing(durable=True):
                self._database.execute(_INSERT, (self.turn, kind, text))
        except LocalError as failure:
            self.failure = failure


def settle_turn(database: Database, turn: int, state: str, reason: str | None) -> None:
    """Turn the deltas of a turn into its messages; within a transaction."""
    deltas = database.execute(
        "SELECT kind, text FROM deltas WHERE turn = ? ORDER BY id", (turn,)
    )
    for number, message in enumerate(messages_of(deltas), 1):
        add_message(database, turn, number, message)
    database.execute("DELETE FROM deltas WHERE turn = ?", (turn,))
    database.execute(
        "UPDATE turns SET state = ?, reason = ?, process = NULL WHERE id = ?", (state, reason, turn)
    )


def messages_of(deltas: Iterable[tuple[str, str]]) -> list[Message]:
    """Return the messages that saved deltas make."""
    messages: list[Message] = []
    fold = Fold()
    for kind, text in deltas:
        if kind == "response":
            _close(fold, messages)
            fold = Fold()
        elif kind == "result":
            _close(fold, messages)
            fold = Fold()
            messages.append(Message("tool", (ToolResult(**json.loads(text)),)))
        else:
            fold.receive(_event(kind, text))
    _close(fold, messages)
    return messages


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


def add_message(database: Database, turn: int, number: int, message: Message) -> None:
    """Save a message, its parts in order; within a transaction."""
    for part in message.parts:
        text, data = _columns(part)
        text, data = database.redact(text), data and database.redact(data)
        row = database.execute(
            "INSERT INTO parts (turn, message, role, type, text, data) VALUES (?, ?, ?, ?, ?, ?)",
            (turn, number, message.role, part.type, text, data),
        ).lastrowid
        assert row is not None
        keep_words(database, row, text)


def forget_parts(database: Database, turn: int) -> None:
    """Take the messages of a turn out of the search and the store; within a transaction."""
    for row, text in database.execute(
        "SELECT id, text FROM parts WHERE turn = ?", (turn,)
    ).fetchall():
        forget_words(database, row, text)
    database.execute("DELETE FROM parts WHERE turn = ?", (turn,))


def _columns(part: Part) -> tuple[str, str | None]:
    fields: dict[str, Any] = part._asdict()
    kind = fields.pop("type")
    name = "text" if "text" in fields else {"image": "url", "tool_call": "arguments"}[kind]
    text = fields.pop(name)
    rest = {key: value for key, value in fields.items() if value is not None}
    return text, json.dumps(rest) if rest else None


def _state_for(reason: str) -> str:
    return "interrupted" if reason == "interrupted" else "incomplete"


def _sum_of(usage: Usage) -> int:
    return (usage.prompt or 0) + (usage.completion or 0)
