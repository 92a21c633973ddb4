"""Prints what is sent as JSON, for ``--tools-debug``; no headers, so no keys."""

import json
from collections.abc import Callable
from math import inf

from azchat.dialects.asked import Request
from azchat.engine.transport import Reply, Transport
from azchat.errors import AzchatError


class TracedTransport:
    """Sends over another transport and tells each body."""

    def __init__(self, transport: Transport, tell: Callable[[str], object]) -> None:
        self.destination = transport.destination
        self._transport, self._tell = transport, tell
        self._number = 0

    def send(self, request: Request, timeout: float = inf) -> Reply:
        """Tell the body and send it."""
        self._number += 1
        text = json.dumps(request.body, indent=2, ensure_ascii=False)
        self._tell(f"request {self._number}:\n{text}\n")
        return self._transport.send(request, timeout)

    def mend(self, error: AzchatError) -> str | None:
        """Let the transport mend itself."""
        return self._transport.mend(error)

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()
