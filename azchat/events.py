"""What can happen in a turn, in the order it happens. Values; no I/O.

``at`` is the clock's reading in seconds (monotonic) when the bytes arrived, so that
whoever shows an event needs no clock for it. Deltas that came in one read of the
network are one event: ``tokens`` counts the increments joined in it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from azchat.messages import ToolCall, ToolResult, Usage


@dataclass(frozen=True, slots=True)
class RequestSent:
    """A request is on the wire; ``attempt`` counts from 1."""

    at: float
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """The request failed in a way that may pass: the next attempt is ``delay`` seconds away."""

    reason: str
    delay: float
    attempt: int
    attempts: int


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's thinking; ``opaque`` is an object to be echoed unchanged."""

    text: str
    tokens: int
    at: float
    opaque: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer."""

    text: str
    tokens: int
    at: float


@dataclass(frozen=True, slots=True)
class Relabelled:
    """What this response said so far belongs to the other side.

    ``to="reasoning"``: a closing tag came without an opening one, so the text so far was
    thinking. ``to="text"``: thinking was assumed from the start and no closing tag came, so
    it was the answer. Applies to all deltas since the last RequestSent.
    """

    to: Literal["reasoning", "text"]
    at: float


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model asks for a call; complete, with an id that is unique in the turn."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A call was answered."""

    result: ToolResult


@dataclass(frozen=True, slots=True)
class UsageReported:
    """The tokens of the request that just ended."""

    usage: Usage


NoticeKind = Literal["filter", "repair", "reasoning", "encrypted", "settings"]


@dataclass(frozen=True, slots=True)
class NoticeRaised:
    """Something the user should know that is no failure."""

    kind: NoticeKind
    text: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from the first request of the turn; None where it did not happen."""

    total: float
    first_reasoning: float | None = None
    first_text: float | None = None


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The answer is whole. ``usage`` is the sum over the turn's requests."""

    finish_reason: str
    usage: Usage | None
    timing: Timing
    model: str | None


@dataclass(frozen=True, slots=True)
class TurnInterrupted:
    """The turn ended before its answer was whole; what came stays valid.

    ``reason`` is one line, such as ``connection closed`` or ``interrupted``.
    """

    reason: str
    usage: Usage | None
    timing: Timing
    model: str | None


Event = (
    RequestSent
    | RetryScheduled
    | ReasoningDelta
    | TextDelta
    | Relabelled
    | ToolCalled
    | ToolReturned
    | UsageReported
    | NoticeRaised
    | TurnFinished
    | TurnInterrupted
)
