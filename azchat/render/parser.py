"""The Markdown parser: CommonMark with tables, struck text and formulas; HTML is text.

Link references are not resolved: when one is printed its definition has not come yet. They
and their definitions are shown as they are written, so the target can be read too.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from azchat.render.fences import add_fence_rule
from azchat.render.marks import add_inline_rules
from azchat.render.mathematics import math_block, math_inline

_DEEPEST = 24  # levels of blocks; a list takes two
_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")
_HOST = re.compile(r"[^/?#]*//[^/?#]*")
_RULE = re.compile(r"[|:-][|:\s-]*$")  # below the head of a table
# But a mark that has a cell for itself; and formulas: $P(A|B)$, $|x|$, \(a|b\).
_CODE_IN_CELL = re.compile(
    r"(?<![`\\])(`+)(?!`| +\|)[^\n]*?(?<!`)\1(?!`)"
    r"|(?<![\\$])\$(?:[^\s$|`][^$\n|`]*[({]|\\[{A-Za-z])[^$\n|`]*\|[^$\n`]*[^\s$|`]\$(?!\d)"
    r"|(?<=\s)\$\|[^\s$|`][^$\n|`]*\|[^$\n|`]*\$(?!\d)|\\\([^\n$`]*?\\\)"
)
_MASK = "\0"  # the parser has put another character for any that was sent
_CONTAINERS = ("bullet_list_open", "ordered_list_open", "list_item_open", "blockquote_open")


class Node(NamedTuple):
    """A block: its opening token, and what it holds. ``begin`` to ``end`` are its source lines."""

    token: Token
    children: tuple["Node", ...]
    begin: int
    end: int

    @property
    def kind(self) -> str:
        """The token's name: paragraph, bullet_list, fence …"""
        return self.token.type.removesuffix("_open")


def parse(text: str) -> list[Node]:
    """Return the blocks of ``text``."""
    # Without a newline at its end the parser loses a last line of blanks in an open fence.
    return _tree(_parser().parse(text if text.endswith("\n") else text + "\n"))


def block_starts(text: str) -> set[int]:
    """Return the lines where a block of the top level, or an item of a list there, begins."""
    return {
        token.map[0]
        for token in _block_tokens(text)
        if token.map and (token.level == 0 or (token.level == 1 and token.type == "list_item_open"))
    }


def ends_in_code(text: str) -> bool:
    """Return whether the last block of ``text``, at the top level, is indented code."""
    return _block_tokens(text)[-1].type == "code_block"


def _block_tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    markdown = _parser()
    markdown.block.parse(text, markdown, {}, tokens)
    return tokens


@cache
def _parser() -> MarkdownIt:
    markdown = _Markdown("commonmark", {"html": False, "maxNesting": _DEEPEST + 4})
    markdown.block.ruler.before("code", "deep_text", _deep_text)
    markdown.enable("strikethrough").disable("reference")
    add_rules(markdown)
    return markdown


def add_rules(markdown: MarkdownIt) -> None:
    """Let ``markdown`` read tables, formulas, fences and marks as all that is shown is read."""
    interrupts: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    # What begins with a mark is not the head of a table.
    markdown.block.ruler.before("lheading", "table_last", _table, {"alt": ["paragraph"]})
    markdown.block.ruler.before("fence", "math_block", math_block, interrupts)
    markdown.inline.ruler.before("escape", "math_inline", math_inline)
    add_fence_rule(markdown)
    add_inline_rules(markdown)


class _Markdown(MarkdownIt):
    def normalizeLink(self, url: str) -> str:  # noqa: N802  # the library's name
        """Leave a target as it was written, unless its host may look like another."""
        host = _HOST.match(url)
        return super().normalizeLink(url) if host and not host[0].isascii() else url


def _deep_text(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a line as text where blocks are so deep that the parser would drop it."""
    del end
    if silent or state.level < _DEEPEST:
        return False
    state.push("paragraph_open", "p", 1).map = [start, start + 1]
    token = state.push("inline", "", 0)
    token.content, token.children = _line(state, start).strip(), []
    state.push("paragraph_close", "p", -1)
    state.line = start + 1
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table, whose last cell has all that is left; what stands in code ends none."""
    begin = len(state.tokens)
    # An item that cannot end a paragraph is an item where there is none.
    is_ruled = start + 1 < end and _RULE.match(_line(state, start + 1))
    if not is_ruled or _ITEM.match(_line(state, start)):
        return False
    with _masked_code(state, start, end):
        if not table(state, start, end, silent):
            return False
        rows = [_line(state, line).strip() for line in range(start, state.line)]
    tokens = state.tokens[begin:]
    columns = sum(token.type == "th_open" for token in tokens)
    for index, token in enumerate(tokens):
        if token.type == "tr_close":
            last = tokens[index - 2]
            assert last.map
            cells = escapedSplit(rows[last.map[0] - start].removeprefix("|"))
            if len(cells) > columns:
                last.content = "|".join(cells[columns - 1 :]).strip().removesuffix("|").strip()
    for token in tokens:
        token.content = token.content.replace(_MASK, "|")
    return True


@contextmanager
def _masked_code(state: StateBlock, start: int, end: int) -> Iterator[None]:
    """Put another character for each bar in the code of the lines of a table."""
    source = state.src
    begin, last = state.bMarks[start], start
    while last < end and not state.isEmpty(last):
        last += 1
    until = state.eMarks[last - 1]
    lines = _CODE_IN_CELL.sub(_masked, source[begin:until])
    state.src = source[:begin] + lines + source[until:]
    yield
    state.src = source


def _masked(code: re.Match[str]) -> str:
    """Return ``code`` with another character for each bar that is not escaped."""
    return re.sub(r"(?<!\\)\|", _MASK, code[0])


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _tree(tokens: list[Token]) -> list[Node]:
    levels: list[tuple[Token | None, list[Node]]] = [(None, [])]
    for token in tokens:
        if token.nesting > 0:
            levels.append((token, []))
            continue
        opening, children = (token, []) if token.nesting == 0 else levels.pop()
        assert opening is not None, "the parser closes only what it opened"
        levels[-1][1].append(_node(opening, tuple(children)))
    return levels[0][1]


def _node(token: Token, children: tuple[Node, ...]) -> Node:
    begin, end = token.map or (0, 0)
    if token.type in _CONTAINERS:
        # By its own account it ends behind the blank lines that follow.
        end = children[-1].end if children else begin + 1
    elif token.type == "fence" and token.level and token.content.count("\n") == end - begin - 1:
        # So does a fence that only the end of a list item closes.
        code = token.content.rstrip()
        end = begin + 1 + (code.count("\n") + 1 if code else 0)
        token.content = code and code + "\n"
    return Node(token, children, begin, end)
