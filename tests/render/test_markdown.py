"""Markdown as it streams: neither the cuts nor the frames change what is shown in the end."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.render.markdown import MarkdownText
from tests.render.documents import (
    CORPUS,
    PROPERTY,
    TEXTS,
    THEME,
    WIDTHS,
    at_once,
    bare,
    read,
    shown,
    streamed,
    whole,
)
from tests.wire.cutting import CUTS

NEAR_CUTS = st.lists(st.integers(1, 80), max_size=30)


@settings(PROPERTY, max_examples=300)
@given(TEXTS, NEAR_CUTS, WIDTHS)
def test_the_cuts_of_a_stream_change_nothing(text: str, cuts: list[int], width: int) -> None:
    assert streamed(text, width, cuts) == at_once(text, width)


@settings(PROPERTY, max_examples=600)
@given(TEXTS, WIDTHS)
def test_what_is_settled_early_is_what_one_parse_of_the_whole_finds(text: str, width: int) -> None:
    assert at_once(text, width) == whole(text, width)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_model_s_answer_is_the_same_in_pieces_and_as_a_whole(path: Path) -> None:
    text = read(path)
    for width, step in ((10, 13), (40, 7), (80, 31), (200, 101)):
        assert streamed(text, width, range(step, len(text), step)) == whole(text, width)


@settings(PROPERTY, max_examples=20)
@given(st.sampled_from(CORPUS), CUTS, WIDTHS)
def test_a_model_s_answer_may_be_cut_anywhere(path: Path, cuts: list[int], width: int) -> None:
    assert streamed(read(path), width, cuts) == whole(read(path), width)


@settings(PROPERTY, max_examples=200)
@given(TEXTS, NEAR_CUTS)
def test_what_is_open_and_when_it_is_asked_for_changes_nothing(text: str, cuts: list[int]) -> None:
    answer = MarkdownText(THEME)
    rows = []
    for index, character in enumerate(text):
        answer.feed(character)
        if index in cuts:
            answer.open(40)
        if index + 1 in cuts:
            rows += answer.settled(40)
    answer.finish()
    assert rows + answer.settled(40) == at_once(text, 40)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\n\n", 1),
        ("# a\n", 1),
        ("- a\n- b\n", 1),
        ("```\na\n", 1),
        ("```\na\n```\n", 3),
        ("\\[\nx\n\\]\n", 1),
        ("a\n", 0),
        ("a\n=\n", 0),
        ("| a |\n|---|\n| b |\n", 0),
    ],
)
def test_only_what_is_certain_settles(text: str, rows: int) -> None:
    answer = MarkdownText(THEME)
    answer.feed(text)
    assert len(answer.settled(80)) == rows


def test_of_a_long_chunk_of_code_the_last_lines_stay_open() -> None:
    answer = MarkdownText(THEME, 2)
    answer.feed("```\na\nb\n")
    assert bare(answer.settled(80)) == ["──"]
    answer.feed("c\nd\ne")
    assert bare(answer.settled(80)) == ["a", "b"]
    assert bare(answer.open(80)) == ["c", "d", "e"]
    answer.feed("\n```\n")
    assert bare(answer.settled(80)) == ["c", "d", "e", "──"]


def test_a_line_of_marks_is_not_shown_before_what_they_mean() -> None:
    answer = MarkdownText(THEME)
    answer.feed("a\n\n")
    answer.settled(80)
    for mark in ("- ", "## ", "```", "**", "> - "):
        answer.feed(mark)
        assert answer.open(80) == []


def test_a_formula_that_is_not_closed_yet_looks_like_one() -> None:
    answer = MarkdownText(THEME)
    answer.feed("\\[\nx^2\n")
    assert [row.text for row in answer.open(80)] == ["  \x1b[3mx²\x1b[0m"]


def test_a_long_line_is_cut_between_words_and_stays_on_the_screen() -> None:
    words = " ".join(f"word{number}" for number in range(20_000))
    assert " ".join(shown(words)) == words


def test_a_table_that_never_ends_is_not_kept() -> None:
    answer = MarkdownText(THEME)
    answer.feed("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 8_000)
    assert len(answer.settled(80)) > 5_000


@pytest.mark.parametrize(
    "above", ["---", "a\n---", "a\n***", "| a |\n|---|", "> # a", "\\[x\\]", "- a\n\n---", "a"]
)
def test_code_right_below_another_block_keeps_its_blank_lines(above: str) -> None:
    text = f"{above}\n    c\n\n\n    d\n\n\n\te\n\nf\n"
    assert at_once(text, 80) == whole(text, 80)


def test_a_fence_ends_what_looks_like_a_formula_however_deep_it_stands() -> None:
    text = "$$\n- a\n    ```$$\n    x\n"
    assert at_once(text, 80) == whole(text, 80)


def test_crlf_is_one_newline_wherever_it_is_cut() -> None:
    assert streamed("a\r\n\r\nb\rc", 80, [2, 4]) == at_once("a\n\nb^Mc", 80)


# -- what it costs ---------------------------------------------------------------------


def calls(run: Callable[[], object]) -> int:
    """Return how many functions ``run`` calls."""
    count = 0

    def on_event(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def stream_lines(lines: list[str]) -> None:
    answer = MarkdownText(THEME)
    for line in lines:
        answer.feed(line + "\n")
        answer.settled(80)
    answer.finish()


LONG = {
    "list": ["- item with **words**"],
    "list with space": ["1. item", ""],
    "list behind an indentation": ["  - item"],
    "list with code": ["- item", "  ```py", "  x = 1", "  ```"],
    "list that is lazy": ["- item", "lazy"],
    "fence": ["x = 1"],
    "fence with space": ["x = 1", ""],
    "paragraphs": ["Some *words* here.", ""],
    "lazy lines": ["lazy"],
    "items that are none": ["2. none"],
    "formulas that do not end": ["\\[ x"],
}
FIRST = {"fence": "```py", "fence with space": "```py", "lazy lines": "- a"}


@pytest.mark.parametrize("name", LONG)
def test_twice_the_lines_cost_about_twice_as_much(name: str) -> None:
    few, many = ([FIRST.get(name, "a"), "", *LONG[name] * count] for count in (150, 300))
    stream_lines(few)  # imports and caches
    assert calls(lambda: stream_lines(many)) < 2.5 * calls(lambda: stream_lines(few))
