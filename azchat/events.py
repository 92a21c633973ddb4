"""What can happen in a turn, in the order it happens. Values; no I/O.

``at`` is the clock's reading in seconds (monotonic) when the bytes arrived, so that
whoever shows an event needs no clock for it. Deltas that came in one read of the
network are one event: ``tokens`` counts the increments joined in it.
"""

from typing import Any, Literal, NamedTuple

from azchat.messages import Echo, ToolCall, ToolResult, Usage
from azchat.prices import Cost


class RequestSent(NamedTuple):
    """A request goes out; ``attempt`` counts from 1."""

    at: float
    attempt: int = 1


class RetryScheduled(NamedTuple):
    """The request failed in a way that may pass: the next attempt is ``delay`` seconds away."""

    reason: str
    delay: float
    attempt: int
    attempts: int


class ReasoningDelta(NamedTuple):
    """More of the model's thinking."""

    text: str
    tokens: int
    at: float


class TextDelta(NamedTuple):
    """More of the answer."""

    text: str
    tokens: int
    at: float


class Relabelled(NamedTuple):
    """What this response said so far belongs to the other side.

    ``to="reasoning"``: a closing tag came without an opening one, so the text so far was
    thinking. ``to="text"``: thinking was assumed from the start and no closing tag came, so
    it was the answer. Applies to all deltas since the last RequestSent.
    """

    to: Literal["reasoning", "text"]
    at: float


class ToolCalled(NamedTuple):
    """The model asks for a call; complete, with an id that is unique in the turn."""

    call: ToolCall


class Echoed(NamedTuple):
    """What the service wants back of the response that just ended; nobody is shown it."""

    echo: Echo


class Stored(NamedTuple):
    """The response runs at the service, which calls it ``id``; "": it is there no more."""

    id: str


class ToolReturned(NamedTuple):
    """A call was answered."""

    result: ToolResult


class UsageReported(NamedTuple):
    """The tokens of the request that just ended."""

    usage: Usage


NoticeKind = Literal[
    "filter",
    "choices",
    "repair",
    "reasoning",
    "encrypted",
    "settings",
    "known",
    "schema",
    "source",
    "skipped",
    "denied",
]


class Saved(NamedTuple):
    """Where the turn is kept: the session's id, and what to type to mean it."""

    session: int
    ref: str


class NoticeRaised(NamedTuple):
    """Something the user should know that is no failure; a person was told of it if ``known``."""

    kind: NoticeKind
    text: str


class Timing(NamedTuple):
    """Seconds from the first request of the turn; None where it did not happen.

    ``calls``: seconds of them that calls took, and the user's answers to whether they may be run.
    """

    total: float
    first_reasoning: float | None = None
    first_text: float | None = None
    calls: float = 0.0


class Headroom(NamedTuple):
    """What is left of a deployment's rate limits; None where the service does not say."""

    requests: int | None = None
    requests_limit: int | None = None
    tokens: int | None = None
    tokens_limit: int | None = None


class FurtherAnswer(NamedTuple):
    """One more answer to the same request, which asked for several (``n``)."""

    number: int
    answer: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str | None
    logprobs: dict[str, Any] | None


class ResponseFacts(NamedTuple):
    """What the service said of one response beside its answer; None where it did not."""

    id: str | None = None
    created: int | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    finish_reason: str | None = None
    logprobs: dict[str, Any] | None = None
    further: tuple[FurtherAnswer, ...] = ()


class TurnFinished(NamedTuple):
    """The answer is whole. ``usage`` is the sum over the turn's requests, as is ``cost``.

    Without a cost nobody knows any price.
    """

    finish_reason: str | None
    usage: Usage | None
    timing: Timing
    model: str | None
    headroom: Headroom | None = None
    responses: tuple[ResponseFacts, ...] = ()
    cost: Cost | None = None


class TurnInterrupted(NamedTuple):
    """The turn ended early; what came stays valid. ``reason`` is one line, as "interrupted".

    ``came`` counts the increments of the response that ended so: no service told its tokens.
    """

    reason: str
    usage: Usage | None
    timing: Timing
    model: str | None
    headroom: Headroom | None = None
    responses: tuple[ResponseFacts, ...] = ()
    came: Usage | None = None
    cost: Cost | None = None


def counted(end: TurnFinished | TurnInterrupted | None) -> Usage | None:
    """Return the tokens of a turn, with what came of a response that ended early."""
    came = end.came if isinstance(end, TurnInterrupted) else None
    usage = end.usage if end else None
    return usage.plus(came) if usage and came else usage or came


Event = (
    RequestSent
    | RetryScheduled
    | ReasoningDelta
    | TextDelta
    | Relabelled
    | ToolCalled
    | Echoed
    | Stored
    | ToolReturned
    | UsageReported
    | NoticeRaised
    | Saved
    | TurnFinished
    | TurnInterrupted
)
