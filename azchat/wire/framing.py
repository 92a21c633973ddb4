"""Undoes what HTTP puts around a body: the chunks, the length, the compression.

Pure and incremental, because the standard library's reader hands out one HTTP chunk at a
time, which costs more than all the rest of the decoding when a server sends a chunk a token.
"""

import zlib
from typing import Protocol

from azchat.errors import NetworkError

_MAX_LINE = 4096


class Framing(Protocol):
    """Takes the bytes of the connection, gives the bytes of the body."""

    finished: bool
    """Whether the body is complete, so that the connection can serve another request."""

    def receive(self, data: bytes) -> bytes:
        """Return the body's bytes in ``data``."""

    def end(self) -> None:
        """Take notice that the connection ended; raises ``NetworkError`` if that is early."""


class LengthFraming:
    """A body of ``length`` bytes (RFC 9112, 6.2)."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.finished = length == 0

    def receive(self, data: bytes) -> bytes:
        """Return the body's bytes in ``data``."""
        body = data[: self._left]
        self._left -= len(body)
        self.finished = self._left == 0
        return body

    def end(self) -> None:
        """Raise unless the whole length came."""
        if not self.finished:
            raise _early()


class CloseFraming:
    """A body that ends with its connection: a cut cannot be told from an end."""

    finished = False

    def receive(self, data: bytes) -> bytes:
        """Return ``data``."""
        return data

    def end(self) -> None:
        """Accept the end."""


class ChunkedFraming:
    """A body in chunks (RFC 9112, 7.1); extensions and trailers are dropped."""

    def __init__(self) -> None:
        self.finished = False
        self._line = b""  # a size line or trailer whose end has not come
        self._left = 0  # bytes left of the chunk, with the line end that follows it
        self._in_trailer = False

    def receive(self, data: bytes) -> bytes:
        """Return the body's bytes in ``data``."""
        body: list[bytes] = []
        at = 0
        while at < len(data) and not self.finished:
            if self._left:
                piece = data[at : at + self._left]
                at += len(piece)
                # The last two of the bytes left are the chunk's CRLF.
                content = self._left - 2
                self._left -= len(piece)
                body.append(piece[: max(0, content)])
                continue
            end = data.find(b"\n", at)
            if end < 0:
                self._line += data[at:]
                if len(self._line) > _MAX_LINE:
                    raise NetworkError("the reply's chunk framing is broken", _HINT)
                break
            self._read_line((self._line + data[at:end]).strip())
            self._line = b""
            at = end + 1
        return b"".join(body)

    def end(self) -> None:
        """Raise unless the last chunk came."""
        if not self.finished:
            raise _early()

    def _read_line(self, line: bytes) -> None:
        if self._in_trailer:
            self.finished = not line
            return
        size = line.partition(b";")[0].strip()
        try:
            length = int(size, 16)
        except ValueError:
            raise NetworkError("the reply's chunk framing is broken", _HINT) from None
        if length < 0:
            raise NetworkError("the reply's chunk framing is broken", _HINT)
        self._in_trailer = length == 0
        self._left = length + 2 if length else 0


class Decompressor:
    """Undoes ``content-encoding``: gzip and deflate, as the bytes come."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=47)  # gzip or zlib, told by the header

    def receive(self, data: bytes) -> bytes:
        """Return what ``data`` unpacks to so far."""
        try:
            return self._zlib.decompress(data)
        except zlib.error:
            raise NetworkError("the reply's compression is broken", _HINT) from None


_HINT = "a proxy on the way may have changed the reply; ask again"


def _early() -> NetworkError:
    return NetworkError("connection closed before the reply was whole", "ask again")
