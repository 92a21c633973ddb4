"""JSON as services write it: raw control characters, several values in a row, plain words."""

import json
import re
from collections.abc import Iterator
from typing import Any

_decode = json.JSONDecoder(strict=False).raw_decode  # strings may hold raw tabs and newlines
# A proxy that lost a line's end, or put an event into another, leaves "data:" between values.
_BLANK = re.compile(r"(?:[ \t\r\n]|data:)*")
_OBJECT = re.compile(r"\{\s*[\"'\[{}]|\{\s*\Z")


def read_values(data: str) -> Iterator[object]:
    """Yield the JSON values of ``data``; what is none, and all behind it, as a string."""
    at = _start(data, 0)
    while at < len(data):
        try:
            value, end = _decode(data, at)
        except (ValueError, RecursionError):
            value, end = data[at:].rstrip(), len(data)
        yield value
        at = _start(data, end)


def maybe_json(text: str | bytes) -> Any:
    """Return the JSON value of a text; None where it is none, or nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def no_constant(name: str) -> None:
    """Raise ``ValueError`` for NaN and Infinity, which Python takes for JSON."""
    raise ValueError(f"{name} is no JSON")


def is_end_mark(words: str) -> bool:
    """Return whether words are ``[DONE]``, whatever stands around it."""
    return words.strip("\"' \t\r\n").upper() == "[DONE]"


def is_broken_object(words: str) -> bool:
    """Return whether words were meant as a JSON object, so that what it held is lost."""
    return bool(_OBJECT.match(words))


def _start(data: str, at: int) -> int:
    found = _BLANK.match(data, at)
    return found.end() if found else at
