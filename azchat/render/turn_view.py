"""What a turn looks like on a terminal: Markdown that is printed once, thinking that folds."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, assert_never

from azchat import events
from azchat.environment import Output
from azchat.render.frames import Due
from azchat.render.kept import RELABELLED, KeptText
from azchat.render.rows import PROSE, SGR, Row, Span, prose
from azchat.render.screen import Screen
from azchat.render.text import RawText, TextOnScreen
from azchat.render.thinking import DIM, Thinking
from azchat.render.typing import Typing, typed_rows
from azchat.terminal.keyboard import ESCAPE, Keyboard
from azchat.terminal.safe import shortened, visible

_YELLOW: SGR = "33"
_CTRL_T = "\x14"
_BLANK: list[Span] = []
_NO_THINKING = "the text above was the answer, not thinking"


class TurnStyle(NamedTuple):
    """What the user chose; ``thinking`` as in ``Thinking``, ``opened`` as it was left.

    ``saved``: thinking that is all there is need not stay on the screen. ``keeps``: thinking that
    is open stays on it for good. ``bare``: nothing stays on it but the answer, and its usage if
    that is wanted. ``width``: cells of a line of prose, at most. ``typing`` takes what is typed
    for later; without it letters are keys too.
    """

    thinking: str = "live"
    opened: bool = False
    quiet: bool = False
    usage: bool = False
    saved: bool = False
    keeps: bool = True
    bare: bool = False
    width: int = PROSE
    typing: Typing | None = None


class TurnView:
    """What a turn looks like; see ``View``."""

    keyboard: Keyboard

    def __init__(
        self,
        screen: Screen,
        stderr: Output,
        style: TurnStyle,
        *,
        clock: Callable[[], float],
        new_answer: Callable[[], TextOnScreen],
        on_opened: Callable[[bool], object],
    ) -> None:
        self._screen, self._stderr, self._style = screen, stderr, style
        self._clock, self._new_answer, self._on_opened = clock, new_answer, on_opened
        self._thinking = Thinking(style.thinking, opened=style.opened, width=style.width)
        self._answer: TextOnScreen | None = None
        self._streamed: TextOnScreen | None = None  # thinking that is printed as it comes
        self._response = KeptText()  # the text of this response: it may turn out as thinking
        self._response_from = 0.0
        self._has_answer = False  # this response shows one
        self._has_settled = False  # some of it for good
        self._settled: list[Row] = []  # what is to be printed for good
        self._notes: list[list[Row]] = []  # lines that wait for the end of a block
        self._ends_blank = True  # the last row that was printed for good
        self._shows_overlay = False  # the thinking again, below the answer
        self._is_whole = False  # the turn: it came to its end
        self._is_over = False  # nothing is live any more

    def show(self, event: events.Event) -> None:
        """Take an event; nothing is drawn yet."""
        match event:
            case events.RequestSent(at=at):
                self._begin(at)
            case events.TextDelta():
                self._take_text(event)
            case events.ReasoningDelta():
                self._take_thinking(event)
            case events.Relabelled(to=to, at=at):
                self._relabel(to, at)
            case events.RetryScheduled(
                reason=reason, delay=delay, attempt=attempt, attempts=attempts
            ):
                which = f"(attempt {attempt + 1} of {attempts})"
                why = shortened(reason).rstrip(".")
                self._tell(f"azchat: {why}; trying again in {delay:.1f} s {which}")
                self._thinking.pause(self._clock() + delay)
            case events.NoticeRaised(kind="known" | "skipped" | "denied"):
                pass  # it was told today, is for --debug, or whoever was asked knows it
            case events.NoticeRaised(text=text):
                self._tell(text)
            case events.ToolCalled(call=call):
                self._shows_overlay = False
                self._end_response()
                self._note([(f"→ {visible(shortened(f'{call.name}({call.arguments})'))}", DIM)])
                if not self._style.quiet:
                    self._thinking.wait(self._clock())
            case events.ToolReturned(result=result):
                self._note([(f"← {visible(shortened(result.text))}", DIM)])
            case events.TurnFinished() | events.TurnInterrupted():
                self._is_whole = isinstance(event, events.TurnFinished)
                self._keep_thinking()
                self._end_response()
                self._tell_usage(event)
            case events.UsageReported() | events.Echoed() | events.Saved() | events.Stored():
                pass  # it comes again with the end of the turn
            case _:
                assert_never(event)

    def draw(self) -> None:
        """Draw what there is to see."""
        if self._screen.is_changing:
            return
        width, limit = self._screen.columns, self._screen.live_limit
        self._collect(self._answer)
        self._collect(self._streamed)
        text = self._streamed or self._answer
        live = text.open(width) if text else []
        if not live:
            self._flush_notes()
        thinking = self._thinking_rows(width, limit)
        if live and thinking and thinking[0].text:
            live = [*live, Row("", 0)]
        typing = self._style.typing
        below = [*thinking, *(typed_rows(typing, width, limit // 2) if typing else ())]
        live = [*live[-max(1, limit - len(below)) :], *below][-limit:] if limit > 0 else []
        if self._is_over or not self.keyboard.in_foreground():
            live = []  # who comes next, or the shell, has the rest of the screen
        if live:
            self._screen.stand_at(self.keyboard.find_line)
        settled, self._settled = self._settled, []
        self._screen.draw(settled, live)

    def tick(self) -> Due:
        """Look at keys and sizes; return whether a frame is due although no event came."""
        is_changed = self._screen.measure() or self._screen.is_changing
        typing, keys = self._style.typing, self.keyboard.read()
        for key in keys:
            if key == _CTRL_T or (key == "t" and not typing):
                self._toggle()
            elif key == ESCAPE:
                self.keyboard.interrupt()
            elif typing:
                typing.take(key)
        if keys:
            return Due.NOW
        return Due.SOON if is_changed or self._thinking.is_live else Due.NOT

    def close(self) -> None:
        """Draw the last frame."""
        self._keep_thinking()
        self._end_response()
        if self._style.typing:
            self._style.typing.shows_thinking = self._shows_overlay
            self._style.typing.has_printed = self._thinking.is_printed
        self._is_over = True
        self._screen.measure(at_once=True)
        self.draw()

    def break_off(self) -> None:
        """Leave what is drawn as it is: what is told now begins on a line of its own."""
        if self._stderr.is_terminal:
            self._stderr.write("\n")

    @property
    def shows_thinking(self) -> bool:
        """Whether the last thinking stands on the screen for good, whole."""
        return self._thinking.is_printed or self._style.thinking == "stream"

    def leave(self) -> None:
        """Take the live rows off the screen: the shell goes on below what is settled."""
        self._screen.draw([])

    def come_back(self) -> None:
        """Begin below what the shell wrote."""
        self._screen.forget()

    # -- thinking -------------------------------------------------------------------------

    def _begin(self, at: float) -> None:
        self._shows_overlay = False
        self._end_response()
        self._response.clear()
        self._has_answer = self._has_settled = False
        if not self._style.quiet:
            self._thinking.wait(at)
        if self._style.thinking == "live" or self._style.typing:
            self.keyboard.listen()

    def _take_thinking(self, delta: events.ReasoningDelta) -> None:
        if not delta.text.strip() and not self._thinking.is_going_on:
            return  # encrypted, or nothing yet
        self._shows_overlay = False
        self._thinking.add(delta)
        if self._style.thinking != "stream":
            return
        if not self._stderr.is_terminal:
            self._stderr.write(delta.text)
            return
        if self._streamed is None:
            self._streamed = RawText(DIM)
        self._streamed.feed(delta.text)

    def _end_thinking(self, at: float) -> None:
        if self._streamed:
            self._streamed.finish()
            self._collect(self._streamed)
            self._streamed = None
        if self._thinking.is_going_on and not self._style.keeps:
            self._shows_overlay = self._thinking.opened
        lines = self._thinking.end(at, keeps=self._style.keeps)
        lines = [] if self._style.bare else lines
        if lines and not self._ends_blank:
            self._note(_BLANK)
        for line in lines:
            self._note(line, self._style.width)
        if not lines and not self._thinking.has_text and not self._style.typing:
            self.keyboard.ignore()  # nothing to open: what is typed is for the shell

    def _keep_thinking(self) -> None:
        """Show thinking that is all there is, and may hold the answer."""
        if self._is_whole or self._has_answer or self._style.saved:
            return
        is_shown = self._style.thinking in ("hide", "stream")
        lines = [] if is_shown else self._thinking.lines()
        self._thinking.take()
        for line in lines:
            self._note(line, self._style.width)

    def _thinking_rows(self, width: int, limit: int) -> list[Row]:
        key = "Ctrl+T" if self._style.typing else "t"
        if self._shows_overlay:
            return self._thinking.overlay(width, limit // 2, key=key)
        key = key if self.keyboard.is_listening else ""
        return self._thinking.rows(self._clock(), width, limit, key=key)

    def _toggle(self) -> None:
        if self._thinking.is_going_on:
            self._thinking.opened = not self._thinking.opened
            self._on_opened(self._thinking.opened)
        elif self._has_answer and not self._thinking.is_printed:
            self._shows_overlay = not self._shows_overlay

    # -- the answer -------------------------------------------------------------------------

    def _take_text(self, delta: events.TextDelta) -> None:
        text = delta.text
        if not self._has_answer:
            text = text.lstrip("\r\n")  # what some servers leave between thinking and answer
            self._response_from = delta.at
        self._response.add(text)
        if not text:
            return
        self._end_thinking(delta.at)
        self._feed(text)

    def _feed(self, text: str) -> None:
        self._has_answer = True
        if self._answer is None:
            if not self._ends_blank:
                self._note(_BLANK)
            self._answer = self._new_answer()
        self._answer.feed(text)

    def _end_response(self) -> None:
        self._end_thinking(self._clock())
        answer, self._answer = self._answer, None
        if answer:
            answer.finish()
            self._collect(answer)
        self._flush_notes()

    def _relabel(self, to: str, at: float) -> None:
        if to == "text":
            was_printed = self._streamed is not None
            thought = self._thinking.take().lstrip("\r\n")
            if was_printed:
                self._end_thinking(at)
                self._has_answer = True
                self._tell(_NO_THINKING)
            elif thought:
                self._feed(thought)
            return
        if self._style.thinking == "stream" and self._answer:
            self._answer.finish()  # what is open is thinking that is to be printed
            self._collect(self._answer)
        self._answer = None  # else it vanishes
        self._thinking.begin(self._response_from)
        text = self._response.take()
        self._thinking.add(events.ReasoningDelta(text, max(1, len(text) // 4), self._response_from))
        if self._has_settled:
            self._thinking.end(at, keeps=self._style.keeps)
            self._tell(RELABELLED)
        self._has_answer = self._has_settled = False

    # -- rows ---------------------------------------------------------------------------------

    def _collect(self, text: TextOnScreen | None) -> None:
        """Take the rows that became final."""
        rows = text.settled(self._screen.columns) if text else []
        if rows:
            self._has_settled = True
            self._print(rows)

    def _note(self, line: Sequence[Span], most: int | None = None) -> None:
        """Print a line of azchat's own, not in the middle of a block of the answer."""
        columns = max(1, self._screen.columns)
        self._notes.append(prose(line, columns, most or columns))
        self._collect(self._answer)
        if self._answer is None or not self._answer.open(self._screen.columns):
            self._flush_notes()

    def _flush_notes(self) -> None:
        for rows in self._notes:
            self._print(rows)
        self._notes.clear()

    def _print(self, rows: Sequence[Row]) -> None:
        self._settled += rows
        self._ends_blank = not rows[-1].text

    def _tell(self, text: str) -> None:
        if self._style.quiet:
            return
        if self._stderr.is_terminal:
            self._note([(visible(text), _YELLOW)])
        else:
            self._stderr.write(text + "\n")

    def _tell_usage(self, event: events.TurnFinished | events.TurnInterrupted) -> None:
        is_wanted = self._style.usage or (self._is_whole and not self._style.bare)
        is_known = events.counted(event) or (is_wanted and event.timing.first_text is not None)
        if self._style.quiet or not is_known or (self._style.bare and not is_wanted):
            return
        from azchat.render.usage import format_short_usage, format_usage

        line = format_usage(event) if self._style.usage else format_short_usage(event)
        if self._stderr.is_terminal:
            if not self._ends_blank:
                self._note(_BLANK)
            self._note([(visible(line), DIM)])
        elif self._style.usage:
            self._stderr.write(line + "\n")
