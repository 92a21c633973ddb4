import contextlib
import gzip
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from azchat.errors import AzchatError, NetworkError
from azchat.net.connection import Body, Connection, Head
from azchat.net.opening import Target
from tests.faults.proxy import Proxy
from tests.faults.server import FaultServer
from tests.faults.tls import Authority, Kind, black_hole, tls_server

ASK = b'{"stream":true}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# One thing a scripted server does: send bytes, or wait and send.
Step = bytes | Callable[[socket.socket], None]


def drip(sock: socket.socket) -> None:
    """Send one byte every few milliseconds until the peer leaves."""
    while not select.select([sock], [], [], 0.005)[0]:
        sock.sendall(b"x")


class Server:
    """Takes one connection after the other; each answers its requests by its script and closes."""

    def __init__(self, *connections: list[Step]) -> None:
        self.requests: list[bytes] = []
        self._script = connections
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listening.close()

    def _serve(self) -> None:
        for steps in self._script:
            try:
                sock = self._listening.accept()[0]
            except OSError:
                return
            with sock, contextlib.suppress(OSError):
                for step in steps:
                    self._answer(sock, step)

    def _answer(self, sock: socket.socket, step: Step) -> None:
        if callable(step):
            step(sock)
            return
        request = sock.recv(65536)
        while request and not request.endswith(ASK):
            request += sock.recv(65536)
        self.requests.append(request)
        sock.sendall(step)


@contextlib.contextmanager
def connected(
    url: str, variables: Mapping[str, str] | None = None, timeout: float = 5.0
) -> Iterator[Connection]:
    connection = Connection(Target.of(url, variables or {}, timeout))
    try:
        yield connection
    finally:
        connection.close()


def post(connection: Connection, url: str, timeout: float = 5.0) -> Head:
    headers = {"api-key": "k", "content-length": str(len(ASK))}
    return connection.request("POST", urlsplit(url).path or "/", headers, ASK, timeout)


def read_all(body: Body) -> bytes:
    return b"".join(iter(lambda: body.read(5.0), b""))


def talk(connection: Connection, url: str) -> bytes:
    return read_all(post(connection, url).body)


def failure(url: str, variables: Mapping[str, str] | None = None, timeout: float = 5.0) -> str:
    """Return what is told where the first request of a connection fails."""
    with connected(url, variables, timeout) as connection, pytest.raises(AzchatError) as raised:
        post(connection, url)
    return f"{raised.value.what}; {raised.value.hint}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


# One connection for many requests


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_requests_share_a_connection(fs: FaultServer, framing: str) -> None:
    url = fs.url("ok", framing=framing)
    with connected(url) as connection:
        answers = {talk(connection, url) for _ in range(3)}
    assert len(answers) == 1
    assert len(fs.connections) == 1


def test_a_reply_that_ends_with_its_connection_needs_another_one(fs: FaultServer) -> None:
    url = fs.url("ok", framing="close")
    with connected(url) as connection:
        assert talk(connection, url) == talk(connection, url)
    assert len(fs.connections) == 2


def test_what_arrived_behind_the_answer_need_not_be_read() -> None:
    with Server([OK, OK]) as server, connected(server.url) as connection:
        post(connection, server.url)
        assert talk(connection, server.url) == b"ok"
        assert len(server.requests) == 2


def test_a_body_left_unread_costs_the_connection(fs: FaultServer) -> None:
    with connected(fs.origin) as connection:
        post(connection, fs.url("infinite")).body.read(5.0)
        assert b"tok0" in talk(connection, fs.url("ok"))
        assert fs.wait(lambda: fs.connections[0].closed_by_peer)
    assert len(fs.connections) == 2


def test_bytes_that_belong_to_no_request_cost_the_connection() -> None:
    forged = OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    with Server([forged], [OK]) as server, connected(server.url) as connection:
        assert [talk(connection, server.url) for _ in range(2)] == [b"ok", b"ok"]
        assert len(server.requests) == 2


def test_a_connection_that_the_server_closed_is_opened_again() -> None:
    with Server([OK], [OK]) as server, connected(server.url) as connection:
        assert [talk(connection, server.url) for _ in range(2)] == [b"ok", b"ok"]
        assert len(server.requests) == 2


def test_a_connection_closed_just_as_it_is_used_again_is_opened_again() -> None:
    with Server([OK, b""], [OK]) as server, connected(server.url) as connection:
        assert [talk(connection, server.url) for _ in range(2)] == [b"ok", b"ok"]
        assert len(server.requests) == 3


def test_a_refusal_that_does_not_wait_for_the_whole_request_is_heard() -> None:
    def refuse(sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")

    with Server([refuse]) as server, connected(server.url) as connection:
        head = connection.request("POST", "/", {}, b"x" * 50_000_000, 5.0)
        assert (head.status, read_all(head.body)) == (413, b"big")


def test_a_new_connection_that_closes_without_an_answer_is_not_tried_again(
    fs: FaultServer,
) -> None:
    with connected(fs.origin) as connection, pytest.raises(NetworkError) as raised:
        post(connection, fs.url("closed"))
    assert "closed the connection without an answer" in raised.value.what
    assert len(fs.requests) == 1


def test_after_a_failure_the_next_request_is_on_a_new_connection(fs: FaultServer) -> None:
    with connected(fs.origin) as connection:
        with pytest.raises(NetworkError):
            post(connection, fs.url("nothttp"))
        assert b"tok0" in talk(connection, fs.url("ok"))


def test_a_closed_connection_opens_again_when_it_is_needed(fs: FaultServer) -> None:
    url = fs.url("ok")
    with connected(url) as connection:
        talk(connection, url)
        connection.close()
        assert b"tok0" in talk(connection, url)


# What is sent


def test_a_request_is_sent_as_it_was_given(fs: FaultServer) -> None:
    with connected(fs.origin) as connection:
        talk(connection, fs.url("ok"))
    request = fs.requests[0]
    assert (request.method, request.body, request.header("api-key")) == ("POST", ASK, "k")
    assert request.header("host") == f"127.0.0.1:{fs.port}"


def test_nothing_asks_for_compression_or_proxies(fs: FaultServer) -> None:
    with connected(fs.origin) as connection:
        talk(connection, fs.url("ok"))
    names = {name.lower() for name, _ in fs.requests[0].headers}
    assert names == {"host", "content-length", "api-key"}


def test_names_of_headers_come_in_lower_case(fs: FaultServer) -> None:
    with connected(fs.origin) as connection:
        head = post(connection, fs.url("httperr", status=503, ra="7"))
    assert (head.status, head.headers["retry-after"]) == (503, "7")


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_a_compressed_reply_is_unpacked(fs: FaultServer, framing: str) -> None:
    with connected(fs.origin) as connection:
        plain = talk(connection, fs.url("ok", framing=framing))
        assert talk(connection, fs.url("ok", framing=framing, gzip=1)) == plain


def test_a_compressed_reply_that_ends_early_is_told() -> None:
    packed = gzip.compress(b"data: token\n\n" * 100)[:-12]
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with Server([reply + packed]) as server, connected(server.url) as connection:
        body = post(connection, server.url).body
        with pytest.raises(NetworkError):
            read_all(body)


def test_a_compressed_reply_may_be_empty() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"
    with Server([reply]) as server, connected(server.url) as connection:
        assert talk(connection, server.url) == b""


def test_a_notice_to_continue_is_not_the_reply() -> None:
    reply = b"HTTP/1.1 100 Continue\r\n\r\n" + OK
    with Server([reply]) as server, connected(server.url) as connection:
        assert talk(connection, server.url) == b"ok"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_a_reply_without_a_body_has_none(status: bytes) -> None:
    with (
        Server([b"HTTP/1.1 %b\r\n\r\n" % status]) as server,
        connected(server.url) as connection,
    ):
        assert talk(connection, server.url) == b""


# Bytes as they come


def test_bytes_are_handed_out_as_soon_as_they_come() -> None:
    read = threading.Event()

    def more(sock: socket.socket) -> None:
        read.wait(5)
        sock.sendall(b"5\r\nthere\r\n0\r\n\r\n")

    with (
        Server([CHUNKED + b"2\r\nhi\r\n", more]) as server,
        connected(server.url) as connection,
    ):
        body = post(connection, server.url).body
        assert body.read(5.0) == b"hi"
        read.set()
        assert body.read(5.0) == b"there"


def test_after_a_silence_a_body_can_be_read_on() -> None:
    silent = threading.Event()

    def later(sock: socket.socket) -> None:
        silent.wait(5)
        sock.sendall(b"2\r\nhi\r\n0\r\n\r\n")

    with Server([CHUNKED, later]) as server, connected(server.url) as connection:
        body = post(connection, server.url).body
        with pytest.raises(TimeoutError):
            body.read(0.02)
        silent.set()
        assert read_all(body) == b"hi"


@pytest.mark.parametrize("scenario", ["cut", "rst"])
@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_a_body_that_is_cut_is_told_after_what_came(
    fs: FaultServer, scenario: str, framing: str
) -> None:
    came: list[bytes] = []
    with connected(fs.origin) as connection:
        body = post(connection, fs.url(scenario, framing=framing)).body
        with pytest.raises(NetworkError, match="connection closed"):
            came.extend(iter(lambda: body.read(5.0), b""))
    assert scenario == "rst" or b"tok9" in b"".join(came)


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    with (
        Server([b"HTTP/1.0 200 OK\r\n\r\nall of it"]) as server,
        connected(server.url) as connection,
    ):
        assert talk(connection, server.url) == b"all of it"


@pytest.mark.parametrize(
    "lengths",
    [(b"5", b"50"), (b"50", b"5"), (b"5, 50",), (b"5", b"5", b"6"), (b"5, 5", b"4"), (b"5", b"x")],
    ids=repr,
)
@pytest.mark.parametrize("framing", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_lengths_that_differ_are_no_answer(lengths: tuple[bytes, ...], framing: bytes) -> None:
    head = b"".join(b"Content-Length: %b\r\n" % length for length in lengths)
    with Server([b"HTTP/1.1 200 OK\r\n" + framing + head + b"\r\nhello"]) as server:
        told = failure(server.url)
    assert "did not answer in HTTP: two lengths differ" in told


@pytest.mark.parametrize("lengths", [(b"5", b"5"), (b"5, 5",), (b"5,5 , 5",)], ids=repr)
def test_a_length_that_is_said_twice_is_one(lengths: tuple[bytes, ...]) -> None:
    head = b"".join(b"Content-Length: %b\r\n" % length for length in lengths)
    left = threading.Event()
    reply = b"HTTP/1.1 200 OK\r\n" + head + b"\r\nhello"

    def stay(sock: socket.socket) -> None:
        left.wait(5)

    with Server([reply, stay]) as server:
        with connected(server.url) as connection:
            assert talk(connection, server.url) == b"hello"
        left.set()


@pytest.mark.parametrize("length", [b"9" * 5000, b"1_0", b"+10", b"-5", b"0x10", b""], ids=len)
def test_a_length_that_is_no_number_is_none(length: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\nhello"
    with Server([head % length]) as server, connected(server.url) as connection:
        assert talk(connection, server.url) == b"hello"


def test_a_reply_that_cannot_be_read_is_not_the_beginning_of_the_next() -> None:
    strange = b"HTTP/1.1 200 OK\r\nContent-Encoding: x\r\nContent-Length: 2\r\n\r\nHT"
    with Server([strange, OK], [OK]) as server, connected(server.url) as connection:
        with pytest.raises(AzchatError):
            post(connection, server.url)
        assert talk(connection, server.url) == b"ok"


# Deadlines


def seconds_until(error: type[BaseException], act: Callable[[], Any]) -> float:
    start = time.monotonic()
    with pytest.raises(error):
        act()
    return time.monotonic() - start


@pytest.mark.parametrize("scenario", ["noheader", "dripheader"])
def test_a_head_that_does_not_come_ends_at_the_deadline(fs: FaultServer, scenario: str) -> None:
    url = fs.url("noheader") if scenario == "noheader" else fs.url("dripheader", ms=5)
    with connected(url) as connection:
        assert seconds_until(NetworkError, lambda: post(connection, url, 0.2)) < 1.0


def test_a_late_head_is_told_with_its_deadline(fs: FaultServer) -> None:
    with connected(fs.origin) as connection, pytest.raises(NetworkError) as raised:
        post(connection, fs.url("noheader"), 0.05)
    assert raised.value.what == "127.0.0.1 did not answer within 0.05 s"
    assert "--timeout" in raised.value.hint


def test_a_body_that_does_not_come_ends_at_the_deadline(fs: FaultServer) -> None:
    with connected(fs.origin) as connection:
        body = post(connection, fs.url("stall", n=0)).body
        body.read(5.0)
        assert seconds_until(TimeoutError, lambda: body.read(0.1)) < 1.0


@pytest.mark.parametrize("dripping", [b"5;name=", b"0\r\nX-Trailer: "])
def test_a_framing_that_drips_cannot_defeat_the_deadline(dripping: bytes) -> None:
    with Server([CHUNKED + dripping, drip]) as server, connected(server.url) as connection:
        body = post(connection, server.url).body
        assert seconds_until(TimeoutError, lambda: body.read(0.2)) < 1.0


def test_a_server_that_takes_no_bytes_cannot_defeat_the_deadline() -> None:
    with Server([drip]) as server, connected(server.url) as connection:
        big = b"x" * 50_000_000
        send = lambda: connection.request("POST", "/", {}, big, 0.2)  # noqa: E731
        assert seconds_until(NetworkError, send) < 2.0


# An early start


def test_an_early_start_sends_nothing(fs: FaultServer) -> None:
    with connected(fs.origin) as connection:
        connection.start()
        assert fs.wait(lambda: len(fs.connections) == 1)
        assert fs.connections[0].received == 0


def test_an_early_connection_serves_the_first_request(fs: FaultServer) -> None:
    with connected(fs.origin) as connection:
        connection.start()
        connection.start()
        talk(connection, fs.url("ok"))
    assert len(fs.connections) == 1


@pytest.fixture
def dead_port() -> int:
    """A port on which nothing listens any more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def test_an_early_failure_is_told_by_the_first_request(dead_port: int) -> None:
    with connected(f"http://127.0.0.1:{dead_port}") as connection:
        connection.start()
        with pytest.raises(NetworkError, match=f"connection refused by 127.0.0.1:{dead_port}"):
            post(connection, "")


def test_after_a_failure_to_connect_the_next_request_tries_again(dead_port: int) -> None:
    with connected(f"http://127.0.0.1:{dead_port}") as connection:
        for _ in range(2):
            with pytest.raises(NetworkError, match="connection refused"):
                post(connection, "")


def test_an_early_connection_that_is_not_needed_is_closed(fs: FaultServer) -> None:
    connection = Connection(Target.of(fs.origin, {}))
    connection.start()
    assert fs.wait(lambda: len(fs.connections) == 1)
    connection.close()
    assert fs.wait(lambda: fs.connections[0].closed_by_peer, 1.0)


# TLS


def test_tls_with_a_trusted_certificate_works(authority: Authority) -> None:
    variables = {"SSL_CERT_FILE": str(authority.file)}
    with tls_server("good", authority) as fs, connected(fs.origin, variables) as connection:
        answers = {talk(connection, fs.url("ok")) for _ in range(3)}
        assert (len(answers), len(fs.connections)) == (1, 1)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_each_variable_for_a_bundle_is_read(authority: Authority, name: str) -> None:
    variables = {name: str(authority.file)}
    with tls_server("good", authority) as fs, connected(fs.origin, variables) as connection:
        assert b"tok0" in talk(connection, fs.url("ok"))


@pytest.mark.parametrize("kind", ["selfsigned", "wrongname", "expired", "unknown"])
def test_a_certificate_that_is_not_valid_ends_it_before_a_byte_is_sent(
    authority: Authority, kind: Kind
) -> None:
    with tls_server(kind, authority) as fs:
        told = failure(fs.url("ok"), {"SSL_CERT_FILE": str(authority.file)})
        assert "certificate of 127.0.0.1 is not valid" in told
        assert fs.requests == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize(
    ("kind", "what", "hint"),
    [
        ("expired", "it has expired;", "renewed there"),
        ("early", "it is not yet valid;", "clock of this machine"),
        ("wrongname", "it is for another name", "the endpoint's host"),
        ("unknown", "issuer", "does not vouch for it"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told_and_which_variable_is_in_use(
    authority: Authority, variable: str, kind: Kind, what: str, hint: str
) -> None:
    with tls_server(kind, authority) as fs:
        told = failure(fs.url("ok"), {variable: str(authority.file)})
    assert re.search(f"not valid: .*{what}.*{hint}", told)
    names = set(re.findall("[A-Z]+_(?:CERT_FILE|CA_BUNDLE)", told))
    assert names == {variable}
    assert str(authority.file) in told


def test_without_a_bundle_the_hint_for_an_unknown_authority_names_the_usual_variable(
    authority: Authority,
) -> None:
    with tls_server("good", authority) as fs:
        assert "set SSL_CERT_FILE to its bundle" in failure(fs.url("ok"))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
def test_a_bundle_that_cannot_be_read_is_told_with_its_variable(
    authority: Authority, variable: str
) -> None:
    with tls_server("good", authority) as fs:
        told = failure(fs.url("ok"), {variable: "/nowhere.pem"})
    assert told.endswith(f"/nowhere.pem; mend or unset {variable}")


def test_a_version_of_tls_that_is_too_old_is_refused(authority: Authority) -> None:
    with tls_server("tls10", authority) as fs:
        told = failure(fs.url("ok"), {"SSL_CERT_FILE": str(authority.file)})
    assert "TLS with 127.0.0.1 failed" in told


def test_a_server_that_does_not_speak_tls_is_told() -> None:
    with Server([lambda sock: sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")]) as server:
        told = failure(server.url.replace("http:", "https:"))
    assert "TLS with 127.0.0.1 failed" in told


def test_a_handshake_that_is_never_answered_ends_at_the_deadline() -> None:
    with black_hole() as listener:
        start = time.monotonic()
        assert "within 0.2 s" in failure(f"https://127.0.0.1:{listener.port}", timeout=0.2)
        assert time.monotonic() - start < 1.5


def test_a_bundle_that_cannot_be_read_is_told_and_leaves_no_connection(
    fs: FaultServer, tmp_path: Path
) -> None:
    variables = {"SSL_CERT_FILE": str(tmp_path / "none.pem")}
    assert "no readable CA bundle" in failure(f"https://127.0.0.1:{fs.port}", variables)
    assert fs.wait(lambda: all(one.closed_by_peer for one in fs.connections), 1.0)


# Proxies


def test_plain_http_goes_through_a_local_proxy(fs: FaultServer) -> None:
    with Proxy() as proxy:
        with connected(fs.origin, {"http_proxy": proxy.url}) as connection:
            assert b"tok0" in talk(connection, fs.url("ok"))
        assert [request.path for request in proxy.requests] == [fs.url("ok")]


def test_tls_goes_through_a_tunnel_that_sees_no_key(authority: Authority) -> None:
    with Proxy() as proxy, tls_server("good", authority) as fs:
        variables = {"https_proxy": proxy.url, "SSL_CERT_FILE": str(authority.file)}
        with connected(fs.origin, variables) as connection:
            assert b"tok0" in talk(connection, fs.url("ok"))
        assert [request.method for request in proxy.requests] == ["CONNECT"]
        assert proxy.requests[0].header("api-key") is None


def test_a_proxy_that_wants_a_sign_in_gets_it_and_the_server_does_not(
    authority: Authority,
) -> None:
    with Proxy(user="u", password="p") as proxy, tls_server("good", authority) as fs:
        variables = {"https_proxy": proxy.url, "SSL_CERT_FILE": str(authority.file)}
        with connected(fs.origin, variables) as connection:
            assert b"tok0" in talk(connection, fs.url("ok"))
        assert fs.requests[0].header("proxy-authorization") is None


def test_a_proxy_that_wants_a_sign_in_and_gets_none_is_told() -> None:
    with Proxy(user="u", password="p") as proxy:
        told = failure("https://127.0.0.1:9", {"https_proxy": f"http://127.0.0.1:{proxy.port}"})
    assert "demands a sign-in" in told


def test_a_proxy_that_refuses_is_told() -> None:
    with Proxy(refuse=403) as proxy:
        told = failure("https://127.0.0.1:9", {"https_proxy": proxy.url})
    assert "refused to connect to 127.0.0.1: 403" in told


def test_a_proxy_that_is_not_there_is_told_by_its_address(dead_port: int) -> None:
    proxy = f"http://u:hunter2@127.0.0.1:{dead_port}"
    told = failure("https://127.0.0.1:9", {"https_proxy": proxy})
    assert f"proxy 127.0.0.1:{dead_port} cannot be reached" in told
    assert "hunter2" not in told
