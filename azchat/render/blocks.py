"""Blocks of Markdown as rows: headings, lists, quotes, tables, fences, formulas."""

import re
from collections.abc import Sequence

from azchat.render.code import code_chunks, code_rows, coloured, fence_edge
from azchat.render.inline import Line, inline_lines, with_task_box
from azchat.render.parser import Node, parse
from azchat.render.rows import NARROWEST, SGR, Row, Span, prefixed, prose, wrap
from azchat.render.tables import Align, table_rows
from azchat.render.theme import Theme
from azchat.terminal.safe import readable

BLANK = Row("", 0)
_LINE_BREAK = re.compile(r"<br ?/?>")  # the only way to have one in a cell
_LEAST = 6  # cells: the room that is left for text, however deep it stands
_BULLETS = "•◦▪"


def document_rows(text: str, width: int, theme: Theme) -> list[Row]:
    """Return all rows of ``text`` at once."""
    return Blocks(theme, max(width, NARROWEST)).rows(parse(readable(text.replace("\r\n", "\n"))))


class Blocks:
    """Renders blocks for one width, in cells; ``base`` is the style they stand in.

    ``depth`` counts lists; ``indent`` is the width of what is put before the rows.
    """

    def __init__(
        self, theme: Theme, width: int, base: SGR = "", depth: int = 0, indent: int = 0
    ) -> None:
        self._theme, self._width, self._base, self._depth = theme, width, base, depth
        self._indent = indent

    def rows(self, nodes: Sequence[Node]) -> list[Row]:
        """Return the rows of ``nodes``; blank ones between as in the source, and above headings."""
        rows: list[Row] = []
        before: Node | None = None
        for node in nodes:
            if before and (node.begin > before.end or node.kind == "heading"):
                rows.append(BLANK)
            rows += self._rows_of(node)
            before = node
        return rows

    def _rows_of(self, node: Node) -> list[Row]:
        match node.kind:
            case "paragraph":
                lines = self._lines(node, self._base)
                is_task = self._depth and node.children[0].token.content.startswith("[")
                return self._wrapped(with_task_box(lines) if is_task else lines)
            case "heading":
                level = min(3, int(node.token.tag[1:]))
                return self._wrapped(self._lines(node, self._styled(f"heading{level}")))
            case "bullet_list" | "ordered_list":
                return self.rows(node.children)
            case "list_item":
                return self._item(node)
            case "blockquote":
                style = self._styled("quote")
                bar = self._cut("│ ")
                rows = self._inside(bar, style).rows(node.children) or [BLANK]
                return prefixed(rows, [(bar, style)])
            case "fence":
                return self._fence(node)
            case "code_block":  # what sets it apart is its indentation
                indent = self._cut("    ")
                return prefixed(self._inside(indent, "")._code(node, ""), [(indent, "")])
            case "table":
                return self._table(node)
            case "hr":
                width = min(self._width, self._theme.prose)
                return wrap([("─" * width, self._styled("frame"))], width)
            case "math_block":
                return self._formula(node)
            case _:  # an inline of a table's cell, or what a later parser may bring
                lines = inline_lines(node.token.children or [], self._theme, self._base)
                return self._wrapped(lines)

    def _item(self, item: Node) -> list[Row]:
        number = item.token.info  # as it was written
        bullet = _BULLETS[min(self._depth, len(_BULLETS) - 1)]
        marker = f"{number}{item.token.markup} " if number else f"{bullet} "
        marker = self._cut(marker)
        inside = self._inside(marker, self._base, self._depth + 1)
        rows = inside.rows(item.children) or [BLANK]
        return prefixed(rows, [(marker, self._styled("marker"))], [(" " * len(marker), "")])

    def _fence(self, node: Node) -> list[Row]:
        info = node.token.info.strip()
        above, below = (fence_edge(text, self._width, self._theme) for text in (info, ""))
        return [*above, *self._code(node, info), *below]

    def _code(self, node: Node, info: str) -> list[Row]:
        lines = node.token.content.removesuffix("\n").split("\n") if node.token.content else []
        rows: list[Row] = []
        for chunk in code_chunks(lines):
            rows += code_rows(coloured(chunk, info, self._theme), self._width, self._indent)
        return rows

    def _formula(self, node: Node) -> list[Row]:
        from azchat.render.latex import to_unicode

        style, indent = self._styled("math"), self._cut("  ")
        text = to_unicode(node.token.content, node.token.info)
        formula = readable(text).replace("\t", " ").split("\n")
        inside = self._inside(indent, style)
        return prefixed(inside._wrapped([[(line, style)] for line in formula]), [(indent, "")])

    def _table(self, node: Node) -> list[Row]:
        (header,) = node.children[0].children
        body = node.children[1].children if len(node.children) > 1 else ()
        style = self._styled("table_header")
        return table_rows(
            [self._cell(cell, style) for cell in header.children],
            [[self._cell(cell, self._base) for cell in row.children] for row in body],
            [_align(cell) for cell in header.children],
            self._width,
            self._theme,
        )

    def _cell(self, cell: Node, style: SGR) -> list[Line]:
        lines: list[Line] = [[]]
        for line in self._lines(cell, style):
            for text, sgr in line:
                first, *rest = _LINE_BREAK.split(text)
                lines[-1].append((first, sgr))
                lines += [[(piece, sgr)] for piece in rest]
        return lines

    def _lines(self, node: Node, style: SGR) -> list[Line]:
        tokens = node.children[0].token.children if node.children else None
        return inline_lines(tokens or [], self._theme, style)

    def _wrapped(self, lines: Sequence[Sequence[Span]]) -> list[Row]:
        most = max(_LEAST, self._theme.prose - self._indent)
        return [row for line in lines for row in prose(line, self._width, most, self._indent)]

    def _cut(self, prefix: str) -> str:
        """Return ``prefix`` if there is room for it: on a narrow screen the text comes first."""
        return prefix if self._width - len(prefix) >= _LEAST else ""

    def _inside(self, prefix: str, base: SGR, depth: int = 0) -> "Blocks":
        indent = self._indent + len(prefix)
        return Blocks(self._theme, self._width - len(prefix), base, depth, indent)

    def _styled(self, name: str) -> SGR:
        style = self._theme.styles[name]
        return f"{self._base};{style}" if self._base and style else self._base or style


def _align(cell: Node) -> Align:
    style = str(cell.token.attrs.get("style", ""))
    return "center" if "center" in style else "right" if "right" in style else "left"
