"""Server-sent events: bytes in, ``(event, data)`` pairs out.

By the WHATWG rules (HTML, 9.2.5 and 9.2.6), with two leniencies: an event that the end of the
stream cuts off before its blank line is still delivered, because several servers omit it; a line
that is no field goes on with data that is no whole JSON, for some write raw newlines into it.
"""

from collections.abc import Iterator

from azchat.errors import IncompleteError

MAX_EVENT_BYTES = 32 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"

_OVERHEAD = 64  # bytes that each further line of an event takes beside its own
_MEANINGLESS = ("", "id", "retry")  # to one request; a comment has no name

ServerEvent = tuple[str, str]
"""The ``event:`` field ("" where there was none) and the ``data:`` lines joined by newlines."""


class EventStreamDecoder:
    """Splits a byte stream into events, in linear time and however it was cut.

    ``receive`` raises ``IncompleteError`` when one event exceeds ``limit`` bytes, after it
    yielded the events before it.
    """

    def __init__(self, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit
        self._tail: list[bytes] = []  # the pieces of a line whose end has not come
        self._size = 0  # bytes held in the tail and in the open event
        self._after_cr = False  # the last line ended in CR: an LF now belongs to it
        self._at_start = True
        self._event = ""
        self._data: list[str] = []

    def receive(self, data: bytes) -> Iterator[ServerEvent]:
        """Yield the events that ``data`` completes."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if self._at_start:
            data = self._skip_bom(data)
        if not data:
            return
        lines = data.splitlines()  # of bytes: splits at LF, CR and CRLF, and nowhere else
        rest = b"" if data[-1] in b"\r\n" else lines.pop()
        self._after_cr = data[-1] == 0x0D
        if lines and self._tail:
            lines[0] = self._drain_tail(lines[0])
        yield from self._read(lines)
        if rest:
            self._tail.append(rest)
            self._hold(len(rest))

    def close(self) -> Iterator[ServerEvent]:
        """Yield the event that the end of the stream leaves open, if any."""
        yield from self._read([self._drain_tail(b""), b""])

    def _read(self, lines: list[bytes]) -> Iterator[ServerEvent]:
        data = self._data
        for line in lines:
            if line.startswith(b"data: "):
                if data:
                    self._size += _OVERHEAD
                data.append(line[6:].decode("utf-8", "replace"))
                self._size += len(line)
                if self._size > self._limit:
                    self._hold(0)
            elif not line:
                if data:
                    event = (self._event, data[0] if len(data) == 1 else "\n".join(data))
                    data.clear()
                    yield event
                self._event = ""
                self._size = 0
            elif line.startswith(b"event: "):  # of Responses and Messages, before each token
                self._event = line[7:].decode("utf-8", "replace")
            else:
                self._read_field(line)

    def _read_field(self, line: bytes) -> None:
        """Take one of the rarer lines: ``data:`` without a space, ``event``, a comment."""
        name, _, value = line.decode("utf-8", "replace").partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
            self._hold(len(line))
        elif name == "event":
            self._event = value.removeprefix(" ")
        elif name == "error":  # llama.cpp's own: the error stands in place of the data
            self._event = name
            self._data.append(value.strip())
            self._hold(len(line))
        elif name not in _MEANINGLESS and self._is_in_json():
            self._data.append(line.decode("utf-8", "replace"))
            self._hold(len(line))

    def _is_in_json(self) -> bool:
        return bool(self._data and self._data[0][:1] == "{" and self._data[-1][-1:] not in "}]")

    def _hold(self, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            hint = "this endpoint does not speak the chat completions protocol; check its URL"
            raise IncompleteError(
                f"one event exceeds {self._limit // (1024 * 1024)} MiB", hint, code="too_large"
            )

    def _drain_tail(self, end: bytes) -> bytes:
        self._size -= sum(map(len, self._tail))
        line = b"".join((*self._tail, end))
        self._tail.clear()
        return line

    def _skip_bom(self, data: bytes) -> bytes:
        """Drop a byte order mark at the very start; hold back what may become one."""
        data = self._drain_tail(b"") + data
        if data and len(data) < len(_BOM) and _BOM.startswith(data):
            self._tail.append(data)
            self._hold(len(data))
            return b""
        self._at_start = not data
        return data.removeprefix(_BOM)
