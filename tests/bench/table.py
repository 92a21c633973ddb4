"""From runs to the Markdown table: medians, ratios within rounds, goals."""

from collections.abc import Mapping, Sequence
from statistics import median

from tests.bench.measure import Run
from tests.bench.rows import Load, Result, Row
from tests.bench.tools import Name

Runs = Mapping[tuple[Load, Name], Sequence[Run]]
"""The runs of each load by each program, in the order of the rounds, the first round dropped."""

NOTHING = "\N{EN DASH}"
"""An empty cell."""

_HEADINGS: dict[Name, str] = {
    "floor": "floor",
    "sample": "SDK's sample",
    "llm": "llm",
    "shell-gpt": "shell-gpt",
    "azchat": "azchat",
    "plain": "plain text",
    "once": "once",
    "live": "live",
    "aider": "aider's way",
}


class Table:
    """Lines of cells, with the notes that explain the empty ones."""

    def __init__(
        self, names: Sequence[Name], runs: Runs, reasons: Mapping[tuple[Load, Name], str]
    ) -> None:
        self._names = names
        self._runs = runs
        self._reasons = reasons
        self._notes: list[str] = []

    def render(self, rows: Sequence[Row]) -> str:
        """Return the table in Markdown, its notes below it."""
        head = ["row", *(_HEADINGS[name] for name in self._names), "ratio", "goal", "reached"]
        rule = ["---", *("---:" for _ in self._names), "---:", "---", "---"]
        lines = [head, rule, *(self._cells(row) for row in rows)]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        notes = "\n".join(f"[{number}] {note}  " for number, note in enumerate(self._notes, 1))
        return f"{table}\n\n{notes}\n" if notes else f"{table}\n"

    def _cells(self, row: Row) -> list[str]:
        return [
            row.title,
            *(self._cell(row, name) for name in self._names),
            *self._verdict(row),
        ]

    def _cell(self, row: Row, name: Name) -> str:
        if medians := self._medians(row, name):
            return " → ".join(f"{value:,.{row.digits}f}" for value in medians)
        reasons = [self._reasons.get((load, name)) for load in row.loads]
        return next((f"{NOTHING} {self._note(name, why)}" for why in reasons if why), NOTHING)

    def _note(self, name: Name, why: str) -> str:
        note = f"{_HEADINGS[name]}: {why}"
        if note not in self._notes:
            self._notes.append(note)
        return f"[{self._notes.index(note) + 1}]"

    def _verdict(self, row: Row) -> tuple[str, str, str]:
        medians = self._medians(row, "azchat")
        ratio = self._ratio(row)
        shown = NOTHING if ratio is None else f"{ratio:.2f}x {row.against}"
        reached = row.goal.reached(Result(medians, ratio)) if medians else None
        return shown, row.goal.text, {True: "yes", False: "no", None: NOTHING}[reached]

    def _ratio(self, row: Row) -> float | None:
        """Compare run with run within each round: the machine's speed drifts between rounds."""
        if not row.against:
            return None
        pairs = zip(self._values(row, "azchat"), self._values(row, row.against), strict=False)
        ratios = [ours[-1] / theirs[-1] for ours, theirs in pairs]
        return median(ratios) if ratios else None

    def _medians(self, row: Row, name: Name) -> tuple[float, ...]:
        return tuple(median(column) for column in zip(*self._values(row, name), strict=True))

    def _values(self, row: Row, name: Name) -> list[tuple[float, ...]]:
        """Return the row's figures, round by round; nothing when a load was not run."""
        rounds = zip(*(self._runs.get((load, name), ()) for load in row.loads), strict=False)
        return [tuple(figure(*runs) for figure in row.figures) for runs in rounds]
