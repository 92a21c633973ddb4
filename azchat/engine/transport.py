"""The seam towards servers: give me the bytes of the answer to this request."""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Protocol

from azchat.dialects.asked import Request
from azchat.errors import AzchatError
from azchat.wire.status import Destination


class Reply(Protocol):
    """The bytes of one HTTP reply, with any status. ``headers`` have lower-case names."""

    @property
    def status(self) -> int: ...  # noqa: D102

    @property
    def headers(self) -> Mapping[str, str]: ...  # noqa: D102

    def read(self, timeout: float) -> bytes:
        """Return the bytes that came, as soon as any came; b"" at the end.

        Raises ``TimeoutError`` after ``timeout`` seconds without a byte, and
        ``NetworkError`` when the connection broke or ended early.
        """

    def close(self) -> None:
        """End the reply; what was not read is given up."""


class Transport(Protocol):
    """Sends requests to one endpoint."""

    destination: Destination

    def send(self, request: Request, timeout: float = inf) -> Reply:
        """Send ``request`` and return the reply once its head came, whatever its status.

        Raises ``NetworkError`` and ``AuthError`` when no reply came, at the latest after
        ``timeout`` seconds or what the transport itself was made with.
        """

    def mend(self, error: AzchatError) -> str | None:
        """Change what the refusal ``error`` shows to be wrong with the way requests are sent.

        Returns what was changed, in words, None when sending again would change nothing.
        """

    def close(self) -> None:
        """Close the connection."""


class ReplayTransport:
    """Plays recorded replies, one for each request, in order.

    A recording is what ``curl -i`` prints: the reply's head and body; a body alone is taken
    as an event stream.
    """

    destination = Destination("a recording")

    def __init__(self, recordings: Iterable[bytes], block_size: int = 65536) -> None:
        self._recordings = iter(recordings)
        self._block_size = block_size
        self.requests: list[Request] = []

    def send(self, request: Request, timeout: float = inf) -> "RecordedReply":
        """Return the next recording at once; what was sent is kept in ``requests``."""
        del timeout
        self.requests.append(request)
        return RecordedReply(next(self._recordings, b"HTTP/1.1 410 Gone\r\n\r\n"), self._block_size)

    def mend(self, error: AzchatError) -> None:
        """A recording stays as it is."""

    def close(self) -> None:
        """Nothing is open."""


class RecordedReply:
    """One recorded reply, read in blocks of ``block_size`` bytes."""

    def __init__(self, recording: bytes, block_size: int) -> None:
        self.status, self.headers, body = parse_recording(recording)
        self._blocks: Iterator[bytes] = (
            body[at : at + block_size] for at in range(0, len(body), block_size)
        )

    def read(self, timeout: float) -> bytes:
        """Return the next block at once."""
        del timeout
        return next(self._blocks, b"")

    def close(self) -> None:
        """Nothing is open."""


def parse_recording(recording: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return the status, the headers and the body of what ``curl -i`` prints."""
    if not recording.startswith(b"HTTP/"):
        return 200, {}, recording
    head, _, body = recording.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
    first, *lines = head.decode("latin-1").splitlines()
    pairs = (line.partition(":") for line in lines)
    status = first.split()[1:2]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return int(status[0]) if status and status[0].isdigit() else 200, headers, body


def format_head(status: int, headers: Mapping[str, str]) -> bytes:
    """Return the head of a recording; the body's framing is left out, as it was undone."""
    framing = ("transfer-encoding", "content-encoding", "content-length", "connection")
    kept = [f"{name}: {value}" for name, value in headers.items() if name not in framing]
    return "\r\n".join([f"HTTP/1.1 {status}", *kept, "", ""]).encode("latin-1", "replace")
