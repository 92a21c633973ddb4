"""What a model sends never acts on the terminal: it is shown."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.render.blocks import document_rows
from azchat.render.markdown import MarkdownText
from azchat.terminal.safe import visible
from tests.render.documents import CORPUS, PLAIN, PROPERTY, TEXTS, read, shown

BAD = "\x1b \x9b \x07 \x08 \x7f \x0c \0 \xad \u202e \u2066 \u2069 \u200b \ufeff \U000e0041"
BAD_CHARACTERS = BAD.split(" ")
PLACES = [
    "text {}x",
    "`code {}x`",
    "[label {}x](https://a.b)",
    "[label](https://a.b/{}x)",
    '[label](https://a.b "title {}x")',
    "![alt {}x](u{}x.png)",
    "<https://a.b/{}x>",
    "| a |\n|---|\n| cell {}x |",
    "| head {}x |\n|---|\n| a |",
    "$x{}x$",
    "\\(y_{{}}x\\)",
    "\\[\nz {}x\n\\]",
    "```{}x\na\n```",
    "```py\na {}x\n```",
    "    indented {}x",
    "# heading {}x",
    "> - quote {}x",
    "- [ ] task {}x",
    "[ref]: https://a.b/{}x",
]


def raw(text: str) -> str:
    """Return the rows of ``text`` without any style, as one string."""
    answer = MarkdownText(PLAIN)
    answer.feed(text)
    opened = [row.text for row in answer.open(80)]
    answer.finish()
    return "".join([*opened, *(row.text for row in answer.settled(80))])


@pytest.mark.parametrize("place", PLACES)
def test_no_place_lets_a_control_character_through(place: str) -> None:
    for bad in BAD_CHARACTERS:
        shown = raw(place.replace("{}", bad))
        assert visible(shown) == shown
        assert "x" in shown


@pytest.mark.parametrize("place", [*PLACES, "$\\no{}x$", "\\[\n\\no{}x\n\\]", "~~~ py {}x\na"])
def test_a_tab_is_shown_as_blanks(place: str) -> None:
    shown = raw(place.replace("{}", "\t"))
    assert "\t" not in shown
    assert "x" in shown


@pytest.mark.parametrize("bad", BAD_CHARACTERS)
def test_no_entity_becomes_a_control_character(bad: str) -> None:
    for place in PLACES:
        shown = raw(place.replace("{}", f"&#x{ord(bad):x};"))
        assert visible(shown) == shown


@settings(PROPERTY, max_examples=200)
@given(TEXTS, st.integers(0, 50), st.sampled_from(BAD_CHARACTERS))
def test_nothing_acts_wherever_it_stands(text: str, at: int, bad: str) -> None:
    text = text[:at] + bad + text[at:]
    shown = raw(text) + "".join(row.text for row in document_rows(text, 80, PLAIN))
    assert visible(shown) == shown


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_an_answer_is_nothing_but_text(path: Path) -> None:
    shown = raw(read(path))
    assert visible(shown) == shown


def test_what_scripts_and_emoji_need_is_left_alone() -> None:
    text = "👨‍👩‍👧 ❤️ می‌خواهم क्‍ष 葛󠄀"[:-1]
    assert shown(text) == [text]


def test_an_escape_is_shown_where_it_stood() -> None:
    assert shown("a \x1b[31mred\x1b[0m b") == ["a ^[[31mred^[[0m b"]
    assert shown("**\u202eevil**") == ["\\u{202E}evil"]


HEBREW = "\u05e9\u05dc\u05d5\u05dd"
ISOLATED = [
    f"\u2067{HEBREW}\u2069",
    f"\u2068a \u2067{HEBREW}\u2069 b\u2069",
    f"{HEBREW}\u200f!",
    "a\u200e b",
]


@pytest.mark.parametrize("text", ISOLATED)
@pytest.mark.parametrize(
    "place", ["a {} b", "- {}", "> {}", "**{}**", "`{}`", "```\n{}\n```", "| {} |\n|---|", "# {}"]
)
def test_marks_of_direction_are_text_where_they_are_balanced(place: str, text: str) -> None:
    assert text in raw(place.replace("{}", text))
    assert text in raw(place.replace("{}", text).replace("\u2067", "\u2067**").replace("**", ""))


@pytest.mark.parametrize(
    "bad", ["\u2066a", "a\u2069", "\u2069a\u2066", "\u2067\u2066a\u2069", "\u202ea\u2069"]
)
@pytest.mark.parametrize(
    "place", ["{} b", "`{}`", "```\n{}\nc\u2069\n```", "| {} | \u2066c\u2069 |\n|---|---|"]
)
def test_isolates_that_do_not_end_are_visible(place: str, bad: str) -> None:
    assert "\\u{20" in raw(place.replace("{}", bad))


@settings(PROPERTY, max_examples=200)
@given(st.text("\u2066\u2067\u2068\u2069\u200e\u202e a*`|\n-", max_size=30), st.integers(0, 30))
def test_no_row_leaves_an_isolate_open_that_its_line_does_not_end(text: str, cut: int) -> None:
    answer = MarkdownText(PLAIN)
    for piece in (text[:cut], text[cut:]):
        answer.feed(piece)
        answer.open(80)
    answer.finish()
    rows = [row.text for row in answer.settled(80)]
    assert rows == [row.text for row in document_rows(text, 80, PLAIN)]
    for row in rows:
        assert "\u202e" not in row
        assert sum(map(row.count, "\u2066\u2067\u2068")) == row.count("\u2069")
