"""Stopped and continued, in the foreground and in the background: Ctrl-Z, fg, kill, &."""

import re
import signal
from pathlib import Path

from tests.faults.server import FaultServer
from tests.oracles import check
from tests.terminal.asking import Dictated, asking, lines_of, shell, wait_for_keys, words_of

FIELD = "reasoning_content"
STOPPED = "stopped> "
WORDS = " ".join(f"tok{i}" for i in range(20))


def thinking(fs: FaultServer) -> str:
    """Return the URL of a model that thinks for a second, then answers for half of one."""
    return fs.url("think", ms=25, r=40, n=20, field=FIELD)


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
    with asking(home, fs.url("think", ms=25, r=2, n=20, field=FIELD), program=shell()) as session:
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
