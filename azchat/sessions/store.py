"""The store of sessions: find, list, load, rename, fork, delete; and begin to save a turn."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from azchat.errors import InputError, UsageError
from azchat.messages import Message, Part, Role, Usage, part_from_dict
from azchat.sessions import SavedSession, SavedTurn, SessionInfo, title_of
from azchat.sessions.database import BrokenStoreError, Database, is_running, process_name
from azchat.sessions.journal import (
    TurnJournal,
    add_message,
    forget_parts,
    messages_of,
    settle_turn,
)
from azchat.sessions.search import Found, Where, search

FILE_NAME = "sessions.db"
_INFO = "SELECT id, name, title, model, began, updated, turns, tokens FROM sessions"
_LONGEST_NAME = 100
_TEXT_OF = {"image": "url", "tool_call": "arguments"}


class Store:
    """All sessions of a user, in one file of the data folder.

    Raises ``LocalError`` where the file cannot be used. ``tell`` is for what the user should
    know: waiting, a broken file. ``redact`` takes keys out of what is written.
    """

    def __init__(
        self, folder: Path, tell: Callable[[str], None], *, redact: Callable[[str], str] = str
    ) -> None:
        self._database = Database(folder / FILE_NAME, tell, redact)
        try:
            self._recover()
        except BrokenStoreError:
            self._database.replace_broken()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def replace_broken(self) -> None:
        """Begin a new file where this one turned out to be broken; the old one is kept."""
        self._database.replace_broken()

    # -- to find ------------------------------------------------------------------------

    def sessions(self, limit: int = -1) -> list[SessionInfo]:
        """Return the sessions, the last used first."""
        rows = self._database.execute(f"{_INFO} ORDER BY updated DESC, id DESC LIMIT ?", (limit,))
        return [SessionInfo(*row) for row in rows]

    def latest(self) -> SessionInfo | None:
        """Return the session that was used last."""
        return next(iter(self.sessions(1)), None)

    def maybe_find(self, ref: str) -> SessionInfo | None:
        """Return the session with that name or id."""
        number = int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 18 else -1
        row = self._database.execute(f"{_INFO} WHERE name = ? OR id = ?", (ref, number)).fetchone()
        return SessionInfo(*row) if row else None

    def find(self, ref: str) -> SessionInfo:
        """Return the session with that name or id; raises ``InputError`` where there is none."""
        if info := self.maybe_find(ref):
            return info
        names = [info.name for info in self.sessions() if info.name]
        close = get_close_matches(ref, names, 1)
        hint = f"did you mean {close[0]}?" if close else "see: azchat sessions list"
        raise InputError(f"there is no session {ref!r}", hint)

    def search(self, query: str, where: Where = "all", limit: int = 50) -> Iterator[Found]:
        """Yield where all words of ``query`` are found, the newest first."""
        return search(self._database, query, where, limit)

    def load(self, session: int) -> SavedSession:
        """Return a session with all its turns."""
        row = self._database.execute(f"{_INFO} WHERE id = ?", (session,)).fetchone()
        if row is None:
            raise InputError("the session is gone", "see: azchat sessions list")
        rows = self._database.execute(
            "SELECT id, number, state, reason, model, settings, usage, began, seconds, thought"
            " FROM turns WHERE session = ? ORDER BY number",
            (session,),
        ).fetchall()
        messages = self._messages(session)
        turns = (_turn(row, messages.get(row[0], [])) for row in rows)
        return SavedSession(SessionInfo(*row), tuple(turn for turn in turns if turn.messages))

    # -- to save ------------------------------------------------------------------------

    def begin_session(
        self, question: str, *, name: str | None = None, model: str | None = None
    ) -> SessionInfo:
        """Make a session that begins with ``question``."""
        now, title = time.time(), self._database.redact(title_of(question))
        if name is not None:
            check_name(name)
        row = self._database.execute(
            "INSERT INTO sessions (name, title, model, began, updated) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET updated = excluded.updated RETURNING id",
            (name, title, model, now, now),
        ).fetchone()
        return SessionInfo(row[0], name, title, model, now, now, 0, 0)

    def begin_turn(
        self, session: int, message: Message, *, model: str | None, settings: Mapping[str, Any]
    ) -> TurnJournal:
        """Save the user's message, before it is sent."""
        now = time.time()
        with self._database.writing():
            turn = self._database.execute(
                "INSERT INTO turns (session, number, state, process, model, settings, began)"
                " SELECT ?, coalesce(max(number), 0) + 1, 'streaming', ?, ?, ?, ?"
                " FROM turns WHERE session = ? RETURNING id",
                (session, process_name(), model, json.dumps(settings), now, session),
            ).fetchone()[0]
            add_message(self._database, turn, 0, message)
            self._database.execute(
                "UPDATE sessions SET updated = ?, turns = turns + 1, model = coalesce(?, model)"
                " WHERE id = ?",
                (now, model, session),
            )
        return TurnJournal(self._database, session, turn)

    # -- to change ----------------------------------------------------------------------

    def rename(self, session: int, name: str) -> None:
        """Give a session a name; raises ``UsageError`` where it is taken or none."""
        check_name(name)
        taken = self.maybe_find(name)
        if taken and taken.id != session:
            raise UsageError(f"session {taken.id} is called {taken.name} already", "take another")
        self._database.execute("UPDATE sessions SET name = ? WHERE id = ?", (name, session))

    def delete(self, sessions: Iterable[int]) -> int:
        """Delete sessions for good; return how many there were."""
        count = 0
        for session in sessions:
            with self._database.writing():
                self._forget_turns(session, 0)
                count += self._database.execute(
                    "DELETE FROM sessions WHERE id = ?", (session,)
                ).rowcount
        return count

    def drop_turns(self, session: int, first: int) -> None:
        """Take the turns from number ``first`` on out of a session."""
        with self._database.writing():
            self._forget_turns(session, first)

    def fork(self, session: int, *, name: str | None = None, turns: int | None = None) -> int:
        """Copy a session, or its first ``turns``; return the copy's id."""
        source = self.load(session)
        kept = source.turns if turns is None else source.turns[:turns]
        if name is not None:
            check_name(name)
            if self.maybe_find(name):
                raise UsageError(f"there is a session {name} already", "take another name")
        now = time.time()
        with self._database.writing():
            copy = self._database.execute(
                "INSERT INTO sessions (name, title, model, began, updated, turns, tokens, parent)"
                " SELECT ?, title, model, ?, ?, ?, ?, id FROM sessions WHERE id = ? RETURNING id",
                (name, now, now, len(kept), _tokens(kept), session),
            ).fetchone()
            for number, turn in enumerate(kept, 1):
                self._copy_turn(copy[0], number, turn)
        return int(copy[0])

    # -- within -------------------------------------------------------------------------

    def _copy_turn(self, session: int, number: int, turn: SavedTurn) -> None:
        row = self._database.execute(
            "INSERT INTO turns (session, number, state, reason, model, settings, usage, began,"
            " seconds, thought) SELECT ?, ?, state, reason, model, settings, usage, began,"
            " seconds, thought FROM turns WHERE id = ? RETURNING id",
            (session, number, turn.id),
        ).fetchone()
        for place, message in enumerate(turn.messages):
            add_message(self._database, row[0], place, message)

    def _forget_turns(self, session: int, first: int) -> None:
        rows = self._database.execute(
            "SELECT id FROM turns WHERE session = ? AND number >= ?", (session, first)
        ).fetchall()
        for (turn,) in rows:
            forget_parts(self._database, turn)
            self._database.execute("DELETE FROM turns WHERE id = ?", (turn,))
        self._database.execute(
            "UPDATE sessions SET turns = turns - ? WHERE id = ?", (len(rows), session)
        )

    def _messages(self, session: int) -> dict[int, list[Message]]:
        """Return the messages of each turn; those of a turn that goes on come from its deltas."""
        parts: dict[tuple[int, int, Role], list[Part]] = {}
        for turn, number, role, kind, text, data in self._database.execute(
            "SELECT turn, message, role, type, text, data FROM parts"
            " WHERE turn IN (SELECT id FROM turns WHERE session = ?) ORDER BY turn, message, id",
            (session,),
        ):
            parts.setdefault((turn, number, role), []).append(_part(kind, text, data))
        messages: dict[int, list[Message]] = {}
        for (turn, _, role), held in parts.items():
            messages.setdefault(turn, []).append(Message(role, tuple(held)))
        for (turn,) in self._database.execute(
            "SELECT id FROM turns WHERE session = ? AND state = 'streaming'", (session,)
        ).fetchall():
            deltas = self._database.execute(
                "SELECT kind, text FROM deltas WHERE turn = ? ORDER BY id", (turn,)
            )
            messages.setdefault(turn, []).extend(messages_of(deltas))
        return messages

    def _recover(self) -> None:
        """End the turns whose process is gone: what it saved becomes their answer."""
        streaming = self._database.execute(
            "SELECT id, process FROM turns WHERE state = 'streaming'"
        ).fetchall()
        gone = [turn for turn, process in streaming if not is_running(process or "")]
        if not gone:
            return
        with self._database.writing():
            for turn in gone:
                state = self._database.execute("SELECT state FROM turns WHERE id = ?", (turn,))
                if state.fetchone() == ("streaming",):  # nobody else was faster
                    settle_turn(self._database, turn, "interrupted", "azchat was ended")


def check_name(name: str) -> None:
    """Raise ``UsageError`` for a name that could not be typed or would be taken for an id."""
    is_word = name.strip() == name and name.isprintable() and not name.startswith("-")
    if not name or not is_word or len(name) > _LONGEST_NAME:
        raise UsageError(
            f"{name[:_LONGEST_NAME]!r} cannot be a session's name",
            f"use up to {_LONGEST_NAME} printable characters, the first no dash or blank",
        )
    if name.isdigit():
        raise UsageError(f"{name} would be taken for an id", "put a letter into the name")


def _turn(row: tuple[Any, ...], messages: list[Message]) -> SavedTurn:
    turn, number, state, reason, model, settings, usage, began, seconds, thought = row
    return SavedTurn(
        turn,
        number,
        state,
        reason,
        tuple(messages),
        model,
        json.loads(settings),
        Usage(**json.loads(usage)) if usage else None,
        began,
        seconds,
        thought,
    )


def _part(kind: str, text: str, data: str | None) -> Part:
    fields = json.loads(data) if data else {}
    return part_from_dict({"type": kind, _TEXT_OF.get(kind, "text"): text, **fields})


def _tokens(turns: Iterable[SavedTurn]) -> int:
    return sum((turn.usage.total or 0) if turn.usage else 0 for turn in turns)
