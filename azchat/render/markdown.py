"""Markdown as it streams: what is settled is rendered once, only the last block is open.

Only complete lines settle anything, each by itself, so that the result does not depend on how
the text was cut. A unit is what lies between two certain bounds of blocks: items of lists at
the top level and chunks of long fences are units of their own.
"""

import re
from typing import Literal, NamedTuple

from azchat.render.blocks import BLANK, Blocks
from azchat.render.code import begins_chunk, code_rows, coloured, fence_edge
from azchat.render.fences import Fence, open_fence
from azchat.render.mathematics import continues_formula, opens_formula
from azchat.render.parser import block_starts, ends_in_code, parse
from azchat.render.rows import NARROWEST, Row, Span
from azchat.render.theme import Theme
from azchat.terminal.safe import readable

_LONGEST_UNIT = 64 * 1024  # characters: what is longer is cut, whatever it is
_LONGEST_LINE = 16 * 1024
_TAB = 4
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_ITEM = re.compile(r"( {0,3}(?:[-+*]|\d{1,9}[.)]))(?=[ \t]|$)([ \t]*)")
_EMPTY_ITEM = re.compile(r" {0,3}(?:[-+*]|\d{1,9}[.)])[ \t]*$")
_INTERRUPTING = re.compile(r" {0,3}(?:[-+*]|1[.)])[ \t]+[^ \t]")
_INDENTED = re.compile(r" {4}| {0,3}\t")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_MARKS = re.compile(r"[ \t]*(?:[#>*+\-_`~=|$\\\[\]!.)\d][ \t]*)*")


class _Unit(NamedTuple):
    """What is rendered at once: blocks, a chunk of code, or the edge of a fence.

    ``info`` is what stands behind the fence's mark; ``is_apart``: behind a blank line; of code
    the first ``given`` lines were given out before.
    """

    kind: Literal["text", "code", "edge"]
    lines: list[str]
    info: str = ""
    is_apart: bool = False
    given: int = 0


class _Place(NamedTuple):
    """Where the text stands behind a unit; ``is_apart``: the unit ended with blank lines."""

    is_apart: bool = False
    has_rows: bool = True


class MarkdownText:
    """Renders Markdown append-only; used as ``RawText`` is.

    Of a chunk of code at most ``open_code`` lines stay open. What comes behind those may still
    change the colours of a comment or a text that is longer; without the number all wait for it.
    """

    def __init__(self, theme: Theme, open_code: int | None = None) -> None:
        self._theme, self._open_code = theme, open_code
        self._line = ""  # the last one, incomplete
        self._return = ""  # a carriage return at the end of what came: perhaps of a newline
        self._unit: list[str] = []
        self._size = 0  # characters of the unit
        self._kind = "text"  # of the unit: text, list or indented code
        self._inner = 0  # columns: what is indented less is not in the unit's list item
        self._next_question = 0  # characters of the unit: with fewer the parser is not asked
        self._in_doubt = False  # it was not asked: only the parser knows what the unit is
        self._fence: Fence | None = None
        self._given = 0  # lines of the chunk of code that were given out
        self._coloured: tuple[tuple[str, ...], list[list[Span]]] = ((), [])  # what was last
        self._formula: tuple[int, str] | None = None  # the line of the unit it begins, its end
        self._barred: tuple[str, ...] = ()  # the ends of formulas that cannot begin now
        self._is_apart = False  # a blank line stands before the unit
        self._blank = False  # the last line was blank
        self._done: list[_Unit] = []
        self._place = _Place(has_rows=False)  # behind what was rendered

    # -- text comes in --------------------------------------------------------------

    def feed(self, text: str) -> None:
        """Add ``text``."""
        text = (self._return + text).replace("\r\n", "\n")
        self._return = "\r" if text.endswith("\r") else ""
        self._add_text(text.removesuffix("\r"))

    def finish(self) -> None:
        """Settle all that is left: no more comes."""
        self._add_text(self._return)
        if self._line:
            self._take(self._line)
        self._line = self._return = ""
        if self._fence:
            self._settle_code()
            self._close_fence()
        self._settle()

    def _add_text(self, text: str) -> None:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._take(line)
        while len(self._line) > _LONGEST_LINE:
            self._line = self._take_long(self._line)

    def _take(self, line: str) -> None:
        while len(line) > _LONGEST_LINE:
            line = self._take_long(line)
        line = readable(line)
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
        begun, rest = readable(line[:cut]), line[cut:]
        if self._fence:
            self._take_code(begun)
        else:
            self._add(begun)
            self._settle()
        return rest

    def _take_blank(self) -> None:
        self._blank = True
        is_empty_item = len(self._unit) == 1 and _EMPTY_ITEM.match(self._unit[0])
        if self._kind == "text" and self._ends_in_code():
            self._kind = "indented"
        if (self._kind == "text" or is_empty_item) and not self._in_doubt:
            self._settle()
        if self._unit:
            self._add("")

    def _ends_in_code(self) -> bool:
        """Return whether the unit's last lines are indented code below another block."""
        is_indented = bool(self._unit) and bool(_INDENTED.match(self._unit[-1]))
        return is_indented and ends_in_code("\n".join(self._unit))

    def _take_text(self, line: str) -> None:
        fence = open_fence(line)
        if self._unit and self._begins_unit(line, bool(fence)):
            self._settle()
        is_open = bool(self._unit) and (self._kind == "list" or self._in_doubt)
        if fence and not is_open:
            self._open_fence(fence)
            return
        closer = opens_formula(line)
        if is_open and _columns(line) >= self._inner:
            closer = None
        if not self._unit:
            self._begin(line)
        if closer and closer not in self._barred:
            self._formula = (len(self._unit), closer)
        self._add(line)
        if _HEADING.match(line) and not is_open:
            self._settle()

    def _begins_unit(self, line: str, is_fence: bool) -> bool:
        """Return whether ``line`` surely begins a block, or a list item, of the top level."""
        is_mark = is_fence or bool(_HEADING.match(line))
        is_item = bool(_ITEM.match(line)) and not _RULE.match(line)
        if self._in_doubt:
            return self._parser_agrees(line)
        if self._kind == "indented":
            return not _INDENTED.match(line)
        if self._kind == "text":
            is_sure = is_mark or (is_item and bool(_INTERRUPTING.match(line)))
            return is_sure or (is_item and self._parser_agrees(line))
        if _columns(line) >= self._inner:
            return False
        # It is outside of the item, but that it goes on with the item's last paragraph.
        return is_mark or is_item or self._blank or self._parser_agrees(line)

    def _parser_agrees(self, line: str) -> bool:
        if self._size < self._next_question:
            self._in_doubt = True
            return False
        agrees = len(self._unit) in block_starts("\n".join([*self._unit, line]))
        # With the next line it may be the head of a table.
        self._in_doubt = self._in_doubt or (not agrees and "|" in line)
        # So that many questions cost little more than the last.
        self._next_question = self._size + self._size // 4
        return agrees

    def _begin(self, line: str) -> None:
        self._kind = "text"
        if _INDENTED.match(line):
            self._kind = "indented"
        elif (item := _ITEM.match(line)) and not _RULE.match(line):
            self._kind = "list"
            blank = len(item[0].expandtabs(_TAB)) - len(item[1])
            is_ordinary = 1 <= blank <= _TAB and item.end() < len(line)
            self._inner = len(item[1]) + (blank if is_ordinary else 1)

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
                if not self._in_doubt:
                    self._settle()
            return
        # It was none: but its first line, which is text, the lines may be anything.
        self._formula = None
        lines, self._unit = self._unit[begin + 1 :], self._unit[: begin + 1]
        self._size -= sum(len(line) + 1 for line in lines)
        self._barred += (closer,)  # what ended this one would have ended them
        for inside in lines:
            self._take(inside)
        self._barred = self._barred[:-1]
        self._take(line)

    # -- fences -----------------------------------------------------------------------

    def _open_fence(self, fence: Fence) -> None:
        self._fence, is_apart = fence, self._blank
        self._blank = False
        self._done.append(_Unit("edge", [], fence.info, is_apart))

    def _take_code(self, line: str) -> None:
        assert self._fence
        following = self._fence.after(line)
        if following is None:
            self._settle_code()
            self._close_fence()
            return
        self._fence, code = following, following.inside(line)
        if begins_chunk(self._unit, code):
            self._settle_code()
        self._unit.append(code)

    def _settle_code(self) -> None:
        assert self._fence
        if self._unit:
            self._done.append(_Unit("code", self._unit, self._fence.info, given=self._given))
        self._unit, self._given = [], 0

    def _close_fence(self) -> None:
        self._fence = None
        self._done.append(_Unit("edge", []))

    # -- rows come out ----------------------------------------------------------------

    def _settle(self) -> None:
        """Let the unit become final."""
        if self._unit:
            self._done.append(_Unit("text", self._unit, is_apart=self._is_apart))
        self._unit, self._size, self._formula = [], 0, None
        self._next_question, self._in_doubt = 0, False
        self._kind = "text"

    def settled(self, width: int) -> list[Row]:
        """Return the rows that became final since the last call, laid out for ``width`` cells."""
        rows: list[Row] = []
        done, self._done = self._done, []
        for unit in done:
            shown, self._place = self._rows(unit, max(width, NARROWEST))
            rows += shown
        return rows + self._old_code(max(width, NARROWEST))

    def _old_code(self, width: int) -> list[Row]:
        """Return the rows of code that stays open no longer."""
        if not self._fence or self._open_code is None:
            return []
        begin, end = self._given, len(self._unit) - self._open_code
        if begin >= end:
            return []
        self._given = end
        return code_rows(self._colour(self._lines_of_code(), self._fence.info)[begin:end], width)

    def _lines_of_code(self) -> list[str]:
        """Return the lines of the open chunk."""
        assert self._fence
        # A line of nothing but marks is not shown yet: what they mean comes behind them.
        is_shown = self._line.strip(f" \t{self._fence.mark[0]}")
        return [*self._unit, self._fence.inside(readable(self._line))] if is_shown else self._unit

    def _colour(self, lines: list[str], info: str) -> list[list[Span]]:
        """Return the lines with colours; one frame asks for those of a chunk twice."""
        if (info, *lines) != self._coloured[0]:
            self._coloured = ((info, *lines), coloured(lines, info, self._theme))
        return self._coloured[1]

    def open(self, width: int) -> list[Row]:
        """Return the rows of what may still change."""
        if self._fence:
            lines = self._lines_of_code()
            unit = _Unit("code", lines, self._fence.info, given=self._given)
        else:
            # What a line of nothing but marks means comes behind them.
            line = [] if _MARKS.fullmatch(self._line) else [readable(self._line)]
            is_apart = self._is_apart if self._unit else self._blank
            closer = [self._formula[1]] if self._formula else []
            unit = _Unit("text", [*self._unit, *line, *closer], is_apart=is_apart)
        return self._rows(unit, max(width, NARROWEST))[0] if unit.lines else []

    def _rows(self, unit: _Unit, width: int) -> tuple[list[Row], "_Place"]:
        if unit.kind == "code":
            lines = self._colour(unit.lines, unit.info)
            return code_rows(lines[unit.given :], width), _Place()
        is_apart, place = unit.is_apart or self._place.is_apart, _Place()
        if unit.kind == "edge":
            rows = fence_edge(unit.info, width, self._theme)
        else:
            nodes = parse("\n".join([*unit.lines, ""]))
            rows = Blocks(self._theme, width).rows(nodes)
            if not nodes:  # a part of an endless line of blanks
                return [], self._place
            is_apart = is_apart or nodes[0].kind == "heading"
            place = _Place(is_apart=nodes[-1].end < len(unit.lines))
        if is_apart and self._place.has_rows:
            rows.insert(0, BLANK)
        return rows, place


def _columns(line: str) -> int:
    """Return how far ``line`` is indented."""
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(_TAB))
