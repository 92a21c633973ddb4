"""A small forward proxy: CONNECT and absolute URIs; it remembers what it saw.

    with Proxy(user="u", password="p") as proxy:
        proxy.url        # http://u:p@127.0.0.1:PORT, for HTTP(S)_PROXY
        proxy.requests   # method, target and headers of each

With ``user`` it answers 407 to whoever does not say so; ``refuse=status`` refuses everyone.
"""

import base64
import contextlib
import select
import socket
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.faults.connection import Connection, Request
from tests.faults.scenario import respond
from tests.faults.server import LOOPBACK, Listener

_BLOCK = 1 << 16


class Proxy:
    """A forward proxy on a loopback port; a context manager."""

    def __init__(self, *, user: str = "", password: str = "", refuse: int = 0) -> None:
        self._credentials = f"{user}:{password}" if user else ""
        self._refuse = refuse
        self._listener = Listener(self._serve)
        self.port = self._listener.port
        self.url = f"http://{self._credentials and self._credentials + '@'}{LOOPBACK}:{self.port}"

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
        """Everything asked of the proxy itself; what goes through a tunnel is not seen."""
        return self._listener.requests

    @property
    def foreign_requests(self) -> list[Request]:
        """The same, for the leak oracle: a proxy must not see the key of an https endpoint."""
        return [request for request in self.requests if request.method == "CONNECT"]

    def _serve(self, connection: Connection, request: Request) -> bool:
        if self._refuse:
            return respond(connection, self._refuse, b"refused", kind="text/plain")
        if self._credentials and not self._knows(request):
            field = ("Proxy-Authenticate", 'Basic realm="fault"')
            return respond(connection, 407, b"who are you?", [field], kind="text/plain")
        target = urlsplit(f"//{request.path}" if request.method == "CONNECT" else request.path)
        try:
            upstream = socket.create_connection((target.hostname or "", target.port or 80), 5)
        except OSError:
            return respond(connection, 502, b"no such host", kind="text/plain")
        with upstream:
            if request.method == "CONNECT":
                connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream.sendall(_origin_form(request))
            _relay(connection.sock, upstream)
        return False

    def _knows(self, request: Request) -> bool:
        scheme, _, value = (request.header("proxy-authorization") or "").partition(" ")
        expected = base64.b64encode(self._credentials.encode()).decode()
        return scheme.lower() == "basic" and value == expected


def _origin_form(request: Request) -> bytes:
    url = urlsplit(request.path)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    dropped = ("proxy-authorization", "proxy-connection", "connection", "transfer-encoding")
    lines = [f"{request.method} {target} HTTP/1.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers if name.lower() not in dropped]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + request.body


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Copy both ways until one side closes."""
    with contextlib.suppress(OSError, ValueError):
        while True:
            ready, _, _ = select.select([one, other], [], [])
            for source in ready:
                data = source.recv(_BLOCK)
                if not data:
                    return
                (other if source is one else one).sendall(data)
