"""Reads a broken file of sessions, row by row, as far as it can be read. The file stays as it is.

All is done on a copy: to open a file of SQLite may change it. What cannot be read is skipped.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from azchat.sessions.database import Database

_TABLES = ("sessions", "turns", "parts", "deltas")
_HEADER, _PAGE = 100, 4096  # bytes
_LAST_ID = 2**40
_Row = tuple[Any, ...]


class BrokenFile:
    """A broken file that is open for reading; ``folder`` is for what is needed meanwhile."""

    def __init__(self, file: Path, folder: Path) -> None:
        self._file, self._folder = file, folder
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        for patched in (0, _HEADER, _PAGE):
            self._connection = self._open(patched)
            if self._connection:
                break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection:
            self._connection.close()

    def rows(self, table: str, *columns: str) -> Iterator[_Row]:
        """Yield the rows that can be read, by their ids: the id, then ``columns``."""
        names = ", ".join(("id", *columns))
        query = f"SELECT {names} FROM {table} WHERE id > ? ORDER BY id"  # noqa: S608  # our names
        after: int | None = 0
        while after is not None and self._connection:
            try:
                for row in self._connection.execute(query, (after,)):
                    if row[0] > after:  # a broken tree may repeat itself
                        after = row[0]
                        yield row
                return
            except sqlite3.DatabaseError:
                after = self._behind(query, after)

    def _behind(self, query: str, after: int) -> int | None:
        """Return the first id behind which something can be read again, None without any."""
        low, step = after, 1
        while not self._can_read(query, after + step):
            low, step = after + step, 2 * step
            if after + step > _LAST_ID:
                return None
        high = after + step
        while high - low > 1:
            middle = (low + high) // 2
            if self._can_read(query, middle):
                high = middle
            else:
                low = middle
        return high

    def _can_read(self, query: str, after: int) -> bool:
        assert self._connection
        try:
            self._connection.execute(f"{query} LIMIT 1", (after,)).fetchone()
        except sqlite3.DatabaseError:
            return False
        return True

    def _open(self, patched: int) -> sqlite3.Connection | None:
        """Open a copy whose first ``patched`` bytes are those of a new file; None if it is in vain.

        A file begins with a page that says where the tables are, which is where they are in
        every file that was made by the same migrations.
        """
        copy = self._folder / f"copy-{patched}.db"
        for suffix in ("", "-wal"):
            part = self._file.with_name(self._file.name + suffix)
            if part.exists():
                shutil.copy(part, copy.with_name(copy.name + suffix))
        if patched:
            _patch(copy, self._first_page()[:patched])
        connection = sqlite3.connect(copy, isolation_level=None)
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            connection.execute("PRAGMA writable_schema = ON")  # or a cut file would not be opened
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if {name for (name,) in found}.issuperset(_TABLES):
                return connection
        except sqlite3.DatabaseError:
            pass
        connection.close()
        return None

    def _first_page(self) -> bytes:
        template = self._folder / "template.db"
        Database(template, _tell_nobody).close()
        return template.read_bytes()[:_PAGE]


def _patch(file: Path, begin: bytes) -> None:
    pages = file.stat().st_size // _PAGE
    begin = begin[:28] + pages.to_bytes(4, "big") + begin[32:]
    with file.open("r+b") as opened:
        opened.write(begin)


def _tell_nobody(line: str) -> None:
    del line
