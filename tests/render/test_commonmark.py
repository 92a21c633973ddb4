"""CommonMark's own examples: which are read otherwise than it says, and why.

The examples are those of the CommonMark Spec 0.31.2 by John MacFarlane, CC BY-SA 4.0.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from azchat.render.parser import add_rules

EXAMPLES = json.loads(
    (Path(__file__).parent.parent / "data" / "commonmark" / "examples.json").read_text()
)
WITHIN_WORDS = "a mark within a word is that of code: 5*6*78, foo__bar__"
DEVIATING: dict[str, tuple[int, ...]] = {
    "a backslash is text but before a mark of Markdown": (12, 15, 21, 550, 632),
    "a mark that stands alone between two signs is that of code: '*', (*)": (56, 475, 476, 477),
    WITHIN_WORDS: (355, 356, 370, 376, 402, 411, 412, 415, 416, 417, 429),
    "__names__ are names": (389, 399, 406, 408, 425, 426, 456, 457, 458, 462, 465, 468, 470),
    "one mark does not match two": (442, 443, 454, 455),
    "what looks like code is code: *args, *more; foo-_(; _*_": (
        364,
        369,
        373,
        390,
        403,
        409,
        419,
        433,
        449,
        450,
        453,
        461,
        463,
    ),
}


def read(markdown: MarkdownIt, text: str) -> list[object]:
    return said(markdown.parse(text))


def said(tokens: Sequence[Token]) -> list[object]:
    """Return what tokens say: text in one piece, however the parser cut it."""
    pieces: list[object] = []
    for token in tokens:
        if token.type == "text" and pieces and isinstance(pieces[-1], str):
            pieces[-1] += token.content
        elif token.type == "text":
            pieces.append(token.content)
        else:
            children = said(token.children or ())
            content = "" if children else token.content
            pieces.append((token.type, token.tag, content, str(token.attrs), children))
    return pieces


@pytest.mark.parametrize(("number", "section", "text"), EXAMPLES)
def test_an_example_is_read_as_commonmark_says(number: int, section: str, text: str) -> None:
    plain, ours = (MarkdownIt("commonmark", {"html": False}) for _ in range(2))
    add_rules(ours)
    is_same = read(ours, text) == read(plain, text)
    deviating = {each for numbers in DEVIATING.values() for each in numbers}
    assert is_same is (number not in deviating), section
