"""Brings sessions back out of broken files, into the store. The broken files are kept.

Sessions and turns are known by when they began: what is in the store already is not brought
twice, so to salvage again does no harm. SQLite reads what the trees of a file lead to; where one is
damaged, each page with rows is read as if it were a table's only one.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Self, get_args

from azchat.errors import LocalError, UsageError
from azchat.messages import Role, Usage
from azchat.sessions import SavedSession, SessionInfo, check_name, title_of
from azchat.sessions.database import Database, Row
from azchat.sessions.place import LOGS, is_damaged, make_file
from azchat.sessions.turns import (
    ENDED,
    copy_turn,
    maybe_echo,
    messages_of,
    part_of,
    settle_turn,
    turns_in,
)

_LATEST = 2.0**35  # seconds: the year 3058; what is later is no time
_KINDS = {"INTEGER": int, "REAL": float, "TEXT": str, "BLOB": bytes}
_Fields = dict[str, Any]
_PAGE = 4096  # bytes
_HEADER = 100  # bytes
# By sqlite.org/fileformat2.html, section 1.6: the first byte of a page with rows of a table.
_LEAF = b"\x0d"
# What the rows of no other table have.
_SIGNS = {
    "sessions": "typeof(began) = 'real'",
    "turns": "typeof(settings) = 'text'",
    "parts": "role IN ('system', 'user', 'assistant', 'tool')",
    "contents": "typeof(data) = 'blob'",
}
_TABLES = (*_SIGNS, "deltas")
_Named = tuple[str, _Fields]


class Salvaged(NamedTuple):
    """What came out of a broken file: sessions that got turns, and those turns."""

    file: Path
    sessions: int
    turns: int


def repair(
    file: Path, tell: Callable[[str], None], redact: Callable[[str], str]
) -> Iterator[Salvaged]:
    """Check the store's ``file``, and salvage what lies beside it, the newest first."""
    with closing(Database(file, tell, redact)) as database:
        is_whole = False
        with suppress(LocalError):
            is_whole = database.rows("PRAGMA integrity_check(1)") == [("ok",)]
        if not is_whole:
            database.replace_broken()
        for broken in broken_files(file):
            yield salvage(database, broken)


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
            closing(Database(Path(folder, "found.db"), lambda _: None)) as found,
        ):
            _collect(found, broken)
            with database.writing(durable=True):
                turns = [_bring(database, session) for session in _sessions(found)]
        if beside:
            _mark_of(broken).touch(0o600)
        return Salvaged(broken, sum(map(bool, turns)), sum(turns))
    except (OSError, sqlite3.Error) as error:
        why = (getattr(error, "strerror", None) or "it cannot be read").lower()
        raise LocalError(f"cannot copy {broken}: {why}", "see the folder and the disk") from None


def _collect(found: Database, broken: Path) -> None:
    """Put all rows of a broken file that make sense into a new one, beside copies of the other."""
    found.execute("PRAGMA foreign_keys = OFF")
    with _BrokenFile(broken, found.file.parent) as opened, found.writing():
        columns = {table: found.rows(f"PRAGMA table_info({table})") for table in _TABLES}
        for table, row in opened.rows():
            with suppress(ValueError, TypeError, KeyError):
                _add(found, table, columns[table], row)
        facts = (broken.name, broken.stat().st_mtime, _LATEST, json.dumps(Usage._fields))
        found.execute("CREATE TEMP TABLE broken (file, began, latest, counts)")
        found.execute("INSERT INTO broken VALUES (?, ?, ?, ?)", facts)
        mending = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
        for statement in mending.split(";"):
            found.execute(statement)
        for (turn,) in found.rows("SELECT id FROM turns WHERE state = 'streaming'"):
            settle_turn(found, turn, ENDED, searched=False)


def _add(found: Database, table: str, columns: list[Row], row: _Fields) -> None:
    """Keep a row; raises ``ValueError``, ``TypeError`` or ``KeyError`` where it makes no sense."""
    match table:
        case "contents" if sha256(row["data"]).hexdigest() != row["hash"]:
            raise ValueError(table)  # not all of the picture
        case "deltas":
            messages_of([(row["kind"], row["text"])])
        case "parts":
            if row["role"] not in get_args(Role) or not isinstance(row["text"], str):
                raise ValueError(table)
            if row["text"] or not maybe_echo(row["type"], row["data"]):
                part_of(row["type"], row["text"], row["data"])
    kept: _Fields = {}
    for _, name, kind, is_needed, *_ in columns:
        is_right = isinstance(row.get(name), _KINDS[kind])
        kept[name] = row[name] if is_right else _KINDS[kind]() if is_needed else None
    # What was given up may have the name, or the number, of what is there.
    insert = f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(kept))})"  # noqa: S608
    found.execute(insert, tuple(kept.values()))


def _sessions(found: Database) -> Iterator[SavedSession]:
    """Yield the sessions with their turns, the last used first."""
    fields = ", ".join(SessionInfo._fields)
    for row in found.rows(f"SELECT {fields} FROM sessions ORDER BY used DESC, id DESC"):  # noqa: S608
        info = SessionInfo(*row)
        yield SavedSession(info, turns_in(found, info.id, dropped=True))


def _bring(database: Database, session: SavedSession) -> int:
    """Copy a session's turns that are not there yet; return how many."""
    began = session.info.began
    row = database.maybe_row("SELECT id FROM sessions WHERE began = ?", (began,))
    query = "SELECT began, number FROM turns WHERE session = ?"
    numbers: dict[float, int] = dict(database.rows(query, row)) if row else {}
    turns = [turn for turn in session.turns if turn.began not in numbers]
    if not turns:
        return 0
    here = row[0] if row else _new_session(database, session)
    taken = set(numbers.values())
    for turn in turns:
        is_free = turn.number and turn.number not in taken  # below 0: it was taken back
        number = turn.number if is_free else max(0, *taken, 0) + 1
        taken.add(number)
        copy_turn(database, here, number, turn)
    database.execute(
        "UPDATE sessions SET updated = max(updated, ?),"
        " turns = (SELECT count(*) FROM turns WHERE session = ? AND number > 0) WHERE id = ?",
        (session.info.updated, here, here),
    )
    return len(turns)


def _new_session(database: Database, session: SavedSession) -> int:
    """Add a session below those that are in the store: they were used later."""
    info = session.info
    taken = database.maybe_row("SELECT 1 FROM sessions WHERE id = ?", (info.id,))
    ((first,),) = database.rows("SELECT coalesce(min(used), 1) FROM sessions")
    facts = {"model": info.model, "began": info.began, "updated": info.updated}
    return database.insert(
        "sessions",
        id=info.id if info.id > 0 and not taken else None,
        name=_free_name(database, info.name),
        title=info.title or title_of(session.turns[0].question.text),
        tokens=info.tokens,
        used=first - 1,
        **facts,
    )


def _free_name(database: Database, name: str | None) -> str | None:
    for wanted in (name, f"{name}-recovered") if name else ():
        with suppress(UsageError):
            check_name(wanted)
            if not database.maybe_row("SELECT 1 FROM sessions WHERE name = ?", (wanted,)):
                return wanted
    return None


class _BrokenFile:
    """A broken file that is open for reading, row by row, as far as it can be read.

    All is done on copies in ``folder``: to open a file of SQLite may change it.
    """

    def __init__(self, file: Path, folder: Path) -> None:
        self._file, self._folder = file, folder
        self._template = folder / "template.db"  # a new file: what this one once was
        make_file(self._template)
        self._trees = self._open_somehow()
        self._pages = self._open("pages.db", _PAGE)  # where tables begin at any page

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._trees.close()
        self._pages.close()

    def rows(self) -> Iterator[_Named]:
        """Yield the rows that can be read, each with its table.

        Of several with one id the last one counts: pages that were given up keep old ones.
        """
        for page in () if self._is_whole() else self._leaves():
            move = f"UPDATE sqlite_master SET rootpage = {page} WHERE name IN {tuple(_SIGNS)}"  # noqa: S608
            self._pages.execute("PRAGMA writable_schema = ON")
            self._pages.execute(move)
            self._pages.execute("PRAGMA writable_schema = RESET")
            for table, sign in _SIGNS.items():
                yield from _rows(self._pages, table, sign)
        for table in _SIGNS:
            yield from _rows(self._trees, table)
        deltas = "SELECT * FROM deltas ORDER BY turn {0}, number {0}"
        yield from (("deltas", dict(row)) for row in _ends(self._trees, deltas))

    def _is_whole(self) -> bool:
        """Return whether nothing is damaged after all."""
        with suppress(sqlite3.DatabaseError):
            return [*self._trees.execute("PRAGMA quick_check(1)").fetchone()] == ["ok"]
        return False

    def _leaves(self) -> list[int]:
        with (self._folder / "pages.db").open("rb") as opened:
            kinds = [page[:1] for page in iter(lambda: opened.read(_PAGE), b"")]
        return [number for number, kind in enumerate(kinds, 1) if kind == _LEAF]

    def _open_somehow(self) -> sqlite3.Connection:
        """Open a copy that begins as the file does, or as it should."""
        for patched in (_HEADER,) if is_damaged(self._file) else (0, _HEADER):
            with suppress(sqlite3.DatabaseError):
                return self._open("trees.db", patched)
        return self._open("trees.db", _PAGE)

    def _open(self, name: str, patched: int) -> sqlite3.Connection:
        """Open a copy whose first ``patched`` bytes are those of a new file.

        A file begins with a page that says where the tables are, which is where they are in
        every file that was made by the same migrations. Raises ``sqlite3.DatabaseError``.
        """
        copy = self._folder / name
        for end in ("", *LOGS):
            part = self._file.with_name(self._file.name + end)
            if part.exists():
                shutil.copy(part, copy.with_name(copy.name + end))
        if patched:
            _patch(copy, self._template.read_bytes()[:patched])
        connection = sqlite3.connect(copy, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA writable_schema = ON")  # or a cut file would not be opened
            connection.execute("SELECT 1 FROM sessions, turns, parts, deltas LIMIT 0")
            with suppress(sqlite3.DatabaseError):  # so that the pages have it too
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection


def _rows(connection: sqlite3.Connection, table: str, sign: str = "1") -> Iterator[_Named]:
    """Yield the rows with that sign which can be read, in the order of their ids."""
    found = _ends(connection, f"SELECT id FROM {table} NOT INDEXED WHERE {sign} ORDER BY id {{0}}")  # noqa: S608
    for number in sorted({number for (number,) in found}):
        query = f"SELECT * FROM {table} WHERE id = {number}"  # noqa: S608 - our names
        with suppress(sqlite3.DatabaseError):
            yield from ((table, dict(row)) for row in connection.execute(query))


def _ends(connection: sqlite3.Connection, query: str) -> Iterator[sqlite3.Row]:
    """Yield rows; where one cannot be read, those before it, and behind it from the end."""
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.DatabaseError):
            yield from connection.execute(query.format(order))
            return


def _patch(file: Path, begin: bytes) -> None:
    pages = file.stat().st_size // _PAGE
    begin = begin[:28] + pages.to_bytes(4, "big") + begin[32:]
    with file.open("r+b") as opened:
        opened.write(begin)
