"""What Markdown leaves open at its end: a fence, a comment, HTML that no blank line ends."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ENDS = (("<!--", "-->"), ("<?", "?>"), ("<![cdata[", "]]>"), ("<!", ">"))
_NAME = re.compile(r"<(pre|script|style|textarea)\b", re.IGNORECASE)


def closing_of(text: str) -> str:
    """Return what must follow ``text`` so that a heading behind it is one; "" mostly.

    An answer that was cut in the middle of its code would swallow what comes after it.
    """
    closing = ""
    last = _last_block(text)
    if last.type == "fence":
        closing = last.markup
    elif last.type == "html_block":
        closing = _end_of_html(last.content.lstrip().lower())
    return f"\n{closing}" if closing else ""


def _last_block(text: str) -> Token:
    tokens: list[Token] = []
    markdown = MarkdownIt("commonmark")  # with HTML: whoever reads the document may allow it
    markdown.block.parse(f"{text}\n\n# .\n", markdown, {}, tokens)
    return tokens[-1]


def _end_of_html(content: str) -> str:
    if name := _NAME.match(content):
        return f"</{name[1]}>"
    return next((end for begin, end in _ENDS if content.startswith(begin)), "")
