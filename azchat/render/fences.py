"""Fences of code. One of Markdown may hold others, and ends where they have all ended.

By CommonMark it ends with the first fence that it holds; models mean the whole document.
"""

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

_TAB = 4
_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)")
_DOCUMENTS = ("markdown", "md", "mdx", "mdown", "mkd", "rmd", "qmd")


class Fence(NamedTuple):
    """An open fence: its mark, how far it is indented, and what stands behind its mark.

    ``inner`` are the fences that are open in a document, ``above`` is its last line.
    """

    mark: str
    indent: int
    info: str
    is_document: bool = False
    inner: tuple["Fence", ...] = ()
    above: str = ""

    def after(self, line: str) -> "Fence | None":
        """Return the fence as it is behind ``line``; None where the line closes it."""
        if not self.is_document:
            return None if self.mark in line and self._closes(line) else self
        last, inner = (self.inner or (self,))[-1], self.inner
        opened = open_fence(line)
        if opened and last._closes(line):
            # Below "Install:" a bare mark opens one.
            if not inner and not self.above.endswith(":"):
                return None
            inner = inner[:-1] if inner else (opened,)
        elif opened and opened.info and last.is_document and self._is_closed_by(opened.mark):
            inner += (opened,)
        return self._replace(inner=inner, above=line.strip() or self.above)

    def inside(self, line: str) -> str:
        """Return ``line`` without the indentation of the fence."""
        column = offset = 0
        while column < self.indent and line[offset : offset + 1] in (" ", "\t"):
            column += _TAB - column % _TAB if line[offset] == "\t" else 1
            offset += 1
        return " " * (column - self.indent) + line[offset:]

    def _closes(self, line: str) -> bool:
        bare = line.rstrip(" \t")
        mark = bare.lstrip(" ")
        return bool(mark) and self._is_closed_by(mark) and len(bare) - len(mark) < 4

    def _is_closed_by(self, mark: str) -> bool:
        return set(mark) == {self.mark[0]} and len(mark) >= len(self.mark)


def open_fence(line: str) -> Fence | None:
    """Return the fence that ``line`` opens."""
    match = _FENCE.match(line)
    if not match:
        return None
    info = match[3].strip()
    name = (info.split() or [""])[0].strip("{}.").lower()
    return Fence(match[2], len(match[1]), info, name in _DOCUMENTS)


def add_fence_rule(markdown: "MarkdownIt") -> None:
    """Let ``markdown`` read fences so."""
    alternatives = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.at("fence", _read_fence, alternatives)  # type: ignore[arg-type]


def _read_fence(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    fence = open_fence(_line(state, start))
    if fence is None or silent:
        return fence is not None
    token = state.push("fence", "code", 0)
    token.info, token.markup = fence.info, fence.mark
    last = start + 1
    while last < end:
        if not state.isEmpty(last) and state.sCount[last] < state.blkIndent:
            break  # the list item is over
        fence = fence.after(_line(state, last))
        if fence is None:
            break
        last += 1
    token.content = state.getLines(start + 1, last, state.sCount[start], True)
    state.line = last + (fence is None)
    token.map = [start, state.line]
    return True


def _line(state: "StateBlock", line: int) -> str:
    """Return a line as it is indented in its block."""
    indent = " " * max(0, state.sCount[line] - state.blkIndent)
    return indent + state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
