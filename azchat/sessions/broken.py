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


class BrokenFile:
    """A broken file that is open for reading; ``folder`` is for what is needed meanwhile."""

    def __init__(self, file: Path, folder: Path) -> None:
        self._file, self._folder = file, folder
        self._template = folder / "template.db"  # a new file: what this one once was
        make_file(self._template)
        self._trees = self._open_somehow()
        self._pages = self._open("pages.db", _PAGE)  # where tables begin at any page
        self._page = 0  # at which they begin now
        self._lost = {} if self._is_whole() else self._find_lost()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._trees.close()
        self._pages.close()

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows that can be read, in the order of their ids."""
        pages = self._lost.get(table, {}) | dict.fromkeys(self._ids(table), 0)
        for number in sorted(pages):
            query = f"SELECT * FROM {table} WHERE id = {number}"  # noqa: S608  # our names
            with suppress(sqlite3.DatabaseError):
                yield from map(dict, self._at(pages[number]).execute(query))

    def deltas(self, turn: int) -> list[sqlite3.Row]:
        """Return the rows of an answer that had not ended: the number, kind and text of each."""
        query = f"SELECT number, kind, text FROM deltas WHERE turn = {turn} ORDER BY number"  # noqa: S608
        found = {row[0]: row for row in self._ends(query)}
        return [found[number] for number in sorted(found)]

    def _is_whole(self) -> bool:
        """Return whether nothing is damaged after all."""
        with suppress(sqlite3.DatabaseError):
            return [*self._trees.execute("PRAGMA quick_check(1)").fetchone()] == ["ok"]
        return False

    def _ids(self, table: str, page: int = 0) -> Iterator[int]:
        sign = _SIGNS[table] if page else "1"
        query = f"SELECT id FROM {table} NOT INDEXED WHERE {sign} ORDER BY id"  # noqa: S608
        return (number for (number,) in self._ends(query, page))

    def _ends(self, query: str, page: int = 0) -> Iterator[sqlite3.Row]:
        """Yield the rows; where one cannot be read, those before it, and behind it from the end."""
        for order in ("ASC", "DESC"):
            with suppress(sqlite3.DatabaseError):
                yield from self._at(page).execute(f"{query} {order}")
                return

    def _find_lost(self) -> dict[str, dict[int, int]]:
        """Return the page of each row, by its table and id, wherever it is.

        Of several with one id the last one counts: pages that were given up keep old ones.
        """
        with (self._folder / "pages.db").open("rb") as opened:
            kinds = [page[:1] for page in iter(lambda: opened.read(_PAGE), b"")]
        leaves = [number for number, kind in enumerate(kinds, 1) if kind == _LEAF]
        lost: dict[str, dict[int, int]] = {table: {} for table in _SIGNS}
        for page in leaves:
            for table, pages in lost.items():
                pages |= dict.fromkeys(self._ids(table, page), page)
        return lost

    def _at(self, page: int) -> sqlite3.Connection:
        """Return a connection where all tables begin at ``page``; 0: where they should."""
        if not page:
            return self._trees
        if page != self._page:
            move = f"UPDATE sqlite_master SET rootpage = {page} WHERE name IN {tuple(_SIGNS)}"  # noqa: S608
            self._pages.execute("PRAGMA writable_schema = ON")
            self._pages.execute(move)
            self._pages.execute("PRAGMA writable_schema = RESET")
            self._page = page
        return self._pages

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


def _patch(file: Path, begin: bytes) -> None:
    pages = file.stat().st_size // _PAGE
    begin = begin[:28] + pages.to_bytes(4, "big") + begin[32:]
    with file.open("r+b") as opened:
        opened.write(begin)
