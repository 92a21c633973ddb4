"""The demo in process: the scripted service without a socket."""

import json
from collections.abc import Callable, Sequence
from math import inf

from azchat.demo.responder import Reply, respond
from azchat.dialects.asked import Request
from azchat.errors import AzchatError
from azchat.wire.status import Destination

_TARGET = "/models{}?api-version=2024-05-01-preview"
_HEADERS = {"content-type": "application/json", "extra-parameters": "pass-through"}
_BLOCK = 16384
TYPING_SPEED = 60.0
"""Tokens a second, about what a person can follow."""
TYPING_SECONDS = (4.2, 6.0)
"""What an answer takes at least and at most, so that it is seen, and nobody waits for it."""
_CALL_SECONDS = 1.5  # one that only calls a tool: the answer is still to come


class DemoTransport:
    """Answers bodies by the script, at about ``tokens_per_second`` or, without it, at full speed.

    An answer takes at least and at most the seconds ``within``, however long it is.
    """

    destination = Destination("the built-in demo")

    def __init__(
        self,
        *,
        tokens_per_second: float | None,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        within: tuple[float, float] = (0.0, inf),
    ) -> None:
        self._speed, self._within = tokens_per_second, within
        self._sleep, self._clock = sleep, clock

    def send(self, request: Request, timeout: float = inf) -> "DemoReply":
        """Return the scripted reply at once."""
        del timeout
        content = json.dumps(request.body).encode()
        target, headers = _TARGET.format(request.operation), {**_HEADERS, **request.headers}
        reply = respond(request.method, target, headers, content)
        pieces = list(reply.pieces)
        pace = _pace(pieces, self._speed, self._within) if self._speed else 0.0
        return DemoReply(reply, pieces, pace, self._sleep, self._clock)

    def mend(self, error: AzchatError) -> None:
        """Nobody signs in to the demo."""

    def close(self) -> None:
        """Nothing is open."""


class DemoReply:
    """A scripted reply; reading takes as long as a model would take to type."""

    def __init__(
        self,
        reply: Reply,
        pieces: Sequence[tuple[float, bytes]],
        seconds_per_token: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.status = reply.status
        self.headers = reply.headers
        self._pieces = iter(pieces)
        self._seconds_per_token = seconds_per_token
        self._sleep, self._clock = sleep, clock
        self._due = clock()

    def read(self, timeout: float) -> bytes:
        """Return the next piece, or as many as fit a block of those that are due."""
        del timeout
        block = b""
        while len(block) < _BLOCK:
            tokens, piece = next(self._pieces, (0.0, b""))
            # Counted from the start, so that a machine with much to do catches up.
            self._due += tokens * self._seconds_per_token
            block += piece
            if not piece:
                break
            if self._seconds_per_token and (early := self._due - self._clock()) > 0:
                self._sleep(early)
                break
        return block

    def close(self) -> None:
        """Nothing is open."""


def _pace(
    pieces: Sequence[tuple[float, bytes]], speed: float, within: tuple[float, float]
) -> float:
    """Return how long a token of the reply takes."""
    tokens = max(1.0, sum(wait for wait, _ in pieces))
    least, most = within
    if least and any(b'"tool_calls":[' in piece for _, piece in pieces):
        least = most = _CALL_SECONDS
    return max(least, min(most, tokens / speed)) / tokens
