"""A terminal that keeps what scrolls out of its screen, and whole lines when it gets narrower."""

import pyte
from wcwidth import wcwidth


class Emulator(pyte.Screen):
    """An ``Output`` that shows what it is given."""

    is_terminal = True
    speaks_vt = True

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.scrolled: list[str] = []
        super().__init__(columns, lines)
        self._stream = pyte.Stream(self)
        self.written = ""

    def size(self) -> tuple[int, int]:
        return self.columns, self.lines

    def write(self, text: str) -> None:
        self.written += text
        # What takes no cell changes no place, and pyte trips over it.
        text = "".join(c for c in text if c < "\x7f" or wcwidth(c) > 0)
        self._stream.feed(text.replace("\n", "\r\n"))  # as a tty does

    def index(self) -> None:
        if self.cursor.y == self.lines - 1:
            self.scrolled.append(self._line(0))
        super().index()

    def change_size(self, columns: int, lines: int) -> None:
        """Become another size: what is above the cursor's line scrolls out if it must."""
        while self.cursor.y >= lines:
            self.scrolled.append(self._line(0))
            for y in range(self.cursor.y):
                self.buffer[y] = self.buffer[y + 1]
            self.buffer.pop(self.cursor.y)
            self.cursor.y -= 1
        self.columns, self.lines = columns, lines
        self.cursor.x = min(self.cursor.x, columns)

    def text(self) -> list[str]:
        """Return every line there ever was, without the empty ones at the end."""
        lines = [*self.scrolled, *map(self._line, range(self.lines))]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _line(self, y: int) -> str:
        line = self.buffer[y]
        cells = [line[x].data for x in range(max(line, default=-1) + 1)]
        return "".join(cells).rstrip()
