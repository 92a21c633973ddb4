"""Ctrl-C, Ctrl-Z and signals in a chat: what came is kept, the terminal is as it was."""

import signal
import time
from pathlib import Path

import pytest

from azchat.sessions import SavedTurn
from azchat.sessions.store import Store
from tests.faults.server import FaultServer
from tests.oracles import check
from tests.repl.chatting import PROMPT_TOOLKIT, Chatting, chatting, data_folder, sent
from tests.terminal.asking import shell

ENDING = [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
THINKING = {"field": "reasoning_content", "r": 1000, "ms": 20}
STOPPED = "stopped> "


def turns(home: Path) -> tuple[SavedTurn, ...]:
    """Return what the store has."""
    store = Store(data_folder(home), print)
    try:
        return store.load(1).turns
    finally:
        store.close()


def stop(chat: Chatting, text: str) -> None:
    """Press Ctrl-C when ``text`` was shown; wait for the prompt."""
    chat.wait_for(text)
    before = chat.prompts
    chat.interrupt()
    chat.wait_for_prompt(before)


# -- Ctrl-C ----------------------------------------------------------------------------


def test_ctrl_c_keeps_and_marks_the_answer_and_the_next_turn_works(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("infinite", ms=20)) as chat:
        chat.send("one\r")
        stop(chat, "tok5")
        chat.send("two\r")
        fs.wait(lambda: len(fs.requests) == 2)
        stop(chat, "tok2")
        assert "stopped; what came is kept" in chat.screen
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    kept = turns(home)
    assert [turn.state for turn in kept] == ["interrupted", "interrupted"]
    assert sent(fs.requests) == [("user", "one"), ("assistant", kept[0].answer), ("user", "two")]
    assert kept[0].answer.startswith("tok0 tok1 tok2 tok3 tok4 tok5")


def test_an_answer_that_was_asked_for_again_and_stopped_is_said_to_be_kept(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("infinite", ms=20)) as chat:
        chat.send("one\r")
        stop(chat, "tok5")
        chat.mark()
        chat.send("/retry\r")
        stop(chat, "tok5")
        assert chat.screen.count("stopped; what came is kept") == 2
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert [turn.state for turn in turns(home)] == ["interrupted"]


def test_a_turn_that_was_stopped_in_its_thinking_is_not_sent(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("think", **THINKING)) as chat:
        chat.send("one\r")
        stop(chat, "think5")
        assert "stopped" in chat.screen
        chat.send("two\r")
        fs.wait(lambda: len(fs.requests) == 2)
        check_later = sent(fs.requests)
    assert check_later == [("user", "two")]
    assert "think5" in turns(home)[0].reasoning


@pytest.mark.parametrize("scenario", ["noheader", "stall"])
def test_ctrl_c_works_in_silence(fs: FaultServer, home: Path, scenario: str) -> None:
    with chatting(home, fs.url(scenario)) as chat:
        chat.send("one\r")
        assert fs.wait(lambda: bool(fs.requests))
        before = chat.prompts
        chat.interrupt()
        chat.wait_for_prompt(before)
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)


@pytest.mark.parametrize("pause", [0.0, 0.002, 0.01, 0.03])
@pytest.mark.parametrize("word", ["think5", "tok5"])
def test_ctrl_c_twice_stays_and_leaves_the_terminal_as_it_was(
    fs: FaultServer, home: Path, word: str, pause: float
) -> None:
    url = fs.url("think", **THINKING) if word == "think5" else fs.url("infinite", ms=20)
    with chatting(home, url) as chat:
        chat.send("one\r")
        chat.wait_for(word)
        chat.kill(signal.SIGINT)
        end = time.monotonic() + pause
        chat.wait_until(lambda: time.monotonic() > end)
        chat.kill(signal.SIGINT)
        chat.wait_for_prompt(1)
        chat.kill(signal.SIGTERM)
        check(chat.finish(), code=signal.SIGTERM, servers=[fs], allow=PROMPT_TOOLKIT)


def test_a_stopped_turn_is_marked_when_it_is_resumed(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("infinite", ms=20)) as chat:
        chat.send("one\r")
        stop(chat, "tok5")
        chat.leave()
    with chatting(home, fs.url("ok"), "-c") as chat:
        assert "(interrupted)" in chat.screen


# -- other signals ---------------------------------------------------------------------


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_at_the_prompt_ends_the_chat(
    fs: FaultServer, home: Path, number: signal.Signals
) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("one")
        chat.type("half a ques", "> half a ques")
        chat.kill(number)
        result = chat.finish(2)
    check(result, code=number, servers=[fs], allow=PROMPT_TOOLKIT)
    assert len(turns(home)) == 1


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_after_ctrl_t_ends_the_chat(
    fs: FaultServer, home: Path, number: signal.Signals
) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.send("\x14")
        chat.wait_for("there is no thinking to show")
        chat.wait_for_prompt(1)
        chat.kill(number)
        check(chat.finish(2), code=number, servers=[fs], allow=PROMPT_TOOLKIT)


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("word", ["think5", "tok5"])
def test_a_signal_in_an_answer_saves_it_within_a_second(
    fs: FaultServer, home: Path, number: signal.Signals, word: str
) -> None:
    url = fs.url("think", **THINKING) if word == "think5" else fs.url("infinite", ms=20)
    with chatting(home, url) as chat:
        chat.send("one\r")
        chat.wait_for(word)
        chat.kill(number)
        begin = time.monotonic()
        result = chat.finish(2)
        assert time.monotonic() - begin < 1
    check(result, code=number, servers=[fs], allow=PROMPT_TOOLKIT)
    (turn,) = turns(home)
    assert turn.state == "interrupted"
    assert word in turn.answer + turn.reasoning


# -- Ctrl-Z ----------------------------------------------------------------------------


def test_ctrl_z_at_the_prompt_stops_the_job_and_the_text_is_still_there(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("ok"), program=shell()) as chat:
        chat.wait_for_prompt()
        chat.type("half a ques", "> half a ques")
        chat.send("\x1a")
        chat.wait_for(STOPPED)
        chat.type("fg\r", "> half a ques")
        chat.ask("tion")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert sent(fs.requests) == [("user", "half a question")]


def test_ctrl_z_in_an_answer_stops_the_job_and_the_answer_goes_on(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("slow", n=30, ms=30), program=shell()) as chat:
        chat.wait_for_prompt()
        chat.send("hi\r")
        chat.wait_for("tok5")
        chat.send("\x1a")
        chat.wait_for(STOPPED)
        assert chat.termios() == chat.termios_before
        before = chat.prompts
        chat.send("fg\r")
        chat.wait_for_prompt(before)
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert turns(home)[0].state == "complete"
