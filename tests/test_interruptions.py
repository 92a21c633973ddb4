"""Answers that are interrupted: Ctrl-C, signals, a reader that leaves, a terminal that hangs up."""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.connection import Connection
from tests.faults.payloads import chunk, event, text_of
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.faults.tls import black_hole
from tests.front_door import PROGRAM, Session
from tests.oracles import CANARY, check

STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def asking(home: Path, url: str, *words: str, tty: bool = False, **more: Any) -> Session:
    env = {
        "AZURE_INFERENCE_ENDPOINT": url,
        "AZURE_INFERENCE_CREDENTIAL": CANARY,
        "AZURE_INFERENCE_MODEL": "m",
    }
    return Session("ask", "hi", *words, home=home, env=env, tty=tty, **more)


# -- Ctrl-C on a terminal ----------------------------------------------------------


def test_ctrl_c_in_mid_answer_leaves_the_terminal_as_it_was(fs: FaultServer, home: Path) -> None:
    with asking(home, fs.url("infinite", ms=20), tty=True) as session:
        session.wait_for("tok5")
        session.interrupt()
        result = session.finish(5)
        check(result, code=signal.SIGINT, servers=[fs], limit_seconds=6)
        assert session.cursor[0] == 0
    assert result.screen[0].startswith("tok0 tok1 tok2 tok3 tok4 tok5")
    assert fs.wait(lambda: fs.connections[0].closed_by_peer)


def test_ctrl_c_in_the_thinking_leaves_the_terminal_as_it_was(fs: FaultServer, home: Path) -> None:
    url = fs.url("think", ms=50, r=1000, field="reasoning_content")
    with asking(home, url, tty=True) as session:
        session.wait_for("think5")
        session.interrupt()
        result = session.finish(5)
        check(result, code=signal.SIGINT, servers=[fs], limit_seconds=6)
        assert session.cursor[0] == 0


def test_ctrl_c_twice_ends_at_once(fs: FaultServer, home: Path) -> None:
    with asking(home, fs.url("infinite", ms=20), tty=True) as session:
        session.wait_for("tok5")
        session.send(b"\x03\x03\x03")
        result = session.finish(5)
        check(result, code=signal.SIGINT, servers=[fs], limit_seconds=6)


def test_a_terminal_that_hangs_up_ends_the_answer(fs: FaultServer, home: Path) -> None:
    with asking(home, fs.url("infinite", ms=20), tty=True) as session:
        session.wait_for("tok5")
        session.kill(signal.SIGHUP)
        result = session.finish(5)
        check(result, code=signal.SIGHUP, servers=[fs], limit_seconds=6)
    assert fs.wait(lambda: fs.connections[0].closed_by_peer)


# -- signals in a pipe -------------------------------------------------------------


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_in_mid_answer_ends_it_by_that_signal(
    fs: FaultServer, home: Path, number: signal.Signals
) -> None:
    with asking(home, fs.url("infinite", ms=20)) as session:
        session.wait_for("tok5")
        session.kill(number)
        result = session.finish(5)
    check(result, code=number, servers=[fs], limit_seconds=6)
    assert re.fullmatch(r"tok0( tok\d+)+\n", result.out)
    assert fs.wait(lambda: fs.connections[0].closed_by_peer)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("stall", signal.SIGINT),
        ("noheader", signal.SIGINT),
        ("noheader", signal.SIGTERM),
        ("infinite", signal.SIGHUP),
    ],
)
def test_a_signal_works_in_silence_and_in_a_flood(
    fs: FaultServer, home: Path, name: str, number: signal.Signals
) -> None:
    with asking(home, fs.url(name)) as session:
        session.wait_until(lambda: bool(fs.requests), what="request")
        session.kill(number)
        result = session.finish(5)
    check(result, code=number, servers=[fs], limit_seconds=6)


def test_a_signal_while_connecting_ends_it(home: Path) -> None:
    with black_hole() as hole, asking(home, f"https://127.0.0.1:{hole.port}/v1") as session:
        session.wait_until(lambda: bool(hole.connections), what="connection")
        session.interrupt()
        result = session.finish(5)
    check(result, code=signal.SIGINT, limit_seconds=6)


def test_a_signal_while_waiting_to_try_again_ends_it(fs: FaultServer, home: Path) -> None:
    with asking(home, fs.url("httperr", status=429, ra="50")) as session:
        session.wait_for("trying again in 50.0 s")
        session.interrupt()
        result = session.finish(5)
    check(result, code=signal.SIGINT, servers=[fs], limit_seconds=6)


@pytest.mark.parametrize("option", ["--json", "--output-format=stream-json"])
def test_json_is_whole_after_a_signal(fs: FaultServer, home: Path, option: str) -> None:
    with asking(home, fs.url("stall"), option) as session:
        session.wait_until(lambda: bool(fs.requests) and fs.connections[0].received > 0)
        session.kill(signal.SIGTERM)
        result = session.finish(5)
    check(result, code=signal.SIGTERM, servers=[fs], limit_seconds=6)
    assert result.out == "" or result.out.endswith("}\n")


@pytest.mark.parametrize("name", ["INT", "HUP", "TERM"])
def test_a_signal_that_was_ignored_stays_ignored(fs: FaultServer, home: Path, name: str) -> None:
    shell = ("sh", "-c", f'trap "" {name}; exec "$@"', "sh", *PROGRAM)
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("slow", n=20, ms=50)}
    with Session("ask", "hi", home=home, env=env, tty=False, program=shell) as session:
        session.wait_for("tok2")
        session.kill(signal.Signals[f"SIG{name}"])
        result = session.finish(8)
    check(result, code=0, servers=[fs])
    assert result.out == text_of(20) + "\n"


def test_being_stopped_and_continued_changes_nothing(fs: FaultServer, home: Path) -> None:
    url = fs.url("slow", n=20, ms=50)
    with asking(home, url, "--idle-timeout", "1", "--timeout", "1") as session:
        session.wait_for("tok2")
        session.kill(signal.SIGSTOP)
        end = time.monotonic() + 1.5
        session.wait_until(lambda: time.monotonic() > end)
        session.kill(signal.SIGCONT)
        result = session.finish(8)
    check(result, code=0, servers=[fs])
    assert result.out == text_of(20) + "\n"


# -- the reader leaves -------------------------------------------------------------


@pytest.mark.parametrize("pause", [0, 20])
@pytest.mark.parametrize("option", ["--plain", "--output-format=stream-json", "--thinking=stderr"])
def test_a_reader_that_leaves_ends_the_answer_in_silence(
    fs: FaultServer, home: Path, pause: int, option: str
) -> None:
    with asking(home, fs.url("infinite", ms=pause), option) as session:
        session.wait_for("tok5")
        session.close_output()
        left = time.monotonic()
        result = session.finish(5)
        took = time.monotonic() - left
    check(result, code=signal.SIGPIPE, servers=[fs], limit_seconds=6)
    assert result.err == ""
    assert took < 2
    assert fs.wait(lambda: fs.connections[0].closed_by_peer)


def test_head_of_a_shell_gets_its_lines(fs: FaultServer, home: Path) -> None:
    script = 'set -o pipefail; "$@" | head -c 20; echo " $?"'
    shell = ("bash", "-c", script, "bash", *PROGRAM)
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("infinite")}
    with Session("ask", "hi", home=home, env=env, tty=False, program=shell) as session:
        result = session.finish(8)
    check(result, code=0, servers=[fs])
    assert result.out == f"{text_of(50)[:20]} 141\n"


def test_an_error_reader_that_leaves_does_not_matter(fs: FaultServer, home: Path) -> None:
    shell = ("bash", "-c", '"$@" 2> >(exec 0<&-; exit)', "bash", *PROGRAM)
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("think", ms=10, n=20, field="reasoning")}
    words = ("ask", "hi", "--thinking", "stderr", "--usage")
    with Session(*words, home=home, env=env, tty=False, program=shell) as session:
        result = session.finish(8)
    check(result, code=0, servers=[fs])
    assert result.out == text_of(20) + "\n"


# -- without end -------------------------------------------------------------------


def test_an_endless_answer_takes_no_more_memory_and_ends_by_ctrl_c(
    fs: FaultServer, home: Path
) -> None:
    with asking(home, fs.url("infinite"), keep=False) as session:
        session.wait_for(re.compile(r"tok2\d{4} "))
        early = session.rss
        end = time.monotonic() + 3
        session.wait_until(lambda: time.monotonic() > end)
        late = session.rss
        session.interrupt()
        asked = time.monotonic()
        result = session.finish(5)
        took = time.monotonic() - asked
    check(result, code=signal.SIGINT, servers=[fs])
    assert late - early < 20 << 20
    assert took < 2


def flood_of(field: str) -> Callable[[Connection], None]:
    """Increments of one field, as fast as they can be sent, for ever."""

    def flood(connection: Connection) -> None:
        connection.send(reply())
        while True:
            connection.send(event(chunk({field: "x" * 1000})) * 1000)

    return flood


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
def test_an_endless_answer_for_a_program_is_bounded(home: Path, field: str) -> None:
    with (
        Scripted(flood_of(field)) as server,
        asking(home, server.url, "--json", keep=False, program=PROGRAM) as session,
    ):
        result = session.finish(8)
    check(result, code=8, servers=[server], limit_rss=300 << 20)


def test_endless_thinking_that_is_not_shown_takes_no_memory(home: Path) -> None:
    flood = Scripted(flood_of("reasoning_content"))
    with flood as server, asking(home, server.url) as session:
        end = time.monotonic() + 3
        session.wait_until(lambda: time.monotonic() > end)
        session.interrupt()
        result = session.finish(5)
    check(result, code=signal.SIGINT, servers=[server], limit_rss=250 << 20)


def test_no_process_is_left_behind(fs: FaultServer, home: Path) -> None:
    with asking(home, fs.url("infinite", ms=20)) as session:
        session.wait_for("tok5")
        pid = session.pid
        session.kill(signal.SIGTERM)
        session.finish(5)
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)
