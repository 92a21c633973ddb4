"""The model's thinking on a terminal: live rows while it goes on, one line when it is done."""

from azchat.events import ReasoningDelta
from azchat.render.kept import KeptText
from azchat.render.rows import NARROWEST, PROSE, SGR, Row, Span, prefixed, prose, row_of
from azchat.terminal.safe import visible

DIM: SGR = "2"
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAMES_A_SECOND = 10
_FOLDED_ROWS = 4  # of the text, below the heading
_SLACK = 512  # characters


class Thinking:
    """What the model thinks in one response, and how long it takes.

    ``mode`` is live or summary, hide or stream (printed line by line); ``opened`` shows as much
    of the text as there is room for, and keeps it on the screen when the answer begins.
    """

    def __init__(self, mode: str, *, opened: bool, width: int = PROSE) -> None:
        self._mode, self._width = mode, width  # cells of a line, at most
        self.opened = opened
        self._since: float | None = None  # seconds on the clock: waiting began
        self._until: float | None = None  # the next attempt begins
        self._from: float | None = None  # thinking began
        self._text = KeptText()
        self._recent = ""  # the end of the text
        self._tokens = 0
        self._last = ("", "")  # how long, how much: of what was folded
        self.is_printed = False  # the last one stands on the screen for good

    @property
    def is_going_on(self) -> bool:
        """Whether the model thinks now."""
        return self._from is not None

    @property
    def is_live(self) -> bool:
        """Whether time goes by on the screen."""
        return self._since is not None or self.is_going_on

    @property
    def has_text(self) -> bool:
        """Whether there is anything to open."""
        return self._text.size > 0

    def wait(self, at: float) -> None:
        """Show that nothing came yet."""
        self._since = at if self._since is None else self._since
        self._until = None

    def pause(self, until: float) -> None:
        """Count the seconds down to the next attempt."""
        self._until = until

    def begin(self, at: float) -> None:
        """Forget the last thinking: a new one begins."""
        if self._from is None:
            self._from, self._recent, self._tokens, self.is_printed = at, "", 0, False
            self._text.clear()
        self._since = None

    def add(self, delta: ReasoningDelta) -> None:
        """Take more of it."""
        self.begin(delta.at)
        self._tokens += delta.tokens
        if self._text.add(delta.text):
            self._recent += delta.text

    def take(self) -> str:
        """Return the text and forget it: it was the answer."""
        self._since = self._from = None
        return self._text.take()

    def end(self, at: float, *, keeps: bool) -> list[list[Span]]:
        """Return the lines that stay: one, and the text below it where it is opened and kept."""
        self._since = None
        if self._from is None:
            return []
        self._last = (f"{at - self._from:.1f} s", f"{self._tokens} tokens")
        self._from = None
        if self._mode in ("hide", "stream"):
            return []
        is_kept = self.is_printed = keeps and self.opened and self._mode == "live"
        lines = self.lines() if is_kept else []
        label = f"{'▾' if is_kept else '▸'} Thought for {' · '.join(self._last)}"
        return [[(label, DIM)], *lines]

    def lines(self) -> list[list[Span]]:
        """Return the whole text."""
        text = visible(self._text.text.strip().replace("\r\n", "\n"))
        return [[(line.expandtabs(4), DIM)] for line in text.split("\n")] if text else []

    def rows(self, now: float, width: int, limit: int, *, key: str) -> list[Row]:
        """Return the live rows, at most ``limit``; ``key`` opens it, "" if none does."""
        if limit < 1 or self._mode == "hide":
            return []
        spinner = _SPINNER[int(now * _FRAMES_A_SECOND) % len(_SPINNER)]
        if self._from is None:
            if self._since is None:
                return []
            if self._until is not None:
                left = max(0.0, self._until - now)
                return _heading(f"{spinner} trying again in {left:.0f} s", " · Ctrl-C stops", width)
            return _heading(f"{spinner} waiting… {now - self._since:.0f} s", "", width)
        heading = f"{spinner} Thinking… {now - self._from:.0f} s · {self._tokens} tok"
        if self._mode == "stream":
            return []
        if self._mode == "summary":
            return _heading(heading, "", width)
        room = limit - 1 if self.opened else min(limit - 1, _FOLDED_ROWS)
        hint = f" · {key} {'folds' if self.opened else 'opens'} it" if key else ""
        return [*_heading(heading, hint, width), *self._tail(width, room)]

    def overlay(self, width: int, limit: int, *, key: str) -> list[Row]:
        """Return the rows that show the last thinking again, below the answer; ``key`` folds it."""
        if limit < 3 or not self.has_text:
            return []
        heading = _heading(f"▾ Thought for {' · '.join(self._last)}", f" · {key} folds it", width)
        return [Row("", 0), *heading, *self._tail(width, limit - 2)]

    def _tail(self, width: int, room: int) -> list[Row]:
        """Return the last rows of the text, at most ``room``."""
        if room < 1:
            return []
        indent = "  " if width > NARROWEST else ""
        lines = visible(self._last_text(room * width).rstrip()).expandtabs(4).split("\n")
        columns = max(width - len(indent), 1)
        rows = [row for line in lines for row in prose([(line, DIM)], columns, self._width)]
        return prefixed(rows[-room:], [(indent, "")])

    def _last_text(self, size: int) -> str:
        """Return more than the last ``size`` characters, from the same word for many frames."""
        if len(self._recent) > 2 * size + _SLACK:
            cut = len(self._recent) - size
            self._recent = self._recent[self._recent.rfind(" ", 0, cut) + 1 or cut :]
        elif len(self._recent) < size and len(self._recent) < self._text.size:
            self._recent = self._text.text[-2 * size :]
        return self._recent


def _heading(text: str, hint: str, width: int) -> list[Row]:
    whole = text + hint if len(text + hint) <= width else text[: max(0, width)]
    return [row_of([(whole, DIM)])]
