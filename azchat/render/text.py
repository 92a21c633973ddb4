"""Text on its way to the screen, append-only, as it is; as Markdown: ``MarkdownText``."""

from azchat.render.rows import SGR, Row, fold
from azchat.terminal.safe import readable

_LONGEST_LINE = 16 * 1024  # characters
_TAB = 4


class RawText:
    """Shows text as it was sent, line by line; it comes in pieces, and what is settled once."""

    def __init__(self, style: SGR = "") -> None:
        self._style = style
        self._lines: list[str] = []
        self._line = ""  # the last one, incomplete

    def feed(self, text: str) -> None:
        """Add ``text``."""
        *lines, self._line = (self._line + text).split("\n")
        self._lines += lines
        while len(self._line) > _LONGEST_LINE:
            self._lines.append(self._line[:_LONGEST_LINE])
            self._line = self._line[_LONGEST_LINE:]

    def finish(self) -> None:
        """Settle all that is left: no more comes."""
        if self._line:
            self._lines.append(self._line)
        self._line = ""

    def settled(self, width: int) -> list[Row]:
        """Return the rows that became final since the last call, laid out for ``width`` cells."""
        lines, self._lines = self._lines, []
        return [row for line in lines for row in self._rows(line, width)]

    def open(self, width: int) -> list[Row]:
        """Return the rows of what may still change."""
        return self._rows(self._line, width) if self._line else []

    def _rows(self, line: str, width: int) -> list[Row]:
        shown = readable(line.removesuffix("\r")).expandtabs(_TAB)
        return fold([(shown, self._style)], max(1, width))
