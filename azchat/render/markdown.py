"""Markdown as it streams: what is settled is rendered once, only the last block is open.

Only complete lines settle anything, each by itself, so that the result does not depend on how
the text was cut. A unit is what lies between two certain bounds of blocks: items of lists at
the top level and chunks of long fences are units of their own.
"""

import re
from typing import Literal, NamedTuple, Protocol

from azchat.render.blocks import BLANK, Blocks, ListEnd, end_of_list
from azchat.render.code import code_rows, ends_chunk, fence_edge
from azchat.render.mathematics import continues_formula, opens_formula
from azchat.render.parser import block_starts, parse
from azchat.render.rows import NARROWEST, Row
from azchat.render.theme import Theme

_LONGEST_UNIT = 64 * 1024  # characters: what is longer is cut, whatever it is
_LONGEST_LINE = 16 * 1024
_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_ITEM = re.compile(r" {0,3}(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")
_INDENTED = re.compile(r" {4}| {0,3}\t")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_MARKS = re.compile(r"[ \t]*(?:[#>*+\-_`~=|$\\\[\]!.)\d][ \t]*)*")


class AnswerText(Protocol):
    """Text on its way to the screen."""

    def feed(self, text: str) -> None:
        """Add ``text``."""

    def finish(self) -> None:
        """Settle all that is left: no more comes."""

    def settled(self, width: int) -> list[Row]:
        """Return the rows that became final since the last call, laid out for ``width`` cells."""

    def open(self, width: int) -> list[Row]:
        """Return the rows of what may still change."""


class _Unit(NamedTuple):
    """What is rendered at once: blocks, a chunk of code, or the edge of a fence.

    ``info`` is what stands behind the fence's mark; ``is_apart``: behind a blank line.
    """

    kind: Literal["text", "code", "edge"]
    lines: list[str]
    info: str = ""
    is_apart: bool = False


class _Fence(NamedTuple):
    """An open fence: its mark, how far it is indented, and what stands behind its mark."""

    mark: str
    indent: int
    info: str

    def closes(self, line: str) -> bool:
        """Return whether ``line`` closes it."""
        bare = line.rstrip(" \t")
        mark = bare.lstrip(" ")
        is_mark = bool(mark) and set(mark) == {self.mark[0]} and len(mark) >= len(self.mark)
        return is_mark and len(bare) - len(mark) < 4

    def inside(self, line: str) -> str:
        """Return ``line`` without the indentation of the fence."""
        indent = len(line) - len(line.lstrip(" "))
        return line[min(indent, self.indent) :]


class MarkdownText:
    """Renders Markdown append-only; see ``AnswerText``."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._line = ""  # the last one, incomplete
        self._unit: list[str] = []
        self._size = 0  # characters of the unit
        self._kind = "text"  # of the unit: text, list or indented code
        self._has_fence = False  # in the unit, indented: only the parser knows whose it is
        self._fence: _Fence | None = None
        self._formula: tuple[int, str] | None = None  # the line of the unit it begins, its end
        self._is_apart = False  # a blank line stands before the unit
        self._blank = False  # the last line was blank
        self._done: list[_Unit] = []
        self._list_end: ListEnd | None = None  # of what was rendered
        self._has_rows = False

    # -- text comes in --------------------------------------------------------------

    def feed(self, text: str) -> None:
        """Add ``text``."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._take(line.removesuffix("\r"))
        while len(self._line) > _LONGEST_LINE:
            self._line = self._take_long(self._line)

    def finish(self) -> None:
        """Settle all that is left: no more comes."""
        if self._line:
            self._take(self._line.removesuffix("\r"))
            self._line = ""
        if self._fence:
            self._settle_code()
            self._close_fence()
        self._settle()

    def _take(self, line: str) -> None:
        while len(line) > _LONGEST_LINE:
            line = self._take_long(line)
        if self._size + len(line) > _LONGEST_UNIT:
            self._settle()
        if self._fence:
            self._take_code(line)
        elif self._formula:
            self._take_formula(line)
        elif not line.strip(" \t"):
            self._take_blank()
        else:
            self._take_text(line)

    def _take_long(self, line: str) -> str:
        """Take the beginning of a line that is too long; return the rest."""
        space = line.rfind(" ", _LONGEST_LINE // 2, _LONGEST_LINE)
        cut = space + 1 if space > 0 else _LONGEST_LINE
        begun, rest = line[:cut], line[cut:]
        if self._fence:
            self._take_code(begun)
        else:
            self._add(begun)
            self._settle()
        return rest

    def _take_blank(self) -> None:
        self._blank = True
        if self._kind == "text":
            self._settle()
        if self._unit:
            self._add("")

    def _take_text(self, line: str) -> None:
        fence = _FENCE.match(line)
        if self._unit and self._begins_unit(line, bool(fence)):
            self._settle()
        is_inside = self._kind == "list" and bool(self._unit)
        if fence and not is_inside:
            self._open_fence(_Fence(fence[2], len(fence[1]), fence[3].strip()))
            return
        self._has_fence = self._has_fence or bool(fence)
        if not self._unit:
            self._begin(line)
        if not is_inside and (closer := opens_formula(line)):
            self._formula = (len(self._unit), closer)
        self._add(line)
        if _HEADING.match(line) and not is_inside:
            self._settle()

    def _begins_unit(self, line: str, is_fence: bool) -> bool:
        """Return whether ``line`` surely begins a block, or a list item, of the top level."""
        if self._kind == "indented":
            return not _INDENTED.match(line)
        is_item = bool(_ITEM.match(line)) and not _RULE.match(line)
        if self._kind == "text":
            if is_fence or _HEADING.match(line):
                return True
            return is_item and self._parser_agrees(line)
        if line[0] in " \t":
            return False
        is_sure = is_item or is_fence or self._blank or bool(_HEADING.match(line))
        return (is_sure and not self._has_fence) or self._parser_agrees(line)

    def _parser_agrees(self, line: str) -> bool:
        return len(self._unit) in block_starts("\n".join([*self._unit, line]))

    def _begin(self, line: str) -> None:
        self._kind = "text"
        if _INDENTED.match(line):
            self._kind = "indented"
        elif _ITEM.match(line) and not _RULE.match(line):
            self._kind = "list"

    def _add(self, line: str) -> None:
        if line:
            if not self._unit:
                self._is_apart = self._blank
            self._blank = False
        self._unit.append(line)
        self._size += len(line) + 1

    # -- formulas ---------------------------------------------------------------------

    def _take_formula(self, line: str) -> None:
        assert self._formula
        begin, closer = self._formula
        is_inside = continues_formula(line, closer)
        if is_inside is not None:
            self._add(line)
            if not is_inside:
                self._formula = None
                self._settle()
            return
        # It was none: what was taken for one is text like any other.
        self._formula = None
        lines, self._unit = self._unit[begin:], self._unit[:begin]
        self._size -= sum(len(line) + 1 for line in lines)
        for text in lines:
            if not self._unit:
                self._begin(text)
            self._add(text)
        self._take(line)

    # -- fences -----------------------------------------------------------------------

    def _open_fence(self, fence: _Fence) -> None:
        self._fence, is_apart = fence, self._blank
        self._blank = False
        self._done.append(_Unit("edge", [], fence.info, is_apart))

    def _take_code(self, line: str) -> None:
        assert self._fence
        if self._fence.closes(line):
            self._settle_code()
            self._close_fence()
            return
        self._unit.append(self._fence.inside(line))
        if ends_chunk(self._unit):
            self._settle_code()

    def _settle_code(self) -> None:
        assert self._fence
        if self._unit:
            self._done.append(_Unit("code", self._unit, self._fence.info))
        self._unit = []

    def _close_fence(self) -> None:
        self._fence = None
        self._done.append(_Unit("edge", []))

    # -- rows come out ----------------------------------------------------------------

    def _settle(self) -> None:
        """Let the unit become final."""
        while self._unit and not self._unit[-1]:
            self._unit.pop()
            self._blank = True
        if self._unit:
            self._done.append(_Unit("text", self._unit, is_apart=self._is_apart))
        self._unit, self._size, self._has_fence = [], 0, False
        self._formula = None
        self._kind = "text"

    def settled(self, width: int) -> list[Row]:
        """Return the rows that became final since the last call, laid out for ``width`` cells."""
        rows: list[Row] = []
        done, self._done = self._done, []
        for unit in done:
            shown, self._list_end = self._rows(unit, max(width, NARROWEST))
            rows += shown
            self._has_rows = True
        return rows

    def open(self, width: int) -> list[Row]:
        """Return the rows of what may still change."""
        # A line of nothing but marks is not shown yet: what they mean comes behind them.
        line = [] if _MARKS.fullmatch(self._line) else [self._line]
        if self._fence:
            unit = _Unit("code", [*self._unit, *map(self._fence.inside, line)], self._fence.info)
        else:
            is_apart = self._is_apart if self._unit else self._blank
            unit = _Unit("text", [*self._unit, *line], is_apart=is_apart)
        return self._rows(unit, max(width, NARROWEST))[0] if unit.lines else []

    def _rows(self, unit: _Unit, width: int) -> tuple[list[Row], ListEnd | None]:
        if unit.kind == "code":
            return code_rows(unit.lines, unit.info, width, self._theme), None
        if unit.kind == "edge":
            rows, is_apart = [fence_edge(unit.info, width, self._theme)], unit.is_apart
            list_end = None
        else:
            nodes = parse("\n".join(unit.lines))
            rows = Blocks(self._theme, width).rows(nodes, self._list_end)
            is_apart = unit.is_apart or bool(nodes and nodes[0].kind == "heading")
            list_end = end_of_list(nodes, self._list_end)
        if rows and is_apart and self._has_rows:
            rows.insert(0, BLANK)
        return rows, list_end
