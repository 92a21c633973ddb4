"""Turns the increments of one response into labelled events, joined per network read."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from azchat.events import Event, ReasoningDelta, Relabelled, TextDelta
from azchat.wire.marking import Marking
from azchat.wire.surrogates import SurrogateMender
from azchat.wire.thinking import Label, Piece, ThinkingSplitter


class DeltaLabeller:
    """Collects content and reasoning increments; ``flush`` gives them as few events.

    Joining is what makes a fast stream cheap: the label is worked out once for all the
    increments of a network read, not once for each.
    """

    def __init__(self, marking: Marking) -> None:
        self._splitter = ThinkingSplitter(marking)
        self._menders = {"content": SurrogateMender(), "reasoning": SurrogateMender()}
        self._runs: list[tuple[Literal["content", "reasoning"], list[str]]] = []
        self._uncounted = 0  # increments of the content that have not become an event
        self._has_field = False  # the server labels the thinking itself
        self.has_text = False
        self.has_reasoning = False

    @property
    def unclosed(self) -> bool:
        """Whether the text ended inside its thinking."""
        return self._splitter.unclosed

    @property
    def called(self) -> str:
        """The tool that is called in the text, in a channel of gpt-oss; "" without one."""
        return self._splitter.called

    @property
    def has_any(self) -> bool:
        """Whether anything was added, what is held back included."""
        return bool(self._runs or self._uncounted or self.has_text or self.has_reasoning)

    def add_content(self, text: str) -> None:
        """Take an increment of the content."""
        if text and self._runs and self._runs[-1][0] == "content":
            self._runs[-1][1].append(text)
        elif text:
            self._runs.append(("content", [text]))

    def add_reasoning(self, text: str) -> None:
        """Take an increment that the server itself labelled as thinking."""
        if text and self._runs and self._runs[-1][0] == "reasoning":
            self._runs[-1][1].append(text)
        elif text:
            self._runs.append(("reasoning", [text]))

    def flush(self, at: float) -> Iterator[Event]:
        """Yield what was added since the last time."""
        runs, self._runs = self._runs, []
        for kind, pieces in runs:
            text = self._menders[kind].receive("".join(pieces))
            if kind == "content":
                self._uncounted += len(pieces)
                yield from self._label(self._splitter.receive(text), at)
            else:
                self._has_field = True
                self._splitter.leave_to_server()
                yield from self._event("reasoning", text, len(pieces), at)

    def close(self, at: float, *, calls: bool = False) -> Iterator[Event]:
        """Yield what was held back for a tag or a surrogate pair; ``calls`` follow the text."""
        yield from self.flush(at)
        yield from self._event("reasoning", self._menders["reasoning"].close(), 0, at)
        rest = self._menders["content"].close()
        yield from self._label(self._splitter.receive(rest), at)
        yield from self._label(self._splitter.close(calls=calls), at)

    def _label(self, pieces: Iterator[Piece], at: float) -> Iterator[Event]:
        for label, text in pieces:
            if not (label == "reasoning" and self._has_field):  # else a copy of the field
                yield from self._event(label, text, self._uncounted, at)
            if text:
                self._uncounted = 0  # counted with the first piece that they settle

    def _event(self, label: Label, text: str, tokens: int, at: float) -> Iterator[Event]:
        match label:
            case "text" if text:
                self.has_text = True
                yield TextDelta(text, tokens, at)
            case "reasoning" if text:
                self.has_reasoning = True
                yield ReasoningDelta(text, tokens, at)
            case "to_reasoning":
                self.has_text, self.has_reasoning = False, True
                yield Relabelled("reasoning", at)
            case "to_text":
                self.has_text, self.has_reasoning = True, False
                yield Relabelled("text", at)


def settled(events: Iterable[Event]) -> list[Event]:
    """Return events of a whole response with the labels that they have at its end."""
    kinds: dict[str, Callable[..., Event]] = {"reasoning": ReasoningDelta, "text": TextDelta}
    known: list[Event] = []
    for event in events:
        if isinstance(event, Relabelled):
            kind = kinds[event.to]
            known = [kind(*e) if isinstance(e, TextDelta | ReasoningDelta) else e for e in known]
        else:
            known.append(event)
    return known
