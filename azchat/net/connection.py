"""One connection to one server, opened in a thread and read against deadlines.

Opening starts before the heavy imports, so that name resolution, TCP and TLS hide behind
them; nothing is sent before ``request`` is called. A deadline is a point in time, not a
pause between two bytes, so a server that drips cannot defeat it.
"""

import io
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.errors import AzchatError, NetworkError, ServiceError
from azchat.net.framing import ChunkedFraming, CloseFraming, Decompressor, Framing, LengthFraming
from azchat.net.opening import CHECK_URL, Opening, Target, reason, wants_sign_in

if TYPE_CHECKING:
    import http.client

_BLOCK = 65536


class Connection:
    """Talks to ``target``, again and again; ``on_sent`` is called when a request is out."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.on_sent: Callable[[], None] | None = None
        self._opening: Opening | None = None
        self._socket: socket.socket | None = None
        self._body: Body | None = None

    def start(self) -> None:
        """Begin to open the connection in the background, unless it is open."""
        if self._socket is None and self._opening is None:
            self._opening = Opening(self.target)

    def request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> "Head":
        """Send a request and return the head of its reply.

        ``timeout`` (seconds) bounds connecting, sending and the whole head; ``headers`` frame the
        body. Raises ``NetworkError``.
        """
        if self._reuse():
            try:
                return self._exchange(method, target, headers, body, timeout)
            except _StaleError:
                pass  # closed just as it was used again: the server saw nothing of the request
        try:
            return self._exchange(method, target, headers, body, timeout)
        except _StaleError:
            what = f"{self.target.host} closed the connection without an answer"
            hint = "ask again; a proxy or firewall may be in the way"
            raise NetworkError(what, hint, code="cut", retryable=True) from None

    def close(self) -> None:
        """Close the connection; it opens again when it is needed."""
        self._body = None
        if self._opening is not None:
            self._opening.abandon()
            self._opening = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _reuse(self) -> bool:
        """Return whether the open connection is clean: its last reply read to the end."""
        if self._body is not None and not self._body.drain():
            self.close()
        return self._socket is not None

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> "Head":
        import http.client

        deadline = time.monotonic() + timeout
        stream = _Stream(self._open(timeout))
        stream.deadline = deadline
        host, proxy = self.target.host, self.target.proxy
        client = http.client.HTTPConnection(host, self.target.port)
        client.default_port = 443 if self.target.tls else 80  # left out of the Host header
        client.sock = stream  # all that http.client asks of a socket
        if proxy and not self.target.tls:
            target = f"http://{host}:{self.target.port}{target}"
            headers = {**headers, **proxy.headers}
        try:
            client.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers.items():
                client.putheader(name, value)
            # A server may refuse a long request before all of it came, and say why.
            with suppress(BrokenPipeError, ConnectionResetError):
                client.endheaders(body)
            if self.on_sent:
                self.on_sent()
            reply = client.getresponse()
            while 100 < reply.status < 200:  # interim (RFC 9110, 15.2): the real one follows
                resumed: Any = stream.resumed(reply.fp)
                reply.fp = None  # type: ignore[assignment]  # else it closes with this one
                reply = http.client.HTTPResponse(resumed, method=method)
                reply.begin()
        except TimeoutError:
            self.close()
            what = f"{host} did not answer within {timeout:g} s"
            hint = "ask again, or wait longer with --timeout"
            raise NetworkError(what, hint, code="timeout") from None
        except http.client.RemoteDisconnected:
            self.close()
            raise _StaleError from None
        except (http.client.HTTPException, UnicodeError):
            self.close()
            raise NetworkError(f"{host} did not answer in HTTP", CHECK_URL, code="http") from None
        except OSError as error:
            self.close()
            if isinstance(error, ConnectionResetError | BrokenPipeError) and not stream.has_read:
                raise _StaleError from None
            what = f"the connection to {host} broke: {reason(error)}"
            raise NetworkError(what, "ask again", code="cut") from None
        if reply.status == 407 and proxy:
            self.close()
            raise wants_sign_in(proxy)
        try:
            self._body = Body(stream, reply)
        except AzchatError:
            self.close()  # the rest of that reply is not to be taken for the next one
            raise
        return Head(reply.status, {k.lower(): v for k, v in reply.getheaders()}, self._body)

    def _open(self, timeout: float) -> socket.socket:
        if self._socket is None:
            self.start()
            assert self._opening is not None
            opening, self._opening = self._opening, None
            self._socket = opening.wait(timeout)
        return self._socket


class Head(NamedTuple):
    """The head of a reply: status, headers with lower-case names, and the body to read."""

    status: int
    headers: dict[str, str]
    body: "Body"


class Body:
    """The body of a reply, read as it comes."""

    def __init__(self, stream: "_Stream", reply: "http.client.HTTPResponse") -> None:
        self._stream = stream
        stream.is_strict = False
        self._reply = reply  # kept alive: it closes its reader when it is collected
        self._buffered: io.BufferedReader = reply.fp  # may hold what came with the head
        self._framing = _framing(reply)
        self._keeps_open = not reply.will_close
        self._unpack = _decompressor(reply.getheader("content-encoding") or "identity")
        self._unpacked: Iterator[bytes] = iter(())  # what the last read still has to give

    def read(self, timeout: float) -> bytes:
        """Return what came, b"" at the end; raises ``TimeoutError`` or ``NetworkError``."""
        self._stream.deadline = time.monotonic() + timeout
        while not (body := next(self._unpacked, b"")) and not self._framing.finished:
            try:
                data = self._buffered.read1(_BLOCK)
            except TimeoutError:
                raise
            except OSError as error:
                what = f"connection closed: {reason(error)}"
                raise NetworkError(what, "ask again", code="cut") from None
            if not data:
                self._framing.end()
                break
            body = self._framing.receive(data)
            if self._unpack:
                self._unpacked = self._unpack.receive(body)
            elif body:
                return body
        if self._unpack and not body:
            self._unpack.end()
        return body

    def drain(self) -> bool:
        """Return whether a request can follow; what already arrived is read, without waiting."""
        try:
            while self._keeps_open and not self._framing.finished:
                if not self.read(0.0):
                    break
        except (TimeoutError, NetworkError):
            return False
        return self._keeps_open and self._framing.finished and self._stream.is_quiet()


class _StaleError(Exception):
    """The server closed the connection before it sent a byte of a reply."""


class _Stream:
    """A socket whose reads and writes end at ``deadline``; what http.client needs of one."""

    def __init__(self, connected: socket.socket) -> None:
        self.deadline = 0.0
        self.has_read = False
        self.is_strict = True  # past the deadline not even a ready byte is read
        self._reader: io.BufferedReader | None = None
        self._armed = -1.0  # the timeout that is set on the socket
        self._socket = connected

    def sendall(self, data: Any) -> None:
        self._arm()
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        reader, self._reader = self._reader, None
        return reader or io.BufferedReader(_Reader(self), 16384)

    def resumed(self, reader: io.BufferedReader) -> "_Stream":
        """Let the next ``makefile`` go on with ``reader``, and what it holds."""
        self._reader = reader
        return self

    def receive_into(self, buffer: Any) -> int:
        self._arm()
        count = self._socket.recv_into(buffer)
        self.has_read = True
        return count

    def is_quiet(self) -> bool:
        """Return whether nothing came, not even the end: bytes now belong to no request."""
        self._armed = 0.0
        self._socket.settimeout(0.0)
        is_tls = hasattr(self._socket, "context")
        try:
            self._socket.recv(1, 0 if is_tls else socket.MSG_PEEK)
        except OSError as error:
            import ssl

            return isinstance(error, BlockingIOError | ssl.SSLWantReadError)
        return False

    def close(self) -> None:
        """Leave the socket to its Connection: http.client closes after each reply."""

    def _arm(self) -> None:
        left = self.deadline - time.monotonic()
        if self.is_strict and left <= 0:
            raise TimeoutError
        # Setting a timeout is a system call, and reads are many: one that is at most a
        # hundredth too long will do. 0 would mean non-blocking: the least lets a ready byte in.
        if not left <= self._armed <= left * 1.01:
            self._armed = max(1e-4, left)
            self._socket.settimeout(self._armed)


class _Reader(io.RawIOBase):
    """Lets ``io.BufferedReader`` read a _Stream."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._stream.receive_into(buffer)


def _framing(reply: "http.client.HTTPResponse") -> Framing:
    said = ",".join(reply.headers.get_all("content-length", ()))
    lengths = {length.strip() for length in said.split(",")} - {""}
    if len(lengths) > 1:  # where the body ends cannot be told (RFC 9110, 8.6)
        raise NetworkError("the endpoint did not answer in HTTP: two lengths differ", CHECK_URL)
    if reply.chunked:
        return ChunkedFraming()
    length = "0" if reply.length == 0 else next(iter(lengths), "")  # a 204 has none
    is_number = re.fullmatch("[0-9]{1,18}", length)  # to http.client 1_0 and +10 are numbers too
    return LengthFraming(int(length)) if is_number else CloseFraming()


def _decompressor(coding: str) -> Decompressor | None:
    match coding.strip().lower():
        case "gzip" | "x-gzip" | "deflate":
            return Decompressor()
        case "identity":
            return None
    hint = "a proxy on the way may have changed the reply; ask again"
    raise ServiceError(f"the endpoint answered in a coding that was not asked for: {coding}", hint)
