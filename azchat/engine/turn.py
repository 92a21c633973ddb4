"""What is known of a turn while it runs: its answer so far, its times, its tokens."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from azchat import events
from azchat.conversation import Conversation, Fold
from azchat.dialects.asked import Repair
from azchat.errors import AzchatError, Interrupted
from azchat.messages import ToolCall, Usage, free_id
from azchat.prices import Cost, Price

if TYPE_CHECKING:
    from azchat.engine.background import Background
    from azchat.engine.transport import Transport
    from azchat.wire.response import ResponseDecoder


class Turn:
    """A turn under way. ``responses`` counts them, the present one included.

    ``has_begun``: something of the present response was shown. ``tools``: the names offered.
    ``refusals`` led to repairs; ``repairs`` are those in the request that was sent last.
    ``price_of`` a model that the service names says what its tokens cost.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        price_of: Callable[[str | None], Price | None] = lambda _: None,
    ) -> None:
        self._clock, self._price_of = clock, price_of
        self._cost: Cost | None = None  # of the responses that told their tokens
        self._prompt = 0  # tokens of the present request, guessed
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

    def spent(self, conversation: Conversation | None = None) -> float:
        """Return about what it has cost so far, with a request of ``conversation`` to come.

        A token of a prompt has about four characters.
        """
        if conversation:
            parts = (part for message in conversation.messages for part in message.parts)
            self._prompt = sum(len(getattr(part, "text", "")) for part in parts) // 4
        came = self._said() or Usage(0, 0)
        price = self._price_of(self._model()) or Price()
        guess = price.of(came._replace(prompt=self._prompt))
        known = self._cost.total if self._cost else 0.0
        return (known or 0.0) + (guess.total or 0.0)

    def _model(self) -> str | None:
        return self.decoder.facts().model if self.decoder else None

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
                if price := self._price_of(self._model()):
                    self._cost, self._prompt = price.of(usage).plus(self._cost), 0
            case _:
                pass

    def finished(self) -> events.TurnFinished:
        """Return the event that ends a whole turn."""
        facts = self._all_facts()
        reason, model = facts[-1].finish_reason, facts[-1].model  # without a response it has raised
        told = self._usage, self._timing(), model, self.headroom, facts, self._all_cost()
        return events.TurnFinished(reason, *told)

    def interrupted(self, reason: str) -> events.TurnInterrupted:
        """Return the event that ends it for ``reason``."""
        facts = self._all_facts()
        model = facts[-1].model if facts else None
        said, cost = self._said(), self._all_cost()
        if said and (price := self._price_of(model)):
            cost = price.of(said).plus(self._cost)
        told = self._usage, self._timing(), model, self.headroom, facts, said, cost
        return events.TurnInterrupted(reason, *told)

    def _said(self) -> Usage | None:
        """Return what came of a response whose tokens nobody told."""
        came = sum(self._came.values())
        return Usage(None, came, self._came["reasoning"] or None) if came else None

    def _all_cost(self) -> Cost | None:
        """Return what is known to be paid: not of what told no tokens."""
        if self._cost or self.decoder is None or not self._price_of(self._model()):
            return self._cost
        return Cost(None, None)

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
