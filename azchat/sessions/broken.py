"""Reads a broken file of sessions, row by row, as far as it can be read. The file stays as it is.

All is done on a copy: to open a file of SQLite may change it. SQLite reads what its trees lead
to; where one is damaged, the rest is looked for page by page.
"""

import heapq
import shutil
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self

from azchat.sessions.database import Row
from azchat.sessions.leaves import PAGE, leaf_rows
from azchat.sessions.place import LOGS, is_damaged, make_file

_TABLES = ("sessions", "turns", "parts", "deltas")
_HEADER = 100  # bytes
_LAST_ID = 2**40
_DELTAS = "SELECT number, kind, text FROM deltas WHERE turn = ? ORDER BY number"


class BrokenFile:
    """A broken file that is open for reading; ``folder`` is for what is needed meanwhile."""

    def __init__(self, file: Path, folder: Path) -> None:
        self._file, self._folder = file, folder
        self._copy = folder / "copy.db"
        self._template = folder / "template.db"  # a new file: what this one once was
        self._connection: sqlite3.Connection | None = None
        self._is_whole = False

    def __enter__(self) -> Self:
        make_file(self._template)
        for patched in (_HEADER, PAGE) if is_damaged(self._file) else (0, _HEADER, PAGE):
            self._connection = self._open(patched)
            if self._connection:
                break
        self._is_whole = self._check()
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection:
            self._connection.close()

    def rows(self, table: str, *columns: str) -> Iterator[Row]:
        """Yield the rows that can be read, by their ids: the id, then ``columns``."""
        rows = self._tree_rows(table, columns)
        if not self._is_whole:
            found = {row[0] for row in self._tree_rows(table, columns)}
            lost = (row for row in self._leaf_rows(table, columns) if row[0] not in found)
            rows = heapq.merge(rows, lost, key=lambda row: row[0])
        yield from rows

    def deltas(self, turn: int) -> list[Row]:
        """Return the rows of an answer that had not ended: the number, kind and text of each."""
        found = {row[0]: row for order in ("", " DESC") for row in self._deltas(turn, order)}
        return [found[number] for number in sorted(found)]

    def _deltas(self, turn: int, order: str) -> Iterator[Row]:
        """Yield rows up to the first that cannot be read."""
        if self._connection:
            with suppress(sqlite3.DatabaseError):
                yield from self._connection.execute(_DELTAS + order, (turn,))

    def _check(self) -> bool:
        """Return whether nothing is damaged after all."""
        with suppress(sqlite3.DatabaseError):
            return bool(self._connection) and self._fetch("PRAGMA quick_check(1)") == ("ok",)
        return False

    def _tree_rows(self, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows that SQLite finds, past those that it cannot read."""
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

    def _leaf_rows(self, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows of the pages that look like the table's."""
        with sqlite3.connect(self._template) as template:
            about = template.execute(f"PRAGMA table_info({table})").fetchall()
        template.close()
        names = [name for _, name, *_ in about]
        places = [names.index(name) for name in ("id", *columns)]
        for row in leaf_rows(self._copy, len(names)):
            yield tuple(row[place] for place in places)

    def _behind(self, query: str, after: int) -> int | None:
        """Return the first id behind which something can be read again, None without any."""
        low, step = after, 1
        while not self._can_read(query, after + step):
            low, step = after + step, 2 * step
            if after + step > _LAST_ID:
                return None
        between = range(low + 1, after + step)
        return low + 1 + bisect_left(between, True, key=partial(self._can_read, query))

    def _can_read(self, query: str, after: int) -> bool:
        with suppress(sqlite3.DatabaseError):
            self._fetch(f"{query} LIMIT 1", after)
            return True
        return False

    def _fetch(self, query: str, *values: int) -> Row:
        assert self._connection
        row: Row = self._connection.execute(query, values).fetchone()
        return row

    def _open(self, patched: int) -> sqlite3.Connection | None:
        """Open a copy whose first ``patched`` bytes are those of a new file; None if it is in vain.

        A file begins with a page that says where the tables are, which is where they are in
        every file that was made by the same migrations.
        """
        for end in ("", *LOGS):
            part = self._file.with_name(self._file.name + end)
            if part.exists():
                shutil.copy(part, self._copy.with_name(self._copy.name + end))
        if patched:
            _patch(self._copy, self._template.read_bytes()[:patched])
        connection = sqlite3.connect(self._copy, isolation_level=None)
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            connection.execute("PRAGMA writable_schema = ON")  # or a cut file would not be opened
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if {name for (name,) in found}.issuperset(_TABLES):
                with suppress(sqlite3.DatabaseError):  # so that the pages have it too
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return connection
        except sqlite3.DatabaseError:
            pass
        connection.close()
        return None


def _patch(file: Path, begin: bytes) -> None:
    pages = file.stat().st_size // PAGE
    begin = begin[:28] + pages.to_bytes(4, "big") + begin[32:]
    with file.open("r+b") as opened:
        opened.write(begin)
