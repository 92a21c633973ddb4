"""Networks that do not lead there: names, ports, certificates, proxies, silence, wrong URLs."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.connection import Connection
from tests.faults.payloads import text_of
from tests.faults.proxy import Proxy
from tests.faults.scripted import Scripted
from tests.faults.server import FaultServer
from tests.faults.tls import Authority, Kind, black_hole, tls_server
from tests.oracles import CANARY, check

ANSWER = text_of(10) + "\n"
_GUARD = """
import os, sys
net = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"}
sys.addaudithook(lambda name, _: os._exit(77) if name in net else None)
from azchat.__main__ import main
main()
"""
# azchat in which any attempt to reach the network ends the process with 77.
OFFLINE = ("-c", _GUARD)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@contextlib.contextmanager
def greeting(said: bytes) -> Iterator[int]:
    """A port that says ``said`` to the first who connects, whatever they say, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            with contextlib.suppress(OSError), listening.accept()[0] as sock:
                sock.sendall(said)
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(4096):
                    pass

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses: bound, so that nobody else gets it, but not listening."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


# -- names and ports ---------------------------------------------------------------


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x.openai.azure.com.invalid"])
def test_a_name_that_does_not_exist_is_told(ask: Ask, host: str) -> None:
    result = ask(f"https://{host}/openai/v1")
    check(result, code=6, limit_seconds=7)
    assert f"cannot resolve host {host}" in result.err


def test_a_label_that_is_too_long_is_told(ask: Ask) -> None:
    result = ask(f"https://{'x' * 70}.invalid/v1")
    check(result, code=6)
    assert "cannot resolve host" in result.err


def test_a_refused_connection_names_host_and_port(ask: Ask, closed_port: int) -> None:
    result = ask(f"http://127.0.0.1:{closed_port}/v1")
    check(result, code=6, limit_seconds=5)
    assert "connection refused" in result.err
    assert f"127.0.0.1:{closed_port}" in result.err


@pytest.mark.parametrize("origin", ["http://localhost", "https://localhost", "http://[::1]"])
def test_every_spelling_of_this_machine_can_refuse(ask: Ask, closed_port: int, origin: str) -> None:
    result = ask(f"{origin}:{closed_port}/v1", "hi", "--json")
    check(result, code=6, limit_seconds=5)
    assert str(closed_port) in result.err


def test_an_address_that_nobody_has_ends_at_the_timeout(ask: Ask) -> None:
    result = ask("https://192.0.2.1/v1", "hi", "--timeout", "1")
    check(result, code=6, limit_seconds=5)
    assert "192.0.2.1" in result.err


# -- TLS ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("selfsigned", "certificate .*self.signed"),
        ("wrongname", "certificate .*mismatch"),
        ("expired", "certificate .*expired"),
        ("unknown", "certificate .*(issuer|self.signed)"),
        ("tls10", "TLS .*(version|protocol)"),
    ],
)
def test_a_server_that_cannot_be_trusted_gets_nothing(
    ask: Ask, authority: Authority, kind: Kind, why: str
) -> None:
    with tls_server(kind, authority) as fs:
        result = ask(fs.url("ok"), env={"SSL_CERT_FILE": str(authority.file)})
        check(result, code=6, servers=[fs], limit_seconds=5)
        assert fs.wait(lambda: fs.connections[0].closed is not None)
        assert fs.requests == []
    assert re.search(why, result.err)
    assert not re.search("insecure|verify off|no-verify|disable", result.err)


def test_an_unknown_authority_is_answered_with_the_bundle(ask: Ask, authority: Authority) -> None:
    with tls_server("good", authority) as fs:
        result = ask(fs.url("ok"))
        check(result, code=6, servers=[fs])
        assert fs.requests == []
    assert re.search("hint: .*(SSL_CERT_FILE|REQUESTS_CA_BUNDLE)", result.err)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_company_s_authority_is_trusted(ask: Ask, authority: Authority, variable: str) -> None:
    with tls_server("good", authority) as fs:
        result = ask(fs.url("ok"), env={variable: str(authority.file)})
        check(result, code=0, servers=[fs])
    assert result.out == ANSWER


@pytest.mark.parametrize("bundle", ["missing.pem", "garbage.pem", "empty.pem"])
def test_a_bundle_that_cannot_be_read_is_a_setting_to_mend(
    ask: Ask, authority: Authority, home: Path, bundle: str
) -> None:
    (home / "garbage.pem").write_bytes(b"\x00\xff" * 100)
    (home / "empty.pem").touch()
    with tls_server("good", authority) as fs:
        result = ask(fs.url("ok"), env={"SSL_CERT_FILE": str(home / bundle)})
        check(result, code=3, servers=[fs])
        assert fs.requests == []
    assert bundle in result.err


@pytest.mark.parametrize(
    ("name", "code"),
    [("cut", 8), ("rst", 8), ("cutclean", 8), ("stall", 8), ("noclose", 0), ("split", 0)],
)
@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_streams_break_over_tls_as_they_do_without(
    ask: Ask, authority: Authority, name: str, code: int, framing: str
) -> None:
    env = {"SSL_CERT_FILE": str(authority.file)}
    with tls_server("good", authority) as fs:
        result = ask(fs.url(name, framing=framing), "hi", "--idle-timeout", "1", env=env)
        check(result, code=code, servers=[fs], limit_seconds=6)
    assert name == "split" or result.out == ANSWER


def test_a_server_that_never_answers_the_hello_is_given_up(ask: Ask) -> None:
    with black_hole() as hole:
        result = ask(f"https://127.0.0.1:{hole.port}/v1", "hi", "--timeout", "1")
        check(result, code=6, limit_seconds=5)
    assert result.seconds >= 1
    assert f"127.0.0.1:{hole.port}" in result.err


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\0" * 99]
)
def test_what_is_no_tls_is_the_network_s_fault(ask: Ask, said: bytes) -> None:
    with greeting(said) as port:
        result = ask(f"https://127.0.0.1:{port}/v1")
        check(result, code=6, limit_seconds=5)
    assert "127.0.0.1" in result.err


def test_http_to_a_tls_port_is_the_network_s_fault(ask: Ask, authority: Authority) -> None:
    with tls_server("good", authority) as fs:
        result = ask(fs.url("ok").replace("https", "http"), "hi", "--retries", "0")
        check(result, code=6, servers=[fs])


# -- silence -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["noheader", "dripheader"])
@pytest.mark.parametrize("option", ["--plain", "--no-stream"])
def test_a_reply_that_never_begins_ends_at_the_timeout(
    fs: FaultServer, ask: Ask, name: str, option: str
) -> None:
    result = ask(fs.url(name), "hi", option, "--timeout", "1")
    check(result, code=6, servers=[fs], limit_seconds=4)
    assert result.seconds >= 1
    assert "within 1 s" in result.err
    assert len(fs.requests) == 1


def test_drips_of_many_headers_end_at_the_timeout(ask: Ask) -> None:
    def drip(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.send(b"X: y\r\n")
            connection.pause(0.1)

    with Scripted(drip) as server:
        result = ask(server.url, "hi", "--timeout", "1")
        check(result, code=6, servers=[server], limit_seconds=4)


def test_a_server_that_does_not_read_ends_at_the_timeout(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        result = ask(url, "-", "--timeout", "1", stdin=b"x" * (7 << 20))
        check(result, code=6, limit_seconds=6)
    assert "within 1 s" in result.err


def test_something_moves_on_the_terminal_while_waiting(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("noheader"), "hi", "--timeout", "2", tty=True)
    check(result, code=6, servers=[fs])
    before_the_error = result.terminal.partition(b"azchat: ")[0]
    assert re.search(rb"\S", re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", before_the_error))


@pytest.mark.parametrize("option", ["--plain", "-q"])
def test_nothing_moves_where_that_was_asked(fs: FaultServer, ask: Ask, option: str) -> None:
    result = ask(fs.url("noheader"), "hi", option, "--timeout", "1", tty=True)
    check(result, code=6, servers=[fs])
    assert result.terminal.startswith(b"azchat: ") or result.terminal.startswith(b"\x1b[")


def test_a_server_that_closes_without_a_byte_is_asked_again(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("closed"), "hi", "--retries", "1")
    check(result, code=6, servers=[fs])
    assert "closed the connection without an answer" in result.err
    assert len(fs.requests) == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_limit_of_the_turn_holds_for_connecting_and_the_first_byte(
    ask: Ask, scheme: str
) -> None:
    with black_hole() as hole:
        result = ask(f"{scheme}://127.0.0.1:{hole.port}/v1", "hi", "--max-time", "0.7")
    check(result, code=6, limit_seconds=3)
    assert "longer than 0.7 s" in result.err
    assert "hint: raise --max-time" in result.err


# -- proxies -----------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_dead_proxy_is_named_without_its_password(
    ask: Ask, closed_port: int, variable: str
) -> None:
    proxy = f"http://user:p4ssw0rd@127.0.0.1:{closed_port}"
    result = ask("https://x.openai.azure.com/openai/v1", env={variable: proxy})
    check(result, code=6, limit_seconds=5)
    assert f"proxy 127.0.0.1:{closed_port}" in result.err
    assert "p4ssw0rd" not in result.err


@pytest.mark.parametrize("sign_in", ["user:wr0ng-pass@", "us%65r:wr0ng-pass@", "user@", ""])
def test_a_proxy_that_wants_a_sign_in_says_so(ask: Ask, authority: Authority, sign_in: str) -> None:
    with Proxy(user="user", password="right") as proxy, tls_server("good", authority) as fs:
        url = f"http://{sign_in}127.0.0.1:{proxy.port}"
        env = {"HTTPS_PROXY": url, "SSL_CERT_FILE": str(authority.file)}
        result = ask(fs.url("ok"), env=env)
        check(result, code=6, servers=[fs, proxy])
        assert fs.connections == []
    assert re.search("proxy .*407", result.err)
    assert "wr0ng-pass" not in result.err


def test_a_proxy_that_knows_who_asks_never_sees_the_key(ask: Ask, authority: Authority) -> None:
    with Proxy(user="user", password="p@ss:w0rd") as proxy, tls_server("good", authority) as fs:
        url = f"http://user:p%40ss%3Aw0rd@127.0.0.1:{proxy.port}"
        env = {"HTTPS_PROXY": url, "SSL_CERT_FILE": str(authority.file)}
        result = ask(fs.url("ok"), "hi", "--debug", env=env)
        check(result, code=0, servers=[fs, proxy], chatter=True)
        assert [request.method for request in proxy.requests] == ["CONNECT"]
    assert result.out == ANSWER
    assert "w0rd" not in result.err


@pytest.mark.parametrize("status", [403, 502, 503, 302, 204])
def test_a_proxy_that_refuses_is_told(ask: Ask, status: int) -> None:
    with Proxy(refuse=status) as proxy:
        result = ask("https://x.openai.azure.com/openai/v1", env={"HTTPS_PROXY": proxy.url})
        check(result, code=6, servers=[proxy], limit_seconds=6)
    assert f"proxy 127.0.0.1:{proxy.port}" in result.err


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.9\r\n", b"", b"\0" * 100_000, b"HTTP/1.1 x"])
def test_a_proxy_that_is_none_is_told(ask: Ask, said: bytes) -> None:
    with Scripted(said) as server:
        env = {"HTTPS_PROXY": server.url}
        result = ask("https://x.openai.azure.com/openai/v1", env=env)
        check(result, code=6, servers=[server], limit_seconds=6)
    assert "proxy 127.0.0.1" in result.err


def _hold(connection: Connection) -> None:
    connection.hold()


def _drip(connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.send(b"y")
        connection.pause(0.1)


@pytest.mark.parametrize("silence", [_hold, _drip])
def test_a_proxy_that_never_answers_ends_at_the_timeout(
    ask: Ask, silence: Callable[[Connection], None]
) -> None:
    with Scripted(silence) as server:
        env = {"HTTPS_PROXY": server.url}
        result = ask("https://x.openai.azure.com/openai/v1", "hi", "--timeout", "1", env=env)
        check(result, code=6, servers=[server], limit_seconds=5)
    assert "proxy" in result.err


@pytest.mark.parametrize("exempt", ["127.0.0.1", "*", "localhost,127.0.0.1"])
def test_an_exempt_host_is_reached_directly(
    fs: FaultServer, ask: Ask, closed_port: int, exempt: str
) -> None:
    dead = f"http://127.0.0.1:{closed_port}"
    result = ask(fs.url("ok"), env={"HTTP_PROXY": dead, "ALL_PROXY": dead, "NO_PROXY": exempt})
    check(result, code=0, servers=[fs])


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://u:p4ss@", "http://h:x", "::"])
def test_a_proxy_that_cannot_be_used_is_a_setting_to_mend(ask: Ask, proxy: str) -> None:
    result = ask("https://x.invalid/v1", env={"HTTPS_PROXY": proxy}, program=OFFLINE)
    check(result, code=3)
    assert "HTTPS_PROXY" in result.err
    assert "p4ss" not in result.err


def test_plain_http_on_this_machine_may_go_through_a_proxy_here(fs: FaultServer, ask: Ask) -> None:
    with Proxy(user="user", password="p4ssw0rd") as proxy:
        result = ask(fs.url("ok"), env={"HTTP_PROXY": proxy.url})
        check(result, code=0, servers=[fs])
        assert len(proxy.requests) == 1
    assert result.out == ANSWER


def test_a_sign_in_that_a_proxy_wants_for_plain_http_is_the_network_s_fault(
    fs: FaultServer, ask: Ask
) -> None:
    with Proxy(user="user", password="right") as proxy:
        result = ask(fs.url("ok"), env={"HTTP_PROXY": f"http://u:wr0ng@127.0.0.1:{proxy.port}"})
        check(result, code=6, servers=[fs])
    assert "proxy" in result.err
    assert "wr0ng" not in result.err


def test_a_dead_proxy_for_plain_http_is_named(fs: FaultServer, ask: Ask, closed_port: int) -> None:
    result = ask(fs.url("ok"), env={"http_proxy": f"http://u:p4ss@127.0.0.1:{closed_port}"})
    check(result, code=6, servers=[fs])
    assert f"proxy 127.0.0.1:{closed_port}" in result.err
    assert "p4ss" not in result.err


def test_a_key_never_goes_in_the_clear_to_a_proxy_elsewhere(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), env={"HTTP_PROXY": "http://192.0.2.1:3128"})
    check(result, code=0, servers=[fs])


# -- plain http, and endpoints that are wrong --------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        *("192.0.2.1", "x.openai.azure.com", "127.0.0.1.evil.test", "localhost.evil.test"),
        *("0x7f000001.evil.test", "2130706433.test", "[::ffff:192.0.2.1]", "[2001:db8::1]"),
        *("10.0.0.1", "169.254.169.254", "notlocalhost", "127.0.0.1.:80"),
    ],
)
def test_plain_http_beyond_this_machine_is_refused_before_any_packet(ask: Ask, host: str) -> None:
    result = ask(f"http://{host}/v1", program=OFFLINE)
    check(result, code=3)
    assert "http://" in result.err


@pytest.mark.parametrize(
    ("endpoint", "part"),
    [
        ("https://good.openai.azure.com@evil.test/", "evil.test"),
        ("https://good.openai.azure.com:443@evil.test/", "evil.test"),
        ("https://x:y@good.openai.azure.com/", "user name"),
        ("https://good.openai.azure.com\\@evil.test/", "\\"),
        ("https://good.openai.azure.com%2f@evil.test/", "evil.test"),
        ("https://good.openai.azure.com%2eevil.test/", "host"),
        ("https://good.openai.azure.com/openai/v1?x=1", "query"),
        ("https://good.openai.azure.com/openai/v1?api-key=s3cr3t", "query"),
        ("https://good.openai.azure.com/openai/v1#top", "fragment"),
        ("https://good .openai.azure.com/openai/v1", "' '"),
        ("https://good.openai.azure.com/open ai/v1", "' '"),
        ("https://good.openai.azure.com/\tv1", "\\t"),
        ("https://good.openai.azure.com/v1\r\nHost: evil.test", "\\r"),
        ("good.example.test/v1", "scheme"),
        ("localhost:8000/v1", "scheme"),
        ("//good.openai.azure.com/v1", "scheme"),
        ("ftp://good.openai.azure.com/v1", "ftp"),
        ("file:///etc/passwd", "file"),
        ("javascript:alert(1)", "scheme"),
        ("https://", "host"),
        ("https:///openai/v1", "host"),
        ("https://good.openai.azure.com:99999/v1", "port"),
        ("https://good.openai.azure.com:abc/v1", "port"),
        ("https://[::1/v1", "endpoint"),
        ("https://[zz]/v1", "endpoint"),
        ("https://good_or_bad!.test/v1", "host"),
        ("https://g\u043e\u043ed.openai.azure.com/v1", "host"),
        ("https://good.openai.azure.com\u2215evil.test/v1", "host"),
        ("   ", "endpoint"),
        ("\x1b]0;owned\x07https://good.test", "endpoint"),
        ("https://good.test/" + "x" * 5000 + "?q=1", "query"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_a_wrong_endpoint_is_refused_by_the_part_that_is_wrong(
    ask: Ask, endpoint: str, part: str
) -> None:
    result = ask(endpoint, program=OFFLINE)
    check(result, code=3)
    assert part in result.err
    assert "s3cr3t" not in result.err


@pytest.mark.parametrize("where", ["flag", "config"])
def test_an_endpoint_is_judged_wherever_it_comes_from(ask: Ask, home: Path, where: str) -> None:
    wrong = "https://good.openai.azure.com@evil.test/"
    config = home / "config.toml"
    config.write_text(f'endpoint = "{wrong}"\n')
    env = {"AZCHAT_CONFIG": str(config), "AZURE_INFERENCE_ENDPOINT": None}
    words = ["--endpoint", wrong] if where == "flag" else []
    result = ask("", "hi", *words, env=env, program=OFFLINE)
    check(result, code=3)
    assert "evil.test" in result.err


def test_the_offline_program_would_notice(fs: FaultServer, ask: Ask) -> None:
    assert ask(fs.url("ok"), program=OFFLINE).code == 77


# -- .netrc ------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["default", "machine 127.0.0.1"])
@pytest.mark.parametrize("has_key", [True, False])
def test_netrc_is_not_read(
    fs: FaultServer, ask: Ask, home: Path, entry: str, has_key: bool
) -> None:
    netrc = home / ".netrc"
    netrc.write_text(f"{entry} login x password y-netrc-y\n")
    netrc.chmod(0o600)
    env = {"NETRC": str(netrc), "AZURE_INFERENCE_CREDENTIAL": CANARY if has_key else None}
    result = ask(fs.url("ok"), env=env)
    check(result, code=0, servers=[fs])
    assert fs.requests[0].key == (CANARY if has_key else "")
    assert b"Basic" not in fs.requests[0].raw
    assert b"y-netrc-y" not in fs.requests[0].raw
