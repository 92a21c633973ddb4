"""What an answer took, and what several of them did."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from azchat.events import TurnFinished, TurnInterrupted, counted

_SHORTEST_RATED = 0.1  # seconds; a rate over less says nothing
FIGURES = {
    **dict.fromkeys(("first_thought", "first_word", "total", "thinking", "answer", "cost"), min),
    "rate": max,
}
"""What is told of a run, and which of two figures is the better one."""
ORDER = ("first_thought", "first_word", "total", "thinking", "answer", "rate", "cost")


class Sum(NamedTuple):
    """A figure of several runs: its median, the least and the most; None: not known of all."""

    middle: float | None
    least: float | None = None
    most: float | None = None

    def overlaps(self, other: "Sum") -> bool:
        """Whether the runs of both lie within each other's range: noise, as far as is known."""
        if None in (*self, *other):
            return False
        return self.least <= other.most and other.least <= self.most  # type: ignore[operator]


def figures_of(end: TurnFinished | TurnInterrupted | None) -> dict[str, float | None]:
    """Return seconds, tokens, tokens a second and money by name; None: not known."""
    if end is None:
        return dict.fromkeys(ORDER)
    timing, usage = end.timing, counted(end)
    said, thought = (usage.completion, usage.reasoning) if usage else (None, None)
    firsts = [at for at in (timing.first_reasoning, timing.first_text) if at is not None]
    seconds = timing.total - min(firsts, default=timing.total) - timing.calls
    return {
        "first_thought": timing.first_reasoning,
        "first_word": timing.first_text,
        "total": timing.total,
        "thinking": thought,
        "answer": None if said is None else said - (thought or 0),
        "rate": said / seconds if said and seconds >= _SHORTEST_RATED else None,
        "cost": end.cost.total if end.cost else None,
    }


def summed(told: Sequence[Mapping[str, float | None]]) -> dict[str, Sum]:
    """Return the sums of the figures of runs."""
    found = {}
    for name in ORDER:
        known = [figure for figures in told if (figure := figures[name]) is not None]
        is_known = known and len(known) == len(told)
        found[name] = Sum(median(known), min(known), max(known)) if is_known else Sum(None)
    return found
