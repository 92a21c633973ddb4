"""Draws rows: those that are settled once and for good, the live ones below them again.

It knows where the cursor is by counting rows, never columns, and never moves above the live
rows: a glyph that is wider than it counts spoils the live rows at most.

A terminal that breaks lines anew pushes as many out of its top as there are more of them, the
blank ones below the cursor stay: what was pushed out comes back when it gets wider, and nothing
erases it. So there the live rows stand at the bottom, blank ones above them, and they are so few
that they fit when the window gets narrower.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence

from azchat.environment import Output
from azchat.render.rows import NARROWEST, Row
from azchat.terminal.safe import Codes

# Terminals that break and join long lines anew when their width changes, by what they set.
_REFLOWING = (
    *("TMUX", "VTE_VERSION", "KITTY_WINDOW_ID", "WEZTERM_PANE", "ALACRITTY_WINDOW_ID"),
    *("KONSOLE_VERSION", "WT_SESSION", "TERM_PROGRAM"),
)
_REFLOWING_TERMS = ("tmux", "xterm-kitty", "alacritty", "foot", "wezterm", "xterm-ghostty")
_NARROW = 40  # columns; down to them the live rows fit
_MOST_PARTS = 3  # of a row
STEADY = 0.3  # seconds: tmux tells a size up to 0.25 s after it broke the lines for it
_NARROWER = re.compile("[\u200d\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")


class Screen:
    """The last rows of a terminal; one write a change."""

    def __init__(
        self,
        output: Output,
        variables: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output, self._clock = output, clock
        self._reflows = reflows(variables)
        self._live: list[Row] = []
        self._room: int | None = None  # lines from the first live row to the screen's last one
        self._is_changing = False
        self._changed_at = 0.0  # the clock's reading
        self.columns, self.lines = self._size = output.size()

    @property
    def live_limit(self) -> int:
        """How many live rows there may be: the cursor must be able to come back to the first.

        None where rows are wider than the screen: they take nobody knows how many lines.
        """
        if self.columns < NARROWEST:
            return 0
        parts = min(_MOST_PARTS, -(-self.columns // _NARROW)) if self._reflows else 1
        return (self.lines - 1) // parts

    @property
    def is_changing(self) -> bool:
        """Whether the size changed: nothing is drawn until it stays, even the old one again."""
        return self._is_changing

    def measure(self, *, at_once: bool = False) -> bool:
        """Look at the size; return whether it is a new one, and all live rows are to be drawn anew.

        It is taken for a new one when it stays for a while, and there is room for anything.
        """
        before, self._size = self._size, self._output.size()
        if self._size != before:
            self._is_changing, self._changed_at = True, self._clock()
        is_steady = self._clock() - self._changed_at >= STEADY and min(self._size) > 1
        if not self._is_changing or not (is_steady or at_once):
            return False
        self._is_changing = False
        self.columns, self.lines = self._size
        if self._live:
            self._output.write(Codes(erased(min(self._lines_of_live(), self.lines))))
        self.forget()
        return True

    def stand_at(self, find_line: Callable[[], int | None]) -> None:
        """Find out where the live rows are to stand, on a terminal where that is needed.

        ``find_line`` returns the line of the cursor, from 1, None where the terminal is silent.
        """
        if self._reflows and self._room is None and not self._live:
            line = find_line()
            self._room = 0 if line is None else max(0, self.lines - line + 1)

    def draw(self, settled: Sequence[Row], live: Sequence[Row] = ()) -> None:
        """Write ``settled`` for good, and ``live`` below, as a difference to what is there."""
        if self._room:
            self._room = max(len(live), self._room - len(settled), 1)
            live = [*[Row("", 0)] * (self._room - len(live)), *live] if live else live
        old, new = self._live, [*settled, *live]
        same = 0
        for before, after in zip(old, new, strict=False):
            if before != after:
                break
            same += 1
        codes = self._codes(old, new, same)
        if settled and not live:
            codes += "\n"
        self._live = list(live)
        if codes:
            self._output.write(Codes(codes))

    def forget(self) -> None:
        """Begin anew below whatever is there: somebody else wrote meanwhile."""
        self._live, self._room = [], None

    def _codes(self, old: list[Row], new: list[Row], same: int) -> str:
        if same == len(old):  # the cursor stands behind the last row: go on below it
            between = "" if not same or old[-1].soft or same == len(new) else "\n"
            return between + _joined(new[same:])
        if same == len(old) - 1 and same < len(new) and not old[same].soft:
            begun = old[same].text
            if new[same].text.startswith(begun):
                rest = new[same]._replace(text=new[same].text[len(begun) :])
                return _joined([rest, *new[same + 1 :]])
        if not new:
            return erased(len(old))
        # Row by row over what is there; what goes on below is new.
        parts = [erased(len(old) - len(new)) + _up(1) if len(new) < len(old) else ""]
        old = old[: len(new)]
        same = min(same, len(new) - 1)
        parts.append(_up(len(old) - 1 - same) + "\r")
        for index in range(same, len(old)):
            before, after = old[index], new[index]
            if before != after or index == len(old) - 1:  # the cursor ends behind the last row
                # An erasure behind a full row would take its last cell: erase before it.
                parts += ("\x1b[K", after.text)
            parts.append("\r\n")
        parts[-1] = "" if len(new) == len(old) or new[len(old) - 1].soft else "\n"
        return "".join(parts) + _joined(new[len(old) :])

    def _lines_of_live(self) -> int:
        """Return how many lines the live rows take on the screen now, at least."""
        if not self._reflows:
            return len(self._live)
        lines, length = 0, 0
        for row in self._live:
            # What may be narrower than it counts is not counted: it must not be too much.
            length += 0 if _NARROWER.search(row.text) else row.width
            if not row.soft:
                lines += max(1, -(-length // max(1, self.columns)))
                length = 0
        return lines


def reflows(variables: Mapping[str, str]) -> bool:
    """Return whether the terminal is known to break long lines anew when it gets narrower."""
    is_named = variables.get("TERM", "").startswith(_REFLOWING_TERMS)
    return is_named or any(variables.get(name) for name in _REFLOWING)


def erased(rows: int) -> str:
    """Erase the last ``rows``, from below: the cursor stands in the first of them then.

    An erasure of all below the cursor would be shorter; where that is the whole screen, tmux
    keeps what was there in its history.
    """
    return _up(1).join(["\r\x1b[K"] * rows)


def _up(rows: int) -> str:
    return f"\x1b[{rows}A" if rows > 0 else ""


def _joined(rows: Sequence[Row]) -> str:
    parts: list[str] = []
    for row in rows:
        parts += (row.text, "" if row.soft else "\n")
    return "".join(parts[:-1])
