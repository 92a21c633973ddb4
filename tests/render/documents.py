"""Documents to render: realistic ones, and any that hypothesis makes of Markdown's own marks."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

from azchat.render.blocks import document_rows
from azchat.render.markdown import MarkdownText
from azchat.render.rows import Row
from azchat.render.theme import load_theme
from tests.wire.cutting import pieces

THEME = load_theme({"TERM": "xterm-256color"})
PLAIN = load_theme({"TERM": "xterm"}, "none")
PLAIN = PLAIN._replace(styles=dict.fromkeys(PLAIN.styles, ""))
PROPERTY = settings(deadline=None, derandomize=True, database=None)
CORPUS = sorted((Path(__file__).parent.parent / "data" / "markdown").glob("*.md"))

_MARKS = (
    "- ;* ;+ ;1. ;1) ;2. ;10. ;-;*;1.;> ;>;# ;### ;```;````;~~~;```py;` ``;    ;  ;   ;\t; ;---"
    ";***;===;--;=;:-:;$$;\\[;\\];\\(;\\);$;**;*;__;~~;`;[;](;];);<;>;![;\\;&amp;&#27;;!;<br>;|;|--|;```md"
)
_WORDS = (
    "a;b c;foo;x = 1;- y;14. z;[ ] t;[x] t;中文字;「語」。;한국어;مرحبا;हिन्दी;e\u0301;👨‍👩‍👧;🇩🇪🇫🇷;⚠️"
    ";http://u.v/w;$5;$x$;\\(a\\);$$y$$;\\[z\\];x^2;\\frac{a}{b};\x1b[31m;\u202e;\r;\0;\u200b;-|-"
    ";| a | b |;|---|--:|;| 1 | 2 | 3 |;a|b;[l](http://u);[r]: u;[^1]: n;<div>;**b** `c`"
    ";wordwordword;0123456789abcdef"
)
_PIECES = f"{_MARKS};{_WORDS}"
_LINE = st.lists(st.sampled_from(_PIECES.split(";")), max_size=5).map("".join)
_ANY_LINE = st.one_of(_LINE, _LINE, _LINE, st.just(""), st.text(max_size=12))
TEXTS = st.builds(
    lambda lines, newline, end: newline.join(lines) + end,
    st.lists(_ANY_LINE, max_size=12),
    st.sampled_from(["\n", "\n", "\n", "\r\n"]),
    st.sampled_from(["", "\n", "\n\n"]),
)
"""Documents that are mostly wrong Markdown."""
WIDTHS = st.sampled_from([10, 11, 16, 23, 40, 80, 120])


def read(path: Path) -> str:
    """Return a document of the corpus, its line ends as they are."""
    return path.read_bytes().decode()


def at_once(text: str, width: int) -> list[Row]:
    """Return the rows of ``text`` that comes in one piece."""
    answer = MarkdownText(THEME)
    answer.feed(text)
    answer.finish()
    return answer.settled(width)


def frames(
    text: str, width: int, cuts: Iterable[int], open_code: int | None = None
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield what is settled, and what is open, as ``text`` comes in pieces."""
    answer = MarkdownText(THEME, open_code)
    for piece in pieces(text, cuts):
        answer.feed(piece)
        yield answer.settled(width), answer.open(width)
    answer.finish()
    yield answer.settled(width), answer.open(width)


def streamed(text: str, width: int, cuts: Iterable[int]) -> list[Row]:
    """Return all rows of ``text`` that comes in pieces."""
    return [row for settled, _ in frames(text, width, cuts) for row in settled]


def whole(text: str, width: int) -> list[Row]:
    """Return the rows by one parse of the whole text."""
    return document_rows(text, width, THEME)


def bare(rows: Iterable[Row]) -> list[str]:
    """Return the text of ``rows`` without styles."""
    return [re.sub(r"\x1b\[[\d;]*m", "", row.text) for row in rows]


def shown(text: str, width: int = 80) -> list[str]:
    """Return what a reader sees of ``text``."""
    return bare(at_once(text, width))
