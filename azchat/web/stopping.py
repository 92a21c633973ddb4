"""Lets a turn be stopped from another thread: whatever it waits for, it looks up from.

What is raised is what a Ctrl-C raises in a terminal, so that what came is kept and marked.
"""

import threading
from concurrent.futures import Future
from math import inf

from azchat.dialects.asked import Request
from azchat.engine.transport import Reply, Transport
from azchat.errors import AzchatError, Interrupted

_SIGINT = 2
_LOOK = 0.1  # seconds between two looks while bytes are waited for


class Stop:
    """The wish to stop; it is heard once."""

    def __init__(self) -> None:
        self._wished = threading.Event()
        self._is_heard = False

    def wish(self) -> None:
        """Stop what runs, at its next look."""
        self._wished.set()

    def look(self, seconds: float = 0.0) -> None:
        """Wait that long; raise ``Interrupted`` where the turn is to stop."""
        wished = self._wished.wait(seconds) if seconds else self._wished.is_set()
        if wished and not self._is_heard:
            self._is_heard = True
            raise Interrupted(_SIGINT)


class StoppableTransport:
    """Sends by another transport, and gives up when the turn is to stop."""

    def __init__(self, transport: Transport, stop: Stop) -> None:
        self._transport, self._stop = transport, stop
        self.destination = transport.destination

    def send(self, request: Request, timeout: float = inf) -> Reply:
        """Return the reply once its head came; a wait that is given up ends by itself."""
        coming: Future[Reply] = Future()

        def send() -> None:
            try:
                coming.set_result(self._transport.send(request, timeout))
            except BaseException as error:  # noqa: BLE001 - it is raised below
                coming.set_exception(error)

        threading.Thread(target=send, daemon=True).start()
        while True:
            try:
                return StoppableReply(coming.result(_LOOK), self._stop)
            except TimeoutError:
                if coming.done():
                    raise
                self._stop.look()

    def mend(self, error: AzchatError) -> str | None:
        """As the other does."""
        return self._transport.mend(error)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


class StoppableReply:
    """The bytes of a reply, waited for in steps."""

    def __init__(self, reply: Reply, stop: Stop) -> None:
        self._reply, self._stop = reply, stop
        self.status, self.headers = reply.status, reply.headers

    def read(self, timeout: float) -> bytes:
        """Return the bytes that came."""
        while True:
            self._stop.look()
            try:
                return self._reply.read(min(timeout, _LOOK))
            except TimeoutError:
                timeout -= _LOOK
                if timeout <= 0:
                    raise

    def close(self) -> None:
        """End the reply."""
        self._reply.close()
