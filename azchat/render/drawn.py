"""What is no stream, drawn by Rich: tables, pairs, texts, programs and panels, as rows.

Imported when they are shown on a terminal: Rich costs a start 60 ms. All words are made safe
here, and none is read as markup; colours are the terminal's own sixteen.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from azchat.render.rows import Row, Span, cell_width, stripped, wrap
from azchat.terminal.safe import visible

Cell = str | tuple[str, str] | Text
"""A text, a text and its style in Rich's words, such as ``bold red``, or one that is made."""

_CODES = re.compile(r"\x1b\[[0-9;]*m")
_GAP = 2  # cells between two columns
_NARROWEST = 3  # cells; what is narrower shows nothing of a table


class Column(NamedTuple):
    """What is wider than ``widest`` cells is cut, with a sign; other words go on below.

    A column with ``room`` is cut too, to no less; the last columns are left out for it. What
    ``follows`` stands behind the column before it, where there is no room beside it.
    """

    name: str = ""
    style: str = ""
    widest: int | None = None
    room: int = 0
    is_number: bool = False
    follows: bool = False


def table(columns: Sequence[Column], lines: Sequence[Sequence[Cell]], width: int) -> list[Row]:
    """Return a table; where its words do not fit beside each other, a record a line."""
    room, width = sum(column.room for column in columns), max(_NARROWEST, width)
    others = [index for index, column in enumerate(columns) if not column.room]
    while room and len(others) > 1 and _wanted(columns, lines, others).maximum + room > width:
        others.pop()
    shown = [index for index, column in enumerate(columns) if column.room or index in others]
    names = [column.name for column in columns]
    if not room and any(names) and _wanted(columns, lines, shown).minimum > width:
        if columns[-1].follows:
            told = [(*line[:-2], _joined(line[-2], line[-1], columns[-1])) for line in lines]
            return _rows(_table(columns[:-1], told, shown[:-1]), width)
        return _records(names, lines, width)
    rows = _rows(_table(columns, lines, shown), width)
    if room or not all(names) or any(column.widest for column in columns):
        return rows
    # Rich takes room where there is most of it, and may part a word that would have fitted.
    words = Counter(word for line in lines for cell in line for word in _text(cell).plain.split())
    drawn = Counter(word for row in rows for word in _CODES.sub("", row.text).split())
    return rows if words <= drawn else _records(names, lines, width)


def _records(names: Sequence[str], lines: Sequence[Sequence[Cell]], width: int) -> list[Row]:
    records = [pairs(list(zip(names, line, strict=True)), width) for line in lines]
    return [row for record in records for row in (*record, Row("", 0))][:-1]


def pairs(told: Sequence[tuple[str, Cell]], width: int) -> list[Row]:
    """Return names, each with what it is."""
    return _rows(_table((Column(style="dim"), Column()), told, (0, 1)), width)


def text(pieces: Sequence[Cell], width: int, indent: int = 0) -> list[Row]:
    """Return a paragraph, broken between words."""
    return _rows(Padding(Text.assemble(*map(_text, pieces)), (0, 0, 0, indent)), width)


def program(
    source: str, language: str, width: int, variables: Mapping[str, str], indent: int = 0
) -> list[Row]:
    """Return a program in the colours of its language, for the terminal's background."""
    from rich.syntax import Syntax

    from azchat.terminal.background import ask_background, is_light

    ask_background(variables)
    theme = f"ansi_{'light' if is_light(variables) else 'dark'}"
    code = Syntax(
        visible(source), language, theme=theme, background_color="default", word_wrap=True
    )
    return _rows(Padding(code, (0, 0, 0, indent)), width)


def framed(
    source: str, width: int, variables: Mapping[str, str], language: str = "", most: int = 0
) -> list[Row]:
    """Return a text in a frame, of a language in its colours; of prose the last ``most`` rows.

    It is broken by the widest reading: nothing of it goes on where nothing frames it.
    """
    from rich.panel import Panel

    from azchat.render.code import coloured
    from azchat.render.theme import load_theme

    lines = visible(source).expandtabs(4).split("\n")
    spans: list[list[Span]] = [[(line, "2")] for line in lines]
    if language:
        spans = coloured(lines, language, load_theme(variables))
    rows = [row for line in spans for row in wrap(line, width - 4)]
    if most and (before := len(rows) - most) > 0:
        rows = [*wrap([(f"… {before} lines before", "2")], width - 4), *rows[-most:]]
    inside = Text("\n").join(Text.from_ansi(row.text) for row in rows)
    return _rows(Panel(inside, width=width, border_style="dim"), width)


def _table(
    columns: Sequence[Column], lines: Sequence[Sequence[Cell]], shown: Sequence[int]
) -> Table:
    columns = [columns[index] for index in shown]
    cut = [bool(column.room or column.widest) for column in columns]
    cells = [[_text(line[index]) for index in shown] for line in lines]
    made = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    made.show_header = any(column.name for column in columns)
    for index, column in enumerate(columns):
        is_rigid = not any(" " in line[index].plain for line in cells)
        made.add_column(
            column.name,
            style=column.style,
            justify="right" if column.is_number else "left",
            max_width=column.widest,
            overflow="ellipsis" if cut[index] else "fold",
            # Rich takes room from any other column, and parts its words.
            no_wrap=bool(column.widest) or (is_rigid and not column.room),
        )
    for line in cells:
        for cell, is_cut in zip(line, cut, strict=True):
            cell.no_wrap = is_cut or None
        made.add_row(*line)
    return made


def _wanted(
    columns: Sequence[Column], lines: Sequence[Sequence[Cell]], shown: Sequence[int]
) -> Measurement:
    """Return the cells that some columns take, if their words go on below and if they do not."""
    return _console(10_000).measure(_table(columns, lines, shown))


def _rows(thing: RenderableType, width: int) -> list[Row]:
    drawn = []
    for line in _console(width).render_lines(thing, pad=False):
        words = [piece for piece in line if not piece.control]
        inked = (
            piece.style.render(piece.text, color_system=ColorSystem.STANDARD)
            if piece.style
            else piece.text
            for piece in words
        )
        drawn.append(stripped(Row("".join(inked), cell_width("".join(p.text for p in words)))))
    return drawn


def _console(width: int) -> Console:
    return Console(file=StringIO(), width=max(1, width), _environ={})


def _joined(cell: Cell, following: Cell, column: Column) -> Text:
    words = _text(following)
    words.stylize(column.style)
    return Text("  ").join((_text(cell), words))


def _text(cell: Cell) -> Text:
    if isinstance(cell, Text):
        return cell
    return Text(visible(cell)) if isinstance(cell, str) else Text(visible(cell[0]), cell[1])
