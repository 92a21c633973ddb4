"""Saves a turn while it happens: what is shown was written before.

Each delta is a row; when the turn ends its rows become the parts of its messages. A process
that is killed leaves the rows, and the next one that opens the store puts them together. A key
that comes in pieces is masked before it comes here.
"""

import json
import time
from typing import Any

from azchat import events
from azchat.errors import Interrupted, LocalError
from azchat.sessions.database import BrokenStoreError, Database
from azchat.sessions.turns import INDEX_IS_BROKEN, MAX_SAVED_CHARACTERS, settle_turn, tokens_of

_DURABLE_EVERY = 1.0  # seconds: what a loss of power may cost in the middle of an answer
_HURRY = 0.5  # seconds to wait for other processes when somebody wants azchat to end
_INSERT = "INSERT OR REPLACE INTO deltas (turn, number, kind, text) VALUES (?, ?, ?, ?)"


class TurnJournal:
    """A turn that is being saved. When saving fails, the answer goes on without it.

    ``failure`` is why it is not saved; it is for the end of the turn. ``stored`` is what the
    service calls a response that it keeps.
    """

    def __init__(self, database: Database, session: int, turn: int) -> None:
        self.session, self.turn = session, turn
        self.failure: LocalError | None = None
        self.stored = ""
        self._database = database
        self._began = self._durable = time.monotonic()
        self._answering: float | None = None  # since when; the clock's reading
        self._thinking: tuple[float, float] | None = None  # of the present response
        self._thought: float | None = None  # seconds, in the responses before
        self._number = 0  # of the last row
        self._size = 0  # characters that came
        self._rows: list[tuple[int, str, str]] = []  # all: the session may be deleted meanwhile
        self._saved = 0  # of the rows
        self._end: events.TurnFinished | events.TurnInterrupted | None = None
        self._is_over = False

    def receive(self, event: events.Event) -> None:
        """Save the next event; to be called before it is shown."""
        match event:
            case events.TextDelta(text=text, at=at):
                self._answering = self._answering or at
                self._say("text", text)
            case events.ReasoningDelta(text=text, at=at):
                self._thinking = (self._thinking[0] if self._thinking else at, at)
                self._say("reasoning", text)
            case events.Relabelled(to=to, at=at):
                begin = self._thinking[0] if self._thinking else self._answering or at
                self._thinking = (begin, at) if to == "reasoning" else None
                self._add("relabelled", to)
            case events.ToolCalled(call=call):
                self._add_json("call", call._asdict())
            case events.Echoed(echo=echo):
                self._add_json("echo", echo._asdict())
            case events.Stored(id=name):
                self._keep_stored(name)
            case events.ToolReturned(result=result):
                self._add_json("result", result._asdict())
            case events.RequestSent():
                if self._number:  # another one of the turn
                    self._add("response", "")
                self._thought = self._seconds_of_thinking()
                self._answering = self._thinking = None
            case events.TurnFinished() | events.TurnInterrupted():
                self._end = event
            case _:
                pass

    def finish(self, reason: str | None = None) -> None:
        """Make the turn final: complete, or ended for ``reason``; on the disk when it returns.

        A second time does nothing.
        """
        if self._is_over:
            return
        self._is_over = True
        if isinstance(self._end, events.TurnInterrupted):
            reason = reason or self._end.reason
        if reason is None and self._size > MAX_SAVED_CHARACTERS:
            reason = "it is longer than what is saved"
        try:
            self._save_end(reason)
        except (KeyboardInterrupt, Interrupted):
            self._save_end(reason)  # it was rolled back
            raise

    def move(self, to: "TurnJournal") -> None:
        """Save all that came as the turn of another one, which began: this turn was deleted."""
        self.session, self.turn = to.session, to.turn
        self.failure, self._saved, self._is_over = None, 0, False

    def _save_end(self, reason: str | None) -> None:
        is_wanted = reason == "interrupted"
        in_a_hurry = is_wanted or self.failure is not None
        patience = _HURRY if in_a_hurry else self._database.patience
        try:
            with self._database.waiting(patience):
                try:
                    self._settle(reason)
                except BrokenStoreError:
                    self._settle(reason, searched=False)
                    self._database.tell(INDEX_IS_BROKEN)
            self.failure = None
        except LocalError as failure:
            # What came is in the file; the next process makes a turn of it.
            if self._saved < len(self._rows) or not is_wanted:
                self.failure = self.failure or failure

    def _settle(self, reason: str | None, *, searched: bool = True) -> None:
        with self._database.writing(durable=True):
            for row in self._rows[self._saved :]:
                self._database.execute(_INSERT, (self.turn, *row))
            settle_turn(self._database, self.turn, reason, searched=searched)
            self._save_facts()

    def _save_facts(self) -> None:
        """Save what is known of the turn beside its messages, and which model answered."""
        self._database.execute(
            "UPDATE sessions SET model = coalesce((SELECT model FROM turns WHERE id = ?), model)"
            " WHERE id = ? AND EXISTS (SELECT 1 FROM parts WHERE turn = ? AND role <> 'user')",
            (self.turn, self.session, self.turn),
        )
        end = self._end
        counted = events.counted(end)
        usage = json.dumps(counted._asdict()) if counted else None
        seconds = end.timing.total if end else time.monotonic() - self._began
        paid = json.dumps({"cost": end.cost.to_dict()} if end and end.cost else {})
        self._database.execute(
            "UPDATE turns SET usage = ?, seconds = ?, thought = ?, model = coalesce(?, model),"
            " settings = json_patch(settings, ?) WHERE id = ?",
            (usage, seconds, self._seconds_of_thinking(), end and end.model, paid, self.turn),
        )
        touched = self._database.execute(
            "UPDATE sessions SET updated = ?, tokens = tokens + ?,"
            " used = (SELECT max(used) + 1 FROM sessions) WHERE id = ?",
            (time.time(), tokens_of(counted), self.session),
        )
        if not touched.rowcount:
            raise LocalError("not saved: its session was deleted", "see: azchat sessions list")

    def _seconds_of_thinking(self) -> float | None:
        if self._thinking is None:
            return self._thought
        begin, end = self._thinking
        return (self._thought or 0.0) + end - begin

    def _say(self, kind: str, text: str) -> None:
        """Save more of the answer or the thinking."""
        room = MAX_SAVED_CHARACTERS - self._size
        self._size += len(text)
        if len(text) > room:
            if room < 0:
                return
            self._database.tell("the rest of the answer is not saved: it is too long")
            text = text[:room]
        if text:
            self._add(kind, self._database.redact(text))

    def _add_json(self, kind: str, fields: dict[str, Any]) -> None:
        self._add(kind, self._database.redact(json.dumps(fields)))

    def _keep_stored(self, name: str) -> None:
        """Keep where the response is to be found, before anything of it is shown."""
        self.stored = name
        change = "UPDATE turns SET settings = json_patch(settings, ?) WHERE id = ?"  # null: without
        try:
            with self._database.writing(durable=True):
                self._database.execute(change, (json.dumps({"response": name or None}), self.turn))
        except LocalError as failure:
            self.failure = self.failure or failure

    def _add(self, kind: str, text: str) -> None:
        self._number += 1
        self._rows.append((self._number, kind, text))
        if self.failure:
            return
        now, row = time.monotonic(), (self.turn, self._number, kind, text)
        try:
            if now - self._durable < _DURABLE_EVERY:
                self._database.execute(_INSERT, row)
            else:
                self._durable = now
                with self._database.writing(durable=True):
                    self._database.execute(_INSERT, row)
            self._saved += 1
        except LocalError as failure:
            self.failure = failure
