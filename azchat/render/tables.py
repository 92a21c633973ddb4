"""Tables: in columns where they fit, one record per row where they do not."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from azchat.render.inline import Line
from azchat.render.rows import Row, cell_width, row_of, stripped, wrap
from azchat.render.theme import Theme

Cell = list[Line]
Align = Literal["left", "center", "right"]

_BETWEEN, _CROSS = " │ ", "─┼─"
_NARROWEST_COLUMN = 6  # cells: a column is not squeezed below it, nor below its longest word
_LONGEST_WORD = 14  # cells: longer words are broken
_ADDRESS = re.compile(r"\w://|\bwww\.\w|^mailto:")


def table_rows(
    header: Sequence[Cell],
    body: Sequence[Sequence[Cell]],
    aligns: Sequence[Align],
    width: int,
    theme: Theme,
) -> list[Row]:
    """Return the rows of a table; cells are wrapped."""
    widths = _column_widths([header, *body], width)
    if widths is None:
        return list(_records(header, body, width, theme))
    frame = theme.styles["frame"]
    rule = _CROSS.join("─" * column for column in widths)
    rows = [*_grid_row(header, widths, aligns, frame), row_of([(rule, frame)])]
    is_tall = False
    for index, cells in enumerate(body):
        shown = list(_grid_row(cells, widths, aligns, frame))
        if index and (is_tall or len(shown) > 1):
            rows.append(row_of([(rule, frame)]))  # else one could not tell where a row ends
        is_tall = len(shown) > 1
        rows += shown
    return rows


def _column_widths(table: Sequence[Sequence[Cell]], width: int) -> list[int] | None:
    columns = list(zip(*table, strict=True))
    wanted = [max(map(_widest_line, column)) for column in columns]
    least = [
        min(want, max(_NARROWEST_COLUMN, *map(_longest_word, column)))
        for want, column in zip(wanted, columns, strict=True)
    ]
    room = width - cell_width(_BETWEEN) * (len(columns) - 1)
    if sum(wanted) <= room:
        return [max(1, want) for want in wanted]
    if sum(least) > room:
        return None
    # Narrow columns get what they want; the wide ones share the rest evenly.
    widths = least
    while spare := room - sum(widths):
        growing = [i for i, want in enumerate(wanted) if widths[i] < want]
        smallest = min(widths[i] for i in growing)
        for i in [i for i in growing if widths[i] == smallest][:spare]:
            widths[i] += 1
    return widths


def _grid_row(
    cells: Sequence[Cell], widths: Sequence[int], aligns: Sequence[Align], frame: str
) -> Iterator[Row]:
    pairs = zip(cells, widths, strict=True)
    columns = [[row for line in cell for row in wrap(line, width)] for cell, width in pairs]
    between = row_of([(_BETWEEN, frame)])
    cells_in_all = sum(widths) + between.width * (len(widths) - 1)
    for index in range(max(map(len, columns))):
        texts: list[str] = []
        for column, width, align in zip(columns, widths, aligns, strict=True):
            row = column[index] if index < len(column) else Row("", 0)
            spare = width - row.width
            before = {"left": 0, "center": spare // 2, "right": spare}[align]
            texts.append(" " * before + row.text + " " * (spare - before))
        yield stripped(Row(between.text.join(texts), cells_in_all))


def _records(
    header: Sequence[Cell], body: Sequence[Sequence[Cell]], width: int, theme: Theme
) -> Iterator[Row]:
    rule = row_of([("─" * min(width, 20), theme.styles["frame"])])
    yield rule
    for cells in body or [[[[]] for _ in header]]:
        for name, cell in zip(header, cells, strict=True):
            label = [span for line in name for span in line]
            colon = [(": ", "")] if any(text for text, _ in label) else []
            first, *rest = cell or [[]]
            yield from wrap([*label, *colon, *first], width)
            for line in rest:
                yield from wrap(line, width)
        yield rule


def _widest_line(cell: Cell) -> int:
    return max((sum(cell_width(text) for text, _ in line) for line in cell), default=0)


def _longest_word(cell: Cell) -> int:
    words = [word for line in cell for word in "".join(text for text, _ in line).split()]
    # An address that is broken leads nowhere.
    rooms = (cell_width(word) if _ADDRESS.search(word) else _LONGEST_WORD for word in words)
    return max(map(min, map(cell_width, words), rooms), default=0)
