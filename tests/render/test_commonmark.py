"""Where answers are read as CommonMark says, and where otherwise, with the reason."""

from collections.abc import Sequence

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from azchat.render.parser import add_rules

SAME = (
    *("# One\n\n## Two ##\n", "Three\n=====\nFour\n----\n", "#none\n", "***\n---\n___\n"),
    *("one\ntwo  \nthree\\\nfour\n", "a\n\n\nb\n", "    code\n\n    more\n", "\tcode\n"),
    *("```py\nx = 1\n```\n", "~~~\n```\n~~~\n", "```\nopen\n", "``a ` b``\n", "` a `\n"),
    *("> one\n> > two\nlazy\n", "> ```\n> x\n> ```\n", "- a\n- b\n  - c\n\n    d\n", "+ a\n* b\n"),
    *("2. two\n3. three\n", "1) a\n2) b\n", "10. a\n\n    b\n", "- \n- a\n", "-none\n"),
    *("*a* **b** ***c***\n", "_a_ **b *c* d**\n", "*a **b***\n", "a*b\n", "a * b * c\n"),
    *("snake_case_name\n", "\\*a\\*\n", "\\# a\n", "\\`a`\n", "&amp; &#65; &nope;\n"),
    *("[a](/b 'c')\n", "[a](<b c>)\n", "[a]\n\n[a]: /b\n", '[a][B]\n\n[b]: <c> "d"\n', "[a](b\n"),
    *("![a *b*](/c)\n", "<https://a.b/c>\n", "<me@a.b>\n", "<b>a</b>\n", "<!-- a -->\n"),
)
OTHERWISE = {
    "a backslash is text but before a mark of Markdown": ("C:\\!x\n", "a\\,b\n"),
    "a mark that stands alone between two signs is that of code": ("('*') and ('*')\n",),
    "a mark within a word is that of code": ("5*6*78\n", "le**arn**ing\n", "foo__bar__baz*a*b\n"),
    "__names__ are names": ("__init__\n", "a __main__ b\n"),
    "one mark does not match two": ("**foo*\n", "*foo**\n"),
    "what looks like code is code": ("*.py and *.txt*\n", "foo-_(bar)_\n"),
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


def is_same(text: str) -> bool:
    plain, ours = (MarkdownIt("commonmark", {"html": False}) for _ in range(2))
    add_rules(ours)
    return read(ours, text) == read(plain, text)


@pytest.mark.parametrize("text", SAME)
def test_what_commonmark_says_is_read_so(text: str) -> None:
    assert is_same(text)


@pytest.mark.parametrize("text", [text for texts in OTHERWISE.values() for text in texts])
def test_what_is_read_otherwise_has_its_reason(text: str) -> None:
    assert not is_same(text)
