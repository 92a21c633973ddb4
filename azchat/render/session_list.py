"""Sessions in a list, and what a search found in them: rows for a terminal."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from azchat.render.rows import SGR, Row, Span, cell_width, prefixed, row_of, wrap
from azchat.render.thinking import DIM
from azchat.render.words import when
from azchat.sessions import SessionInfo
from azchat.sessions.search import Found, pattern_of
from azchat.terminal.safe import visible

_REF: SGR = "36"
_HIT: SGR = "1;33"
_BOLD: SGR = "1"
_NARROWEST_TITLE = 24
_GAP = "  "
_WORD = re.compile(r"[^\W_]+")


class _Column(NamedTuple):
    name: str
    widest: int
    is_number: bool = False


_TITLE = _Column("TITLE", 10_000)
# In the order of importance: what there is no room for is left out from the end.
_COLUMNS = (
    _Column("SESSION", 24),
    _Column("USED", 15),
    _Column("MODEL", 24),
    _Column("TURNS", 6, is_number=True),
    _Column("TOKENS", 10, is_number=True),
)


def session_rows(sessions: Sequence[SessionInfo], now: float, width: int) -> list[Row]:
    """Return a table of ``sessions`` that fits ``width`` cells, one row each."""
    columns = {column: _cells(column, sessions, now) for column in _COLUMNS}
    widths = {column: max(map(cell_width, cells)) for column, cells in columns.items()}
    shown = list(_COLUMNS)
    while len(shown) > 1 and _room(shown, widths, width) < _NARROWEST_TITLE:
        shown.pop()
    titles = _cells(_TITLE, sessions, now)
    widths[_TITLE] = min(max(map(cell_width, titles)), max(1, _room(shown, widths, width)))
    columns[_TITLE] = titles
    shown.insert(1, _TITLE)
    return [
        _table_row([(c, columns[c][line], widths[c]) for c in shown], width, is_head=line == 0)
        for line in range(len(sessions) + 1)
    ]


def found_rows(
    found: Sequence[tuple[SessionInfo, Found]], query: str, now: float, width: int
) -> list[Row]:
    """Return what was found, below the sessions where it was."""
    rows: list[Row] = []
    before: int | None = None
    for info, place in found:
        if info.id != before:
            rows += [*([Row("", 0)] if rows else []), *_session_head(info, now, width)]
        before = info.id
        where: Span = (f"turn {place.turn} · {where_of(place)}: ", DIM)
        lines = wrap([where, *_highlighted(visible(place.snippet), query)], max(1, width - 2))
        rows += prefixed(lines, [(_GAP, "")])
    return rows


def where_of(found: Found) -> str:
    """Return the word for what it was found in."""
    if found.type == "reasoning":
        return "thinking"
    if found.type in ("tool_call", "tool_result"):
        return "tool"
    return "question" if found.role == "user" else "answer"


def clipped(text: str, width: int) -> str:
    """Return ``text``, with an ellipsis where it is wider than ``width`` cells."""
    if cell_width(text) <= width:
        return text
    while text and cell_width(text) >= width:
        text = text[:-1]
    return f"{text}…" if width > 0 else ""


def _session_head(info: SessionInfo, now: float, width: int) -> list[Row]:
    title: Span = (visible(info.title), _BOLD)
    used: Span = (f" · {when(info.updated, now)}", DIM)
    return wrap([(visible(info.ref), _REF), (_GAP, ""), title, used], max(1, width))


def _highlighted(text: str, query: str) -> Iterator[Span]:
    words = sorted(_WORD.findall(query), key=len, reverse=True)
    pattern = re.compile(f"({'|'.join(map(pattern_of, words))})", re.IGNORECASE)
    for place, piece in enumerate(pattern.split(text)):
        yield piece, _HIT if place % 2 else ""


def _cells(column: _Column, sessions: Sequence[SessionInfo], now: float) -> list[str]:
    values = (" ".join(visible(_value(column, info, now)).split()) for info in sessions)
    return [column.name, *(clipped(value, column.widest) for value in values)]


def _value(column: _Column, info: SessionInfo, now: float) -> str:
    match column.name:
        case "SESSION":
            return info.ref
        case "USED":
            return when(info.updated, now)
        case name:
            value = getattr(info, name.lower())
            return "" if value is None else str(value)


def _room(shown: Sequence[_Column], widths: dict[_Column, int], width: int) -> int:
    """Return the cells that are left for the title."""
    return width - sum(widths[column] + len(_GAP) for column in shown)


def _table_row(cells: Sequence[tuple[_Column, str, int]], width: int, *, is_head: bool) -> Row:
    spans: list[Span] = []
    for column, text, cells_wide in cells:
        text = clipped(text, cells_wide)
        blank = " " * (cells_wide - cell_width(text))
        spans.append((blank + text if column.is_number else text + blank, _style(column, is_head)))
        spans.append((_GAP, ""))
    spans = spans[:-1]
    text, style = spans[-1]
    spans[-1] = (text.rstrip(), style)
    row = row_of(spans)
    return row if row.width <= width else row_of([(clipped(cells[0][1], width), DIM)])


def _style(column: _Column, is_head: bool) -> SGR:
    if is_head:
        return DIM
    return {"SESSION": _REF, "TITLE": ""}.get(column.name, DIM)
