"""Rows: how lines of text are broken, and what every row keeps to."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcswidth, wcwidth

from azchat.render.rows import Row, Span, cell_width, fold, prefixed, row_of, wrap
from tests.render.documents import CORPUS, PROPERTY, TEXTS, WIDTHS, at_once, bare, read

ALLOWED = re.compile(r"(?:[^\x00-\x1f\x7f-\x9f]|\x1b\[\d[\d;]*m)*")
GLYPHS = "a b cd 中 。 「 한 é e\u0301 👨‍👩‍👧‍👦 🇩🇪 👍🏽 ⚠️ ☺️ 1️⃣ हिन्दी مرحبا \u200d \ufe0f"
SPANS = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*GLYPHS.split(" "), " "]), max_size=12).map("".join),
        st.sampled_from(["", "1"]),
    ),
    max_size=6,
)


def lines(text: str, width: int) -> list[str]:
    return bare(wrap([(text, "")], width))


def keeps_the_rules(row: Row, width: int) -> bool:
    codes = re.findall(r"\x1b\[[\d;]*m", row.text)
    (text,) = bare([row])
    cells = max(wcswidth(text), sum(max(0, wcwidth(character)) for character in text))
    assert ALLOWED.fullmatch(row.text)
    assert not codes or codes[-1] == "\x1b[0m"
    assert row.soft or not text.endswith(" ")
    return cells <= row.width <= width


@settings(PROPERTY, max_examples=300)
@given(TEXTS, WIDTHS)
def test_no_row_is_wider_than_the_screen_or_more_than_text_and_colour(
    text: str, width: int
) -> None:
    assert all(keeps_the_rules(row, width) for row in at_once(text, width))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_model_s_answer_fits_every_screen(path: Path) -> None:
    for width in (10, 20, 40, 80, 200, 20_000):
        assert all(keeps_the_rules(row, width) for row in at_once(read(path), width))


@settings(PROPERTY, max_examples=300)
@given(SPANS, st.integers(2, 30))
def test_breaking_a_line_loses_nothing_but_spaces(spans: list[Span], width: int) -> None:
    text = "".join(piece for piece, _ in spans)
    for rows in (wrap(spans, width), fold(spans, width)):
        assert "".join(bare(rows)).replace(" ", "") == text.replace(" ", "")
        assert all(keeps_the_rules(row, width) for row in rows)


def test_words_stay_whole_where_they_can() -> None:
    assert lines("one two three four", 9) == ["one two", "three", "four"]


def test_spaces_within_a_line_stay_as_they_are() -> None:
    assert lines("a  b   c", 80) == ["a  b   c"]


def test_a_word_that_is_too_long_is_broken_at_the_edge() -> None:
    assert lines("see aaaaaaaaaaaaaaaaaaaaaaaab c", 10) == ["see", "a" * 10, "a" * 10, "aaaab c"]


def test_a_row_that_is_full_goes_on_in_the_next_for_a_copy() -> None:
    rows = wrap([("x" * 25, "")], 10)
    assert [row.soft for row in rows] == [True, True, False]
    assert not any(row.soft for row in wrap([("x" * 10 + " y", "")], 10))


def test_no_row_goes_on_in_an_empty_one() -> None:
    assert not any(row.soft for row in fold([("x" * 10 + "   ", "")], 10))
    assert not any(row.soft for row in fold([("x" * 10 + " " * 9 + "\u4e2d", "")], 10)[:-1])


def test_blanks_at_the_end_of_a_line_take_no_rows() -> None:
    assert fold([("x" + " " * 50, "1"), (" ", "")], 10) == [Row("\x1b[1mx\x1b[0m", 1)]
    assert fold([(" " * 50, "")], 10) == [Row("", 0)]
    assert fold([("", "")], 10) == [Row("", 0)]


def test_code_that_is_broken_at_a_space_keeps_it() -> None:
    rows = fold([("abcdefgh  ij", "")], 10)
    assert [(row.text, row.soft) for row in rows] == [("abcdefgh  ", True), ("ij", False)]


def test_blanks_at_the_end_are_left_out_styled_or_not() -> None:
    assert fold([("a  ", ""), (" ", "1")], 10)[0].text.rstrip("\x1b[01m") == "a"
    assert fold([("a  ", "1")], 10) == [Row("\x1b[1ma\x1b[0m", 1)]


def test_styles_go_on_in_the_next_row() -> None:
    rows = wrap([("aaa bbb", "1"), (" ccc", "")], 5)
    assert [row.text for row in rows] == ["\x1b[1maaa\x1b[0m", "\x1b[1mbbb\x1b[0m", "ccc"]


def test_chinese_breaks_between_characters_but_not_before_punctuation() -> None:
    assert lines("这是一个很长的句子、没有空格。", 18) == ["这是一个很长的句", "子、没有空格。"]
    assert lines("他说的「你好」了吗", 8) == ["他说的", "「你好」", "了吗"]
    assert lines("中文中文abc。好", 12) == ["中文中文", "abc。好"]


def test_korean_breaks_between_words() -> None:
    assert lines("모든 인간은 태어날 때부터", 14) == ["모든 인간은", "태어날 때부터"]


@pytest.mark.parametrize("glyph", ["👨‍👩‍👧", "🇩🇪", "👍🏽", "⚠️", "e\u0301"])
def test_a_glyph_of_several_characters_is_not_parted(glyph: str) -> None:
    shown = lines("x" + glyph * 20, 11)
    assert all(line.removeprefix("x").replace(glyph, "") == "" for line in shown)


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", 3), ("中", 2), ("e\u0301", 1), ("⚠️", 2), ("⌚️", 2), ("👍🏽", 4), ("", 0)],
)
def test_cells_are_counted_by_the_widest_reading(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_a_prefix_stands_before_every_row_and_leaves_no_blanks() -> None:
    rows = prefixed([row_of([("a", "")]), Row("", 0)], [("│ ", "2")])
    assert rows == [Row("\x1b[2m│ \x1b[0ma", 3), Row("\x1b[2m│\x1b[0m", 1)]


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "a " * 500_000, "e" + "\u0301" * 400, "中" * 300_000]
)
def test_a_very_long_line_is_shown_whole(text: str) -> None:
    for width in (80, 20_000):
        assert "".join(bare(at_once(text, width))).replace(" ", "") == text.replace(" ", "")
