"""Prose takes 100 columns at most, code what there is; what is told is broken between words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.events import Timing, TurnFinished, TurnInterrupted
from azchat.messages import Usage
from azchat.render.blocks import document_rows
from azchat.render.theme import load_theme
from azchat.render.usage import format_short_usage
from azchat.terminal.safe import broken

WORDS = "word " * 80
LONG = "https://a.test/" + "x" * 150


def widths(text: str, columns: int, prose: int = 100) -> list[int]:
    rows = document_rows(text, columns, load_theme({}, prose=prose))
    return [row.width for row in rows if row.text]


@pytest.mark.parametrize("text", [WORDS, f"* {WORDS}", f"> {WORDS}", f"## {WORDS}", "---"])
@pytest.mark.parametrize(("columns", "prose"), [(40, 100), (100, 100), (200, 100), (200, 60)])
def test_prose_is_no_wider_than_is_wished(text: str, columns: int, prose: int) -> None:
    most = min(columns, prose)
    assert most - 8 < max(widths(text, columns, prose)) <= most


def test_code_and_long_addresses_take_what_there_is() -> None:
    assert max(widths(f"```\n{'x' * 150}\n```", 200)) == 150
    assert max(widths(LONG, 200)) == len(LONG)


@given(st.text("ab  \n"), st.integers(1, 30))
def test_what_is_told_keeps_its_words(text: str, columns: int) -> None:
    told = broken(text, columns)
    assert told.split() == text.split()
    assert all(len(line) <= columns or " " not in line.strip() for line in told.split("\n"))


def test_the_rate_counts_the_models_time() -> None:
    timing = Timing(20.0, 0.0, 1.0, calls=15.0)
    end = TurnFinished("stop", Usage(10, 100, 40), timing, "m")
    assert format_short_usage(end) == "40 thinking + 60 answer tokens · 20.0 s · 20 tokens/s"


def test_a_turn_that_was_stopped_counts_what_came() -> None:
    timing = Timing(4.0, 0.0, 2.0)
    before, came = Usage(10, 7), Usage(None, 33, 13)
    end = TurnInterrupted("interrupted", before, timing, "m", came=came)
    assert format_short_usage(end) == "about 13 thinking + 27 answer tokens · 4.0 s · 10 tokens/s"
