"""Rows out of the pages of a broken file, where the tree that leads to them is lost.

By sqlite.org/fileformat2.html, sections 1.6 (pages of a table) and 2.1 (records): a leaf holds
whole rows, and the number of their columns tells the tables of the sessions' file apart.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

PAGE = 4096  # bytes
_LEAF = 13  # the type of a page with rows of a table
_ALONE = PAGE - 35  # bytes of a row that fit on its leaf
_LEAST = (PAGE - 12) * 32 // 255 - 23  # bytes of a longer one that stay there
_LONGEST = 64 * 1024 * 1024  # bytes; a longer row is none
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)  # bytes of a value, by its type


def leaf_rows(file: Path, width: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of ``width`` columns by their ids; the id stands for the first column.

    Of several with one id the last one counts: pages that were given up keep old ones.
    """
    with file.open("rb") as opened:
        for row, (page, offset) in sorted(dict(_places(opened)).items()):
            try:
                values = _values(_record(opened, page, offset))
            except (IndexError, ValueError, struct.error):
                continue
            if len(values) == width:
                yield (row, *values[1:])


def _places(opened: BinaryIO) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield where rows are: the id of each, its page and its offset there."""
    number = 1  # the first page is the schema's
    while page := _page(opened, number + 1):
        number += 1
        for cell in range(int.from_bytes(page[3:5], "big") if page[0] == _LEAF else 0):
            offset = int.from_bytes(page[8 + 2 * cell : 10 + 2 * cell], "big")
            try:
                _, begin = _varint(page, offset)
                yield _varint(page, begin)[0], (number, offset)
            except IndexError:
                break


def _page(opened: BinaryIO, number: int) -> bytes:
    opened.seek((number - 1) * PAGE)
    return opened.read(PAGE)


def _record(opened: BinaryIO, number: int, offset: int) -> bytes:
    """Return the bytes of a row; what does not fit on its leaf is on a chain of pages."""
    page = _page(opened, number)
    size, begin = _varint(page, offset)
    _, begin = _varint(page, begin)
    if size > _LONGEST:
        raise ValueError(size)
    if size <= _ALONE:
        return page[begin : begin + size]
    held = _LEAST + (size - _LEAST) % (PAGE - 4)
    held = held if held <= _ALONE else _LEAST
    record, following = bytearray(page[begin : begin + held]), page[begin + held :][:4]
    while len(record) < size:
        page = _page(opened, int.from_bytes(following, "big"))
        if len(page) < PAGE:
            raise ValueError(following)
        record += page[4 : 4 + size - len(record)]
        following = page[:4]
    return bytes(record)


def _values(record: bytes) -> list[Any]:
    length, place = _varint(record, 0)
    values, begin = list[Any](), length
    while place < length:
        kind, place = _varint(record, place)
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
