"""Markdown as blocks of HTML: however it comes, what settles is what the whole text gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.render.html import markdown_to_html
from azchat.web.blocks import Blocks, html_of

PIECES = (
    *("a *b* `c`", "# Title", "- one", "  - two", "1. x", "> said", "```py", "```", "x = 1", ""),
    *(
        "| a | b |",
        "|---|---|",
        "| 1 | 2 |",
        "***",
        "    indented",
        "<script>",
        "$$",
        "x^2",
        "====",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("\n".join)


def streamed(text: str, size: int) -> list[str]:
    blocks = Blocks()
    for at in range(0, len(text), size):
        before = list(blocks.settled)
        blocks.feed(text[at : at + size])
        blocks.render()
        assert blocks.settled[: len(before)] == before
    blocks.render(is_over=True)
    assert blocks.open == ""
    return blocks.settled


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.integers(1, 9))
def test_a_stream_settles_as_the_whole_text(text: str, size: int) -> None:
    if "$$" not in text:  # what only its end makes a formula may have settled as text
        assert "".join(streamed(text, size)) == markdown_to_html(text)
    assert "".join(html_of(text)) == markdown_to_html(text)


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_line_ends_are_all_the_same(newline: str, size: int) -> None:
    text = "one\n\n- two\n- three\n\n```\nx\n```\n"
    assert streamed(text.replace("\n", newline), size) == list(html_of(text))


def test_a_fence_that_is_too_long_goes_on_as_a_fence() -> None:
    html = html_of("```text\n" + "a line of code\n" * 4000 + "```\nafter")
    assert len(html) > 2
    assert all(block.startswith('<div class="code">') for block in html[:-1])
    assert html[-1] == "<p>after</p>\n"


def test_what_is_longer_than_any_answer_is_plain_and_still_escaped() -> None:
    html = html_of("<b>x</b> " * 40_000)
    assert "<b>" not in "".join(html)
    assert html[-1].startswith('<div class="said plain">')
