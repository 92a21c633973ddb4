"""What is known of a turn while it runs: its answer so far, its times, its tokens."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from azchat import events
from azchat.conversation import Conversation, Fold
from azchat.dialects.asked import Repair
from azchat.errors import AzchatError, Interrupted
from azchat.messages import ToolCall, Usage, free_id

if TYPE_CHECKING:
    from azchat.engine.background import Background
    from azchat.engine.transport import Transport
    from azchat.wire.response import ResponseDecoder


class Turn:
    """A turn under way. ``responses`` counts them, the present one included.

    ``has_begun``: something of the present response was shown. ``tools``: the names offered.
    ``refusals`` led to repairs; ``repairs`` are those in the request that was sent last.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.start = clock()
        self.fold = Fold()
        self.decoder: ResponseDecoder | None = None
        self.responses = 0
        self.has_begun = False
        self.tools: frozenset[str] = frozenset()
        self.headroom: events.Headroom | None = None
        self.refusals: dict[Repair, str] = {}
        self.repairs: tuple[Repair, ...] = ()
        self.calls = 0.0  # seconds
        self._usage: Usage | None = None
        self._came = {"text": 0, "reasoning": 0}  # increments of the present response
        self._facts: tuple[events.ResponseFacts, ...] = ()  # of the responses before this one
        self._first: dict[type[events.Event], float] = {}  # of the present response
        self._earlier: dict[type[events.Event], float] = {}

    @property
    def pauses(self) -> bool:
        """Whether the service goes on when it gets back what it said."""
        return self.decoder is not None and self.decoder.pauses

    def begin_response(self) -> None:
        """Begin another response."""
        self._facts, self.decoder = self._all_facts(), None
        self.fold = Fold()
        self.has_begun = False
        self.responses += 1
        self._came = dict.fromkeys(self._came, 0)
        self._earlier = self._first | self._earlier
        self._first = {}

    def with_own_id(self, call: ToolCall, conversation: Conversation) -> ToolCall:
        """Return the call under an id that no other of the conversation has."""
        messages = (*conversation.messages, self.fold.message())
        taken = {other.id for message in messages for other in message.tool_calls}
        return call._replace(id=free_id(taken)) if call.id in taken else call

    def receive(self, event: events.Event) -> None:
        """Take the next event of the response."""
        self.fold.receive(event)
        match event:
            case events.TextDelta(at=at) | events.ReasoningDelta(at=at):
                self.has_begun = True
                kind = "text" if isinstance(event, events.TextDelta) else "reasoning"
                self._came[kind] += event.tokens
                self._first.setdefault(type(event), at)
            case events.Relabelled(to="reasoning"):
                self._came = {"text": 0, "reasoning": sum(self._came.values())}
                if events.TextDelta in self._first:
                    self._first.setdefault(events.ReasoningDelta, self._first.pop(events.TextDelta))
            case events.Relabelled(to="text"):
                self._came = {"text": sum(self._came.values()), "reasoning": 0}
                if events.ReasoningDelta in self._first:
                    self._first.setdefault(events.TextDelta, self._first.pop(events.ReasoningDelta))
            case events.UsageReported(usage=usage):
                self._usage = usage if self._usage is None else self._usage.plus(usage)
                self._came = dict.fromkeys(self._came, 0)
            case _:
                pass

    def finished(self) -> events.TurnFinished:
        """Return the event that ends a whole turn."""
        facts = self._all_facts()
        reason, model = facts[-1].finish_reason, facts[-1].model  # without a response it has raised
        timing = self._timing()
        return events.TurnFinished(reason, self._usage, timing, model, self.headroom, facts)

    def interrupted(self, reason: str) -> events.TurnInterrupted:
        """Return the event that ends it for ``reason``."""
        facts = self._all_facts()
        model = facts[-1].model if facts else None
        came = sum(self._came.values())
        said = Usage(None, came, self._came["reasoning"] or None) if came else None
        return events.TurnInterrupted(
            reason, self._usage, self._timing(), model, self.headroom, facts, said
        )

    def _all_facts(self) -> tuple[events.ResponseFacts, ...]:
        return (*self._facts, self.decoder.facts()) if self.decoder else self._facts

    def _timing(self) -> events.Timing:
        all_first = self._first | self._earlier
        first = {kind: at - self.start for kind, at in all_first.items()}
        return events.Timing(
            self._clock() - self.start,
            first.get(events.ReasoningDelta),
            first.get(events.TextDelta),
            self.calls,
        )


def at_the_end(turn: Iterator[events.Event]) -> Iterator[events.Event]:
    """Yield all events when the last has come, as they are labelled then.

    Some servers stream whatever was asked.
    """
    from azchat.wire.deltas import settled

    known: list[events.Event] = []
    try:
        for event in turn:
            known.append(event)
    except (AzchatError, KeyboardInterrupt, Interrupted):
        yield from settled(known)
        raise
    yield from settled(known)


def background(transport: "Transport", sleep: Callable[[float], None]) -> "Background":
    """Return what keeps hold of responses that run at the service: seldom needed."""
    from azchat.engine.background import Background

    return Background(transport, sleep)


def refuse_text_call(text: str, tools: frozenset[str]) -> None:
    """Raise where a tool was called in the text; most answers need no table of marks."""
    if re.search(r"[<\[{`]|commentary", text):
        from azchat.wire import text_calls

        text_calls.refuse_text_call(text, tools)
