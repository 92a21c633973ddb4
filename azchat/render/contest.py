"""A comparison on a terminal: a live row for each contender, answers side by side, the table."""

from collections.abc import Iterator, Mapping, Sequence

from azchat import events
from azchat.engine.figures import FIGURES, ORDER, Sum
from azchat.prices import money
from azchat.render.blocks import document_rows
from azchat.render.drawn import Cell, Column, table
from azchat.render.rows import Row, cell_width, row_of, wrap
from azchat.render.theme import Theme
from azchat.terminal.safe import visible

_THREE, _TWO = 180, 116  # columns from which on so many answers stand side by side
_WIDE = 120  # columns below which contenders are the columns of the table
_MOST_COLUMNS = 4  # of contenders
_BETWEEN = " │ "
_NAMES = {
    "first_thought": "first thought",
    "first_word": "first word",
    "total": "total",
    "thinking": "thinking",
    "answer": "answer",
    "rate": "rate",
    "cost": "cost",
}
_UNITS = {"thinking": " tok", "answer": " tok", "rate": " tok/s"}


class Lane:
    """What one contender is at: ``row`` shows it in one line."""

    def __init__(self, label: str) -> None:
        self.label, self.state, self.text = label, "waiting", ""
        self._began: float | None = None
        self._tokens, self._thinking = 0, ""

    def show(self, event: events.Event) -> None:
        """Take the next event."""
        match event:
            case events.RequestSent(at=at):
                self._began = self._began or at
            case events.ReasoningDelta(text=text, tokens=tokens):
                self.state, self._tokens = "thinking", self._tokens + tokens
                self._thinking = (self._thinking + text)[-2000:]
            case events.TextDelta(text=text, tokens=tokens):
                self.state, self._tokens = "answering", self._tokens + tokens
                self.text += text
            case events.Relabelled(to=to):
                self._thinking, self.text = (
                    (self.text, "") if to == "reasoning" else ("", self._thinking)
                )
            case events.RetryScheduled():
                self.state = "trying again"
            case events.TurnFinished():
                self.state = "done"
            case events.TurnInterrupted():
                self.state = "failed"
            case _:
                pass

    def row(self, now: float, width: int, widest: int) -> Row:
        """Return its line: name, state, seconds, tokens, the last line of thinking."""
        seconds = f"{now - self._began:.0f} s" if self._began is not None else ""
        head = f"{self.label:<{widest}}  {self.state:<12} {seconds:>5} {self._tokens:>6} tok  "
        lines = [line for line in self._thinking.splitlines() if line.strip()]
        last = visible(lines[-1].strip()) if lines and self.state == "thinking" else ""
        rows = wrap([(head, ""), (last, "2")], max(10, width - 1))
        return rows[0] if rows else Row("", 0)


def answer_rows(answers: Sequence[tuple[str, str]], width: int, theme: Theme) -> Iterator[Row]:
    """Yield answers under their names, beside each other where there is room for them."""
    beside = columns_for(len(answers), width)
    for at in range(0, len(answers), beside):
        group = answers[at : at + beside]
        room = (width - 1 - len(_BETWEEN) * (beside - 1)) // beside
        blocks = [
            [row_of([(visible(name)[:room], "1")]), *document_rows(text, room, theme)]
            for name, text in group
        ]
        height = max(map(len, blocks))
        for line in range(height):
            rows = [block[line] if line < len(block) else Row("", 0) for block in blocks]
            text = _BETWEEN.join(f"{row.text}{' ' * (room - row.width)}" for row in rows[:-1])
            text += f"{_BETWEEN if len(rows) > 1 else ''}{rows[-1].text}"
            yield Row(text, cell_width(text) if len(rows) == 1 else width - 1)
        yield Row("", 0)


def columns_for(count: int, width: int) -> int:
    """Return how many answers stand side by side."""
    if count >= 3 and width >= _THREE:
        return 3
    return 2 if count == 2 and width >= _TWO else 1


def table_rows(
    labels: Sequence[str], sums: Sequence[Mapping[str, Sum]], ends: Sequence[str], width: int
) -> list[Row]:
    """Return the table: contenders as rows, or as columns where there is no room for that."""
    names = [name for name in ORDER if any(one[name].middle is not None for one in sums)]
    cells: list[list[Cell]] = [[*_cells(name, [one[name] for one in sums])] for name in names]
    if width < _WIDE and len(labels) <= _MOST_COLUMNS:
        lines = [[_NAMES[name], *row] for name, row in zip(names, cells, strict=True)]
        heads = [Column(), *(Column(label, is_number=True) for label in labels)]
        return table(heads, [*lines, ["end", *ends]], width - 1)
    heads = [Column("CONTENDER"), *(Column(_NAMES[name].upper(), is_number=True) for name in names)]
    rows = [
        [label, *(row[at] for row in cells), end]
        for at, (label, end) in enumerate(zip(labels, ends, strict=True))
    ]
    return table([*heads, Column("END")], rows, width - 1)


def sentence(text: str, width: int) -> list[Row]:
    """Return a sentence, broken between words."""
    return wrap([(visible(text), "")], max(10, width - 1))


def _cells(name: str, sums: Sequence[Sum]) -> Iterator[Cell]:
    """Yield the figures of a row; the best one is bold, the others have their ratio to it."""
    known = [one.middle for one in sums if one.middle is not None]
    best = FIGURES[name](known) if known else None
    is_judged = len(known) > 1 and name not in ("thinking", "answer")
    for one in sums:
        text = figure(name, one)
        if one.middle is None or not is_judged:
            yield text
        elif one.middle == best:
            yield (text, "bold")
        else:
            yield f"{text} ({_ratio(one.middle, best or 0.0)})"


def figure(name: str, one: Sum) -> str:
    """Return a figure with its unit, and the range of several runs."""
    if one.middle is None:
        return "?" if name == "cost" else "-"
    told = _told(name, one.middle)
    if one.least != one.most and one.least is not None and one.most is not None:
        told += f" [{_told(name, one.least)}-{_told(name, one.most)}]"
    return told


def _told(name: str, value: float) -> str:
    if name == "cost":
        return money(value)
    if name in _UNITS:
        return f"{value:.0f}{_UNITS[name]}"
    return f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"


def _ratio(value: float, best: float) -> str:
    low, high = sorted((value, best))
    return f"{high / low:.1f}" if low > 0 else "-"
