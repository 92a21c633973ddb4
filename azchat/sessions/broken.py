"""Reads a broken file of sessions, row by row, as far as it can be read. The file stays as it is.

All is done on copies: to open a file of SQLite may change it. SQLite reads what its trees lead
to; where one is damaged, each page with rows is read as if it were a table's only one.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from azchat.sessions.place import LOGS, is_damaged, make_file

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
TABLES = (*_SIGNS, "deltas")
_Named = tuple[str, dict[str, Any]]


class BrokenFile:
    """A broken file that is open for reading; ``folder`` is for what is needed meanwhile."""

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
