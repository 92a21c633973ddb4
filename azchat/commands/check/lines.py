"""A connection for each probe behind one transport, so that all share one sign-in."""

import threading
from collections.abc import Mapping

from azchat.net.connection import Connection, Head
from azchat.net.opening import Target


class Lines(Connection):
    """A connection of its own for each thread; keeps how the first request was signed.

    The transport's policy signs before it sends: the first request that arrives here shows that
    there is a token, and lets the other probes go on with the same.
    """

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.signed = threading.Event()
        self.authorization = ""
        self._threads = threading.local()
        self._opened: list[Connection] = []

    def start(self) -> None:
        """Each thread opens its own when it asks."""

    def request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Head:
        """Send over the thread's own connection."""
        if not self.signed.is_set():
            found = {name.lower(): value for name, value in headers.items()}
            self.authorization = found.get("authorization", "")
            self.signed.set()
        return self._own().request(method, target, headers, body, timeout)

    def close(self) -> None:
        """Close all of them."""
        for connection in self._opened:
            connection.close()
        super().close()

    def _own(self) -> Connection:
        own: Connection | None = getattr(self._threads, "connection", None)
        if own is None:
            own = self._threads.connection = Connection(self.target)
            self._opened.append(own)
        return own
