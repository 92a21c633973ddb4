"""Thinking that was opened at the prompt: rows above it, gone again when it is folded."""

from azchat.render.rows import prose
from azchat.terminal.safe import visible

_FEWEST = 3  # rows of text


class OpenedThinking:
    """The rows that a screen has room for, from where somebody scrolled to."""

    def __init__(self) -> None:
        self._heading = self._text = ""
        self._laid_out: tuple[int, list[str]] = (0, [])  # for so many columns
        self._first, self._room = 0, _FEWEST

    @property
    def is_open(self) -> bool:
        """Whether there is anything to show."""
        return bool(self._heading)

    def show(self, thinking: tuple[str, str] | None) -> None:
        """Show a heading and a text; None: nothing."""
        self._heading, self._text = thinking or ("", "")
        self._laid_out, self._first = (0, []), 0

    def scroll(self, *, down: bool) -> None:
        """Show what comes before, or behind."""
        last = max(0, len(self._laid_out[1]) - self._room)
        self._first = max(0, min(last, self._first + (self._room if down else -self._room)))

    def rows(self, columns: int, limit: int) -> list[str]:
        """Return the heading and the text, as many rows as there is room for."""
        if not self.is_open:
            return []
        if self._laid_out[0] != columns:
            lines = (
                visible(self._text.strip("\r\n").replace("\r\n", "\n")).expandtabs(4).split("\n")
            )
            width = max(1, columns - 3)
            self._laid_out = (
                columns,
                [f"  {row.text}" for line in lines for row in prose([(line, "")], width)],
            )
            self._first = 0
        rows, self._room = self._laid_out[1], max(_FEWEST, limit - 1)
        shown = rows[self._first : self._first + self._room]
        pages = f" · PgUp, PgDn: {self._first + len(shown)} of {len(rows)} lines"
        hint = f" · Ctrl+T folds it{pages if len(rows) > self._room else ''}"
        heading = f"▾ {self._heading}{hint}"
        return [heading if len(heading) < columns else f"▾ {self._heading}"[: columns - 1], *shown]
