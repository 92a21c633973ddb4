"""The store of sessions: find, list, load, rename, fork, delete; and begin to save a turn."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from azchat.errors import InputError, LocalError, UsageError
from azchat.learned import Names
from azchat.messages import Message
from azchat.prices import Price
from azchat.sessions import SavedSession, SessionInfo, check_name, title_of
from azchat.sessions.contents import forget_unused
from azchat.sessions.database import BrokenStoreError, Database, Row
from azchat.sessions.journal import TurnJournal
from azchat.sessions.processes import is_running, process_name
from azchat.sessions.search import ALWAYS, Found, Span, Where, forget_for_good, search
from azchat.sessions.turns import (
    ENDED,
    add_message,
    copy_turn,
    forget_turn,
    is_streaming,
    settle_turn,
    tokens_of,
    turns_in,
)
from azchat.sessions.usage import By, Spent, add_up

FILE_NAME = "sessions.db"
Which = Literal["answered", "failed", "all"]
_INFO = "SELECT id, name, title, model, began, updated, turns, tokens FROM sessions"
_IS_ANSWERED = (
    "(state IN ('complete', 'streaming')"
    " OR EXISTS (SELECT 1 FROM parts WHERE turn = turns.id AND role <> 'user'))"
)
_ANSWERED = f" EXISTS (SELECT 1 FROM turns WHERE session = sessions.id AND {_IS_ANSWERED})"  # noqa: S608
_MODELS = f"SELECT model, max({_IS_ANSWERED}) FROM turns WHERE model > '' GROUP BY model"  # noqa: S608
_WHICH = {"answered": _ANSWERED, "failed": f" NOT{_ANSWERED}", "all": " 1"}
_STATE = (
    "SELECT updated, turns, (SELECT total(deltas.number) FROM deltas JOIN turns"
    " ON turns.id = deltas.turn WHERE session = sessions.id) FROM sessions WHERE id = ?"
)
# ``used`` counts, for clocks go back.
_NEWEST = "ORDER BY used DESC, updated DESC, id DESC"


class Store:
    """All sessions of a user, in one file of the data folder.

    Raises ``LocalError`` where the file cannot be used. ``tell`` is for what the user should
    know: a broken file, and without ``quiet`` waiting too. ``redact`` takes keys out of what
    is written. Without a folder everything is in memory, and gone at the end. ``clock`` is
    for waiting, in seconds. Who only ``reads`` changes nothing, and needs no right to.
    """

    def __init__(
        self,
        folder: Path | None,
        tell: Callable[[str], None],
        *,
        redact: Callable[[str], str] = str,
        clock: Callable[[], float] = time.monotonic,
        quiet: bool = False,
        reads: bool = False,
    ) -> None:
        self._folder, file = folder, folder / FILE_NAME if folder else None
        self._database = Database(file, tell, redact, clock, quiet=quiet, reads=reads)
        self._has_deleted = self._has_renamed = False
        if reads:
            return
        try:
            self._recover()
        except BrokenStoreError:
            self.replace_broken()

    def close(self) -> None:
        """Close the file; what was deleted leaves it for good."""
        if self._folder and (self._has_renamed or self._has_deleted):
            with suppress(LocalError):
                names = (info.name or "" for info in self.sessions(which="all"))
                Names(self._folder, "sessions").remember(filter(None, names))
        if self._has_deleted:
            with suppress(LocalError):  # it cannot be found any more in any case
                forget_for_good(self._database)
            with suppress(LocalError):  # where another process reads, it leaves the log later
                self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        self._database.close()

    def replace_broken(self) -> None:
        """Begin a new file where this one turned out to be broken; the old one is kept."""
        self._database.replace_broken()

    def salvage(self, *files: Path) -> None:
        """Bring in what can be read of broken files."""
        from azchat.sessions.salvage import salvage

        for file in files:
            salvage(self._database, file)

    # -- to find ------------------------------------------------------------------------

    def sessions(
        self, limit: int = -1, which: Which = "answered", within: Span = ALWAYS
    ) -> list[SessionInfo]:
        """Return the sessions, the last used first: those in which something was answered."""
        where = f"WHERE updated >= ? AND updated < ? AND{_WHICH[which]}"
        rows = self._database.rows(f"{_INFO} {where} {_NEWEST} LIMIT ?", (*within, limit))
        return list(map(SessionInfo._make, rows))

    def models(self) -> dict[str, bool]:
        """Return the models that were asked, each with whether it ever answered."""
        return {model: bool(answered) for model, answered in self._database.rows(_MODELS)}

    def latest(self) -> SessionInfo | None:
        """Return the session that was used last."""
        return next(iter(self.sessions(1)), None)

    def maybe_find(self, ref: str) -> SessionInfo | None:
        """Return the session with that name or id."""
        number = int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 18 else -1
        row = self._database.maybe_row(f"{_INFO} WHERE name = ? OR id = ?", (ref, number))
        return SessionInfo(*row) if row else None

    def find(self, ref: str) -> SessionInfo:
        """Return the session with that name or id; raises ``InputError`` where there is none."""
        if info := self.maybe_find(ref):
            return info
        from difflib import get_close_matches

        names = self._database.rows("SELECT name FROM sessions WHERE name IS NOT NULL")
        close = get_close_matches(ref, [name for (name,) in names], 1)
        hint = f"did you mean {close[0]}?" if close else "see: azchat sessions list"
        raise InputError(f"there is no session {ref!r}", hint)

    def search(
        self, query: str, where: Where = "all", limit: int = 50, within: Span = ALWAYS
    ) -> Iterator[Found]:
        """Yield where all words of ``query`` are found, the newest first."""
        return search(self._database, query, where, limit, within)

    def found(
        self, query: str, where: Where = "all", limit: int = 50, within: Span = ALWAYS
    ) -> list[tuple[SessionInfo, Found]]:
        """Return the places with their sessions, in the order in which they are found."""
        places = list(self.search(query, where, limit, within))
        infos = {session: self.maybe_find(str(session)) for session in {p.session for p in places}}
        return [(info, place) for place in places if (info := infos[place.session])]

    def load(self, session: int, *, dropped: bool = False) -> SavedSession:
        """Return a session with all its turns; with those that were ``dropped``, if wanted."""
        with self._database.reading():
            info = self._database.maybe_row(f"{_INFO} WHERE id = ?", (session,))
            if info is None:
                raise _gone()
            return SavedSession(
                SessionInfo(*info), turns_in(self._database, session, dropped=dropped)
            )

    def state(self, session: int) -> Row | None:
        """Return what changes whenever something in the session does; None: it is gone."""
        return self._database.maybe_row(_STATE, (session,))

    def add_up(
        self, by: By, price_of: Callable[[str | None, bool], Price | None], within: Span = ALWAYS
    ) -> dict[str, Spent]:
        """Return what the turns took, as ``sessions.usage`` adds it up."""
        return add_up(self._database, by, price_of, within)

    # -- to save ------------------------------------------------------------------------

    def begin(
        self,
        message: Message,
        *,
        session: int | None = None,
        name: str | None = None,
        model: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> TurnJournal:
        """Save the user's message, in a new session if there is none: before it is sent."""
        with self._database.writing():
            if session is None:
                session = self._add_session(message.text, name, model)
            return self._add_turn(session, message, model, settings or {})

    # -- to change ----------------------------------------------------------------------

    def rename(self, session: int, name: str) -> None:
        """Give a session a name; raises ``UsageError`` where it is taken or none."""
        check_name(name)
        self._has_renamed = True
        with self._database.writing():
            self._check_free(name, session)
            renamed = self._database.execute(
                "UPDATE sessions SET name = ? WHERE id = ?", (name, session)
            )
            if not renamed.rowcount:
                raise _gone()

    def delete(self, sessions: Iterable[int]) -> int:
        """Delete sessions; return how many there were. They leave the file when it is closed."""
        count, self._has_deleted = 0, True
        with self._database.erasing():  # all or none: who is killed can do the same again
            for session in sessions:
                query = "SELECT id FROM turns WHERE session = ?"
                for (turn,) in self._database.rows(query, (session,)):
                    forget_turn(self._database, turn)
                count += self._database.execute(
                    "DELETE FROM sessions WHERE id = ?", (session,)
                ).rowcount
            forget_unused(self._database)
        return count

    def drop_turns(self, session: int, first: int) -> None:
        """Take the turns from number ``first`` on out of a session; the file keeps them, unseen."""
        with self._database.writing():
            dropped = self._database.execute(
                "UPDATE turns SET number = -id WHERE session = ? AND number >= ?",
                (session, max(1, first)),
            )
            self._database.execute(
                "UPDATE sessions SET turns = turns - ? WHERE id = ?", (dropped.rowcount, session)
            )

    def fork(self, session: int, *, name: str | None = None, turns: int | None = None) -> int:
        """Copy a session, or its first ``turns``; return the copy's id."""
        source = self.load(session)
        kept = source.turns if turns is None else source.turns[:turns]
        if name is not None:
            check_name(name)
        with self._database.writing():
            if name is not None:
                self._check_free(name)
            return self._add_copy(source._replace(turns=kept), name, session)

    def keep_again(self, session: SavedSession) -> int:
        """Save a session anew that was deleted meanwhile; return its id."""
        name = session.info.name
        with self._database.writing():
            is_free = name is None or self.maybe_find(name) is None
            return self._add_copy(session, name if is_free else None, None)

    def origins(self, setting: str) -> list[tuple[str, int, bool]]:
        """Return where the turns are from that ``setting`` of theirs says so of, as JSON.

        With each its session, and whether it is that one's last; in their order.
        """
        last = "SELECT max(number) FROM turns AS others WHERE others.session = turns.session"
        statement = (
            f"SELECT json_extract(settings, ?), session, number = ({last}) FROM turns"  # noqa: S608
            " WHERE instr(settings, ?) AND json_valid(settings) ORDER BY id"
        )
        return self._database.rows(statement, (f"$.{setting}", f'"{setting}": ['))

    def bring(
        self, source: SavedSession, *, into: int | None = None, parent: int | None = None
    ) -> int:
        """Save what another program kept, as old as it is: anew, or at the end of a session."""
        info = source.info
        with self._database.writing():
            if into is None:
                times = {"began": info.began, "updated": info.updated, "used": 0}
                return self._add_copy(source, None, parent, **times)
            tokens = sum(tokens_of(turn.usage) for turn in source.turns)
            last = "SELECT max(coalesce(max(number), 0), 0) FROM turns WHERE session = ?"
            ((before,),) = self._database.rows(last, (into,))
            for number, turn in enumerate(source.turns, before + 1):
                copy_turn(self._database, into, number, turn)
            self._database.execute(
                "UPDATE sessions SET turns = turns + ?, tokens = tokens + ?,"
                " updated = max(updated, ?) WHERE id = ?",
                (len(source.turns), tokens, info.updated, into),
            )
            return into

    # -- within -------------------------------------------------------------------------

    def _add_session(self, question: str, name: str | None, model: str | None) -> int:
        title = title_of(self._database.redact(question))
        if name is not None:
            check_name(name)
            if info := self.maybe_find(name):  # another process has begun it
                return info.id
        return self._add_head(name=name, title=title, model=model)

    def _add_head(self, **values: Any) -> int:
        now = time.time()
        self._has_renamed |= values.get("name") is not None
        used = {"began": now, "updated": now, "used": self._next_use()}
        return self._database.insert("sessions", **used | values)

    def _next_use(self) -> int:
        ((used,),) = self._database.rows("SELECT coalesce(max(used), 0) + 1 FROM sessions")
        return int(used)

    def _add_turn(
        self, session: int, message: Message, model: str | None, settings: Mapping[str, Any]
    ) -> TurnJournal:
        now, sent = time.time(), self._database.redact(json.dumps(settings))
        touched = self._database.execute(
            "UPDATE sessions SET updated = ?, used = ?, turns = turns + 1 WHERE id = ?",
            (now, self._next_use(), session),
        )
        if not touched.rowcount:
            raise _gone()
        ((last,),) = self._database.rows(
            "SELECT max(coalesce(max(number), 0), 0) FROM turns WHERE session = ?", (session,)
        )
        place = {"session": session, "number": last + 1, "began": now}
        asked = {"process": process_name(), "model": model, "settings": sent}
        turn = self._database.insert("turns", state="streaming", **place, **asked)
        add_message(self._database, turn, 0, message)
        return TurnJournal(self._database, session, turn)

    def _add_copy(
        self, source: SavedSession, name: str | None, parent: int | None, **times: float
    ) -> int:
        title = self._database.redact(source.info.title)
        turns, head = source.turns, {"title": title, "model": source.info.model}
        counts = {"turns": len(turns), "tokens": sum(tokens_of(turn.usage) for turn in turns)}
        copy = self._add_head(name=name, parent=parent, **head, **counts, **times)
        for number, turn in enumerate(turns, 1):
            copy_turn(self._database, copy, number, turn)
        return copy

    def _check_free(self, name: str, session: int | None = None) -> None:
        taken = self.maybe_find(name)
        if taken and taken.id != session:
            raise UsageError(f"session {taken.id} is called {taken.name} already", "take another")

    def _recover(self) -> None:
        """End the turns whose process is gone: what it saved becomes their answer."""
        streaming = self._database.rows("SELECT id, process FROM turns WHERE state = 'streaming'")
        gone = [turn for turn, process in streaming if not is_running(process or "")]
        if not gone:
            return
        try:
            self._settle(gone)
        except BrokenStoreError:
            self._settle(gone, searched=False)

    def _settle(self, gone: list[int], *, searched: bool = True) -> None:
        with self._database.writing():
            for turn in gone:
                if is_streaming(self._database, turn):  # nobody else was faster
                    settle_turn(self._database, turn, ENDED, searched=searched)


def _gone() -> InputError:
    return InputError("the session is gone", "see: azchat sessions list")
