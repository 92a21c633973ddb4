"""A turn while it happens, as pages show it: sections that grow, and what a page lacks of them.

A section is thinking, text, a call, its result, a question about a call, or a line of azchat's own.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from azchat import events
from azchat.errors import AzchatError

if TYPE_CHECKING:
    from azchat.web.blocks import Blocks

Op = dict[str, Any]


class Section:
    """``head`` may change, ``pieces`` only grows, ``open`` is what may still change behind them."""

    def __init__(self, kind: str, **head: Any) -> None:
        self.kind, self.head, self.version = kind, head, 0
        self.pieces: list[str] = []
        self.raw: list[str] = []
        self.blocks = _blocks() if kind == "text" else None
        self._fed = 0

    def add(self, text: str) -> None:
        """Take more of what the model says."""
        self.raw.append(text)
        if not self.blocks:
            self.pieces.append(text)

    def change(self, **head: Any) -> None:
        """Change what is said of it."""
        self.head |= head
        self.version += 1

    def render(self, *, is_over: bool) -> None:
        """Render what came since the last time."""
        if self.blocks and (self._fed < len(self.raw) or (is_over and self.blocks.open)):
            self.blocks.feed("".join(self.raw[self._fed :]))
            self._fed = len(self.raw)
            self.blocks.render(is_over=is_over)
            self.pieces = self.blocks.settled


class Seen:
    """What one page has: of each section its version, its pieces, and what was open."""

    def __init__(self) -> None:
        self.generation = -1
        self.sections: list[tuple[int, int, str]] = []
        self.has_ended = False


class Live:
    """Takes the events of a turn; ``wake`` is called when there is something new."""

    def __init__(self, turn: int, clock: Callable[[], float]) -> None:
        self.turn, self.is_over = turn, False
        self.wakes: set[Callable[[], object]] = set()
        self.notes: list[Op] = []  # lines that the saved turn does not have
        self._clock, self._began = clock, clock()
        self._sections: list[Section] = []
        self._response = 0  # where the sections of this response begin
        self._since: dict[int, float] = {}  # when thinking began
        self._tokens = 0
        self._generation = 0
        self._lock = threading.Lock()

    def hear(self, event: events.Event) -> None:
        """Take an event; called from the turn's thread."""
        with self._lock:
            self._take(event)
        self._wake()

    def fail(self, error: AzchatError) -> None:
        """Tell why the turn ended."""
        with self._lock:
            self._note("error", f"{error.kind}: {error.what}", error.hint)
        self._wake()

    def ask(self, **call: Any) -> Section:
        """Add a question about a call."""
        with self._lock:
            section = self._add("ask", **call)
        self._wake()
        return section

    def change(self, section: Section, **head: Any) -> None:
        """Change what is said of a section."""
        with self._lock:
            section.change(**head)
        self._wake()

    def end(self) -> None:
        """No more comes."""
        self.is_over = True
        self._wake()

    def news(self, seen: Seen) -> list[Op]:
        """Return what a page lacks, and let it count as seen."""
        with self._lock:
            is_over, ops = self.is_over, []
            if seen.generation != self._generation:
                seen.generation, seen.sections = self._generation, []
                ago = round(self._clock() - self._began, 3)
                ops.append({"do": "begin", "turn": self.turn, "ago": ago})
            for at, section in enumerate(self._sections):
                section.render(is_over=is_over or at < len(self._sections) - 1)
                if op := self._lacking(seen, at, section):
                    ops.append({"do": "section", "at": at, **op})
        if is_over and not seen.has_ended:
            seen.has_ended = True
            ops.append({"do": "end", "turn": self.turn})
        return ops

    def _lacking(self, seen: Seen, at: int, section: Section) -> Op:
        shown = section.blocks.open if section.blocks else ""
        now = section.version, len(section.pieces), shown
        if at == len(seen.sections):
            seen.sections.append(now)
            return {"kind": section.kind, "more": [*section.pieces], "open": shown, **section.head}
        (version, pieces, opened), seen.sections[at] = seen.sections[at], now
        op = dict(section.head) if version != section.version else {}
        if pieces < len(section.pieces):
            op["more"] = section.pieces[pieces:]
        if opened != shown:
            op["open"] = shown
        return op

    # -- events ---------------------------------------------------------------------------

    def _take(self, event: events.Event) -> None:
        match event:
            case events.RequestSent():
                self._response = len(self._sections)
            case events.ReasoningDelta(text=text, tokens=tokens, at=at):
                self._think(text, tokens, at)
            case events.TextDelta(text=text, at=at):
                self._say(text, at)
            case events.Relabelled(to=to):
                self._relabel(to)
            case events.RetryScheduled(reason=why, delay=delay, attempt=attempt, attempts=most):
                which = f"(attempt {attempt + 1} of {most})"
                why = why.rstrip(".")
                self._note("notice", f"{why}; trying again in {delay:.1f} s {which}", "")
            case events.NoticeRaised(kind=kind, text=text):
                if kind not in ("known", "skipped", "denied"):
                    self._note("notice", text, "")
            case events.ToolCalled(call=call):
                self._end_thinking(self._clock())
                self._add("call", name=call.name, arguments=call.arguments, call=call.id)
            case events.ToolReturned(result=result):
                self._add("result", text=result.text, call=result.call_id)
            case events.TurnFinished() | events.TurnInterrupted():
                self._end_thinking(self._clock())
            case _:
                pass

    def _think(self, text: str, tokens: int, at: float) -> None:
        section = self._last("thinking")
        if section is None:
            if not text.strip():
                return  # encrypted, or nothing yet
            section, self._tokens = self._add("thinking", is_live=True), 0
            self._since[id(section)] = at
        self._tokens += tokens
        section.add(text)
        ago = round(self._clock() - self._since[id(section)], 2)
        section.change(ago=ago, tokens=self._tokens)

    def _say(self, text: str, at: float) -> None:
        section = self._last("text")
        if section is None:
            text = text.lstrip("\r\n")  # what some servers leave between thinking and answer
            if not text:
                return
            self._end_thinking(at)
            section = self._add("text")
        section.add(text)

    def _relabel(self, to: str) -> None:
        """Let what this response said be the other thing."""
        was, kind = ("text", "thinking") if to == "reasoning" else ("thinking", "text")
        for place, section in enumerate(self._sections[self._response :], self._response):
            if section.kind == was:
                other = self._sections[place] = Section(kind)
                other.add("".join(section.raw))
                if kind == "thinking":
                    other.change(is_live=False, seconds=None, tokens=0)
        self._generation += 1

    def _end_thinking(self, at: float) -> None:
        for section in self._sections[self._response :]:
            if section.head.get("is_live"):
                section.change(is_live=False, seconds=round(at - self._since[id(section)], 2))

    def _note(self, kind: str, text: str, hint: str) -> None:
        note = {"kind": kind, "text": text, "hint": hint}
        self.notes.append(note)
        self._add(kind, text=text, hint=hint)

    def _last(self, kind: str) -> Section | None:
        last = self._sections[-1] if len(self._sections) > self._response else None
        return last if last and last.kind == kind else None

    def _add(self, kind: str, **head: Any) -> Section:
        self._sections.append(Section(kind, **head))
        return self._sections[-1]

    def _wake(self) -> None:
        for wake in list(self.wakes):
            wake()


def _blocks() -> "Blocks":
    from azchat.web.blocks import Blocks  # Markdown takes long to import

    return Blocks()
