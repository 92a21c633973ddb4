"""A terminal that breaks its lines anew when its width changes, as tmux does: no row is left."""

import re
from itertools import count

import pytest

from azchat.events import ReasoningDelta
from azchat.render.rows import Row
from azchat.render.screen import Screen
from azchat.render.thinking import Thinking

WORDS = [f"word{i} " for i in range(120)]
_CODE = re.compile(r"\x1b\[(\d*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


class Reflowing:
    """An ``Output``: lines that are cut where they are too long; blank ones below stay."""

    is_terminal = speaks_vt = True

    def __init__(self, columns: int, height: int) -> None:
        self.columns, self.height = columns, height
        self.lines = [""] * height
        self.goes_on = [False] * height  # in the next line, by a cut
        self.y = self.x = 0

    def size(self) -> tuple[int, int]:
        return self.columns, self.height

    def line(self) -> int:
        return self.y - (len(self.lines) - self.height) + 1

    def write(self, text: str) -> None:
        for found in _CODE.finditer(text):
            match found[2]:
                case "A":
                    self.y = max(len(self.lines) - self.height, self.y - int(found[1] or 1))
                case "K":
                    self.lines[self.y] = self.lines[self.y][: self.x]
                    self.goes_on[self.y] = False
                case "m":
                    pass
                case None:
                    self._print(found[0])

    def _print(self, text: str) -> None:
        if text == "\r":
            self.x = 0
        elif text == "\n":
            self.x, self.y = 0, self.y + 1
            if self.y == len(self.lines):
                self.lines.append("")
                self.goes_on.append(False)
        else:
            assert self.x + len(text) <= self.columns
            line = self.lines[self.y].ljust(self.x)
            self.lines[self.y] = line[: self.x] + text + line[self.x + len(text) :]
            self.x += len(text)

    def resize(self, columns: int) -> None:
        """Join what was cut, and cut it anew; the cursor stays where it was in its line."""
        lines: list[str] = []
        goes_on: list[bool] = []
        at, whole, offset = (0, 0), "", None
        for y, (line, more) in enumerate(zip(self.lines, self.goes_on, strict=True)):
            offset = len(whole) + self.x if y == self.y else offset
            whole += line
            if more:
                continue
            if offset is not None:
                at, offset = (len(lines) + max(0, offset - 1) // columns, offset), None
            cuts = [whole[n : n + columns] for n in range(0, len(whole), columns)] or [""]
            lines += cuts
            goes_on += [True] * (len(cuts) - 1) + [False]
            whole = ""
        self.columns, self.lines, self.goes_on = columns, lines, goes_on
        self.y, self.x = at[0], 0
        # As tmux: those above are pushed out; what came out comes back when there is room.
        while len(self.lines) < self.height:
            self.lines.append("")
            self.goes_on.append(False)


@pytest.mark.parametrize("above", [1, 10, 40], ids="{} lines above".format)
@pytest.mark.parametrize("opened", [False, True], ids=["folded", "opened"])
@pytest.mark.parametrize(
    "widths", [(100, 60, 40), (80, 50, 72), (100, 40, 100), (40, 80), (200, 80, 90, 45)], ids=str
)
@pytest.mark.parametrize("at_once", [False, True], ids=["apart", "at once"])
def test_a_window_that_gets_narrower_leaves_no_ghost(
    widths: tuple[int, ...], opened: bool, above: int, at_once: bool
) -> None:
    first, *others = widths
    terminal = Reflowing(first, 24)
    clock = count()
    screen = Screen(terminal, {"TMUX": "1"}, lambda: float(next(clock)))
    screen.draw([Row(f"line {i}", len(f"line {i}")) for i in range(above)])
    thinking = Thinking("live", opened=opened)

    def frame(*words: str) -> None:
        for word in words:
            thinking.add(ReasoningDelta(word, 1, 0.0))
        screen.stand_at(terminal.line)
        screen.draw([], thinking.rows(1.0, screen.columns, screen.live_limit, key="t"))

    for n in range(0, 90, 5):
        frame(*WORDS[n : n + 5])
    for width in others:
        terminal.resize(width)
        if at_once and width != others[-1]:
            continue
        while not screen.measure() and screen.is_changing:
            pass
        frame(*WORDS[90:100])
    screen.draw([Row("the end", 7)])
    text = [line for line in terminal.lines if line]
    assert text == [*(f"line {i}" for i in range(above)), "the end"]
