"""The terminal's modes: key by key while there is something to open, the shell's at all else."""

import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import FaultServer
from tests.front_door import PROGRAM, Result
from tests.oracles import check
from tests.terminal.asking import Dictated, asking, lines_of, wait_for_keys

FIELD = "reasoning_content"


# -- when keys are read ----------------------------------------------------------------


def test_keys_are_read_while_the_model_thinks_and_not_shown(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        wait_for_keys(session)
        model.think("hm")
        session.wait_for("hm")
        session.send("ahead\n")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert b"ahead" not in result.terminal
    assert lines_of(result)[1:] == ["yes"]


def test_without_thinking_the_keyboard_is_the_shells_when_the_answer_begins(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        wait_for_keys(session)
        model.say("yes")
        session.wait_until(lambda: session.termios() == session.termios_before)
        model.finish()
        check(session.finish(), code=0, servers=[model])


@pytest.mark.parametrize("args", [["-R"], ["-q"], ["--thinking", "summary"], ["--plain"]], ids=str)
def test_where_nothing_can_be_opened_no_mode_is_touched(home: Path, args: list[str]) -> None:
    with Dictated() as model, asking(home, model.url, *args) as session:
        model.think("hm")
        model.say("yes")
        session.wait_for("yes")
        assert session.termios() == session.termios_before
        model.finish()
        check(session.finish(), code=0, servers=[model])


def test_keys_come_from_the_terminal_while_stdin_is_a_pipe(home: Path) -> None:
    streams: dict[str, Any] = {"tty": ["stdout", "stderr"], "stdin": b"a prompt\n"}
    with Dictated() as model, asking(home, model.url, **streams) as session:
        model.think("one\n", *"23456789\n")
        session.wait_for("t opens it")
        session.press("t")
        session.wait_for("t folds it")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result)[1] == "one"


def test_a_stdin_that_is_closed_takes_no_key_away(home: Path) -> None:
    streams: dict[str, Any] = {"tty": ["stdout", "stderr"], "closed": ["stdin"]}
    with Dictated() as model, asking(home, model.url, **streams) as session:
        model.think("one")
        session.wait_for("t opens it")
        session.press("t")
        session.wait_for("t folds it")
        model.answer("yes")
        check(session.finish(), code=0, servers=[model])


def test_the_end_of_the_input_is_no_key(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think("one")
        session.wait_for("t opens it")
        session.send("\x04\x00\x1b[A\x1b")
        model.think(" two")
        session.wait_for("one two")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result)[1:] == ["yes"]


# -- every end restores them -----------------------------------------------------------

STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
# What stays as it is for as long as a busy machine takes to draw it.
ENDLESS: dict[str, tuple[str, dict[str, Any]]] = {
    "waiting": ("noheader", {}),
    "thinking": ("think", {"ms": 20, "r": 1000, "field": FIELD}),
    "answering": ("infinite", {"ms": 20}),
}


@pytest.mark.parametrize(
    ("scenario", "code"),
    [("think", 0), ("miderror", 8), ("cut", 8), ("httperr", 7), ("empty", 8)],
)
def test_the_modes_are_as_before_however_the_answer_ended(
    fs: FaultServer, home: Path, scenario: str, code: int
) -> None:
    with asking(home, fs.url(scenario), "--retries", "0") as session:
        check(session.finish(), code=code, servers=[fs])


def test_an_error_that_comes_before_the_first_frame_stands_behind_a_question_to_the_terminal(
    home: Path,
) -> None:
    """What the machine's speed decides above: the oracle must know both."""
    asked = b"\x1b]11;?\x1b\\\x1b[c"
    told = b"azchat: service: it failed\r\nhint: wait\r\n"
    told_on = frozenset({"stdout", "stderr"})
    whole = Result(7, b"", b"", 0.1, 1, home, ("ask",), tty=told_on, terminal=asked + told)
    check(whole, code=7)


@pytest.mark.parametrize("number", STOPPING)
@pytest.mark.parametrize(
    ("scenario", "when"), [("waiting", "waiting…"), ("thinking", "think5"), ("answering", "tok5")]
)
def test_the_modes_are_as_before_after_a_signal(
    fs: FaultServer, home: Path, number: signal.Signals, scenario: str, when: str
) -> None:
    with asking(home, fs.url(ENDLESS[scenario][0], **ENDLESS[scenario][1])) as session:
        session.wait_for(when)
        session.kill(number)
        check(session.finish(), code=number, servers=[fs])


@pytest.mark.parametrize("numbers", [STOPPING, STOPPING[::-1]], ids=str)
@pytest.mark.parametrize("attempt", range(3))
def test_signals_that_come_together_neither_hang_nor_crash_it(
    fs: FaultServer, home: Path, numbers: list[signal.Signals], attempt: int
) -> None:
    with asking(home, fs.url("think", ms=20, r=99, field=FIELD)) as session:
        session.wait_for("think3")
        for number in numbers:
            session.kill(number)
        result = session.finish()
    assert result.signal in numbers
    check(result, code=result.signal, servers=[fs])


# A collaborator with a bug, found by the thread that draws or by the one that reads.
BROKEN = """
import os, sys
from azchat.cli import main
from azchat.environment import Environment

real = Environment.real()

class Broken:
    is_terminal = speaks_vt = True
    size = real.stdout.size
    def write(self, text):
        if "think" in text:
            raise RuntimeError("drawing")
        real.stdout.write(text)

def sleep(seconds):
    raise RuntimeError("reading")

env = real._replace(stdout=Broken(), sleep=sleep)
os._exit(main(sys.argv[1:], env)[0])
"""


@pytest.mark.parametrize("scenario", ["think", "flaky"], ids=["drawing", "reading"])
def test_the_modes_are_as_before_after_a_crash(fs: FaultServer, home: Path, scenario: str) -> None:
    url = fs.url("think", ms=20, r=60, field=FIELD) if scenario == "think" else fs.url("flaky")
    program = (sys.executable, "-P", "-c", BROKEN)
    with asking(home, url, program=program) as session:
        result = session.finish()
    check(result, code=1, servers=[fs])


# The terminal is closed by its other side, as when its window is.
HANG_UP = """
import os, pty, sys
job, terminal = pty.fork()
if not job:
    os.execv(sys.argv[2], sys.argv[2:])
seen = b""
while sys.argv[1].encode() not in seen:
    seen += os.read(terminal, 1000)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]))
"""


@pytest.mark.parametrize(
    ("scenario", "when"), [("waiting", "waiting"), ("thinking", "think"), ("answering", "tok")]
)
def test_a_terminal_whose_window_is_closed_ends_it_by_a_hang_up(
    fs: FaultServer, home: Path, scenario: str, when: str
) -> None:
    url = fs.url(ENDLESS[scenario][0], **ENDLESS[scenario][1])
    program = (sys.executable, "-c", HANG_UP, when, *PROGRAM)
    env: dict[str, str | None] = {"TERM": "xterm-256color"}
    with asking(home, url, tty=False, program=program, env=env) as session:
        result = session.finish()
    assert (result.out, result.err) == (f"{-signal.SIGHUP}\n", "")
