"""What can be read of the bytes that a terminal was sent."""

import re
from collections.abc import Iterable

_ESCAPE = (
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, the cursor
    rb"|[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC and its like: titles, links
    rb"|[ -/]*[0-OQ-WYZ\\`-~])"  # two or three bytes
)
_ESCAPES = re.compile(_ESCAPE)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]P^_X][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
# The first letter may be one that stood there already, of another word.
_WORD = re.compile(rb"[a-z](\d{4})")


def visible(data: bytes) -> str:
    """Return the text without its escape sequences."""
    return _ESCAPES.sub(b"", data).decode(errors="replace")


def appearances(reads: Iterable[tuple[int, bytes]]) -> dict[int, int]:
    """Return when each numbered word was first on the screen.

    ``reads`` are the bytes that came, each with its time.
    """
    seen: dict[int, int] = {}
    text = rest = b""
    for time, data in reads:
        data = rest + data
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        data, rest = data[:end], data[end:]
        text = text[-4:] + _ESCAPES.sub(b"", data)
        for digits in _WORD.findall(text):
            seen.setdefault(int(digits), time)
    return seen
