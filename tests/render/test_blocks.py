"""Blocks: space between them, lists, quotes, headings; and no word of an answer is lost."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.documents import CORPUS, PROPERTY, bare, read, shown, whole

FORMULAS = re.compile(r"\\\[.*?\\\]|\$\$.*?\$\$|\\\(.*?\\\)|\$[^$\n]+\$", re.DOTALL)
ENTITY = re.compile(r"&#?\w+;")
NOT_SHOWN = {"mailto"}  # it only says what the label says
HAS_TABLE = re.compile(r"^\|? ?:?-+:? ?\|", re.MULTILINE)
WORD = re.compile(r"[^\W_]{3,}")


def words(path: Path) -> list[str]:
    return WORD.findall(ENTITY.sub(" ", FORMULAS.sub(" ", read(path))))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_no_word_is_lost(path: Path) -> None:
    rows = bare(whole(read(path), 20_000))
    text = "\n".join(rows) + "".join(rows)  # prose is broken at 100 cells, also where no blank is
    assert {word for word in words(path) if word not in text} <= NOT_SHOWN


@pytest.mark.parametrize("path", [path for path in CORPUS if not HAS_TABLE.search(read(path))])
def test_no_word_is_lost_where_rows_are_broken(path: Path) -> None:
    rows = "".join(row.strip(" │") for row in bare(whole(read(path), 30)))
    assert {word for word in words(path) if word not in rows} <= NOT_SHOWN


def test_blocks_stand_apart_as_in_the_source() -> None:
    assert shown("a\n\n\n\nb\n```\nc\n```\nd\n") == ["a", "", "b", "──", "c", "──", "d"]


def test_a_heading_always_stands_apart_from_what_is_above_it() -> None:
    assert shown("a\n# b\nc\n## d\n") == ["a", "", "b", "c", "", "d"]
    assert shown("a\n\nb\n===\nc") == ["a", "", "b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "3. a\n5. b\n9. c",
        "7. a\n7. b\n9. c",
        "1. a\n1. b\n3. c",
        "10. a\n9. b\n8. c",
        "0. a\n007. b",
    ],
)
def test_the_numbers_of_a_list_are_those_that_were_written(text: str) -> None:
    assert shown(text) == text.split("\n")
    nested = "- x\n" + "\n".join(f"  {line}" for line in text.split("\n"))
    assert "\n".join(shown(nested)) == nested.replace("-", "•")
    assert shown(text.replace("\n", "\n\n"))[::2] == text.split("\n")
    assert shown(text.replace(".", ")")) == text.replace(".", ")").split("\n")


@settings(PROPERTY, max_examples=100)
@given(st.lists(st.integers(0, 999_999_999), min_size=1, max_size=6), st.sampled_from(".)"))
def test_any_numbers_may_be_those_of_a_list(numbers: list[int], mark: str) -> None:
    lines = [f"{number}{mark} item" for number in numbers]
    assert shown("\n".join(lines)) == lines


def test_twelve_items_keep_their_texts_indented() -> None:
    rows = shown("".join(f"{number}. aaa bbb\n" for number in range(1, 13)), 10)
    assert rows[:2] == ["1. aaa bbb", "2. aaa bbb"]
    assert rows[-2:] == ["12. aaa", "    bbb"]


def test_lists_may_be_loose_or_tight() -> None:
    assert shown("- a\n- b\n\n- c\n\n  d\n") == ["• a", "• b", "", "• c", "", "  d"]


def test_lists_in_lists_have_their_own_bullets() -> None:
    assert shown("- a\n  - b\n    - c\n      - d\n        1. e\n") == [
        "• a",
        "  ◦ b",
        "    ▪ c",
        "      ▪ d",
        "        1. e",
    ]


def test_code_and_quotes_in_an_item_are_indented_with_it() -> None:
    assert shown("1. a\n\n   ```sh\n   b\n   ```\n   > c\n") == [
        "1. a",
        "",
        "   ── sh",
        "   b",
        "   ──",
        "   │ c",
    ]


def test_a_quote_has_a_bar_on_every_row() -> None:
    assert shown("> a\n>\n> > b\n> - c\nlazy\n") == ["│ a", "│", "│ │ b", "│ • c", "│   lazy"]
    assert shown(">\n") == ["│"]


def test_indented_code_stays_indented() -> None:
    assert shown("a\n\n    b\n      c\n") == ["a", "", "    b", "      c"]


def test_a_rule_is_as_wide_as_the_screen() -> None:
    assert shown("a\n\n---\n", 12) == ["a", "", "─" * 12]


@pytest.mark.parametrize("mark", ["> ", "- ", "1. "])
def test_text_that_is_very_deep_is_still_shown(mark: str) -> None:
    assert "the end" in shown(mark * 60 + "the end", 200)[-1]


def test_a_narrow_screen_leaves_out_indentation_not_text() -> None:
    rows = shown("- a\n  - b\n    - c\n      - wide word\n", 12)
    assert rows[-1] == "• wide word" or rows[-1].endswith("word")
