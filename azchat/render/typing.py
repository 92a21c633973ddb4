"""What is typed while an answer comes, as rows below it."""

from typing import Protocol

from azchat.render.rows import Row, fold, row_of
from azchat.render.thinking import DIM
from azchat.terminal.safe import shortened, visible

_HINT = "  · Up takes it back"
_MOST = 6  # entries
_MOST_OF_LINE = 3  # rows


class Typing(Protocol):
    """What is typed: ``entries`` wait to be sent, ``line`` is not one yet.

    For who comes next ``shows_thinking``: it stood open when the answer ended; and
    ``has_printed``: it stands above the answer for good.
    """

    entries: list[str]
    line: str
    shows_thinking: bool
    has_printed: bool

    def take(self, key: str) -> None:
        """Take a key, a paste or a report, whole."""


def typed_rows(typing: Typing, width: int, limit: int) -> list[Row]:
    """Return the entries, numbered, and the line; the first ones are left out where room lacks."""
    entries = [f"{number} > {text}" for number, text in enumerate(typing.entries, 1)]
    left_out = max(0, len(entries) - max(1, min(_MOST, limit - 3)))
    if entries and len(entries[-1] + _HINT) <= width:
        entries[-1] += _HINT
    rows = [_rows(text, width)[0] for text in entries[left_out:]]
    if left_out:
        rows.insert(0, row_of([(f"… {left_out} more", DIM)]))
    if typing.line:
        rows += _rows(f"> {typing.line[-4096:]}", width)[-_MOST_OF_LINE:]
    return [Row("", 0), *rows[-max(1, limit - 1) :]] if rows and limit > 1 else []


def _rows(text: str, width: int) -> list[Row]:
    shown = visible(shortened(text, 4096)).expandtabs(4)
    return [row._replace(soft=False) for row in fold([(shown, DIM)], max(1, width - 1))]
