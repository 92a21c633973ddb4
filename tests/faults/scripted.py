"""A server that says exactly what a test wrote, for faults too odd to have a scenario.

    with Scripted(reply(event(content("a")) + DONE)) as server:
        server.url       # http://127.0.0.1:PORT/v1
        server.requests  # what was asked

Each request gets the next of the sayings, the last one again and again; then the
connection is closed. A saying that is no bytes is a function of the connection.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.faults.connection import Accepted, Connection, Request
from tests.faults.server import LOOPBACK, Listener

Saying = bytes | Callable[[Connection], object]


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole reply without a length; ``content_type`` is event-stream if not given."""
    fields = {"content_type": "text/event-stream", "connection": "close", **headers}
    lines = [f"{name.replace('_', '-').title()}: {value}" for name, value in fields.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1") + body


class Scripted:
    """Says the ``sayings``, one for each request; a context manager."""

    def __init__(self, *sayings: Saying) -> None:
        self._sayings = sayings
        self._listener = Listener(self._serve)
        self.url = f"http://{LOOPBACK}:{self._listener.port}/v1"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()

    @property
    def requests(self) -> list[Request]:
        """Every request so far."""
        return self._listener.requests

    @property
    def connections(self) -> list[Accepted]:
        """Every connection so far."""
        return self._listener.connections

    @property
    def foreign_requests(self) -> list[Request]:
        """There is no other host; the leak oracle asks."""
        return []

    def wait(self, true: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Wait until ``true()``."""
        return self._listener.wait(true, seconds)

    def _serve(self, connection: Connection, request: Request) -> bool:
        saying = self._sayings[min(request.nth, len(self._sayings)) - 1]
        if isinstance(saying, bytes):
            connection.send(saying)
        else:
            saying(connection)
        return False
