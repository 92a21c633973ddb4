"""The scripted service over real HTTP, on loopback only; it keeps what is asked for, in memory."""

import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, Self

from azchat.demo.limits import Limits
from azchat.demo.reply import Reply
from azchat.demo.responder import respond
from azchat.demo.responses.store import Store

if TYPE_CHECKING:
    from ssl import SSLContext

    from azchat.demo.azure.cloud import Cloud

HOST = "127.0.0.1"
BODY_LIMIT = 64 * 1024 * 1024  # bytes


class DemoServer:
    """The demo on ``http://127.0.0.1``; as a context manager it runs in a background thread.

    Port 0 takes a free one. ``tokens_per_second`` None is full speed. ``log`` gets one line for
    each request; without it nothing is printed. ``cuts`` are the events after which the line of
    a stream is lost, one number for each stream; when they are used up, no more. ``rpm`` requests
    and ``tpm`` tokens a minute are answered, more are refused. A ``cloud`` around it answers first.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        key: str | None = None,
        audience: str | None = None,
        tokens_per_second: float | None = None,
        log: Callable[[str], None] | None = None,
        cuts: Iterable[int | None] = (),
        cloud: "Cloud | None" = None,
        tls: "SSLContext | None" = None,
        rpm: int | None = None,
        tpm: int | None = None,
    ) -> None:
        self._http = _HttpServer((HOST, port), _RequestHandler)
        if tls:  # each handshake in the thread of its connection
            how: Any = {"server_side": True, "do_handshake_on_connect": False}
            self._http.socket = tls.wrap_socket(self._http.socket, **how)
        store = Store(time.monotonic, tokens_per_second)
        limits = Limits(rpm, tpm, time.monotonic) if rpm or tpm else None
        own = partial(respond, key=key, audience=audience, store=store, limits=limits)
        first = cloud and partial(cloud.answer, "https" if tls else "http")
        self._http.respond = lambda *asked: (first and first(*asked)) or own(*asked)
        self._http.seconds_per_token = 1 / tokens_per_second if tokens_per_second else 0
        self._http.log, self._http.cuts = log, iter(cuts)
        self._started = False

    @property
    def url(self) -> str:
        """The root of the service, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._http.server_address[1])

    def serve_forever(self) -> None:
        """Serve in this thread until interrupted or closed; then the port is free."""
        self._started = True
        try:
            self._http.serve_forever()
        finally:
            self.close()

    def close(self) -> None:
        """Stop serving and end every open connection; may be called from any thread."""
        if self._started:  # or else shutdown() would wait for ever
            self._http.shutdown()
        self._http.server_close()
        self._http.hang_up()

    def __enter__(self) -> Self:
        self._started = True
        serve = self._http.serve_forever
        threading.Thread(target=serve, args=(0.02,), name="azchat-demo", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _HttpServer(ThreadingHTTPServer):
    request_queue_size = 128
    respond: Callable[..., Reply]
    seconds_per_token: float
    log: Callable[[str], None] | None
    cuts: Iterator[int | None]

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # HTTPServer would look up the name of the host, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # TLS that is refused is one, too
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End the connections that clients keep alive, and the streams that still wait."""
        self.closing.set()
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # it has ended by itself


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "azchat-demo"
    sys_version = ""
    disable_nagle_algorithm = True
    error_content_type = "application/json"
    error_message_format = '{"error":{"code":"%(code)d","message":"%(message)s"}}'
    server: _HttpServer

    def _answer(self) -> None:
        try:
            body = self._read_body()
            if body is not None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._send(self.server.respond(self.command, self.path, headers, body))
        except ConnectionError:
            self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        # http.server asks for do_GET, do_POST and so on; the responder knows the methods.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _read_body(self) -> bytes | None:
        """Return the body, or None after an error was sent for a body that cannot be read."""
        if refusal := self._find_refusal():
            # The body stays unread, so the next request could not be found behind it.
            self.close_connection = True
            self.send_error(*refusal)
            return None
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError("the client left within the body")
        return body

    def _find_refusal(self) -> tuple[int, str] | None:
        lengths = set(self.headers.get_all("content-length", []))
        if "transfer-encoding" in self.headers:
            return 411, "send the body with a Content-Length"
        if len(lengths) > 1 or not all(re.fullmatch(r"[0-9]{1,18}", one) for one in lengths):
            return 400, "the Content-Length is not a number"
        if any(int(one) > BODY_LIMIT for one in lengths):
            return 413, f"the body is larger than {BODY_LIMIT} bytes"
        return None

    def _send(self, reply: Reply) -> None:
        if reply.is_streamed:
            self._send_stream(reply)
            return
        data = b"".join(self._paced(reply.pieces))
        self._send_head(reply, "content-length", str(len(data)))
        if self.command != "HEAD":
            self.wfile.write(data)

    def _send_stream(self, reply: Reply) -> None:
        is_old = self.request_version == "HTTP/1.0"  # which has no chunks: the end is the end
        framing = ("connection", "close") if is_old else ("transfer-encoding", "chunked")
        self._send_head(reply, *framing)
        cut = next(self.server.cuts, None) if reply.cut_after is None else reply.cut_after
        for data in self._paced(islice(reply.pieces, cut)):
            self.wfile.write(data if is_old else b"%x\r\n%b\r\n" % (len(data), data))
        if cut is not None:
            raise ConnectionAbortedError("the line is lost, as was asked for")
        self.wfile.write(b"" if is_old else b"0\r\n\r\n")

    def _send_head(self, reply: Reply, framing: str, value: str) -> None:
        self.send_response(reply.status)
        for name, text in {**reply.headers, framing: value}.items():
            self.send_header(name, text)
        self.end_headers()

    def _paced(self, pieces: Iterable[tuple[float, bytes]]) -> Iterator[bytes]:
        # Each piece has its moment counted from the start, so late wake-ups do not add up.
        due = time.monotonic()
        for tokens, data in pieces:
            due += tokens * self.server.seconds_per_token
            if self.server.closing.wait(max(0, due - time.monotonic())):
                raise ConnectionAbortedError("the server is closing")
            yield data

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        self.log_message("%s %s %s", self.command or "-", getattr(self, "path", "-"), int(code))

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: each error is a reply too, and that is logged."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        if self.server.log:
            line = format % args
            self.server.log("".join(char if char.isprintable() else "�" for char in line))
