"""What stands around a transport: it keeps the raw bytes of replies, or prints what is sent.

Both without keys, so that a fault can be played again, and shown.
"""

import json
from collections.abc import Callable
from math import inf

from azchat.dialects.asked import Request
from azchat.engine.transport import Reply, Transport, format_head
from azchat.errors import AzchatError
from azchat.files import PrivateFile
from azchat.redaction import Redactor


class _Around:
    """Sends over another transport."""

    def __init__(self, transport: Transport) -> None:
        self.destination, self._transport = transport.destination, transport

    def mend(self, error: AzchatError) -> str | None:
        """Let the transport change what the refusal shows to be wrong."""
        return self._transport.mend(error)

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()


class TracedTransport(_Around):
    """Tells each body, for ``--tools-debug``."""

    def __init__(self, transport: Transport, tell: Callable[[str], object]) -> None:
        super().__init__(transport)
        self._tell, self._number = tell, 0

    def send(self, request: Request, timeout: float = inf) -> Reply:
        """Tell the body and send it."""
        self._number += 1
        text = json.dumps(request.body, indent=2, ensure_ascii=False)
        self._tell(f"request {self._number}:\n{text}\n")
        return self._transport.send(request, timeout)


class RecordingTransport(_Around):
    """Writes each reply to ``file`` as ``curl -i`` prints it."""

    def __init__(self, transport: Transport, file: PrivateFile, redactor: Redactor) -> None:
        super().__init__(transport)
        self._file, self._redactor = file, redactor

    def send(self, request: Request, timeout: float = inf) -> "RecordingReply":
        """Send ``request``; the file holds the last reply, as a retry makes the first one moot."""
        reply = self._transport.send(request, timeout)
        self._file.clear()
        head = format_head(reply.status, reply.headers)
        self._file.write(self._redactor.redact_bytes(head))
        return RecordingReply(reply, self._file, self._redactor)

    def close(self) -> None:
        """Close the transport and the file."""
        self._transport.close()
        self._file.close()


class RecordingReply:
    """A reply that is written down while it is read."""

    def __init__(self, reply: Reply, file: PrivateFile, redactor: Redactor) -> None:
        self.status, self.headers = reply.status, reply.headers
        self._reply, self._file, self._redactor = reply, file, redactor
        self._held = b""  # the end of what came, which may be the beginning of a key

    def read(self, timeout: float) -> bytes:
        """Return what the reply returns, written down first."""
        data = self._reply.read(timeout)
        text = self._redactor.redact_bytes(self._held + data)
        keep = min(len(text), self._redactor.longest - 1) if data else 0
        keep = max(keep, 0)
        self._held = text[len(text) - keep :]
        self._file.write(text[: len(text) - keep])
        return data

    def close(self) -> None:
        """Write down what was held, and close the reply."""
        self._file.write(self._redactor.redact_bytes(self._held))
        self._held = b""
        self._reply.close()
