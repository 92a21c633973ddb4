"""Who is let in: exact Host and Origin, the secret, JSON; nothing is answered otherwise."""

import socket
import sys
from pathlib import Path

import pytest

from tests.front_door import azchat
from tests.web.served import Served


def test_only_this_machine_can_reach_it(demo: Served) -> None:
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    port = f":{demo.port:04X}"
    listening = [line[1] for line in lines if line[1].endswith(port) and line[3] == "0A"]
    assert listening == [f"0100007F{port}"]


def test_the_page_itself_needs_no_secret_and_all_else_does(demo: Served) -> None:
    for path in ("/", "/page.css", "/page.js"):
        assert demo.send("GET", path, headers={}).status == 200
    for path in ("/api/sessions", "/api/about", "/api/sessions/1/events", "/nothing"):
        assert demo.send("GET", path, headers={}).status == 401
    for given in ("", "x", demo.secret[:-1], demo.secret + "x", "é" * 43):
        assert demo.send("GET", "/api/about", headers={"Azchat-Secret": given}).status == 401
    assert demo.send("GET", "/api/about", headers={"Azchat-Secret": demo.secret}).status == 200


def test_the_host_is_exact_with_its_port(demo: Served) -> None:
    port = demo.port
    wrong = ("127.0.0.1", f"localhost:{port}", f"127.0.0.1:{port + 1}", f"evil.test:{port}")
    odd = (
        f"127.0.0.1.:{port}",
        f"127.0.0.1:{port}.evil.test",
        f"[::1]:{port}",
        "",
        f"a@{demo.host}",
    )
    for host in (*wrong, *odd):
        for path in ("/", "/api/about"):
            reply = demo.send("GET", path, headers=demo.usual | {"Host": host})
            assert reply.status in (400, 403), host
            assert b"azchat" not in reply.data.lower()


def test_two_hosts_or_two_origins_are_none(demo: Served) -> None:
    for name, value in (("Host", demo.host), ("Origin", demo.origin)):
        lines = [f"GET /api/about HTTP/1.1\r\nHost: {demo.host}", f"{name}: {value}"]
        lines += [f"Origin: {demo.origin}", f"Azchat-Secret: {demo.secret}"]
        with socket.create_connection(("127.0.0.1", demo.port), 10) as line:
            line.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            assert line.recv(100).split()[1] in (b"400", b"403")


ORIGINS = (
    *("http://evil.test", "null", "http://127.0.0.1", "https://127.0.0.1:{port}", ""),
    *("HTTP://{host}", "http://localhost:{port}", "http://{host}/", "http://{host}.evil.test"),
)


@pytest.mark.parametrize("origin", ORIGINS)
def test_another_origin_is_refused_whatever_it_brings(demo: Served, origin: str) -> None:
    given = {"Origin": origin.format(port=demo.port, host=demo.host)}
    assert demo.send("GET", "/", headers=given).status == 403
    assert demo.send("GET", "/api/about", headers=demo.usual | given).status == 403
    assert demo.send("POST", "/api/ask", {"text": "hi"}, demo.usual | given).status == 403
    assert demo.get("/api/sessions")["sessions"] == []


def test_a_change_needs_its_origin_json_and_no_other_site(demo: Served) -> None:
    usual = demo.usual
    ask = "POST", "/api/ask", {"text": "hi"}
    without = {name: value for name, value in usual.items() if name != "Origin"}
    assert demo.send(*ask, headers=without).status == 403
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert demo.send(*ask, headers=usual | {"Content-Type": kind}).status == 415
    for site in ("cross-site", "same-site", "none"):
        assert demo.send(*ask, headers=usual | {"Sec-Fetch-Site": site}).status == 403
    assert demo.send(*ask, headers=usual | {"Content-Length": "999999999"}).status == 413
    for method in ("OPTIONS", "PUT", "DELETE", "HEAD", "TRACE"):
        assert demo.send(method, "/api/about", headers=usual).status == 405
    assert demo.get("/api/sessions")["sessions"] == []


def test_each_reply_forbids_the_browser_all_but_the_page(demo: Served) -> None:
    for path, headers in (("/", {}), ("/api/about", None), ("/api/about", {})):
        reply = demo.send("GET", path, headers=headers)
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        names = {name.lower() for name in reply.headers}
        assert not [name for name in names if name.startswith("access-control")]
        assert "set-cookie" not in names


def test_the_page_has_nothing_inline_and_loads_nothing_from_elsewhere(demo: Served) -> None:
    files = {p: demo.send("GET", p, headers={}).data for p in ("/", "/page.css", "/page.js")}
    page = files["/"].decode()
    assert "<style" not in page
    assert "style=" not in page
    assert " on" not in page.replace(" online", "").split("<body>")[0]
    assert page.count("<script") == page.count('<script src="/page.js"') == 1
    assert b"@import" not in files["/page.css"]
    assert b"url(" not in files["/page.css"]
    assert sum(map(len, files.values())) <= 60_000


def test_a_browser_is_started_with_a_ticket_that_is_good_once(home: Path) -> None:
    opened, browser = home / "opened", home / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o700)
    with Served("--demo", home=home, env={"BROWSER": str(browser)}, opens=True) as served:
        served.session.wait_until(opened.exists)
        address, _, ticket = opened.read_text().strip().partition("#ticket=")
        assert address == f"{served.origin}/"
        assert served.secret not in ticket  # other users see a command line
        assert served.send("GET", "/api/about", headers={"Azchat-Secret": ticket}).status == 401
        assert served.post("/api/enter", ticket="x")["secret"] is None
        assert served.post("/api/enter", ticket=ticket)["secret"] == served.secret
        assert served.post("/api/enter", ticket=ticket)["secret"] is None


def test_a_busy_port_is_told(demo: Served, home: Path) -> None:
    result = azchat("web", "--demo", "--no-open", "--port", str(demo.port), home=home)
    assert result.code == 9
    assert f"cannot listen on 127.0.0.1:{demo.port}" in result.err
    assert "--port" in result.err


def test_json_that_is_none_is_told_in_a_line(demo: Served) -> None:
    for body in ("no object", [1], None):
        reply = demo.send("POST", "/api/ask", body if body else "null")
        assert reply.status == 400
        assert reply.json["error"]["what"]


def test_without_the_extra_it_says_what_to_install(home: Path) -> None:
    without = "import sys; sys.modules['uvicorn'] = None; from azchat.__main__ import main; main()"
    program = (sys.executable, "-P", "-c", without)
    result = azchat("web", "--demo", "--no-open", home=home, program=program, timeout=30)
    assert result.code == 2
    assert "pip install 'azchat[web]'" in result.err
