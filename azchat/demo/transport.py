"""The demo in process: the scripted service without a socket."""

import json
from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any

from azchat.demo.responder import Reply, respond
from azchat.errors import AzchatError
from azchat.wire.status import Destination

_TARGET = "/models/chat/completions?api-version=2024-05-01-preview"
_HEADERS = {"content-type": "application/json", "extra-parameters": "pass-through"}
_BLOCK = 16384
TYPING_SPEED = 60.0
"""Tokens a second, about what a person can follow."""


class DemoTransport:
    """Answers bodies by the script, at ``tokens_per_second`` or, without one, at full speed."""

    destination = Destination("the built-in demo")

    def __init__(self, *, tokens_per_second: float | None, sleep: Callable[[float], None]) -> None:
        self._seconds_per_token = 1 / tokens_per_second if tokens_per_second else 0.0
        self._sleep = sleep

    def send(self, body: Mapping[str, Any], timeout: float = inf) -> "DemoReply":
        """Return the scripted reply at once."""
        del timeout
        content = json.dumps(body).encode()
        reply = respond("POST", _TARGET, _HEADERS, content)
        return DemoReply(reply, self._seconds_per_token, self._sleep)

    def mend(self, error: AzchatError) -> None:
        """Nobody signs in to the demo."""

    def close(self) -> None:
        """Nothing is open."""


class DemoReply:
    """A scripted reply; reading takes as long as a model would take to type."""

    def __init__(
        self, reply: Reply, seconds_per_token: float, sleep: Callable[[float], None]
    ) -> None:
        self.status = reply.status
        self.headers = reply.headers
        self._pieces: Iterator[tuple[float, bytes]] = iter(reply.pieces)
        self._seconds_per_token = seconds_per_token
        self._sleep = sleep

    def read(self, timeout: float) -> bytes:
        """Return the next piece, or at full speed as many as fit a block."""
        del timeout
        if self._seconds_per_token:
            tokens, piece = next(self._pieces, (0.0, b""))
            self._sleep(tokens * self._seconds_per_token)
            return piece
        block = b""
        while len(block) < _BLOCK and (piece := next(self._pieces, (0.0, b""))[1]):
            block += piece
        return block

    def close(self) -> None:
        """Nothing is open."""
