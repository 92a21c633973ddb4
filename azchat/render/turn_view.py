"""What a turn looks like on a terminal: Markdown that is printed once, thinking that folds."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, assert_never

from azchat import events
from azchat.environment import Output
from azchat.render.appearance import Appearance
from azchat.render.kept import NOT_THINKING, RELABELLED, UNTOLD, KeptText, retrying
from azchat.render.rows import SGR, Row, Span, fold, prose, row_of
from azchat.render.screen import Screen
from azchat.render.text import RawText
from azchat.render.thinking import DIM, Thinking
from azchat.terminal.keyboard import ESCAPE, Keyboard
from azchat.terminal.safe import shortened, visible
from azchat.terminal.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from azchat.render.markdown import MarkdownText

    TextOnScreen = RawText | MarkdownText

_YELLOW: SGR = "33"
_CTRL_T = "\x14"
_BLANK: list[Span] = []
_MODES = {"auto": "live", "stderr": "stream"}  # of thinking, as in ``Thinking``
_HINT = "  · Up takes it back"
_MOST = 6  # entries that are typed meanwhile
_MOST_OF_LINE = 3  # rows of what is no entry yet


class Due(IntEnum):
    """When a frame is to be drawn: ``NOW`` is for what somebody types."""

    NOT = 0
    SOON = 1
    NOW = 2


class TurnView:
    """What a turn looks like; it is shown, and ticks, in a thread of ``TerminalRenderer``."""

    keyboard: Keyboard

    def __init__(
        self,
        screen: Screen,
        stderr: Output,
        look: Appearance,
        *,
        clock: Callable[[], float],
        new_answer: "Callable[[], TextOnScreen]",
    ) -> None:
        self._screen, self._stderr, self._look = screen, stderr, look
        self._clock, self._new_answer = clock, new_answer
        self._mode = "hide" if look.quiet else _MODES.get(look.thinking, look.thinking)
        self._keeps = look.thinking == "live" or look.typing is None  # what is open, for good
        is_open = look.thinking == "live" or (look.thinking == "auto" and look.opened())
        self._thinking = Thinking(self._mode, opened=is_open, width=look.width)
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
            case events.RetryScheduled():
                self._tell(retrying(event))
                self._thinking.pause(self._clock() + event.delay)
            case events.NoticeRaised(text=text):
                if event.kind not in UNTOLD:
                    self._tell(text)
            case events.ToolCalled(call=call):
                self._shows_overlay = False
                self._end_response()
                self._note([(f"→ {visible(shortened(f'{call.name}({call.arguments})'))}", DIM)])
                if not self._look.quiet:
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
        typing = self._look.typing
        below = [*thinking, *(_typed_rows(typing, width, limit // 2) if typing else ())]
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
        typing, keys = self._look.typing, self.keyboard.read()
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
        if self._look.typing:
            self._look.typing.shows_thinking = self._shows_overlay
            self._look.typing.has_printed = self._thinking.is_printed
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
        return self._thinking.is_printed or self._mode == "stream"

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
        if not self._look.quiet:
            self._thinking.wait(at)
        if self._mode == "live" or self._look.typing:
            self.keyboard.listen()

    def _take_thinking(self, delta: events.ReasoningDelta) -> None:
        if not delta.text.strip() and not self._thinking.is_going_on:
            return  # encrypted, or nothing yet
        self._shows_overlay = False
        self._thinking.add(delta)
        if self._mode != "stream":
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
        if self._thinking.is_going_on and not self._keeps:
            self._shows_overlay = self._thinking.opened
        lines = self._thinking.end(at, keeps=self._keeps)
        lines = [] if self._look.bare else lines
        if lines and not self._ends_blank:
            self._note(_BLANK)
        for line in lines:
            self._note(line, self._look.width)
        if not lines and not self._thinking.has_text and not self._look.typing:
            self.keyboard.ignore()  # nothing to open: what is typed is for the shell

    def _keep_thinking(self) -> None:
        """Show thinking that is all there is, and may hold the answer."""
        if self._is_whole or self._has_answer or self._look.saved:
            return
        is_shown = self._mode in ("hide", "stream")
        lines = [] if is_shown else self._thinking.lines()
        self._thinking.take()
        for line in lines:
            self._note(line, self._look.width)

    def _thinking_rows(self, width: int, limit: int) -> list[Row]:
        key = "Ctrl+T" if self._look.typing else "t"
        if self._shows_overlay:
            return self._thinking.overlay(width, limit // 2, key=key)
        key = key if self.keyboard.is_listening else ""
        return self._thinking.rows(self._clock(), width, limit, key=key)

    def _toggle(self) -> None:
        if self._thinking.is_going_on:
            self._thinking.opened = not self._thinking.opened
            if self._look.thinking == "auto":
                self._look.on_opened(self._thinking.opened)
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
                self._tell(NOT_THINKING)
            elif thought:
                self._feed(thought)
            return
        if self._mode == "stream" and self._answer:
            self._answer.finish()  # what is open is thinking that is to be printed
            self._collect(self._answer)
        self._answer = None  # else it vanishes
        self._thinking.begin(self._response_from)
        text = self._response.take()
        self._thinking.add(events.ReasoningDelta(text, max(1, len(text) // 4), self._response_from))
        if self._has_settled:
            self._thinking.end(at, keeps=self._keeps)
            self._tell(RELABELLED)
        self._has_answer = self._has_settled = False

    # -- rows ---------------------------------------------------------------------------------

    def _collect(self, text: "TextOnScreen | None") -> None:
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
        if self._look.quiet:
            return
        if self._stderr.is_terminal:
            self._note([(visible(text), _YELLOW)])
        else:
            self._stderr.write(text + "\n")

    def _tell_usage(self, event: events.TurnFinished | events.TurnInterrupted) -> None:
        is_wanted = self._look.usage or (self._is_whole and not self._look.bare)
        is_known = events.counted(event) or (is_wanted and event.timing.first_text is not None)
        if self._look.quiet or not is_known or (self._look.bare and not is_wanted):
            return
        from azchat.render.usage import format_short_usage, format_usage

        line = format_usage(event) if self._look.usage else format_short_usage(event)
        if self._stderr.is_terminal:
            if not self._ends_blank:
                self._note(_BLANK)
            self._note([(visible(line), DIM)])
        elif self._look.usage:
            self._stderr.write(line + "\n")


def _typed_rows(typing: TypedAhead, width: int, limit: int) -> list[Row]:
    """Return the entries, numbered, and the line; the first ones are left out where room lacks."""
    entries = [f"{number} > {text}" for number, text in enumerate(typing.entries, 1)]
    left_out = max(0, len(entries) - max(1, min(_MOST, limit - 3)))
    if entries and len(entries[-1] + _HINT) <= width:
        entries[-1] += _HINT
    rows = [_rows(text, width)[0] for text in entries[left_out:]]
    if left_out:
        rows.insert(0, row_of([(f"… {left_out} more", DIM)]))
    if typing.line:
        rows += _rows(f"> {typing.line[-4096:]}", width)[-_MOST_OF_LINE:]
    return [Row("", 0), *rows[-max(1, limit - 1) :]] if rows and limit > 1 else []


def _rows(text: str, width: int) -> list[Row]:
    shown = visible(shortened(text, 4096)).expandtabs(4)
    return [row._replace(soft=False) for row in fold([(shown, DIM)], max(1, width - 1))]
