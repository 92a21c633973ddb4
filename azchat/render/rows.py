"""Rows: one line of the screen each, and how styled text is broken into them.

Widths count cells by the widest reading: what joins into one glyph on some terminals is
counted apart. A row may then look shorter than it counts, but it never wraps.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, zip_longest
from typing import NamedTuple
from unicodedata import category

SGR = str
"""The parameters of a "select graphic rendition" code, such as ``1;36``; "" for none."""

Span = tuple[str, SGR]
"""A piece of a line and its style."""

NARROWEST = 10
"""Cells: rows are never laid out for less."""

PROSE = 100
"""Cells: longer lines are hard to read."""

# Where a line may end between any two characters. Korean parts its words by spaces.
_CJK = "\u2e80-\u303e\u3041-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff9f"
_OPENING = "\u2018\u201c\u3008\u300a\u300c\u300e\u3010\u3014\u3016\uff08\uff3b\uff5b"
_CLOSING = (
    "\u2019\u201d\u2026\u3001\u3002\u3005\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u301c"
    "\u30fb\u30fc\uff01\uff05\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d\uff5e.,;:!?%)\\]"
    "\ufe0fぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
)
# Spaces; a character that may stand at an end of a line, or anything else up to the next of
# those, with the punctuation that may not be parted from it.
_PIECES = re.compile(f" +|[{_OPENING}]*(?:[{_CJK}]|[^ {_CJK}]+)[{_CLOSING}]*")
_EMOJI_STYLE = "\ufe0f"
# What is one glyph on many terminals: a flag; an emoji with its colour, joined with others.
_GLYPHS = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}|.)(?:\u200d.|[\u200d\ufe0f\u20e3\U0001f3fb-\U0001f3ff]){0,16}",
    re.DOTALL,
)
_RESET = "\x1b[0m"
_BLANK_END = re.compile(r"(?: |\x1b\[[\d;]*m)+$")


class Row(NamedTuple):
    """One line of the screen.

    ``text`` holds its SGR codes, ``width`` counts cells. A ``soft`` row is full and goes on
    in the next: no newline stands between them, so that a copy has none either. A ``bare`` row
    goes on at the screen's edge, whatever stands before the line that it is part of.
    """

    text: str
    width: int
    soft: bool = False
    bare: bool = False


def cell_width(text: str) -> int:
    """Return how many cells ``text`` takes at most."""
    if text.isascii():
        return len(text)
    if _EMOJI_STYLE not in text:
        return sum(map(_character_width, text))
    width, before = 0, " "
    for character in text:
        if character == _EMOJI_STYLE:  # widens what stands before it, where that is known
            width += before != " " and _character_width(before) == 1
        else:
            width += _character_width(character)
        before = character
    return width


@lru_cache(maxsize=4096)
def _character_width(character: str) -> int:
    from wcwidth import wcwidth

    # Vowel signs of India's scripts have a cell of their own on some terminals.
    return max(category(character) == "Mc", wcwidth(character))


def row_of(spans: Iterable[Span], *, soft: bool = False) -> Row:
    """Return the row that shows ``spans``."""
    text, sgr, parts, bare = "", "", [], ""
    for piece, style in spans:
        bare += piece
        if style == sgr:
            text += piece
            continue
        parts.append(_inked(text, sgr))
        text, sgr = piece, style
    parts.append(_inked(text, sgr))
    return Row("".join(parts), cell_width(bare), soft)


def _inked(text: str, sgr: SGR) -> str:
    return f"\x1b[{sgr}m{text}{_RESET}" if text and sgr else text


def wrap(spans: Sequence[Span], width: int, indent: int = 0) -> list[Row]:
    """Return the rows for one line of text, broken between words where it is too long.

    A word that is longer, such as an address, is folded; ``indent`` as there.
    """
    text = "".join([piece for piece, _ in spans]) if indent else ""
    if len(text) <= width or not (word := re.search(rf"[!-~]{{{width + 1},}}", text)):
        return _broken(spans, width, _word_breaks)
    offsets = [0, *accumulate(len(piece) for piece, _ in spans)]
    end = len(text) - len(text[word.end() :].lstrip(" "))
    cuts = (0, word.start()), word.span(), (end, len(text))
    before, long, after = ([*_cut(spans, offsets, *cut)] for cut in cuts)
    rows = wrap(before, width, indent) if text[: word.start()].strip() else []
    rows += fold(long, width, indent)
    return rows + wrap(after, width, indent) if after else rows


def prose(spans: Sequence[Span], width: int, most: int = PROSE, indent: int = 0) -> list[Row]:
    """Return the rows for a line of prose: ``most`` cells, unless a word of it is longer."""
    if most < width and any(len(word) > most for piece, _ in spans for word in piece.split(" ")):
        most = width
    return wrap(spans, min(width, most), indent)


def fold(spans: Sequence[Span], width: int, indent: int = 0) -> list[Row]:
    """Return the rows for one line of code, broken wherever the screen ends.

    ``indent`` is the width of what is put before it: in all the screen is wider by so much.
    """
    text = "".join(piece for piece, _ in spans).rstrip(" ")
    if not indent or len(text) <= width or not text.isascii():
        return _broken(spans, width, _cell_breaks)
    # The terminal wraps it: only so is it one line in a copy.
    first, *rest = _broken([(" " * indent, ""), *spans], width + indent, _cell_breaks)
    begun = Row(first.text[indent:], first.width - indent, first.soft)
    return [begun, *(row._replace(bare=True) for row in rest)]


def prefixed(
    rows: Iterable[Row], first: Sequence[Span], rest: Sequence[Span] | None = None
) -> list[Row]:
    """Return ``rows`` behind a prefix, such as the marker of a list item."""
    before = row_of(first)
    after = before if rest is None else row_of(rest)
    shown: list[Row] = []
    rows = list(rows)
    for row, following in zip_longest(rows, rows[1:]):
        if row.bare:
            shown.append(row)
            continue
        # Else what is prefixed is not soft: the prefix begins a line of its own.
        goes_on = following is not None and following.bare
        whole = Row(before.text + row.text, before.width + row.width, goes_on)
        shown.append(whole if goes_on else stripped(whole))
        before = after
    return shown


def stripped(row: Row) -> Row:
    """Return ``row`` without blanks at its end: a copy needs none."""
    if not row.text.endswith((" ", f" {_RESET}")):
        return row
    end = _BLANK_END.search(row.text)
    assert end
    codes = end[0].replace(" ", "")
    width = row.width - len(end[0]) + len(codes)
    return Row(row.text[: end.start()] + codes if end.start() else "", width, row.soft)


def _broken(
    spans: Sequence[Span], width: int, breaks: Callable[[str, int], Iterable["_Part"]]
) -> list[Row]:
    text = "".join([piece for piece, _ in spans])
    if len(text) <= width and cell_width(text) <= width:
        return [stripped(row_of(spans))]
    offsets = [0, *accumulate(len(piece) for piece, _ in spans)]
    rows: list[Row] = []
    following = -1  # where the row behind begins, if it shows anything
    for start, end in reversed(list(breaks(text, width))):
        if start and not rows and not text[start:end].strip(" "):
            continue  # nothing but the blanks at the line's end
        # It is full on every terminal, and what comes behind it goes on from its last cell.
        soft = end == following and end - start == width and text[start:end].isascii()
        row = row_of(_cut(spans, offsets, start, end), soft=soft)
        rows.append(row if soft else stripped(row))
        following = start if rows[-1].text else -1
    return rows[::-1]


_Part = tuple[int, int]
"""Where in a text a row begins and ends."""


def _word_breaks(text: str, width: int) -> Iterator[_Part]:
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
                yield start, end
            start, used = first, cells
            if cells > width:
                *full, (start, last) = _cell_breaks(piece[0], width, first)
                yield from full
                used = cell_width(text[start:last])
        end, space = last, 0
    yield start, end


def _cell_breaks(text: str, width: int, offset: int = 0) -> Iterator[_Part]:
    """Yield rows of at most ``width`` cells; ``text`` stands at ``offset`` in a longer one."""
    start = used = 0
    for end, cells in _glyphs(text, width):
        if used + cells > width and used:
            yield offset + start, offset + end
            start, used = end, 0
        used += cells
    yield offset + start, offset + len(text)


def _glyphs(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Yield where what must not be parted begins, and its cells: no more than there is room for."""
    if text.isascii():
        for offset in range(0, len(text), width):
            yield offset, min(width, len(text) - offset)
        return
    for glyph in _GLYPHS.finditer(text):
        cells = cell_width(glyph[0])
        if cells <= width:
            yield glyph.start(), cells
        else:
            for offset, character in enumerate(glyph[0], glyph.start()):
                yield offset, 1 if character == _EMOJI_STYLE else _character_width(character)


def _cut(spans: Sequence[Span], offsets: Sequence[int], start: int, end: int) -> Iterator[Span]:
    """Yield the part of ``spans``, which begin at ``offsets``, between two offsets."""
    index = bisect_right(offsets, start) - 1
    while index < len(spans) and offsets[index] < end:
        piece, style = spans[index]
        yield piece[max(0, start - offsets[index]) : end - offsets[index]], style
        index += 1
