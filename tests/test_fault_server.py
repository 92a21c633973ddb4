"""The test tools tested: the server misbehaves as it says, the oracles catch what they should."""

import contextlib
import gzip
import http.client
import json
import re
import signal
import socket
import ssl
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.faults.hostile import ESCAPES, MARKUP, UNICODE
from tests.faults.payloads import text_of
from tests.faults.proxy import Proxy
from tests.faults.scenario import SCENARIOS
from tests.faults.server import FaultServer, describe
from tests.faults.streams import SPLIT
from tests.faults.tls import Authority, Kind, black_hole, tls_server
from tests.front_door import Result, Session, azchat
from tests.oracles import CANARY, check

PYTHON = (sys.executable, "-c")
STREAM = json.dumps({"stream": True, "stream_options": {"include_usage": True}})


@pytest.fixture(scope="module")
def fs() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@contextlib.contextmanager
def ask(url: str, body: str = STREAM, method: str = "POST") -> Iterator[http.client.HTTPResponse]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, f"{parts.path}/chat/completions", body, {"api-key": "k"})
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def body_of(url: str, body: str = STREAM) -> bytes:
    with ask(url, body) as response:
        return response.read()


def raw(url: str, seconds: float = 5) -> bytes:
    """Everything the server writes until it closes, or until it is silent for ``seconds``."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port or 0), seconds) as sock:
        head = f"POST {parts.path}/chat/completions HTTP/1.1\r\nHost: x\r\n"
        sock.sendall(f"{head}Content-Length: {len(STREAM)}\r\n\r\n{STREAM}".encode())
        data = bytearray()
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while block := sock.recv(65536):
                data += block
        return bytes(data)


def events(body: bytes) -> list[Any]:
    """The JSON of each event, by a reader that forgives nothing it need not."""
    text = re.sub(r"\r\n|\r", "\n", body.decode("utf-8-sig"))
    payloads = [
        "\n".join(x.removeprefix("data:") for x in e.split("\n") if x.startswith("data:"))
        for e in text.split("\n\n")
    ]
    return [json.loads(p) for p in payloads if p.strip() and p.strip() != "[DONE]"]


def answer_of(body: bytes) -> str:
    deltas = (c.get("delta", {}) for e in events(body) for c in e["choices"])
    return "".join(delta.get("content") or "" for delta in deltas)


# -- the server --------------------------------------------------------------------


def test_it_starts_in_less_than_50_ms() -> None:
    began = time.monotonic()
    with FaultServer():
        assert time.monotonic() - began < 0.05


def test_a_scenario_or_parameter_that_does_not_exist_is_refused(fs: FaultServer) -> None:
    with pytest.raises(ValueError, match="no scenario"):
        fs.url("nope")
    with pytest.raises(ValueError, match="no parameter"):
        fs.url("ok", nn=3)


def test_every_scenario_says_what_it_is() -> None:
    assert all(scenario.about for scenario in SCENARIOS.values())
    assert "miderror" in describe()


def test_ok_is_a_whole_stream_with_usage(fs: FaultServer) -> None:
    body = body_of(fs.url("ok", n=3))
    assert answer_of(body) == "tok0 tok1 tok2"
    assert body.endswith(b"data: [DONE]\n\n")
    assert events(body)[-1]["usage"]["total_tokens"] == 21


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
@pytest.mark.parametrize("packed", [0, 1])
def test_every_framing_and_coding_says_the_same(fs: FaultServer, framing: str, packed: int) -> None:
    body = body_of(fs.url("ok", framing=framing, gzip=packed))
    assert answer_of(gzip.decompress(body) if packed else body) == text_of(10)


def test_without_stream_the_answer_is_one_object(fs: FaultServer) -> None:
    answer = json.loads(body_of(fs.url("think", field="reasoning_content"), "{}"))
    message = answer["choices"][0]["message"]
    assert message["content"] == text_of(10)
    assert message["reasoning_content"] == text_of(5, "think")


@pytest.mark.parametrize("name", ["crlf", "cr", "comment", "nospace", "idretry", "bom", "nodone"])
def test_odd_spellings_of_a_good_stream(fs: FaultServer, name: str) -> None:
    assert answer_of(body_of(fs.url(name))) == text_of(10)


def test_multidata_has_several_lines_in_one_event(fs: FaultServer) -> None:
    body = body_of(fs.url("multidata"))
    assert answer_of(body) == text_of(10)
    assert body.count(b"data:") > 100


def test_hostile_texts_arrive_unchanged(fs: FaultServer) -> None:
    texts = {"esc": ESCAPES, "uni": UNICODE, "markup": MARKUP}
    for name, text in texts.items():
        assert answer_of(body_of(fs.url(name))) == text
        assert answer_of(body_of(fs.url(name, split=1))) == text


def test_split_is_one_byte_a_write(fs: FaultServer) -> None:
    url = fs.url("split")
    assert raw(url, 0.3).count(b"\r\n1\r\n") > 100
    assert answer_of(body_of(url)) == SPLIT


@pytest.mark.parametrize(
    "form", ["openai", "vllm", "old", "openrouter", "mai", "event", "bare", "field"]
)
def test_miderror_comes_after_the_text(fs: FaultServer, form: str) -> None:
    body = body_of(fs.url("miderror", n=3, form=form))
    text, _, error = body.partition(b"tok2")
    assert b"tok1" in text
    assert b"The server had an error" in error


def test_an_error_can_repeat_the_key_of_the_caller(fs: FaultServer) -> None:
    body = body_of(fs.url("httperr", status=401, msg="bad key {key}"))
    assert b"bad key k" in body


def test_cut_ends_inside_a_chunk(fs: FaultServer) -> None:
    with pytest.raises(http.client.IncompleteRead):
        body_of(fs.url("cut"))
    with pytest.raises(http.client.IncompleteRead):
        body_of(fs.url("cut", framing="length"))


def test_rst_is_a_reset_after_the_text(fs: FaultServer) -> None:
    with ask(fs.url("rst", n=2)) as response:
        while b"tok1" not in response.readline():
            pass
        with pytest.raises(ConnectionResetError):
            response.read()


def test_cutclean_ends_without_any_mark(fs: FaultServer) -> None:
    body = body_of(fs.url("cutclean"))
    assert answer_of(body) == text_of(10)
    assert b"[DONE]" not in body
    assert b'"stop"' not in body


@pytest.mark.parametrize(("name", "last"), [("stall", b"tok9"), ("noclose", b"[DONE]")])
def test_the_socket_stays_open_after_the_last_word(fs: FaultServer, name: str, last: bytes) -> None:
    got = raw(fs.url(name), 0.3)
    assert last in got
    assert not got.endswith(b"0\r\n\r\n")


def test_drips_go_on(fs: FaultServer) -> None:
    assert raw(fs.url("noheader"), 0.1) == b""
    with socket.create_connection(("127.0.0.1", fs.port), 5) as sock:
        sock.sendall(b"GET /dripheader:ms=1/v1 HTTP/1.1\r\n\r\n")
        data = b""
        while len(data) < 60:
            data += sock.recv(100)
    assert b"\r\n\r\n" not in data
    with ask(fs.url("dripcomment", ms=1)) as response:
        data = b"".join(response.readline() for _ in range(40))
    assert data.count(b": ping") > 10
    assert data.count(b"tok") == 3


def test_big_ones_are_big(fs: FaultServer) -> None:
    assert len(answer_of(body_of(fs.url("bigevent", mb=2)))) == 2 << 20
    lines = body_of(fs.url("biglines", mb=3)).splitlines()
    assert max(map(len, lines)) > 3 << 20


def test_infinite_ends_when_the_reader_leaves(fs: FaultServer) -> None:
    with ask(fs.url("infinite")) as response:
        response.read(100_000)
        number = fs.requests_for("infinite")[-1].connection
    assert fs.wait(lambda: fs.connections[number].closed_by_peer)


def test_wrong_json_stands_between_good_events(fs: FaultServer) -> None:
    with pytest.raises(json.JSONDecodeError):
        events(body_of(fs.url("badjson")))
    assert None in events(body_of(fs.url("nonobject", kind="null")))
    assert 42 in events(body_of(fs.url("nonobject")))
    assert "\ud800" in answer_of(body_of(fs.url("surrogate")))


@pytest.mark.parametrize(
    ("name", "reason"),
    [("length", "length"), ("filter", "content_filter"), ("filternodone", "content_filter")],
)
def test_the_finish_reason_is_not_stop(fs: FaultServer, name: str, reason: str) -> None:
    reasons = [c["finish_reason"] for e in events(body_of(fs.url(name))) for c in e["choices"]]
    assert reasons[-1] == reason


def test_think_has_every_form(fs: FaultServer) -> None:
    tags = answer_of(body_of(fs.url("think")))
    assert tags == f"<think>\n{text_of(5, 'think')}\n</think>\n\n{text_of(10)}"
    assert "</think>" not in answer_of(body_of(fs.url("think", closed=0)))
    assert "<think>" not in answer_of(body_of(fs.url("think", implicit=1)))
    assert answer_of(body_of(fs.url("think", field="reasoning"))) == text_of(10)
    for field in ("details", "list", "mai"):
        assert b"reasoning" in body_of(fs.url("think", field=field)) or field == "list"


def test_httperr_has_status_headers_and_body(fs: FaultServer) -> None:
    with ask(fs.url("httperr", status=503, gzip=1, ra=3, rams=3000, msg="a b:c/d")) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "3"
        assert response.headers["retry-after-ms"] == "3000"
        assert response.headers["x-ms-request-id"] == "req-fault-0001"
        assert json.loads(gzip.decompress(response.read()))["error"]["message"] == "a b:c/d"


@pytest.mark.parametrize(
    "shape",
    ["azure", "openai", "gateway", "detail", "detail_list", "string", "list", "vllm", "ollama"],
)
def test_error_bodies_have_every_shape(fs: FaultServer, shape: str) -> None:
    assert "broken" in json.dumps(json.loads(body_of(fs.url("httperr", body=shape, msg="broken"))))


def test_flaky_fails_then_answers(fs: FaultServer) -> None:
    url = fs.url("flaky", fails=2, id="a")
    statuses = []
    for _ in range(3):
        with ask(url) as response:
            statuses.append(response.status)
    assert statuses == [429, 429, 200]


def test_streamoptions_and_unsupported_refuse_one_parameter(fs: FaultServer) -> None:
    assert b"stream_options" in body_of(fs.url("streamoptions"))
    assert answer_of(body_of(fs.url("streamoptions"), '{"stream": true}')) == text_of(10)
    assert b"unsupported_parameter" in body_of(fs.url("unsupported"), '{"max_tokens": 3}')


def test_redirects_point_where_they_are_told(fs: FaultServer) -> None:
    def location(**parameters: Any) -> str | None:
        with ask(fs.url("redirect", **parameters)) as response:
            return response.headers["Location"]

    assert location(port=fs.foreign_port, host="localhost") == (
        f"http://localhost:{fs.foreign_port}/ok/v1/redirected"
    )
    assert location(to="file:///etc/passwd") == "file:///etc/passwd"
    assert "redirect" in (location(loop=1) or "")
    assert fs.foreign_requests == []


def test_whole_answers_that_are_no_stream(fs: FaultServer) -> None:
    kinds = {}
    for name in ("empty200", "json200", "captive", "promptfilter"):
        with ask(fs.url(name)) as response:
            kinds[name] = (response.status, response.headers["Content-Type"].split(";")[0])
    assert kinds["empty200"] == (200, "text/event-stream")
    assert kinds["json200"] == (200, "application/json")
    assert kinds["captive"] == (200, "text/html")
    assert kinds["promptfilter"] == (400, "application/json")


def test_a_good_server_knows_its_model(fs: FaultServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", fs.port, timeout=5)
    names = []
    for path in ("/ok/v1/info", "/ok/v1/models", "/info/v1/info", "/ok/v1/nothing"):
        connection.request("GET", path)
        with connection.getresponse() as response:
            names.append(next(iter(json.loads(response.read()))))
    connection.close()
    assert names == ["model_name", "object", "model_name", "error"]


def test_it_remembers_requests_and_reuse_of_connections() -> None:
    with FaultServer() as fs:
        connection = http.client.HTTPConnection("127.0.0.1", fs.port, timeout=5)
        for _ in range(2):
            connection.request("POST", "/ok:n=1/v1/chat/completions", STREAM, {"X-A": "1"})
            with connection.getresponse() as response:
                response.read()
        connection.close()
        first, second = fs.requests_for("ok")
        assert (first.connection, second.connection, second.nth) == (0, 0, 2)
        assert first.header("x-a") == "1"
        assert first.json()["stream"] is True
        assert fs.wait(lambda: fs.connections[0].closed_by_peer)


def test_requests_are_logged_as_json_lines(tmp_path: Path) -> None:
    log = tmp_path / "server.jsonl"
    with FaultServer(log=log) as fs:
        body_of(fs.url("ok"))
    assert json.loads(log.read_text())["path"] == "/ok/v1/chat/completions"


def test_stopping_ends_those_who_wait() -> None:
    with FaultServer() as fs, socket.create_connection(("127.0.0.1", fs.port), 5) as sock:
        sock.sendall(b"POST /noheader/v1 HTTP/1.1\r\n\r\n")
        assert fs.wait(lambda: len(fs.requests) == 1)
        began = time.monotonic()
        fs.close()
        assert time.monotonic() - began < 1
        assert sock.recv(1) == b""


# -- TLS and proxies ---------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def tls_get(port: int, trusted: Path) -> int:
    context = ssl.create_default_context(cafile=str(trusted))
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    try:
        connection.request("GET", "/ok/v1/info")
        with connection.getresponse() as response:
            return response.status
    finally:
        connection.close()


def test_good_tls_serves_the_same_scenarios(authority: Authority) -> None:
    with tls_server("good", authority) as fs:
        assert fs.url("ok").startswith("https://127.0.0.1:")
        assert tls_get(fs.port, authority.file) == 200


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("selfsigned", "self-signed"),
        ("wrongname", "IP address mismatch"),
        ("expired", "expired"),
        ("unknown", "unable to get local issuer|self-signed"),
        ("tls10", "version|protocol"),
    ],
)
def test_bad_tls_is_refused_for_its_reason(authority: Authority, kind: Kind, why: str) -> None:
    with tls_server(kind, authority) as fs:
        with pytest.raises(ssl.SSLError, match=why):
            tls_get(fs.port, authority.file)
        assert fs.wait(lambda: fs.connections[0].closed is not None)
        assert fs.requests == []


def test_a_black_hole_takes_the_hello_and_is_silent() -> None:
    with black_hole() as hole, socket.create_connection(("127.0.0.1", hole.port), 0.1) as sock:
        sock.sendall(b"\x16\x03\x01")
        with pytest.raises(TimeoutError):
            sock.recv(1)
        assert hole.connections[0].received == 3


def test_the_proxy_tunnels_and_forwards(fs: FaultServer) -> None:
    with Proxy() as proxy:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
        connection.set_tunnel("127.0.0.1", fs.port)
        connection.request("GET", "/ok/v1/info")
        with connection.getresponse() as response:
            assert response.status == 200
        connection.close()
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
        connection.request("GET", f"{fs.origin}/ok/v1/models")
        with connection.getresponse() as response:
            assert response.status == 200
        connection.close()
        assert [request.method for request in proxy.requests] == ["CONNECT", "GET"]


def test_the_proxy_wants_to_know_who_asks() -> None:
    with Proxy(user="u", password="p") as proxy:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
        connection.request(
            "GET", "http://127.0.0.1:9/x", headers={"Proxy-Authorization": "Basic x"}
        )
        with connection.getresponse() as response:
            assert response.status == 407
        connection.request(
            "GET", "http://127.0.0.1:9/x", headers={"Proxy-Authorization": "Basic dTpw"}
        )
        with connection.getresponse() as response:
            assert response.status == 502
        connection.close()


# -- the front door ----------------------------------------------------------------


def run(tmp_path: Path, code: str, **options: Any) -> Result:
    return azchat(code, home=tmp_path, program=PYTHON, **options)


def test_streams_and_code_are_captured_apart(tmp_path: Path) -> None:
    code = "import sys; print(sys.stdin.read()); print('e', file=sys.stderr); sys.exit(7)"
    result = run(tmp_path, code, stdin="é")
    assert (result.code, result.out, result.err) == (7, "é\n", "e\n")


def test_the_peak_of_memory_is_measured(tmp_path: Path) -> None:
    program = (sys.executable, "-c", "print('ready', flush=True); input()")
    with Session(home=tmp_path, stdin="open", tty=False, program=program) as session:
        session.wait_for("ready")
        session.send("\n")
        assert session.finish().max_rss_bytes > 1 << 20


def test_the_environment_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere")
    result = run(tmp_path, "import os; print(sorted(os.environ))", env={"A": "1", "LANG": None})
    names = "['A', 'HOME', 'LC_CTYPE', 'PATH', 'PYTHONDONTWRITEBYTECODE', 'PYTHONPATH', 'TMPDIR']"
    assert result.out.strip() == names


def test_a_signal_death_is_told_as_a_shell_tells_it(tmp_path: Path) -> None:
    result = run(tmp_path, "import os; os.kill(os.getpid(), 15)")
    assert (result.code, result.status, result.signal) == (-15, 143, signal.SIGTERM)


def test_a_run_that_does_not_end_is_killed(tmp_path: Path) -> None:
    result = run(tmp_path, "import time; time.sleep(60)", timeout=0.2)
    assert result.timed_out
    assert result.seconds < 5


def test_files_are_made_with_the_modes_the_program_asks_for(tmp_path: Path) -> None:
    run(tmp_path, "open('x', 'w')")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o666


def test_large_input_that_nobody_reads_does_not_block(tmp_path: Path) -> None:
    assert run(tmp_path, "pass", stdin=b"x" * (4 << 20)).code == 0
    assert run(tmp_path, "import sys; print(len(sys.stdin.read()))", stdin=b"x" * (4 << 20)).out


def test_memory_is_the_child_s_own(tmp_path: Path) -> None:
    ballast = bytearray(200 << 20)
    small = run(tmp_path, "import time; time.sleep(0.1)").max_rss_bytes
    del ballast
    large = run(tmp_path, "x = bytearray(150 << 20)\nimport time; time.sleep(0.1)").max_rss_bytes
    assert small < 50 << 20
    assert 150 << 20 < large < 250 << 20


def test_streams_can_be_closed_or_be_files(tmp_path: Path) -> None:
    code = "import os, sys; os.write(1, b'x')"
    assert "Bad file descriptor" in run(tmp_path, code, closed=["stdout"]).err
    assert "No space left" in run(tmp_path, code, stdout=Path("/dev/full")).err
    (tmp_path / "in").write_text("from a file")
    result = run(tmp_path, "import sys; print(sys.stdin.read())", stdin=tmp_path / "in")
    assert result.out == "from a file\n"


def test_a_terminal_has_a_screen(tmp_path: Path) -> None:
    code = "import os; print('\\x1b[31mred\\x1b[0m', os.get_terminal_size(), end='')"
    result = run(tmp_path, code, tty=True, size=(60, 10))
    assert result.screen[0] == "red os.terminal_size(columns=60, lines=10)"
    assert result.terminal.startswith(b"\x1b[31m")
    assert result.termios_before == result.termios_after


def test_only_some_streams_can_be_the_terminal(tmp_path: Path) -> None:
    code = "import os, sys; print([os.isatty(i) for i in range(3)]); open('/dev/tty').close()"
    result = run(tmp_path, code, tty=["stderr"])
    assert result.out == "[False, False, True]\n"
    assert result.code == 0


def test_a_session_is_talked_to(tmp_path: Path) -> None:
    code = "print('name?'); n = input(); print('hello', n)\nwhile True: print(input('> '))"
    with Session(code, home=tmp_path, program=PYTHON) as session:
        session.wait_for("name?")
        session.send("Ada\r")
        session.wait_for("hello Ada")
        session.mark()
        session.resize(40, 10)
        session.interrupt()
        session.wait_for("KeyboardInterrupt")
        result = session.finish()
    assert result.signal is signal.SIGINT
    assert result.typed == b"Ada\r\x03"


def test_a_session_on_pipes_can_lose_its_reader(tmp_path: Path) -> None:
    code = "import sys\nwhile True: print('y', flush=True)"
    with Session(code, home=tmp_path, tty=False, program=PYTHON) as session:
        session.wait_for("y")
        session.close_output()
        assert "BrokenPipeError" in session.finish().err


def test_waiting_for_what_never_comes_shows_what_came(tmp_path: Path) -> None:
    with (
        Session("print('this')", home=tmp_path, program=PYTHON) as session,
        pytest.raises(AssertionError, match="this"),
    ):
        session.wait_for("that")


def test_the_terminal_answers_where_its_cursor_is(tmp_path: Path) -> None:
    code = (
        "import os, sys, tty; tty.setraw(0); os.write(1, b'ab\\x1b[6n'); "
        "print(ascii(os.read(0, 20)), end='')"
    )
    assert "'\\x1b[1;3R'" in "".join(run(tmp_path, code, tty=True).screen)


# -- the oracles -------------------------------------------------------------------

GOOD = "azchat: network: cannot resolve host x.test\nhint: azchat config set endpoint URL\n"


def result_of(tmp_path: Path, **fields: Any) -> Result:
    for name in ("out", "err"):
        if name in fields:
            fields[f"{name}_bytes"] = fields.pop(name).encode()
    defaults: dict[str, Any] = {
        "code": 0,
        "out_bytes": b"",
        "err_bytes": b"",
        "seconds": 0.1,
        "max_rss_bytes": 1 << 20,
        "home": tmp_path,
        "args": ("ask", "hi"),
    }
    return Result(**{**defaults, **fields})


def on_terminal(tmp_path: Path, terminal: str, **fields: Any) -> Result:
    tty = frozenset({"stdin", "stdout", "stderr"})
    return result_of(tmp_path, terminal=terminal.encode(), tty=tty, **fields)


def test_good_results_pass(tmp_path: Path) -> None:
    check(result_of(tmp_path, out="fine\n"), code=0)
    check(result_of(tmp_path, code=6, err="retrying in 3 s\n" + GOOD), code=6)
    check(result_of(tmp_path, code=-2, err="interrupted, saved as 3\n"), code=signal.SIGINT)
    check(result_of(tmp_path, code=-2), code=130)
    check(result_of(tmp_path, code=6, err=GOOD + "x\n" * 99), code=6, chatter=True)
    colours = "\x1b[?25l\x1b[2m…\x1b[22m\r\x1b[K\x1b[1;38;5;31mhi\x1b[0m 👩‍👩‍👧\r\n\x1b[?25h"
    check(on_terminal(tmp_path, colours), code=0)
    check(on_terminal(tmp_path, GOOD.replace("\n", "\x1b[0m\r\n"), code=6), code=6)


@pytest.mark.parametrize(
    ("fields", "code", "why"),
    [
        ({"code": 1}, 0, "ended with 1"),
        ({"code": -11}, 0, "ended with -11"),
        ({"code": 130}, 130, "not by signal 2"),
        ({"code": 130}, signal.SIGINT, "not by SIGINT"),
        ({"code": -9, "timed_out": True}, 0, "did not end"),
        ({"code": 6}, 6, "0 lines 'azchat"),
        ({"code": 6, "err": GOOD + GOOD}, 6, "2 lines 'azchat"),
        ({"code": 6, "err": GOOD.splitlines()[0]}, 6, "0 lines 'hint"),
        ({"code": 6, "err": "hint: x\nazchat: network: y\n"}, 6, "before the error"),
        ({"code": 7, "err": GOOD}, 7, "not of class service"),
        ({"code": 6, "err": "Error: " + GOOD}, 6, "0 lines 'azchat"),
        ({"code": 6, "err": GOOD + "x\n" * 9}, 6, "too long"),
        ({"code": 6, "err": GOOD + "x" * 2048}, 6, "too long"),
        ({"err": "x\n" * 11}, 0, "too long"),
        ({"err": GOOD}, 0, "an error on stderr"),
        ({"code": 6, "err": GOOD + "Traceback (most recent call last):\n"}, 6, "a traceback"),
        ({"code": 6, "err": GOOD + "ConnectionResetError\n"}, 6, "a Python class name"),
        ({"code": 6, "err": GOOD + "OSError: x\n"}, 6, "a Python class name"),
        ({"code": 6, "err": GOOD + "<urllib3.X object at 0x7f>\n"}, 6, "repr"),
        ({"code": 6, "err": GOOD + "[Errno 111] refused\n"}, 6, "an errno"),
        ({"code": 6, "err": GOOD + "HTTPSConnectionPool(host='x')\n"}, 6, "class name"),
        ({"code": 6, "err": GOOD + "got b'xyz'\n"}, 6, "a bytes repr"),
        ({"code": 6, "err": GOOD + "status None\n"}, 6, "None as a word"),
        ({"code": 6, "err": GOOD, "out": GOOD}, 6, "stdout is for the answer"),
        ({"err": "\x1b[1mx\x1b[0m"}, 0, "no terminal but has escape codes"),
        ({"out": f"it is {CANARY}"}, 0, "on stdout"),
        ({"err": f"it is {CANARY}"}, 0, "on stderr"),
        ({"seconds": 11.0}, 0, "took 11"),
        ({"max_rss_bytes": 301 << 20}, 0, "used 301 MiB"),
    ],
)
def test_a_bad_result_fails(tmp_path: Path, fields: dict[str, Any], code: int, why: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(why)) as caught:
        check(result_of(tmp_path, **fields), code=code)
    assert "--- stderr" in str(caught.value)


@pytest.mark.parametrize(
    ("terminal", "why"),
    [
        ("\x1b]0;title\x07", "escape sequences"),
        ("\x1b]8;;https://x.test\x1b\\x", "escape sequences"),
        ("\x1b[?1049h", "escape sequences"),
        ("\x1b[6n", "escape sequences"),
        ("\x1bP+q\x1b\\", "escape sequences"),
        ("\x1bc", "escape sequences"),
        ("\x1b", "escape sequences"),
        ("\x9b31m", "control characters"),
        ("\x07", "control characters"),
        ("\x7f", "control characters"),
        ("\u202e", "control characters"),
        ("a\U000e0041", "control characters"),
        ("\x1b[?25l", "the cursor stays hidden"),
        ("\x1b[?2004h", "bracketed paste stays on"),
        ("\x1b[0m\x1b[31mred", "foreground"),
        ("\x1b[1mbold\x1b[39m", "weight"),
        ("\x1b[38;2;0;0;0mx", "foreground"),
        (CANARY, "on terminal"),
        ("Traceback (most recent call last):", "a traceback"),
        (GOOD, "an error on stderr"),
    ],
)
def test_a_bad_terminal_fails(tmp_path: Path, terminal: str, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        check(on_terminal(tmp_path, terminal), code=0)


def test_bytes_that_are_not_utf8_or_changed_modes_fail(tmp_path: Path) -> None:
    result = result_of(tmp_path, terminal=b"\x9b", tty=frozenset({"stdout"}))
    with pytest.raises(AssertionError, match="not UTF-8"):
        check(result, code=0)
    with pytest.raises(AssertionError, match="termios"):
        check(on_terminal(tmp_path, "", termios_before=[1], termios_after=[2]), code=0)


def test_a_key_in_a_file_fails(tmp_path: Path) -> None:
    file = tmp_path / "history"
    file.touch(0o600)
    for data in (CANARY.encode(), CANARY.encode("utf-16"), b"c2stQ0FOQVJZLTdmM2E="):
        file.write_bytes(b"x" * ((1 << 20) - 5) + data)
        with pytest.raises(AssertionError, match="in the file history"):
            check(result_of(tmp_path), code=0)
        check(result_of(tmp_path), code=0, made=[file])


def test_what_was_there_before_is_the_test_s_own(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(CANARY)
    check(run(tmp_path, "pass"), code=0)
    with pytest.raises(AssertionError, match="in the file"):
        check(run(tmp_path, f"open('.env', 'a').write('{CANARY}')"), code=0)


def test_a_key_sent_to_another_host_or_in_a_url_fails(tmp_path: Path) -> None:
    with FaultServer() as fs:
        connection = http.client.HTTPConnection("127.0.0.1", fs.port, timeout=5)
        connection.request("GET", "/ok/v1/models", headers={"api-key": CANARY})
        with connection.getresponse() as response:
            response.read()
        check(result_of(tmp_path), code=0, servers=[fs])
        connection.request("GET", f"/ok/v1/models?key={CANARY}")
        with connection.getresponse() as response:
            response.read()
        connection.close()
        with pytest.raises(AssertionError, match="in the URL"):
            check(result_of(tmp_path), code=0, servers=[fs])
    with FaultServer() as fs:
        connection = http.client.HTTPConnection("127.0.0.1", fs.foreign_port, timeout=5)
        connection.request("GET", "/", headers={"Authorization": f"Bearer {CANARY}"})
        with connection.getresponse() as response:
            response.read()
        connection.close()
        with pytest.raises(AssertionError, match="another host"):
            check(result_of(tmp_path), code=0, servers=[fs])


def test_loose_modes_fail(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="x has mode 0666, not 0600"):
        check(run(tmp_path, "open('x', 'w')"), code=0)
    with pytest.raises(AssertionError, match="d has mode 0777, not 0700"):
        check(run(tmp_path, "import os; os.mkdir('d')"), code=0)
    check(run(tmp_path, "import os; os.close(os.open('y', os.O_CREAT, 0o600))"), code=0)


def test_a_program_that_crashes_is_caught_by_the_real_thing(tmp_path: Path) -> None:
    result = run(tmp_path, "import sys; sys.stderr.write('azchat: internal: x\\n'); 1 / 0")
    with pytest.raises(AssertionError, match="a traceback"):
        check(result, code=1)
