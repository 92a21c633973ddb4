"""The answer as plain text on stdout; thinking and everything else on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, assert_never

from azchat import events
from azchat.environment import Output
from azchat.errors import AzchatError
from azchat.files import AtomicFile
from azchat.render import Renderer
from azchat.render.appearance import Appearance
from azchat.render.kept import NOT_THINKING, RELABELLED, UNTOLD, KeptText, retrying
from azchat.terminal.safe import Codes, shortened, styled, visible

if TYPE_CHECKING:
    from azchat.render.progress import Progress

_MAX_BLANK = 64 * 1024  # characters of white space that may turn out to end the answer
_LONGEST_CALL = 400  # characters
_DIM = "2"


class PlainRenderer(Renderer):
    """Writes each piece of the answer as it comes, in one write.

    To a pipe the answer goes byte for byte, with one newline at its end. On a terminal its
    control characters are made visible. ``moves``: the cursor may move on stderr. After
    ``patience`` seconds of silence on a terminal a line says that it goes on.
    """

    def __init__(
        self,
        stdout: Output,
        stderr: Output,
        look: Appearance,
        *,
        colour: bool = False,
        moves: bool = False,
        patience: float = 20.0,
    ) -> None:
        self._stdout, self._stderr, self._look = stdout, stderr, look
        self._colour, self._moves, self._patience = colour, moves, patience
        self._mode = "hide" if look.bare and look.thinking == "auto" else look.thinking
        must_be_safe = stdout.is_terminal or look.sanitize
        self._show_answer: Callable[[str], str] = visible if must_be_safe else str
        self._is_quiet_terminal = stdout.is_terminal and stderr.is_terminal and not look.quiet
        self._shows_thinking = self._mode in ("live", "stderr") or (
            self._mode == "auto"
            and stderr.is_terminal
            and not stdout.is_terminal
            and not look.quiet
        )
        self._progress: Progress | None = None
        self._is_waiting = False  # the line says so
        self._in_thinking = False  # stderr stands in the middle of the thinking
        self._newlines_shown = 0  # at the end of the thinking
        self._in_answer = False  # stdout stands behind text without a newline
        self._blanks = ""  # white space at the end of the answer, until more comes
        self._hidden = KeptText()  # thinking that was not shown
        self._has_answer = False
        self._file = stdout if isinstance(stdout, AtomicFile) else None
        self._mark = 0  # where the text of this response begins in the file
        self._response = KeptText()  # that text
        self._thought_tokens = 0
        self._thought_from: float | None = None
        self._thought_until = 0.0

    def prepare(self) -> None:
        """Import what showing takes."""
        if self._look.usage:
            import azchat.render.usage  # noqa: F401

    def show(self, event: events.Event) -> None:
        """Show one event."""
        is_blank = isinstance(event, events.ReasoningDelta) and not event.text.strip()
        if is_blank and self._thought_from is None:
            return  # encrypted, or nothing yet
        is_hidden = isinstance(event, events.ReasoningDelta) and not self._shows_thinking
        self._end_waiting(goes_on=is_hidden)
        match event:
            case events.RequestSent():
                self._end_line()  # what was said before a call is apart
                self._hidden.clear()  # it led to a call: no answer is in it
                self._response.clear()
                self._mark = self._file.mark() if self._file else 0
                self._wait()
            case events.TextDelta(text=text, at=at):
                self._end_thinking(at)
                self._answer(text)
            case events.ReasoningDelta():
                self._think(event)
            case events.Relabelled(to=to, at=at):
                self._relabel(to, at)
            case events.RetryScheduled():
                self._tell(retrying(event))
            case events.NoticeRaised(text=text):
                if event.kind not in UNTOLD:
                    self._tell(text)
            case events.TurnFinished() | events.TurnInterrupted():
                self._end_thinking(None)
                self._end_line(is_whole=isinstance(event, events.TurnFinished))
                if self._look.usage and (
                    events.counted(event) or event.timing.first_text is not None
                ):
                    from azchat.render.usage import format_usage

                    self._tell(format_usage(event))
            case events.ToolCalled(call=call):
                self._end_thinking(None)
                self._end_line()
                self._log(f"→ {call.name}({call.arguments})")
            case events.ToolReturned(result=result):
                self._log(f"← {result.text}")
            case events.UsageReported() | events.Echoed() | events.Saved() | events.Stored():
                pass  # the usage comes again with the end of the turn
            case _:
                assert_never(event)

    @contextmanager
    def paused(self) -> Iterator[bool]:
        """Leave the terminal to a question: it begins on a line of its own."""
        self.close()
        yield self._shows_thinking and self._stderr.is_terminal

    def fail(self, error: AzchatError) -> None:
        """Show thinking that would be lost, or how much it is: what came may hold the answer."""
        del error
        thought, size = self._hidden.text.rstrip(), self._hidden.size
        if not thought or self._has_answer or self._mode == "hide":
            return
        if self._stderr.is_terminal and size <= _MAX_BLANK and not self._look.quiet:
            self._stderr.write(visible(thought) + "\n")
        else:
            how = "azchat sessions think" if self._look.saved else "add --thinking stderr"
            self._tell(f"{size} characters of thinking came, and no answer; to see it: {how}")

    def close(self) -> None:
        """End the lines that are open."""
        self._end_waiting()
        self._end_thinking(None)
        self._end_line()

    def _wait(self) -> None:
        if self._is_quiet_terminal:
            from azchat.render.progress import Progress

            self._progress = Progress(self._tell, self._patience)
            self._progress.start()
        elif self._moves and self._stderr.is_terminal and not self._look.quiet:
            self._is_waiting = True
            self._stderr.write(self._dimmed("waiting…"))

    def _end_waiting(self, *, goes_on: bool = False) -> None:
        if self._progress and not goes_on:
            self._progress.stop()
        if self._is_waiting:
            self._is_waiting = False
            self._stderr.write(Codes("\r\x1b[K"))

    def _answer(self, text: str) -> None:
        # A whole answer keeps its blanks and ends in one newline, its own where it has one;
        # of one that was cut they are no part.
        text = self._blanks + text
        kept = text.rstrip()
        kept = kept if len(self._blanks) < _MAX_BLANK else text
        self._blanks = text[len(kept) :]
        if self._thought_tokens and not self._has_answer:
            kept = kept.lstrip("\r\n")  # what some servers leave between thinking and answer
        if kept:
            self._has_answer = self._in_answer = True
            self._hidden.clear()  # it was thinking indeed
            if self._file:
                self._response.add(kept)
            self._stdout.write(self._show_answer(kept))

    def _think(self, delta: events.ReasoningDelta) -> None:
        if self._thought_from is None:
            self._thought_from, self._thought_tokens = delta.at, 0
            if self._summarises() and self._stderr.is_terminal:
                self._leave_answer()
                self._stderr.write(self._dimmed("thinking…", "\n"))
        if self._progress:
            self._progress.word = "thinking"
            self._progress.start()
        self._thought_tokens += delta.tokens
        self._thought_until = delta.at
        if not self._shows_thinking:
            self._hidden.add(delta.text)
            return
        text = delta.text
        if not self._in_thinking:
            self._leave_answer()
            text = text.lstrip("\n")
        self._in_thinking = bool(text) or self._in_thinking
        if text:
            self._newlines_shown = len(text) - len(text.rstrip("\n"))
        self._stderr.write(self._dimmed(text))

    def _end_thinking_line(self) -> None:
        if self._in_thinking:
            # One blank line on a terminal, whatever the thinking ended in.
            missing = 1 + self._stderr.is_terminal - self._newlines_shown
            self._stderr.write("\n" * max(0, missing))
        self._in_thinking = False

    def _end_thinking(self, at: float | None) -> None:
        if self._in_thinking:
            self._end_thinking_line()
        elif self._thought_from is not None and self._summarises():
            seconds = (self._thought_until if at is None else at) - self._thought_from
            line = f"▸ Thought for {seconds:.1f} s · {self._thought_tokens} tokens"
            self._stderr.write(self._dimmed(line, "\n"))
        self._thought_from = None

    def _summarises(self) -> bool:
        if self._look.quiet:
            return False
        is_default = self._mode == "auto" and self._is_quiet_terminal
        return is_default or self._mode == "summary"

    def _relabel(self, to: str, at: float) -> None:
        if to == "reasoning":
            if self._file:
                self._file.take_back(self._mark)
                self._in_answer = False
                self._think(events.ReasoningDelta(self._response.take(), 0, at))
            elif self._has_answer:
                self._end_line()
                self._tell(RELABELLED)
            self._has_answer = False
            self._blanks = ""
            return
        thought = self._hidden.take()
        self._end_thinking(at)
        if thought:
            self._answer(thought)
        elif self._shows_thinking:
            self._tell(NOT_THINKING)

    def _end_line(self, *, is_whole: bool = False) -> None:
        if self._in_answer:
            last = self._blanks.rstrip("\r\n")
            end = "\r\n" if self._blanks[len(last) :].startswith("\r\n") else "\n"
            self._stdout.write((last if is_whole else "") + end)
        self._in_answer = False
        self._blanks = ""

    def _leave_answer(self) -> None:
        """Begin a line below an answer on the same screen; elsewhere it stays as it was sent."""
        if self._stdout.is_terminal and self._stderr.is_terminal:
            self._end_line()

    def _tell(self, line: str) -> None:
        if not self._look.quiet:
            self._end_thinking_line()
            self._leave_answer()
            self._stderr.write(self._dimmed(visible(line), "\n"))

    def _log(self, line: str) -> None:
        if self._look.tool_log or self._stderr.is_terminal:
            self._tell(shortened(line, _LONGEST_CALL))

    def _dimmed(self, text: str, end: str = "") -> str:
        return styled(text, _DIM, end) if self._colour and text else text + end
