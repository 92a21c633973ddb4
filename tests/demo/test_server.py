import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from azchat.demo.server import BODY_LIMIT, DemoServer

PATH = "/models/chat/completions"
QUESTION = [{"role": "user", "content": "How many languages are in the world?"}]


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


@pytest.fixture
def connection(server: DemoServer) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    yield opened
    opened.close()


def post(connection: http.client.HTTPConnection, **body: Any) -> http.client.HTTPResponse:
    connection.request("POST", PATH, json.dumps({"messages": QUESTION, **body}))
    return connection.getresponse()


def exchange(server: DemoServer, data: bytes) -> bytes:
    """Send raw bytes and read until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(data)
        return b"".join(iter(lambda: raw.recv(65536), b""))


def test_it_listens_on_loopback_only(server: DemoServer) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}"


def test_one_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    local = set()
    for stream in (False, True, False):
        reply = post(connection, stream=stream)
        assert b"7,000" in reply.read()
        local.add(connection.sock.getsockname())
    assert len(local) == 1


def test_a_stream_is_chunked(connection: http.client.HTTPConnection) -> None:
    reply = post(connection, stream=True)
    assert reply.getheader("transfer-encoding") == "chunked"
    assert reply.getheader("content-length") is None
    assert reply.read().endswith(b"data: [DONE]\n\n")


def test_a_whole_reply_has_a_length(connection: http.client.HTTPConnection) -> None:
    reply = post(connection)
    assert reply.getheader("content-length") == str(len(reply.read()))


def test_an_old_client_gets_a_stream_that_ends_with_the_connection(server: DemoServer) -> None:
    body = json.dumps({"messages": QUESTION, "stream": True}).encode()
    head = f"POST {PATH} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    reply = exchange(server, head + body)
    assert b"chunked" not in reply
    assert reply.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Content-Length: -1", b"400"),
        ("Content-Length: five", b"400"),
        ("Content-Length: 1_0", b"400"),
        ("Content-Length: 1\r\nContent-Length: 2", b"400"),
        (f"Content-Length: {BODY_LIMIT + 1}", b"413"),
        ("Transfer-Encoding: chunked", b"411"),
    ],
)
def test_a_body_that_cannot_be_read_ends_the_connection(
    server: DemoServer, header: str, status: bytes
) -> None:
    reply = exchange(server, f"POST {PATH} HTTP/1.1\r\n{header}\r\n\r\n".encode())
    assert reply.split()[1] == status
    assert json.loads(reply.partition(b"\r\n\r\n")[2])["error"]["code"] == status.decode()


def test_an_unknown_method_is_405(connection: http.client.HTTPConnection) -> None:
    connection.request("BREW", PATH)
    assert connection.getresponse().status == 405


def test_a_head_request_gets_no_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/info")
    assert connection.getresponse().read() == b""


def test_the_key_is_demanded() -> None:
    with DemoServer(key="K") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        statuses = []
        for headers in ({}, {"API-Key": "K"}):
            connection.request("GET", "/info", headers=headers)
            reply = connection.getresponse()
            reply.read()
            statuses.append(reply.status)
        connection.close()
    assert statuses == [401, 200]


def test_tokens_come_at_the_speed_asked_for() -> None:
    with DemoServer(tokens_per_second=100) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        started = time.monotonic()
        post(connection, stream=True, max_tokens=20, model="gpt-4o").read()
        connection.close()
        assert 0.1 < time.monotonic() - started < 5


def test_pieces_are_sent_one_by_one() -> None:
    with DemoServer(tokens_per_second=0.01) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        reply = post(connection, stream=True)
        assert b'"role":"assistant"' in reply.readline()
        connection.close()


def test_a_client_that_leaves_causes_no_traceback(
    server: DemoServer, capfd: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps({"messages": QUESTION, "stream": True}).encode()
    for data in (body, body[:10], b""):
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        raw.sendall(f"POST {PATH} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + data)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raw.close()
    server.close()
    assert capfd.readouterr() == ("", "")


def test_closing_ends_a_slow_stream_at_once() -> None:
    started = time.monotonic()
    with DemoServer(tokens_per_second=0.01) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        reply = post(connection, stream=True)
    with pytest.raises(http.client.IncompleteRead):
        reply.read()
    connection.close()
    assert time.monotonic() - started < 5


def test_nothing_is_printed_and_the_log_gets_a_line_for_each_request(
    capfd: pytest.CaptureFixture[str],
) -> None:
    lines: list[str] = []
    with DemoServer(log=lines.append) as server:
        exchange(server, b"GET /in\x1bfo HTTP/1.0\r\n\r\n")
        exchange(server, b"GET /info HTTP/1.0\r\n\r\n")
    assert lines == ["GET /in\ufffdfo 404", "GET /info 200"]
    assert capfd.readouterr() == ("", "")


def test_it_can_serve_in_the_foreground() -> None:
    server = DemoServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    assert b"DeepSeek-V4-Pro" in exchange(server, b"GET /info HTTP/1.0\r\n\r\n")
    server.close()
    thread.join(timeout=5)
    assert not thread.is_alive()
