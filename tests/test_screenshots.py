"""The README's pictures are what the program draws."""

import re
from pathlib import Path

import pytest

from tests.screenshots.__main__ import pictures

PICTURES = dict(pictures())


def words_of(svg: str) -> list[str]:
    """Return the words of a picture: where Rich puts them may change, what is said may not."""
    return re.findall(r"<text [^>]*>([^<]*)</text>", svg.replace("&#160;", " "))


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.name)
def test_the_picture_is_current(file: Path) -> None:
    drawn = words_of(PICTURES[file])
    assert len(drawn) > 5
    assert words_of(file.read_text()) == drawn, "draw it anew: python -m tests.screenshots"


def test_one_picture_shows_the_thinking_the_other_its_fold() -> None:
    thinking, answer = (" ".join(words_of(svg)) for svg in PICTURES.values())
    assert "Thinking… 2 s" in thinking
    assert "▸ Thought for" in answer
    assert "Three ways to sort" in answer
