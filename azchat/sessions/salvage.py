"""Brings sessions back out of broken files, into the store. The broken files are kept.

Sessions and turns are known by when they began: what is in the store already is not brought
twice, so to salvage again does no harm.
"""

import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, get_args

from azchat.errors import LocalError, UsageError
from azchat.messages import Message, Role, Text
from azchat.sessions import State, check_name, title_of
from azchat.sessions.broken import BrokenFile
from azchat.sessions.contents import add_content
from azchat.sessions.database import Database
from azchat.sessions.place import LOGS
from azchat.sessions.turns import (
    ENDED,
    add_message,
    let_find,
    maybe_echo,
    messages_of,
    part_of,
    settle_turn,
)

_LOST = Text("(this question was lost)")
_REST_LOST = "the rest of this turn was lost"
_LATEST = 2.0**35  # seconds: the year 3058; what is later is no time
_Fields = dict[str, Any]


class Salvaged(NamedTuple):
    """What came out of a broken file: sessions that got turns, and those turns."""

    file: Path
    sessions: int
    turns: int


def repair(
    file: Path, tell: Callable[[str], None], redact: Callable[[str], str]
) -> Iterator[Salvaged]:
    """Check the store's ``file``, and salvage what lies beside it, the newest first."""
    database = Database(file, tell, redact)
    try:
        try:
            is_whole = database.rows("PRAGMA integrity_check(1)") == [("ok",)]
        except LocalError:
            is_whole = False
        if not is_whole:
            database.replace_broken()
        for broken in broken_files(file):
            yield salvage(database, broken)
    finally:
        database.close()


def broken_files(file: Path, *, waiting: bool = False) -> list[Path]:
    """Return what was moved aside of ``file``, the newest first; ``waiting``: not salvaged yet."""
    found = (p for p in file.parent.glob(f"{file.name}.corrupt-*") if not p.name.endswith(LOGS))
    files = [path for path in found if path.is_file() and not path.is_symlink()]
    if waiting:
        files = [p for p in files if os.access(p, os.R_OK) and not _mark_of(p).exists()]
    return sorted(files, reverse=True)


def _mark_of(broken: Path) -> Path:
    """Return the empty file that says that ``broken`` was salvaged."""
    return broken.with_name(broken.name.replace(".corrupt-", ".salvaged-"))


def salvage(database: Database, broken: Path) -> Salvaged:
    """Copy what can be read of a broken file into the store, which may be one in memory."""
    beside = broken.parent if database.file.parent == broken.parent else None
    try:
        with (
            TemporaryDirectory(prefix="repair-", dir=beside) as folder,
            BrokenFile(broken, Path(folder)) as opened,
            database.writing(durable=True),
        ):
            found = Salvaged(broken, *_Rescue(database, opened, broken).run())
        if beside:
            _mark_of(broken).touch(0o600)
        return found
    except (OSError, sqlite3.Error) as error:
        why = (getattr(error, "strerror", None) or "it cannot be read").lower()
        raise LocalError(f"cannot copy {broken}: {why}", "see the folder and the disk") from None


class _Rescue:
    """Copies the rows of one broken file; within a transaction."""

    def __init__(self, database: Database, broken: BrokenFile, file: Path) -> None:
        self._database, self._broken, self._file = database, broken, file
        self._rows, self._maybe_row = database.rows, database.maybe_row
        self._heads: dict[int, _Fields] = {}  # of the sessions there
        self._sessions: dict[int, int] = {}  # ids there to ids here
        self._turns: dict[int, int | None] = {}  # the same; None: it is here already

    def run(self) -> tuple[int, int]:
        """Copy everything; return how many sessions and turns are new."""
        self._heads = {session["id"]: session for session in self._broken.rows("sessions")}
        for session, head in sorted(self._heads.items(), key=_last_use, reverse=True):
            self._session(session, _time(head["began"]))
        for turn in self._broken.rows("turns"):
            self._turns[turn["id"]] = self._maybe_add_turn(turn)
        for content in self._broken.rows("contents"):
            self._add_content(content["hash"], content["type"], content["data"])
        for part in self._broken.rows("parts"):
            self._add_part(part)
        turns = [
            here for there, here in self._turns.items() if here and self._finish_turn(there, here)
        ]
        sessions = [s for s in self._sessions.values() if self._finish_session(s, turns)]
        return len(sessions), len(turns)

    def _maybe_add_turn(self, turn: _Fields) -> int | None:
        """Add a turn, and its session if need be; None where it is in the store already."""
        began = _time(turn["began"])
        session = self._session(turn["session"], began)
        known = "SELECT 1 FROM turns WHERE session = ? AND began = ?"
        if self._maybe_row(known, (session, began)):
            return None
        return self._database.insert(
            "turns",
            session=session,
            number=self._free_number(session, turn["number"]),
            state=turn["state"] if turn["state"] in get_args(State) else "incomplete",
            reason=_words(turn["reason"]),
            model=_words(turn["model"]),
            settings=turn["settings"] if _is_object(turn["settings"]) else "{}",
            usage=turn["usage"] if _is_object(turn["usage"]) else None,
            began=began,
            seconds=_seconds(turn["seconds"]),
            thought=_seconds(turn["thought"]),
        )

    def _session(self, there: int, turn_began: float) -> int:
        """Return the session here that has that id in the broken file; it may be a new one."""
        if there in self._sessions:
            return self._sessions[there]
        head = self._heads.get(there, {})
        began = _time(head.get("began")) or turn_began
        row = self._maybe_row("SELECT id FROM sessions WHERE began = ?", (began,))
        self._sessions[there] = row[0] if row else self._new_session(there, head, began)
        return self._sessions[there]

    def _new_session(self, there: int, head: _Fields, began: float) -> int:
        """Add a session below those that are in the store: they were used later."""
        taken = self._maybe_row("SELECT 1 FROM sessions WHERE id = ?", (there,))
        first = self._rows("SELECT coalesce(min(used), 1) FROM sessions")[0][0]
        tokens = head.get("tokens")
        return self._database.insert(
            "sessions",
            id=there if isinstance(there, int) and there > 0 and not taken else None,
            name=self._free_name(head.get("name")),
            title=_words(head.get("title")) or "",
            model=_words(head.get("model")),
            began=began,
            updated=_time(head.get("updated")) or began,
            tokens=tokens if isinstance(tokens, int) and tokens >= 0 else 0,
            used=first - 1,
        )

    def _free_name(self, name: Any) -> str | None:
        for wanted in (name, f"{name}-recovered") if isinstance(name, str) else ():
            try:
                check_name(wanted)
            except UsageError:
                continue
            if not self._maybe_row("SELECT 1 FROM sessions WHERE name = ?", (wanted,)):
                return wanted
        return None

    def _free_number(self, session: int, number: Any) -> int:
        rows = self._rows("SELECT number FROM turns WHERE session = ?", (session,))
        taken = {row[0] for row in rows}
        if isinstance(number, int) and number and number not in taken:
            return number  # below 0: it was taken back
        return max(0, *taken) + 1 if taken else 1

    def _add_content(self, digest: Any, kind: Any, data: Any) -> None:
        """Add the bytes of a picture if they are whole."""
        is_whole = isinstance(data, bytes) and sha256(data).hexdigest() == digest
        if is_whole and isinstance(kind, str):
            add_content(self._database, kind, data)

    def _add_part(self, part: _Fields) -> None:
        """Add a part of a message, if it makes sense."""
        there, text, kind, role = (part[name] for name in ("turn", "text", "type", "role"))
        if not isinstance(there, int) or not isinstance(text, str) or role not in get_args(Role):
            return
        try:
            number, echo = int(part["message"]), maybe_echo(kind, part["data"])
            parts = (part_of(kind, text, part["data"]),) if text or not echo else ()
        except (ValueError, TypeError, KeyError):
            return
        if turn := self._turn_of_part(there):
            add_message(self._database, turn, number, Message(role, parts, echo))

    def _turn_of_part(self, there: int) -> int | None:
        """Return the turn that a part belongs to; one whose turn is lost gets another."""
        if there not in self._turns:
            began = self._file.stat().st_mtime
            lost = {"title": f"Found in {self._file.name}", "began": began}
            self._heads.setdefault(0, lost)
            turn = {"session": 0, "began": began + there / 1024, "reason": _REST_LOST}
            self._turns[there] = self._maybe_add_turn(defaultdict(lambda: None, turn))
        return self._turns[there]

    def _add_deltas(self, there: int, here: int) -> None:
        """Add what came of an answer that had not ended, as far as it makes sense."""
        for number, kind, text in self._broken.deltas(there):
            try:
                messages_of([(kind, text)])
            except (ValueError, TypeError, KeyError):
                continue
            self._database.insert("deltas", turn=here, number=number, kind=kind, text=text)

    def _finish_turn(self, there: int, here: int) -> bool:
        """Complete a turn that came back; return whether anything was said in it."""
        let_find(self._database, here)
        if self._maybe_row("SELECT state FROM turns WHERE id = ?", (here,)) == ("streaming",):
            self._add_deltas(there, here)
            settle_turn(self._database, here, ENDED)
        rows = self._rows("SELECT min(message) FROM parts WHERE turn = ?", (here,))
        first = rows[0][0]
        if first is None:
            self._database.execute("DELETE FROM turns WHERE id = ?", (here,))
            return False
        if first > 0:
            add_message(self._database, here, 0, Message.user(_LOST))
        return True

    def _finish_session(self, session: int, turns: list[int]) -> bool:
        """Complete a session that got turns; return whether any of ``turns`` is its."""
        rows = self._rows("SELECT id FROM turns WHERE session = ?", (session,))
        self._database.execute(
            "UPDATE sessions SET title = CASE title WHEN '' THEN ? ELSE title END,"
            " updated = max(updated, coalesce((SELECT max(began) FROM turns WHERE session = ?), 0))"
            ", turns = (SELECT count(*) FROM turns WHERE session = ? AND number > 0) WHERE id = ?",
            (self._title(session), session, session, session),
        )
        if not rows:
            self._database.execute("DELETE FROM sessions WHERE id = ?", (session,))
        return any(row[0] in turns for row in rows)

    def _title(self, session: int) -> str:
        row = self._maybe_row(
            "SELECT parts.text FROM parts JOIN turns ON turns.id = parts.turn"
            " WHERE session = ? AND role = 'user' AND type = 'text' ORDER BY number LIMIT 1",
            (session,),
        )
        return title_of(row[0]) if row else ""


def _last_use(item: tuple[int, _Fields]) -> int:
    used = item[1]["used"]
    return used if isinstance(used, int) else 0


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: Any) -> float:
    """Return a time of the file, 0 for none."""
    return _seconds(value) or 0.0


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value < _LATEST else None


def _is_object(value: Any) -> bool:
    try:
        return isinstance(value, str) and isinstance(json.loads(value), dict)
    except ValueError:
        return False
