"""Cuts a stream into pieces, and joins the events of one so that two ways of cutting compare."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from hypothesis import strategies as st

from azchat.events import Event, ReasoningDelta, TextDelta

T = TypeVar("T", bytes, str)
CUTS = st.lists(st.integers(1, 3000), max_size=30)
"""Where to cut; places beyond the end of what is cut do not matter."""


def pieces(whole: T, cuts: Iterable[int]) -> Iterator[T]:
    """Yield ``whole`` in pieces that end at ``cuts``; a piece may be empty."""
    start = 0
    for end in sorted(cut for cut in cuts if cut < len(whole)):
        yield whole[start:end]
        start = end
    yield whole[start:]


def joined(events: Iterable[Event]) -> list[tuple[str, object]]:
    """Return the events by their names, with neighbouring deltas of one kind as one text."""
    result: list[tuple[str, object]] = []
    for event in events:
        name = type(event).__name__
        match event:
            case TextDelta(text=text) | ReasoningDelta(text=text):
                before = result.pop()[1] if result and result[-1][0] == name else ""
                result.append((name, f"{before}{text}"))
            case _:
                result.append((name, event))
    return result
