"""What is typed while an answer comes, as rows below it."""

from typing import Protocol

from azchat.render.rows import Row, cell_width, row_of
from azchat.render.safe import shortened, visible
from azchat.render.thinking import DIM

_HINT = "  · Up takes it back"
_MOST = 6  # entries


class Typing(Protocol):
    """What is typed: ``entries`` wait to be sent, ``line`` is not one yet.

    ``shows_thinking`` is for who comes next: it stood open when the answer ended.
    """

    entries: list[str]
    line: str
    shows_thinking: bool

    def take(self, key: str) -> None:
        """Take a key, a paste or a report, whole."""


def typed_rows(typing: Typing, width: int, limit: int) -> list[Row]:
    """Return the entries, numbered, and the line below them; a blank row parts them from the rest.

    Where there is no room for all the first entries are left out.
    """
    entries = list(enumerate(typing.entries, 1))
    left_out = max(0, len(entries) - max(1, min(_MOST, limit - 3)))
    lines = [f"… {left_out} more"] if left_out else []
    lines += [
        _clipped(f"{number} > {_one_line(text)}", width) for number, text in entries[left_out:]
    ]
    if entries and cell_width(lines[-1] + _HINT) <= width:
        lines[-1] += _HINT
    if typing.line:
        lines.append(_tail(f"> {_one_line(typing.line)}", width))
    rows = [row_of([(line, DIM)]) for line in lines][-max(0, limit - 1) :]
    return [Row("", 0), *rows] if rows and limit > 1 else []


def _one_line(text: str) -> str:
    return visible(shortened(text, 4096).expandtabs(4))


def _clipped(text: str, width: int) -> str:
    if cell_width(text) <= width:
        return text
    text = text[:width]
    while text and cell_width(text) >= width:
        text = text[:-1]
    return f"{text}…"


def _tail(text: str, width: int) -> str:
    """Return the end of a line, with a cell for the cursor: that is where somebody types."""
    if cell_width(text) < width:
        return text
    text = text[-width:]
    while text and cell_width(text) >= width - 3:
        text = text[1:]
    return f"> …{text}"
