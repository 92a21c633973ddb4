"""HTTP replies that refuse, redirect, ask to wait, or are hardly HTTP."""

import gzip
import json
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.connection import Connection
from tests.faults.payloads import DONE, chunk, content, error_body, event, text_of
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.oracles import CANARY, check

ANSWER = text_of(10) + "\n"
FINE = event(content("fine")) + event(chunk({}, "stop")) + DONE
SHAPES = ["azure", "openai", "gateway", "detail", "detail_list", "string", "list", "vllm"]
SHAPES += ["ollama", "mistral"]


# -- refusals ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_named_by_its_source(fs: FaultServer, ask: Ask, status: int) -> None:
    result = ask(fs.url("httperr", status=status))
    check(result, code=4, servers=[fs])
    assert "AZURE_INFERENCE_CREDENTIAL" in result.err
    assert len(fs.requests) == 1


def test_a_refused_key_from_a_file_is_named_by_the_file(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    key, config = home / "key", home / "config.toml"
    key.write_text(CANARY)
    key.chmod(0o600)
    config.write_text(f'endpoint = "{fs.url("httperr", status=401)}"\nkey_file = "{key}"')
    env = {"AZCHAT_CONFIG": str(config), "AZURE_INFERENCE_CREDENTIAL": None}
    result = ask("", env={**env, "AZURE_INFERENCE_ENDPOINT": None})
    check(result, code=4, servers=[fs])
    assert "key_file" in result.err or str(key) in result.err
    assert fs.requests[0].key == CANARY


def test_a_missing_deployment_shows_host_and_model(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("httperr", status=404), "hi", "-m", "gpt-nope")
    check(result, code=7, servers=[fs])
    assert "deployment or path not found" in result.err
    assert f"127.0.0.1:{fs.port}" in result.err
    assert "gpt-nope" in result.err
    assert len(fs.requests) == 1


@pytest.mark.parametrize("status", [400, 405, 410, 413, 415, 418, 422, 424, 451, 501])
def test_a_refusal_is_not_tried_again(fs: FaultServer, ask: Ask, status: int) -> None:
    result = ask(fs.url("httperr", status=status, msg="no thanks"))
    check(result, code=7, servers=[fs])
    assert f"HTTP {status}" in result.err
    assert "no thanks" in result.err
    assert len(fs.requests) == 1


@pytest.mark.parametrize(("shape", "packed"), [(x, i % 2) for i, x in enumerate(SHAPES)])
def test_the_message_is_found_in_every_shape_of_error(
    fs: FaultServer, ask: Ask, shape: str, packed: int
) -> None:
    result = ask(fs.url("httperr", status=400, body=shape, msg="out of luck", gzip=packed))
    check(result, code=7, servers=[fs])
    assert "out of luck" in result.err
    assert not re.search(r"[{}\[\]]", result.err)


@pytest.mark.parametrize("shape", ["html", "empty"])
@pytest.mark.parametrize("status", [400, 404, 502])
def test_an_error_without_a_message_is_told_by_its_status(
    fs: FaultServer, ask: Ask, shape: str, status: int
) -> None:
    result = ask(fs.url("httperr", status=status, body=shape), "hi", "--retries", "0")
    check(result, code=7, servers=[fs])
    assert f"HTTP {status}" in result.err
    assert "<" not in result.err


def test_the_request_id_is_shown(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("httperr", status=400), "hi", "--json")
    check(result, code=7, servers=[fs])
    error = json.loads(result.out)["error"]
    assert "req-fault-0001" in result.err
    assert (error["class"], error["http_status"]) == ("service", 400)
    assert error["request_id"] == "req-fault-0001"


@pytest.mark.parametrize("shape", ["azure", "detail_list", "string", "mistral", "html"])
def test_an_error_that_repeats_the_key_is_masked(fs: FaultServer, ask: Ask, shape: str) -> None:
    result = ask(fs.url("httperr", status=400, body=shape, msg="wrong key: {key}!"))
    check(result, code=7, servers=[fs])
    assert shape == "html" or "wrong key: ***!" in result.err


@pytest.mark.parametrize("option", ["--json", "--output-format=stream-json", "--debug"])
def test_a_key_in_any_field_of_an_error_is_masked(ask: Ask, option: str) -> None:
    error = {"error": {"message": "no", "code": CANARY, "type": CANARY, "param": CANARY}}
    head = {"x_request_id": CANARY, "location": f"https://{CANARY}/{CANARY}", "x_key": CANARY}
    refusal = reply(json.dumps(error).encode(), "400 No", content_type="application/json", **head)
    with Scripted(refusal) as server:
        result = ask(server.url, "hi", option)
        check(result, code=7, servers=[server], chatter=True, allow=[r"(?s)  File .*"])


def test_a_recording_of_an_error_has_no_key(fs: FaultServer, ask: Ask, home: Path) -> None:
    url = fs.url("httperr", status=400, msg="wrong key: {key}!")
    result = ask(url, "hi", "--record", str(home / "record"))
    check(result, code=7, servers=[fs])
    assert "wrong key: ***!" in (home / "record").read_text()


@pytest.mark.parametrize("status", [400, 503])
def test_an_error_with_a_long_message_stays_short(fs: FaultServer, ask: Ask, status: int) -> None:
    url = fs.url("httperr", status=status, msg="x " * 4000, rams="1")
    result = ask(url)
    check(result, code=7, servers=[fs])


def test_an_error_with_an_endless_body_is_told(ask: Ask) -> None:
    def drone(connection: Connection) -> None:
        connection.send(reply(b"", "400 Bad Request", content_type="text/plain"))
        while True:
            connection.send(b"no " * 100_000)

    with Scripted(drone) as server:
        result = ask(server.url)
        check(result, code=7, servers=[server])
    assert "HTTP 400" in result.err


def test_an_error_whose_body_never_comes_is_told(ask: Ask) -> None:
    def hold(connection: Connection) -> None:
        connection.send(reply(b'{"error"', "400 Bad Request", content_length="100"))
        connection.hold()

    with Scripted(hold) as server:
        result = ask(server.url, timeout=15)
        check(result, code=7, servers=[server], limit_seconds=8)
    assert "HTTP 400" in result.err


@pytest.mark.parametrize("tty", [False, True])
def test_control_characters_of_an_error_are_made_visible(
    fs: FaultServer, ask: Ask, tty: bool
) -> None:
    url = fs.url("httperr", status=503, msg="a\x1b[31mb\x9b\u202ec", rams="1")
    result = ask(url, tty=tty)
    check(result, code=7, servers=[fs])
    assert "a^[[31mb" in (result.terminal.decode() if tty else result.err)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff\xfe\x00", b"null", b"0", b'{"error": 7}'])
def test_no_body_of_an_error_is_a_bug(ask: Ask, body: bytes) -> None:
    refusal = reply(body, "400 Bad Request", content_type="application/json")
    with Scripted(refusal) as server:
        result = ask(server.url)
        check(result, code=7, servers=[server])
    assert "HTTP 400" in result.err


# -- trying again ------------------------------------------------------------------


def test_a_wait_that_the_service_asks_for_is_told_and_kept(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("flaky", fails=1, status=429, ra="2"))
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER
    assert "trying again in 2.0 s" in result.err
    assert fs.requests[1].at - fs.requests[0].at >= 2


def test_a_wait_may_be_in_milliseconds(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("flaky", status=503, rams="300", ra="5"))
    check(result, code=0, servers=[fs])
    assert 0.3 <= fs.requests[1].at - fs.requests[0].at < 3


def test_a_wait_may_be_a_date(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("flaky", status=429, ra=formatdate(time.time() + 2, usegmt=True)))
    check(result, code=0, servers=[fs])
    assert 0.5 < fs.requests[1].at - fs.requests[0].at < 4


def test_a_wait_may_stand_in_the_message(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("flaky", status=429, msg="Please retry after 1 second."))
    check(result, code=0, servers=[fs])
    assert 0.7 <= fs.requests[1].at - fs.requests[0].at < 4


@pytest.mark.parametrize(
    ("status", "asked"),
    [(429, "3600"), (429, "61"), (503, "3600"), (503, "86400.5"), (429, "1e9"), (429, "9" * 30)],
)
def test_a_long_wait_is_the_user_s_decision(
    fs: FaultServer, ask: Ask, status: int, asked: str
) -> None:
    result = ask(fs.url("httperr", status=status, ra=asked))
    check(result, code=7, servers=[fs], limit_seconds=5)
    assert f"retry after {float(asked):.0f} s" in result.err
    assert len(fs.requests) == 1


def test_a_date_far_away_is_a_long_wait(fs: FaultServer, ask: Ask) -> None:
    date = formatdate(time.time() + 7200, usegmt=True)
    result = ask(fs.url("httperr", status=429, ra=date), "hi", "--json")
    check(result, code=7, servers=[fs], limit_seconds=5)
    error = json.loads(result.out)["error"]
    assert 7000 < error["retry_after"] < 7300
    assert error["retryable"] is True


@pytest.mark.parametrize(
    "asked",
    [
        *("-5", "soon", "nan", "1e999", "²"),
        *("Mon, 01 Jan 0001 00:00:00 -0000", "Mon, 01 Jan 99999999999 00:00:00 GMT"),
        "Mon, 01 Jan 2024 00:00:00 +9999",
    ],
)
def test_no_retry_after_is_a_bug(ask: Ask, asked: str) -> None:
    refusal = reply(b"busy", "429 Busy", retry_after=asked, retry_after_ms=asked)
    with Scripted(refusal, reply(FINE)) as server:
        result = ask(server.url, "hi", "--json")
        check(result, code=0, servers=[server], limit_seconds=8)
    assert json.loads(result.out)["answer"] == "fine"


def test_a_wait_of_endless_digits_in_the_message_is_no_bug(ask: Ask) -> None:
    busy = error_body("azure", 429, f"retry after {'9' * 400} seconds", "429")
    with Scripted(reply(busy, "429 Busy", content_type="application/json")) as server:
        result = ask(server.url, "hi", "--json")
        check(result, code=7, servers=[server])
    assert "Infinity" not in result.out


@pytest.mark.parametrize(
    ("status", "packed"),
    [(408, 0), (429, 1), (500, 0), (500, 1), (502, 0), (503, 1), (504, 0), (529, 1)],
)
def test_a_passing_failure_is_tried_three_times(
    fs: FaultServer, ask: Ask, status: int, packed: int
) -> None:
    url = fs.url("httperr", status=status, gzip=packed, msg="at lunch", rams="10")
    result = ask(url)
    check(result, code=7, servers=[fs])
    assert "at lunch" in result.err
    assert "request id: req-fault-0001" in result.err
    assert len(fs.requests) == 3


def test_failures_without_a_wait_end_within_ten_seconds(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("httperr", status=503, gzip=1))
    check(result, code=7, servers=[fs], limit_seconds=10)
    gaps = [b.at - a.at for a, b in zip(fs.requests, fs.requests[1:], strict=False)]
    assert len(gaps) == 2
    assert gaps[1] > gaps[0] > 0.3


@pytest.mark.parametrize("retries", [0, 1])
def test_the_number_of_attempts_is_the_user_s(fs: FaultServer, ask: Ask, retries: int) -> None:
    result = ask(fs.url("httperr", status=503, rams="10"), "hi", "--retries", str(retries))
    check(result, code=7, servers=[fs])
    assert len(fs.requests) == retries + 1


@pytest.mark.parametrize("kind", ["http", "close", "rst"])
@pytest.mark.parametrize("option", ["--plain", "--no-stream"])
def test_one_failure_and_then_an_answer_is_one_answer(
    fs: FaultServer, ask: Ask, kind: str, option: str
) -> None:
    result = ask(fs.url("flaky", kind=kind, status=500, rams="10"), "hi", option)
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER
    assert "trying again" in result.err
    assert len(fs.requests) == 2


@pytest.mark.parametrize("name", ["rst", "cut", "cutclean", "miderror", "badjson"])
def test_after_text_was_shown_nothing_is_tried_again(fs: FaultServer, ask: Ask, name: str) -> None:
    result = ask(fs.url(name, n=1), "hi", "--retries", "5")
    check(result, code=8, servers=[fs])
    assert result.out == "tok0\n"
    assert len(fs.requests) == 1


def test_after_thinking_was_shown_nothing_is_tried_again(ask: Ask) -> None:
    thought = event(chunk({"content": "", "reasoning_content": "hm"}))
    with Scripted(reply(thought + event({"error": {"message": "boom"}}))) as server:
        result = ask(server.url, "hi", "--thinking", "stderr")
        check(result, code=8, servers=[server], chatter=True)
        assert len(server.requests) == 1
    assert result.err.count("hm") == 1


def test_the_limit_of_the_turn_holds_for_waiting_too(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("httperr", status=429, ra="30"), "hi", "--max-time", "1")
    check(result, code=7, servers=[fs], limit_seconds=5)
    assert "HTTP 429" in result.err
    assert "--max-time" in result.err
    assert "trying again" not in result.err
    assert len(fs.requests) == 1


# -- redirects ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
def test_a_redirect_to_another_port_is_not_followed(fs: FaultServer, ask: Ask, status: int) -> None:
    result = ask(fs.url("redirect", status=status, port=fs.foreign_port))
    check(result, code=7, servers=[fs])
    assert f"HTTP {status}" in result.err
    assert result.out == ""
    assert fs.foreign_connections == []
    assert len(fs.requests) == 1


@pytest.mark.parametrize("option", ["--plain", "--no-stream", "--json"])
def test_a_redirect_to_another_host_is_not_followed(fs: FaultServer, ask: Ask, option: str) -> None:
    url = fs.url("redirect", status=307, port=fs.foreign_port, host="localhost")
    result = ask(url, "hi", option)
    check(result, code=7, servers=[fs])
    assert fs.foreign_connections == []


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"loop": 1},
        {"to": "file:///etc/passwd"},
        {"to": "/ok/v1/elsewhere"},
        {"to": "//evil.test/v1"},
        {"to": "javascript:alert(1)"},
        {"to": "http://[broken"},
        {"to": f"https://evil.test/?{CANARY}"},
        {"to": "\x1b]0;owned\x07"},
    ],
    ids=str,
)
def test_no_redirect_at_all_is_followed(
    fs: FaultServer, ask: Ask, where: dict[str, object]
) -> None:
    result = ask(fs.url("redirect", status=302, **where))
    check(result, code=7, servers=[fs])
    assert "not followed" in result.err
    assert "root:" not in result.out + result.err
    assert len(fs.requests) == 1


def test_a_redirect_without_a_location_is_told(ask: Ask) -> None:
    with Scripted(reply(b"", "302 Found")) as server:
        result = ask(server.url)
        check(result, code=7, servers=[server])
    assert "redirects" in result.err


# -- hardly HTTP -------------------------------------------------------------------


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 3,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
    ],
    ids=["100", "102", "103"],
)
def test_interim_replies_are_passed_over(ask: Ask, interim: bytes) -> None:
    with Scripted(interim + reply(FINE)) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "fine\n"


def test_endless_interim_replies_end_at_the_timeout(ask: Ask) -> None:
    def drone(connection: Connection) -> None:
        while True:
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    with Scripted(drone) as server:
        result = ask(server.url, "hi", "--timeout", "1")
        check(result, code=6, servers=[server], limit_seconds=5)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\n",
        b"HTTP/1.1 200 OK\r\ncONTENT-tYPE: TEXT/EVENT-STREAM\r\nConnection: CLOSE\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Empty:\r\nX-\xe9: \xff\r\n\r\n",
    ],
)
def test_odd_heads_are_read(ask: Ask, head: bytes) -> None:
    with Scripted(head + FINE) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "fine\n"


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99999 X\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"\r\n" * 10,
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"\x00" * 100_000,
        b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
    ids=lambda said: repr(said[:12]),
)
def test_what_is_not_http_is_the_network_s_fault(ask: Ask, said: bytes) -> None:
    with Scripted(said) as server:
        result = ask(server.url, "hi", "--retries", "0")
        check(result, code=6, servers=[server])
    assert result.out == ""


@pytest.mark.parametrize("cut", [b"HTT", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-T"])
def test_a_head_that_is_cut_is_the_network_s_fault(ask: Ask, cut: bytes) -> None:
    def cut_it(connection: Connection) -> None:
        connection.send(cut)
        connection.pause(0.05)
        connection.reset()

    with Scripted(cut_it) as server:
        result = ask(server.url, "hi", "--retries", "0")
        check(result, code=6, servers=[server])


@pytest.mark.parametrize("size", [b"zz", b"", b"-5", b"0x5", b"5 5", b"ffffffffffffffffffff"])
def test_broken_chunk_sizes_keep_what_came(ask: Ask, size: bytes) -> None:
    text = event(content("so far"))
    head = reply(transfer_encoding="chunked") + b"%x\r\n%b\r\n" % (len(text), text)

    def say(connection: Connection) -> None:
        connection.send(head)
        connection.pause(0.1)
        connection.send(size + b"\r\nhello\r\n0\r\n\r\n")

    with Scripted(say) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "so far\n"


def test_a_chunk_size_without_end_is_given_up(ask: Ask) -> None:
    text = event(content("so far"))

    def drone(connection: Connection) -> None:
        connection.send(reply(transfer_encoding="chunked") + b"%x\r\n%b\r\n" % (len(text), text))
        connection.pause(0.1)
        while True:
            connection.send(b"0" * 1000)

    with Scripted(drone) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "so far\n"


def test_a_length_that_is_too_long_is_a_cut(ask: Ask) -> None:
    with Scripted(reply(event(content("so far")), content_length="100000")) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "so far\n"


def test_what_lies_behind_the_length_is_not_read(ask: Ask) -> None:
    extra = event(content("NOT THIS"))
    with Scripted(reply(FINE + extra, content_length=str(len(FINE)))) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "fine\n"


# -- compression -------------------------------------------------------------------


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(FINE)),
        ("GZIP", gzip.compress(FINE)),
        ("x-gzip", gzip.compress(FINE)),
        ("deflate", zlib.compress(FINE)),
        ("deflate", _raw_deflate(FINE)),
        ("identity", FINE),
        ("gzip", gzip.compress(FINE[:40]) + gzip.compress(FINE[40:])),
        ("gzip", gzip.compress(FINE) + b"\0" * 100),
    ],
    ids=["gzip", "GZIP", "x-gzip", "zlib", "raw", "identity", "two members", "padding"],
)
def test_every_coding_is_undone(ask: Ask, coding: str, body: bytes) -> None:
    with Scripted(reply(body, content_encoding=coding)) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "fine\n"


def test_compressed_data_that_is_cut_is_incomplete(ask: Ask) -> None:
    packer = zlib.compressobj(wbits=31)
    half = packer.compress(event(content("so far"))) + packer.flush(zlib.Z_SYNC_FLUSH)
    with Scripted(reply(half, content_encoding="gzip")) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "so far\n"


def test_broken_compression_keeps_what_came(ask: Ask) -> None:
    packer = zlib.compressobj(wbits=31)
    half = packer.compress(event(content("so far"))) + packer.flush(zlib.Z_SYNC_FLUSH)

    def say(connection: Connection) -> None:
        connection.send(reply(half, content_encoding="gzip"))
        connection.pause(0.1)
        connection.send(b"\xff" * 50)

    with Scripted(say) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "so far\n"


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_coding_that_cannot_be_undone_is_no_answer(ask: Ask, coding: str) -> None:
    with Scripted(reply(b"\x8b\x0f\x80data: x\n\n\x03", content_encoding=coding)) as server:
        result = ask(server.url, "hi", "--retries", "0")
        check(result, code=7 if coding != "gzip" else 8, servers=[server])
    assert result.out == ""


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
def test_a_bomb_does_not_fill_the_memory(ask: Ask, status: str) -> None:
    bomb = gzip.compress(b": " + b"\0" * (200 << 20), 1)
    with Scripted(reply(bomb, status, content_encoding="gzip")) as server:
        result = ask(server.url)
        check(result, code=8 if status[0] == "2" else 7, servers=[server], limit_rss=200 << 20)


# -- what the words mean ------------------------------------------------------------


def said(body: object, status: str) -> bytes:
    return reply(json.dumps(body).encode(), status, content_type="application/json")


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"error": {"code": 401, "message": "No key came"}}, 4, "No key came"),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, 7, "account"),
        ([{"error": {"code": 400, "message": "Unfit"}}], 7, "Unfit"),
    ],
)
@pytest.mark.parametrize("form", ["application/json", "text/event-stream"])
def test_what_asking_again_cannot_mend_is_asked_once_within_a_200_too(
    ask: Ask, body: object, code: int, words: str, form: str
) -> None:
    is_stream = form != "application/json" and isinstance(body, dict)
    data = event(body) if is_stream else json.dumps(body).encode()
    with Scripted(reply(data, content_type=form)) as server:
        result = ask(server.url)
        check(result, code=code, servers=[server])
    assert words in result.err
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "failure",
    [
        {"message": "the line is busy", "type": "rate_limit", "code": 429},
        {"detail": "the line is busy"},
        {"error": {"message": "failed", "code": 401, "metadata": {"raw": "the line is busy"}}},
        {"choices": [{"index": 0, "delta": {}, "error": {"message": "the line is busy"}}]},
    ],
)
def test_a_failure_in_mid_answer_is_told_in_the_service_s_words(ask: Ask, failure: object) -> None:
    with Scripted(reply(event(content("Part")) + event(failure) + DONE)) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "Part\n"
    assert "the line is busy" in result.err


def test_a_wait_of_hours_is_not_waited_for(ask: Ask) -> None:
    busy = {"error": {"message": "Used up. Try again in 2 hours."}}
    with Scripted(said(busy, "429 Busy")) as server:
        result = ask(server.url, "hi", "--json")
        check(result, code=7, servers=[server])
    error = json.loads(result.out)["error"]
    assert error["retry_after"] == 7200
    assert "--retries" not in error["hint"]
    assert len(server.requests) == 1


def test_json_tells_what_was_refused_by_its_name(ask: Ask) -> None:
    no = {"message": "No.", "type": "invalid_request_error", "param": "voice", "code": "unknown"}
    with Scripted(said({"error": no}, "400 No")) as server:
        result = ask(server.url, "hi", "--json")
        check(result, code=7, servers=[server])
    error = json.loads(result.out)["error"]
    assert (error["type"], error["param"], error["code"]) == (no["type"], no["param"], no["code"])


MISSING = {"error": {"code": "model_not_found", "message": "The model does not exist."}}
LISTED = {"data": [{"id": name} for name in ("zeta", "gpt-6-mini", "x`y", "-rf", "alpha")]}


@contextmanager
def without_the_model(list_models: Callable[[Connection], object]) -> Iterator[Scripted]:
    """A server that has no such model; a GET is for its list."""

    def answer(connection: Connection) -> None:
        if server.requests[-1].method == "GET":
            list_models(connection)
        else:
            connection.send(said(MISSING, "404 No"))

    with Scripted(answer) as server:
        yield server


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("gpt6-mini", "name one with -m gpt-6-mini; there are: gpt-6-mini, alpha, zeta\n"),
        ("nothing-like-it", "name one with -m alpha; there are: alpha, gpt-6-mini, zeta\n"),
        ("alpha", "alpha is listed: if it was made just now"),
    ],
)
def test_an_unknown_model_brings_the_names_that_exist_the_nearest_first(
    ask: Ask, model: str, hint: str
) -> None:
    listed = said(LISTED, "200 OK")
    with without_the_model(lambda connection: connection.send(listed)) as server:
        result = ask(server.url, "hi", "-m", model)
        check(result, code=7, servers=[server])
    assert hint in result.err
    assert [request.method for request in server.requests] == ["POST", "GET"]


GONE = ({"id": "DeepSeek-R1"}, {"id": "gpt-5-mini", "model": "o1"}, {"id": "gpt-5-nano"})


@pytest.mark.parametrize(
    ("path", "model", "first"),
    [
        ("/openai/v1", "DeepSeek-R", "gpt-5-nano; there are: gpt-5-nano, DeepSeek-R1, gpt-5-mini"),
        ("/openai/v1", "gpt5-mini", "gpt-5-nano; there are: gpt-5-nano, gpt-5-mini, DeepSeek-R1"),
        ("/v1", "DeepSeek-R", "DeepSeek-R1; there are: DeepSeek-R1, gpt-5-mini, gpt-5-nano"),
    ],
    ids=["by its name", "by its model", "no Azure"],
)
def test_a_retired_model_is_named_last(ask: Ask, path: str, model: str, first: str) -> None:
    listed = said({"data": GONE}, "200 OK")
    with without_the_model(lambda connection: connection.send(listed)) as server:
        result = ask(server.url.removesuffix("/v1") + path, "hi", "-m", model)
    assert f"name one with -m {first}\n" in result.err


@pytest.mark.parametrize("answer", [b"[" * 9999, b"{}", b"\xff", b'{"data":[]}', b'{"data":7}'])
def test_without_a_list_of_models_the_command_for_it_is_named(ask: Ask, answer: bytes) -> None:
    with without_the_model(lambda connection: connection.send(reply(answer))) as server:
        result = ask(server.url, "hi", "-m", "nope")
        check(result, code=7, servers=[server])
    assert "azchat models" in result.err


def test_a_list_of_models_that_does_not_come_is_not_waited_for(ask: Ask) -> None:
    with without_the_model(lambda connection: connection.hold()) as server:
        result = ask(server.url, "hi", "-m", "nope")
        check(result, code=7, servers=[server], limit_seconds=9)
    assert "azchat models" in result.err
