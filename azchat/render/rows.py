"""Rows: one line of the screen each, and how styled text is broken into them.

Widths count cells by the widest reading: what joins into one glyph on some terminals is
counted apart. A row may then look shorter than it counts, but it never wraps.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

SGR = str
"""The parameters of a "select graphic rendition" code, such as ``1;36``; "" for none."""

Span = tuple[str, SGR]
"""A piece of a line and its style."""

NARROWEST = 10
"""Cells: rows are never laid out for less."""

_CJK = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60"
_OPENING = "\u2018\u201c\u300a\u300c\u300e\u3010\u3014\u3016\uff08\uff3b\uff5b"
_CLOSING = (
    "\u2019\u201d\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u30fb\u30fc"
    "\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d.,;:!?)\\]"
)
# Spaces; a character that may stand at an end of a line, with the punctuation that may not
# be parted from it; anything else up to the next of those.
_PIECES = re.compile(f" +|[{_OPENING}]*[{_CJK}][{_CLOSING}]*|[^ {_CJK}]+")
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"


class Row(NamedTuple):
    """One line of the screen.

    ``text`` holds its SGR codes, ``width`` counts cells. A ``soft`` row is full and goes on
    in the next: no newline stands between them, so that a copy has none either.
    """

    text: str
    width: int
    soft: bool = False


def cell_width(text: str) -> int:
    """Return how many cells ``text`` takes at most."""
    return len(text) if text.isascii() else sum(_widths(text))


def _widths(text: str) -> Iterable[int]:
    width = 0
    for character in text:
        # The emoji style widens what stands before it, on the terminals that know it.
        width = 1 if character == _EMOJI_STYLE and width == 1 else _character_width(character)
        yield width


@lru_cache(maxsize=4096)
def _character_width(character: str) -> int:
    from wcwidth import wcwidth

    return max(0, wcwidth(character))


def row_of(spans: Sequence[Span], *, soft: bool = False) -> Row:
    """Return the row that shows ``spans``."""
    text, sgr, parts = "", "", []
    for piece, style in spans:
        if style == sgr:
            text += piece
            continue
        parts.append(_inked(text, sgr))
        text, sgr = piece, style
    parts.append(_inked(text, sgr))
    return Row("".join(parts), sum(cell_width(piece) for piece, _ in spans), soft)


def _inked(text: str, sgr: SGR) -> str:
    return f"\x1b[{sgr}m{text}\x1b[0m" if text and sgr else text


def wrap(spans: Sequence[Span], width: int) -> list[Row]:
    """Return the rows for one line of text, broken between words where it is too long."""
    text = "".join(piece for piece, _ in spans)
    if len(text) <= width and cell_width(text) <= width:
        return [row_of(spans)]
    ends = _word_breaks(text, width)
    return [row_of(_cut(spans, start, end), soft=soft) for start, end, soft in ends]


def fold(spans: Sequence[Span], width: int) -> list[Row]:
    """Return the rows for one line of code, broken wherever the screen ends."""
    text = "".join(piece for piece, _ in spans)
    if len(text) <= width and cell_width(text) <= width:
        return [row_of(spans)]
    starts = [0, *_fold_breaks(text, width)]
    ends = [*starts[1:], len(text)]
    return [
        row_of(_cut(spans, start, end), soft=end < len(text) and _fills(text[start:end], width))
        for start, end in zip(starts, ends, strict=True)
    ]


def prefixed(
    rows: Iterable[Row], first: Sequence[Span], rest: Sequence[Span] | None = None
) -> list[Row]:
    """Return ``rows`` behind a prefix, such as the marker of a list item."""
    before, shown = row_of(first), []
    after = before if rest is None else row_of(rest)
    for row in rows:
        # What is prefixed is not soft: the prefix begins a line of its own.
        shown.append(stripped(Row(before.text + row.text, before.width + row.width)))
        before = after
    return shown


def stripped(row: Row) -> Row:
    """Return ``row`` without blanks at its end: a copy needs none."""
    text = row.text.rstrip(" ")
    return Row(text, row.width - len(row.text) + len(text))


def _fills(text: str, width: int) -> bool:
    """Whether ``text`` ends where the screen does, on every terminal."""
    return text.isascii() and len(text) == width


def _word_breaks(text: str, width: int) -> list[tuple[int, int, bool]]:
    lines: list[tuple[int, int, bool]] = []
    start = end = used = space = 0
    for piece in _PIECES.finditer(text):
        first, last = piece.span()
        cells = cell_width(piece[0])
        if text[first] == " ":
            space = cells
            continue
        if used + space + cells <= width:
            used += space + cells
        else:
            if end > start:
                lines.append((start, end, False))
            start, used = first, cells
            for cut in _fold_breaks(piece[0], width) if cells > width else ():
                lines.append((start, first + cut, _fills(text[start : first + cut], width)))
                start = first + cut
                used = cell_width(text[start:last])
        end, space = last, 0
    if end > start or not lines:
        lines.append((start, end, False))
    return lines


def _fold_breaks(text: str, width: int) -> Iterable[int]:
    """Yield the offsets where rows of at most ``width`` cells end, but the last row's."""
    if text.isascii():
        yield from range(width, len(text), width)
        return
    used, start = 0, 0
    for offset, cells in enumerate(_widths(text)):
        used += cells
        if used > width and cells and text[offset - 1] != _JOINER and offset > start:
            yield offset
            start, used = offset, cells


def _cut(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return the part of ``spans`` between two offsets into their text."""
    parts, offset = [], 0
    for piece, style in spans:
        cut = piece[max(0, start - offset) : max(0, end - offset)]
        if cut:
            parts.append((cut, style))
        offset += len(piece)
        if offset >= end:
            break
    return parts
