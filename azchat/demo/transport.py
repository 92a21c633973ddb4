"""The demo in process: the scripted service without a socket."""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from math import inf

from azchat.demo.reply import Reply
from azchat.demo.responder import respond
from azchat.demo.responses.store import Store
from azchat.dialects.asked import Request
from azchat.errors import AzchatError, NetworkError
from azchat.wire.status import Destination

_HEADERS = {"content-type": "application/json", "extra-parameters": "pass-through"}
_BLOCK = 16384
TYPING_SPEED = 60.0
"""Tokens a second, about what a person can follow."""
TYPING_SECONDS = (4.2, 6.0)
"""What an answer takes at least and at most, so that it is seen, and nobody waits for it."""
_CALLS = (b'"tool_calls":[', b'"function_call"')
_CALL_SECONDS = 1.5  # one that only calls a tool: the answer is still to come


def target_of(operation: str) -> str:
    """Return the path and query that an operation such as ``/chat/completions`` is sent to."""
    if operation.startswith("/responses"):
        return f"/openai/v1{operation}"
    return f"/models{operation}?api-version=2024-05-01-preview"


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
        self._store = Store(clock, tokens_per_second)

    def send(self, request: Request, timeout: float = inf) -> "DemoReply":
        """Return the scripted reply at once."""
        del timeout
        content = json.dumps(request.body).encode()
        return self.call(
            request.method, request.operation, {**_HEADERS, **request.headers}, content
        )

    def call(
        self,
        method: str,
        operation: str,
        headers: Mapping[str, str] = _HEADERS,
        content: bytes = b"",
    ) -> "DemoReply":
        """Return the reply to a request of any method, such as a DELETE of ``/responses/ID``."""
        reply = respond(method, target_of(operation), headers, content, store=self._store)
        pieces = list(islice(reply.pieces, reply.cut_after))
        pace = _pace(pieces, self._speed, self._within) if self._speed else 0.0
        timed = [(tokens * pace, piece) for tokens, piece in pieces]
        return DemoReply(reply, timed, self._sleep, self._clock)

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
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.status, self.headers = reply.status, reply.headers
        self._pieces, self._is_cut = iter(pieces), reply.cut_after == len(pieces)
        self._sleep, self._clock, self._due = sleep, clock, clock()

    def read(self, timeout: float) -> bytes:
        """Return the next piece, or as many as fit a block of those that are due."""
        del timeout
        block = b""
        while len(block) < _BLOCK:
            seconds, piece = next(self._pieces, (0.0, b""))
            # Counted from the start, so that a machine with much to do catches up.
            self._due += seconds
            block += piece
            if not piece:
                break
            if (early := self._due - self._clock()) > 0:
                self._sleep(early)
                break
        if self._is_cut and not block:
            raise NetworkError("connection closed before the reply was whole", "ask again")
        return block

    def close(self) -> None:
        """Nothing is open."""


def _pace(
    pieces: Sequence[tuple[float, bytes]], speed: float, within: tuple[float, float]
) -> float:
    """Return how long a token of the reply takes."""
    tokens = max(1.0, sum(wait for wait, _ in pieces))
    least, most = within
    if least and any(mark in piece for _, piece in pieces for mark in _CALLS):
        least = most = _CALL_SECONDS
    return max(least, min(most, tokens / speed)) / tokens
