"""Go's gob, as far as one value of a file needs it: https://pkg.go.dev/encoding/gob."""

from collections.abc import Callable, Mapping
from typing import Any

from azchat.importing import UnreadableError

_Fields = list[tuple[str, int]]
_INT, _STRING = 2, 6
_COMMON = ("common", 18)
# How a type is told: structs, whose own types are known from the beginning ("wireType" is 16).
_STRUCTS: Mapping[int, _Fields] = {
    16: [("array", 17), ("slice", 19), ("struct", 20), ("map", 23)],
    17: [_COMMON, ("elem", _INT), ("len", _INT)],
    18: [("name", _STRING), ("id", _INT)],
    19: [_COMMON, ("elem", _INT)],
    20: [_COMMON, ("fields", 22)],
    21: [("name", _STRING), ("id", _INT)],
    23: [_COMMON, ("key", _INT), ("elem", _INT)],
}


def decode(data: bytes) -> Any:
    """Return the first value of a gob: structs are dicts; raises ``UnreadableError``."""
    try:
        return _Gob(data).value()
    except (LookupError, TypeError, ValueError, RecursionError, MemoryError):
        raise UnreadableError("it is no gob that can be read") from None


class _Gob:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._structs: dict[int, _Fields] = dict(_STRUCTS)
        self._elements = {22: 21}  # of slices and arrays
        self._maps: dict[int, tuple[int, int]] = {}
        self._basic: dict[int, Callable[[], Any]] = {
            1: lambda: bool(self._unsigned()),
            _INT: self._signed,
            3: self._unsigned,
            4: self._unsigned,  # a float, of which nothing is wanted
            5: self._bytes,
            _STRING: lambda: self._bytes().decode("utf-8", "replace"),
        }

    def value(self) -> Any:
        while True:
            self._unsigned()  # the length of what follows
            kind = self._signed()
            if kind >= 0:
                if kind not in self._structs:
                    self._unsigned()  # a zero before what is no struct
                return self._read(kind)
            told = self._read(16)
            if "struct" in told:
                fields = told["struct"].get("fields", [])
                self._structs[-kind] = [(field["name"], field["id"]) for field in fields]
            elif "map" in told:
                self._maps[-kind] = told["map"]["key"], told["map"]["elem"]
            else:
                self._elements[-kind] = (told.get("slice") or told["array"])["elem"]

    def _read(self, kind: int) -> Any:
        if kind in self._structs:
            fields, found, at = self._structs[kind], dict[str, Any](), -1
            while step := self._unsigned():
                at += step
                found[fields[at][0]] = self._read(fields[at][1])
            return found
        if kind in self._elements:
            return [self._read(self._elements[kind]) for _ in range(self._count())]
        if kind in self._maps:
            of_key, of_value = self._maps[kind]
            return [(self._read(of_key), self._read(of_value)) for _ in range(self._count())]
        return self._basic[kind]()

    def _count(self) -> int:
        count = self._unsigned()
        if count > len(self._data) - self._at:  # each takes a byte at least
            raise ValueError
        return count

    def _bytes(self) -> bytes:
        size = self._count()
        self._at += size
        return self._data[self._at - size : self._at]

    def _signed(self) -> int:
        number = self._unsigned()
        return ~(number >> 1) if number & 1 else number >> 1

    def _unsigned(self) -> int:
        first = self._data[self._at]
        self._at += 1
        if first < 128:
            return first
        size = 256 - first
        self._at += size
        if size > 8 or self._at > len(self._data):
            raise ValueError
        return int.from_bytes(self._data[self._at - size : self._at], "big")
