"""What a response says, in azchat's words: a dialect's reader writes it, the frame judges it.

No dialect is known here. A reader never ends a body: it says how an answer ended, or raises what
the service says went wrong; whether more has to come, and what is missing, ``wire.response`` knows.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

from azchat.conversation import fold
from azchat.events import Event, FurtherAnswer, ResponseFacts
from azchat.messages import Usage
from azchat.wire.deltas import DeltaLabeller, settled
from azchat.wire.ending import Ending
from azchat.wire.marking import Marking
from azchat.wire.safety import Finding
from azchat.wire.tool_calls import ToolCallJoiner

_MOST_ANSWERS = 128  # to one request
_MOST_TOLD = 100  # sources, kinds that nobody knows


class Answer:
    """One answer, which may call ``tools``; ``items`` gives what is to go back as it came.

    ``release`` adds what a reader holds back until the end. ``refused``: why the model refused,
    where its finish reason says that it did. ``pauses``: the service goes on when it gets back
    what it said.
    """

    def __init__(self, marking: Marking, tools: Collection[str] = ()) -> None:
        self.labels = DeltaLabeller(marking)
        self.calls = ToolCallJoiner(tools)
        self.ending = Ending()
        self.findings: tuple[Finding, ...] = ()
        self.refused: str | None = None
        self.pauses = False
        self.logprobs: dict[str, Any] | None = None
        self.items: Callable[[], tuple[Mapping[str, Any], ...]] = tuple
        self.release: Callable[[], object] = tuple

    @property
    def has_any(self) -> bool:
        """Whether any part of an answer came, what is held back included."""
        return self.labels.has_any or self.calls.has_any

    def close(self, at: float, *, is_whole: bool) -> Iterable[Event]:
        """Return what was held back; of a reply that came as a whole nothing is relabelled."""
        self.release()
        labelled = self.labels.close(at, calls=self.calls.has_any)
        return settled(labelled) if is_whole else labelled

    def as_further(self, index: int, at: float) -> FurtherAnswer:
        """Return what came, of an answer that is not the first."""
        said = fold(self.labels.close(at))
        calls, reason = tuple(self.calls.close()), self.ending.reason
        return FurtherAnswer(index, said.text, said.reasoning, calls, reason, self.logprobs)


class Said:
    """All that a response says. ``first`` is the answer; ``others`` were asked for beside it.

    ``odd`` is what came last in place of a part of the answer: perhaps why no more comes.
    ``needs_end``: only its finish reason proves that it is whole. ``position`` is the number of
    the last event, ``resumed`` that of the last before the line was lost, ``is_pending``: the
    service is still at it. ``skipped`` counts events of kinds that nobody knows, ``sources`` are
    cited.
    """

    def __init__(self, marking: Marking, tools: Collection[str]) -> None:
        self.first = Answer(marking, tools)
        self.others: dict[int, Answer] = {}
        self.usage: Usage | None = None
        self.odd: object = None
        self.needs_end = False
        self.position: int | None = None
        self.resumed = -1
        self.is_pending = False
        self.skipped: dict[str, int] = {}
        self.sources: list[str] = []
        self.id: str | None = None
        self.created: int | None = None
        self.model: str | None = None
        self.fingerprint: str | None = None
        self._marking: Marking = marking
        self._further: tuple[FurtherAnswer, ...] = ()

    def skip(self, kind: str) -> None:
        """Count what is of a kind that nobody knows."""
        kind = kind[:80]
        if kind in self.skipped or len(self.skipped) < _MOST_TOLD:
            self.skipped[kind] = self.skipped.get(kind, 0) + 1

    def cite(self, source: str) -> None:
        """Take a source, once."""
        if source and source not in self.sources and len(self.sources) < _MOST_TOLD:
            self.sources.append(source)

    def maybe_add(self, index: int) -> Answer | None:
        """Return another answer; None for more than anybody asks for."""
        if len(self.others) >= _MOST_ANSWERS:
            return None
        return self.others.setdefault(index, Answer(self._marking))

    def close_others(self, at: float) -> tuple[FurtherAnswer, ...]:
        """Return what came beside the first answer, which is another where none was counted so."""
        if self.others and not self.first.has_any and self.first.ending.reason is None:
            self.first = self.others.pop(min(self.others))  # of a service that counts from 1
        others = sorted(self.others.items())
        self._further = tuple(other.as_further(index, at) for index, other in others)
        return self._further

    def facts(self) -> ResponseFacts:
        """Return what was said beside the answer."""
        who = self.id, self.created, self.model, self.fingerprint
        first = self.first
        return ResponseFacts(*who, first.ending.reason, first.logprobs, self._further)


class Reader(Protocol):
    """Reads the payloads of one dialect into what is ``Said``."""

    def read(self, kind: str, payload: dict[str, Any]) -> None:
        """Read an event of a stream; ``kind`` is its name, as far as the server names it."""

    def read_whole(self, reply: dict[str, Any]) -> None:
        """Read a reply that is one object; an empty one stands for what is none."""
