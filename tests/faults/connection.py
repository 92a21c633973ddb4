"""One accepted socket: reading requests from it, writing raw bytes to it, breaking it.

It knows HTTP/1.1 framing of requests and nothing of answers.
"""

import contextlib
import json
import select
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_HEAD_LIMIT = 1 << 20
_BLOCK = 1 << 16


class Gone(Exception):  # noqa: N818 - the usual end of a scenario, not an error
    """The peer or the server left; the scenario ends here."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; ``path`` is the target as sent, ``body`` is unframed.

    ``connection`` is the number of the connection it came on, ``nth`` how many requests
    for the same path the listener has seen, this one included.
    """

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    port: int
    connection: int
    at: float
    head: bytes = b""
    nth: int = 1

    @property
    def scenario(self) -> str:
        """The scenario's name: the first component of the path, without parameters."""
        return self.route.partition(":")[0]

    @property
    def route(self) -> str:
        """The first component of the path, with parameters."""
        return urlsplit(self.path).path.lstrip("/").partition("/")[0]

    @property
    def raw(self) -> bytes:
        """Every byte of it, to look for leaks."""
        return self.head + self.body

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    @property
    def key(self) -> str:
        """The key it came with, from whichever header; empty without one."""
        bearer = (self.header("authorization") or "").rpartition(" ")[2]
        return self.header("api-key") or bearer

    def json(self) -> dict[str, Any]:
        """Return the body's object; ``{}`` for a body that is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def to_dict(self) -> dict[str, Any]:
        """Return what a log line says."""
        return {
            "at": self.at,
            "port": self.port,
            "connection": self.connection,
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body": self.body.decode("utf-8", "backslashreplace"),
        }


@dataclass(slots=True)
class Accepted:
    """The record of a connection; times are those of ``time.monotonic``."""

    number: int
    port: int
    opened: float = field(default_factory=time.monotonic)
    closed: float | None = None
    closed_by_peer: bool = False
    requests: int = 0
    received: int = 0
    failure: str = ""


class Connection:
    """A socket with its record; every method raises ``Gone`` once the other side has left."""

    def __init__(self, sock: socket.socket, record: Accepted, stop: threading.Event) -> None:
        self.sock = sock
        self.record = record
        self.stop = stop
        self._buffer = bytearray()

    def secure(self, context: ssl.SSLContext) -> None:
        """Do the server's side of a TLS handshake; a refusal is an OSError."""
        # Not in the constructor: the socket must already be ours when the server stops.
        sock = context.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
        self.sock = sock
        sock.do_handshake()

    def send(self, data: bytes) -> None:
        """Write all of ``data``."""
        try:
            self.sock.sendall(data)
        except (OSError, ValueError) as error:
            self.record.closed_by_peer = not self.stop.is_set()
            raise Gone from error

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the peer and the server live."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.sock], [], [], left)
            if ready:
                self._receive()
        if self.stop.is_set():
            raise Gone

    def hold(self) -> None:
        """Keep the socket open and silent until the peer leaves."""
        while True:
            self._receive()

    def reset(self) -> None:
        """Close with a TCP RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.record.closed = time.monotonic()
        self.sock.close()
        raise Gone

    def close(self) -> None:
        """Close with a FIN; what the peer has sent but nobody has read is taken first.

        Closing a socket with unread bytes makes the kernel send a RST instead.
        """
        if self.record.closed is not None:
            return
        self.record.closed = time.monotonic()
        with contextlib.suppress(OSError, ValueError):
            socket.socket.shutdown(self.sock, socket.SHUT_WR)
            self.sock.setblocking(False)
            while self.sock.recv(_BLOCK):
                pass
        self.sock.close()

    def wake(self) -> None:
        """Make blocked calls of the connection's own thread end (called by the server)."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def read_request(self) -> Request | None:
        """Return the next request, or None when the peer has closed instead."""
        try:
            head = self._read_until(b"\r\n\r\n")
        except Gone:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        headers = [
            (name.strip(), value.strip())
            for name, _, value in (line.partition(":") for line in lines if line)
        ]
        self.record.requests += 1
        return Request(
            method=method,
            path=rest.rpartition(" ")[0],
            headers=headers,
            body=self._read_body({name.lower(): value for name, value in headers}),
            port=self.record.port,
            connection=self.record.number,
            at=time.time(),
            head=head,
        )

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        return self._read(int(headers.get("content-length", "0")))

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._read_until(b"\r\n").partition(b";")[0], 16):
            body += self._read(size)
            self._read(2)
        self._read_until(b"\r\n")
        return bytes(body)

    def _read_until(self, mark: bytes) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > _HEAD_LIMIT:
                raise Gone
            self._receive()
        return self._take(end + len(mark))[: -len(mark)]

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _receive(self) -> None:
        try:
            data = self.sock.recv(_BLOCK)
        except (OSError, ValueError) as error:
            self.record.closed_by_peer = not self.stop.is_set()
            raise Gone from error
        if not data:
            self.record.closed_by_peer = not self.stop.is_set()
            raise Gone
        self.record.received += len(data)
        self._buffer += data
