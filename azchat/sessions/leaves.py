"""Rows out of the pages of a broken file, where the tree that leads to them is lost.

By sqlite.org/fileformat2.html, sections 1.6 (pages of a table) and 2.1 (records): a leaf holds
whole rows, and the number of their columns tells the tables of the sessions' file apart.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

PAGE = 4096  # bytes
_LEAF = 13  # the type of a page with rows of a table
_ALONE = PAGE - 35  # bytes of a row that fit on its leaf
_LEAST = (PAGE - 12) * 32 // 255 - 23  # bytes of a longer one that stay there
_LONGEST = 64 * 1024 * 1024  # bytes; a longer row is none
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)  # bytes of a value, by its type


class _Place(NamedTuple):
    """Where a row is: its id, its page, its offset there."""

    row: int
    page: int
    offset: int


class Leaves:
    """The leaves of a file's tables, whoever leads to them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened: BinaryIO

    def __enter__(self) -> Self:
        self._opened = self._file.open("rb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    def rows(self, width: int) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of ``width`` columns by their ids; the id stands for the first column.

        Of several with one id the last one counts: pages that were given up keep old ones.
        """
        places = {place.row: place for place in self._places()}
        for row in sorted(places):
            try:
                values = _values(self._record(places[row]))
            except (IndexError, ValueError, struct.error):
                continue
            if len(values) == width:
                yield (row, *values[1:])

    def _places(self) -> Iterator[_Place]:
        number = 1  # the first page is the schema's
        while page := self._page(number + 1):
            number += 1
            if page[0] != _LEAF:
                continue
            for cell in range(int.from_bytes(page[3:5], "big")):
                offset = int.from_bytes(page[8 + 2 * cell : 10 + 2 * cell], "big")
                try:
                    _, begin = _varint(page, offset)
                    yield _Place(_varint(page, begin)[0], number, offset)
                except IndexError:
                    break

    def _page(self, number: int) -> bytes:
        self._opened.seek((number - 1) * PAGE)
        return self._opened.read(PAGE)

    def _record(self, place: _Place) -> bytes:
        """Return the bytes of a row; what does not fit on its leaf is on a chain of pages."""
        page = self._page(place.page)
        size, begin = _varint(page, place.offset)
        _, begin = _varint(page, begin)
        if size > _LONGEST:
            raise ValueError(size)
        if size <= _ALONE:
            return page[begin : begin + size]
        held = _LEAST + (size - _LEAST) % (PAGE - 4)
        held = held if held <= _ALONE else _LEAST
        parts, left = [page[begin : begin + held]], size - held
        following = page[begin + held : begin + held + 4]
        while left > 0:
            page = self._page(int.from_bytes(following, "big"))
            if len(page) < PAGE:
                raise ValueError(following)
            parts.append(page[4 : 4 + left])
            following, left = page[:4], left - (PAGE - 4)
        return b"".join(parts)


def _values(record: bytes) -> list[Any]:
    length, place = _varint(record, 0)
    kinds = []
    while place < length:
        kind, place = _varint(record, place)
        kinds.append(kind)
    values, begin = [], length
    for kind in kinds:
        size = _SIZES[kind] if kind < len(_SIZES) else (kind - 12) // 2
        data = record[begin : begin + size]
        if len(data) != size:
            raise ValueError(size)
        values.append(_value(kind, data))
        begin += size
    return values


def _value(kind: int, data: bytes) -> Any:
    if kind == 0:
        return None
    if kind == 7:
        return struct.unpack(">d", data)[0]
    if kind in (8, 9):
        return kind - 8
    if kind < 12:
        return int.from_bytes(data, "big", signed=True)
    return data.decode("utf-8", "replace") if kind % 2 else data


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return the number that is written at ``place``, and what follows it."""
    number = 0
    for end in range(place, place + 8):
        number = number << 7 | data[end] & 0x7F
        if data[end] < 0x80:
            return number, end + 1
    return number << 8 | data[place + 8], place + 9
