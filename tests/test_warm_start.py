"""A process that was forked from the warm interpreter is as one that was started."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.front_door import Environ, Result, Session, azchat, environment
from tests.warm_start import fits

FORKED = ("tests.started",)
EXECUTED = (sys.executable, "-P", "-m", "tests.started")
CODE = ("-c", "from tests.started import main; main()")


def told(result: Result) -> dict[str, Any]:
    """What ``tests.started`` says of its process, wherever it says it."""
    said: dict[str, Any] = json.loads(result.err or result.out or result.terminal)
    return said


@pytest.mark.skipif(sys.platform != "linux", reason="only there something is forked")
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"stdin": b"some words"},
        {"tty": True},
        {"tty": ["stderr"]},
        {"tty": ["stdin", "stdout"]},
        {"closed": ["stdin"]},
        {"closed": ["stdout"]},
        {"closed": ["stderr"]},
        {"closed": ["stdin", "stderr"]},
        {"tty": ["stdout"], "closed": ["stdin"]},
        {"env": {"TZ": "Asia/Kolkata", "TERM": "dumb", "X": "\udcff", "PATH": None}},
        {"cwd": Path("/")},
    ],
    ids=str,
)
def test_it_is_given_the_same(home: Path, how: dict[str, Any]) -> None:
    args = ("ask", "-", "--x=ü", "\udcff", "")
    forked, executed = (
        told(azchat(*args, home=home, program=program, **how)) for program in (FORKED, EXECUTED)
    )
    assert forked == executed


@pytest.mark.skipif(sys.platform != "linux", reason="only there something is forked")
def test_code_is_given_the_same(home: Path) -> None:
    executed = told(azchat("ask", home=home, program=(sys.executable, "-P", *CODE)))
    assert told(azchat("ask", home=home, program=CODE)) == executed


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_ends_it(home: Path, number: signal.Signals) -> None:
    with Session("demo", "serve", "--port", "0", home=home, tty=False) as session:
        session.wait_for("Ctrl-C ends it")
        session.kill(number)
        assert session.finish().signal is number


def test_two_processes_share_nothing(home: Path) -> None:
    serve = ("demo", "serve", "--port", "0")
    with Session(*serve, home=home, tty=False) as one, Session(*serve, home=home, tty=False) as two:
        one.wait_for("Ctrl-C ends it")
        two.wait_for("Ctrl-C ends it")
        assert one.output != two.output
        assert len({one.pid, two.pid, os.getsid(one.pid), os.getsid(two.pid)}) == 2
        one.kill()
        assert one.finish().signal is signal.SIGKILL
        assert two.running


def test_a_folder_that_is_not_there_is_an_error_of_the_test(home: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        azchat("--version", home=home, cwd=home / "no")
    assert azchat("--version", home=home).code == 0


@pytest.mark.parametrize(
    "env",
    [
        {"LANG": "C"},
        {"LC_ALL": "C"},
        {"LANG": None},
        {"PYTHONPATH": "/elsewhere"},
        {"PYTHONUTF8": "0"},
        {"PYTHONDONTWRITEBYTECODE": None},
        {"TYPER_USE_RICH": "0"},
    ],
)
def test_what_is_read_at_the_start_is_not_forked(home: Path, env: Environ) -> None:
    plain = environment(home, {}, terminal=True)
    assert fits(environment(home / "x", {"A": "b"}, terminal=False), plain)
    assert not fits(environment(home, env, terminal=False), plain)


def test_an_unusual_locale_is_what_the_process_sees(home: Path) -> None:
    env = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    assert told(azchat(home=home, program=FORKED, env=env))["locale"][0] == "C"
