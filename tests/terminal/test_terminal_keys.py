"""The terminal's modes: key by key while there is something to open, the shell's at all else."""

import re
import signal
import sys
import termios
from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.front_door import PROGRAM, Session
from tests.oracles import check
from tests.terminal.asking import Dictated, asking, lines_of, shell, words_of

FIELD = "reasoning_content"
STOPPED = "stopped> "
WORDS = " ".join(f"tok{i}" for i in range(40))


def is_listening(session: Session) -> bool:
    """Whether keys reach azchat one by one, and are not shown."""
    return not session.termios()[3] & (termios.ICANON | termios.ECHO)


def wait_for_keys(session: Session) -> None:
    session.wait_until(lambda: is_listening(session), what="cbreak mode")


def thinking(fs: FaultServer) -> str:
    """Return the URL of a model that thinks for two seconds, then answers for one."""
    return fs.url("think", ms=25, r=60, n=40, field=FIELD)


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
    streams = {"tty": ["stdout", "stderr"], "stdin": b"a prompt\n"}
    with Dictated() as model, asking(home, model.url, **streams) as session:
        model.think("one\n", *"23456789\n")
        session.wait_for("t opens it")
        session.press("t")
        session.wait_for("t folds it")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result)[0] == "one"


def test_a_stdin_that_is_closed_takes_no_key_away(home: Path) -> None:
    streams = {"tty": ["stdout", "stderr"], "closed": ["stdin"]}
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

STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize(
    ("scenario", "code"),
    [("think", 0), ("miderror", 8), ("cut", 8), ("httperr", 7), ("empty", 8)],
)
def test_the_modes_are_as_before_however_the_answer_ended(
    fs: FaultServer, home: Path, scenario: str, code: int
) -> None:
    with asking(home, fs.url(scenario), "--retries", "0") as session:
        check(session.finish(), code=code, servers=[fs])


@pytest.mark.parametrize("number", STOPPING)
@pytest.mark.parametrize("when", ["waiting…", "think5", "tok5"])
def test_the_modes_are_as_before_after_a_signal(
    fs: FaultServer, home: Path, number: signal.Signals, when: str
) -> None:
    with asking(home, fs.url("think", ms=20, r=20, n=1000, field=FIELD)) as session:
        session.wait_for(when)
        session.kill(number)
        check(session.finish(), code=number, servers=[fs])


@pytest.mark.parametrize("numbers", [STOPPING, STOPPING[::-1], [signal.SIGINT] * 2], ids=str)
@pytest.mark.parametrize("attempt", range(4))
def test_signals_that_come_together_neither_hang_nor_crash_it(
    fs: FaultServer, home: Path, numbers: list[signal.Signals], attempt: int
) -> None:
    with asking(home, thinking(fs)) as session:
        session.wait_for("think3")
        for number in numbers:
            session.kill(number)
        result = session.finish()
    assert result.signal in numbers
    check(result, code=result.signal, servers=[fs])


def test_the_modes_are_restored_before_anything_else_is_tidied_up(
    fs: FaultServer, home: Path
) -> None:
    with asking(home, fs.url("think", ms=1, r=100_000, field=FIELD)) as session:
        session.wait_for("think99 ")
        while session.running:
            session.kill(signal.SIGINT)  # the second one ends it at once, wherever it is
        check(session.finish(), code=signal.SIGINT, servers=[fs])


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
        if "think5" in text:
            raise RuntimeError("drawing")
        real.stdout.write(text)

def sleep(seconds):
    raise RuntimeError("reading")

env = real._replace(stdout=Broken(), sleep=sleep)
os._exit(main(sys.argv[1:], env)[0])
"""


@pytest.mark.parametrize("scenario", ["think", "flaky"], ids=["drawing", "reading"])
def test_the_modes_are_as_before_after_a_crash(
    fs: FaultServer, home: Path, scenario: str
) -> None:
    url = fs.url("think", ms=20, r=20, field=FIELD) if scenario == "think" else fs.url("flaky")
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


@pytest.mark.parametrize("when", ["waiting", "think5", "tok5"])
def test_a_terminal_whose_window_is_closed_ends_it_by_a_hang_up(
    fs: FaultServer, home: Path, when: str
) -> None:
    url = fs.url("think", ms=20, r=20, n=1000, field=FIELD)
    program = (sys.executable, "-c", HANG_UP, when, *PROGRAM)
    env: dict[str, str | None] = {"TERM": "xterm-256color"}
    with asking(home, url, tty=False, program=program, env=env) as session:
        result = session.finish()
    assert (result.out, result.err) == (f"{-signal.SIGHUP}\n", "")


# -- stopped and continued -------------------------------------------------------------


def test_a_stopped_job_gives_the_terminal_back_and_takes_it_again(
    fs: FaultServer, home: Path
) -> None:
    with asking(home, thinking(fs), program=shell()) as session:
        session.wait_for("think5")
        session.send("\x1a")
        session.wait_for(STOPPED)
        assert session.termios() == session.termios_before
        session.send("fg\n")
        wait_for_keys(session)
        result = session.finish()
    check(result, code=0, servers=[fs])


def test_after_a_stop_the_answer_is_whole_and_nothing_is_there_twice(
    fs: FaultServer, home: Path
) -> None:
    with asking(home, thinking(fs), program=shell()) as session:
        session.wait_for("think5")
        session.send("\x1a")
        session.wait_for(STOPPED)
        assert lines_of(session) == [STOPPED.strip()]
        session.send("fg\n")
        session.wait_for("Thinking…")
        result = session.finish()
    check(result, code=0, servers=[fs])
    typed, folded, *answer = lines_of(result)
    assert (typed, folded[:13]) == ("stopped> fg", "▸ Thought for")
    assert " ".join(answer) == WORDS


def test_a_stop_in_the_answer_leaves_it_whole(fs: FaultServer, home: Path) -> None:
    with asking(home, fs.url("think", ms=25, r=2, n=40, field=FIELD), program=shell()) as session:
        session.wait_for("tok9 ")
        session.send("\x1a")
        session.wait_for(STOPPED)
        session.send("fg\n")
        result = session.finish()
    check(result, code=0, servers=[fs])
    assert words_of(result).partition("fg ")[2] == WORDS


def test_several_stops_leave_the_terminal_as_it_was(fs: FaultServer, home: Path) -> None:
    with asking(home, thinking(fs), program=shell()) as session:
        for when in ("think5 ", "think20", "tok5"):
            session.mark()
            session.wait_for(when)
            session.send("\x1a")
            session.wait_for(STOPPED)
            assert session.termios() == session.termios_before
            session.send("fg\n")
        result = session.finish()
    check(result, code=0, servers=[fs])


def test_a_stop_that_cannot_be_noticed_leaves_the_terminal_as_it_was(
    fs: FaultServer, home: Path
) -> None:
    with asking(home, thinking(fs)) as session:
        session.wait_for("think5")
        session.kill(signal.SIGSTOP)
        session.kill(signal.SIGCONT)
        session.wait_for("think9")
        wait_for_keys(session)
        result = session.finish()
    check(result, code=0, servers=[fs])
    assert lines_of(result)[0].startswith("▸ Thought for")
    assert " ".join(lines_of(result)[1:]) == WORDS


def test_stops_and_continuations_in_quick_succession_do_not_hang_it(
    fs: FaultServer, home: Path
) -> None:
    with asking(home, thinking(fs)) as session:
        session.wait_for("think3")
        for _ in range(50):
            session.kill(signal.SIGTSTP)
            session.kill(signal.SIGCONT)
        result = session.finish()
    check(result, code=0, servers=[fs])
    assert words_of(result).endswith(WORDS)


def test_a_stopped_job_can_be_ended(fs: FaultServer, home: Path) -> None:
    with asking(home, thinking(fs)) as session:
        session.wait_for("think5")
        session.kill(signal.SIGSTOP)
        session.kill(signal.SIGTERM)
        session.kill(signal.SIGCONT)
        check(session.finish(), code=signal.SIGTERM, servers=[fs])


def test_a_job_in_the_background_touches_no_mode_and_takes_no_key(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, program=shell("&")) as session:
        model.think("hm")
        model.say("One.\n\n")
        session.wait_until(lambda: "One." in session.screen)
        assert session.termios() == session.termios_before
        session.send("t\n")
        model.answer("Two.")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert not re.search(r"\x1b\[\d*A", result.terminal.decode())  # nor moves the cursor up
    assert [line for line in lines_of(result)[1:] if line != "t"] == ["One.", "Two."]
