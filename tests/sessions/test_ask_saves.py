"""``azchat ask`` saves what it asks and what it shows, before it is asked and shown."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from azchat.sessions import SavedTurn
from azchat.sessions.store import Store
from tests.conftest import Ask
from tests.faults.payloads import chunk, event, text_of
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.front_door import PROGRAM, Session
from tests.oracles import CANARY, check
from tests.sessions.talk import last

DATA = ".local/share/azchat"


@pytest.fixture
def folder(home: Path) -> Path:
    return home / DATA


def saved(folder: Path) -> SavedTurn:
    store = Store(folder, print)
    try:
        return last(store)
    finally:
        store.close()


def sessions(folder: Path) -> int:
    store = Store(folder, print)
    try:
        return len(store.sessions())
    finally:
        store.close()


def asking(home: Path, url: str, *words: str, **more: Any) -> Session:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    return Session("ask", "hi", *words, home=home, env=env, tty=more.pop("tty", False), **more)


# -- what is saved ---------------------------------------------------------------------


def test_question_answer_and_thinking_are_saved(fs: FaultServer, ask: Ask, folder: Path) -> None:
    check(ask(fs.url("think", field="reasoning_content"), "why?"), code=0, servers=[fs])
    turn = saved(folder)
    assert (turn.question.text, turn.state) == ("why?", "complete")
    assert (turn.answer, turn.reasoning) == (text_of(10), text_of(5, "think"))
    assert turn.usage
    assert turn.usage.total == 21


def test_the_settings_are_saved(fs: FaultServer, ask: Ask, folder: Path) -> None:
    words = ("--temperature", "0", "--seed", "0", "-s", "Be brief.", "--stop", "x", "-o", "k=[1]")
    check(ask(fs.url("ok"), "hi", *words, "--effort", "low"), code=0, servers=[fs])
    assert saved(folder).settings == {
        "model": "m",
        "system": "Be brief.",
        "effort": "low",
        "temperature": 0,
        "seed": 0,
        "stop": ["x"],
        "extras": {"k": [1]},
    }


def test_the_answer_is_saved_as_it_came_and_not_as_it_is_shown(
    fs: FaultServer, ask: Ask, folder: Path
) -> None:
    result = ask(fs.url("esc"), "hi", tty=True)
    check(result, code=0, servers=[fs])
    assert "\x1b[31mred" in saved(folder).answer


@pytest.mark.parametrize("form", ["--json", "--output-format=stream-json", "--thinking=hide"])
def test_it_is_saved_in_whatever_form_it_is_shown(
    fs: FaultServer, ask: Ask, folder: Path, form: str
) -> None:
    check(ask(fs.url("think"), "hi", form), code=0, servers=[fs])
    assert (saved(folder).answer, saved(folder).reasoning.strip()) == (
        text_of(10),
        text_of(5, "think"),
    )


def test_each_question_is_a_session_of_its_own(fs: FaultServer, ask: Ask, folder: Path) -> None:
    for _ in range(3):
        check(ask(fs.url("ok")), code=0, servers=[fs])
    assert sessions(folder) == 3


@pytest.mark.parametrize("words", [["-n"], ["--no-log"], ["--dry-run"]], ids=" ".join)
def test_nothing_is_saved_when_nothing_shall_be(
    fs: FaultServer, ask: Ask, folder: Path, words: list[str]
) -> None:
    assert ask(fs.url("ok"), "hi", *words).code == 0
    assert not folder.exists()


def test_a_question_without_a_word_makes_no_session(ask: Ask, folder: Path) -> None:
    check(ask("http://127.0.0.1:9/v1", " "), code=2)
    assert sessions(folder) == 0


# -- before ----------------------------------------------------------------------------


def test_the_question_is_saved_before_it_is_sent(fs: FaultServer, home: Path, folder: Path) -> None:
    with asking(home, fs.url("noheader")) as session:
        session.wait_until(lambda: bool(fs.requests), what="request")
        session.kill(signal.SIGKILL)
        check(session.finish(), code=signal.SIGKILL, servers=[fs])
    turn = saved(folder)
    assert (turn.question.text, turn.state, turn.reason) == (
        "hi",
        "interrupted",
        "azchat was ended",
    )


def test_what_is_shown_was_saved_before(fs: FaultServer, home: Path, folder: Path) -> None:
    with asking(home, fs.url("stall")) as session:
        session.wait_for("tok9")
        with closing(sqlite3.connect(folder / "sessions.db")) as store:
            deltas = store.execute("SELECT group_concat(text, '') FROM deltas").fetchone()
        assert deltas == (text_of(10),)
        session.kill(signal.SIGKILL)
        session.finish()
    assert saved(folder).answer == text_of(10)


# -- how it ends -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("miderror", "The server had an error"),
        ("cut", "closed"),
        ("rst", "connection"),
        ("cutclean", "closed"),
        ("length", "length limit"),
        ("filter", "content filter"),
        ("badjson", "malformed"),
    ],
)
def test_an_answer_that_is_not_whole_is_saved_with_the_reason(
    fs: FaultServer, ask: Ask, folder: Path, scenario: str, reason: str
) -> None:
    check(ask(fs.url(scenario), "hi"), code=8, servers=[fs])
    turn = saved(folder)
    assert (turn.state, turn.answer) == ("incomplete", text_of(10))
    assert reason in (turn.reason or "")


@pytest.mark.parametrize(
    ("scenario", "parameters", "code"),
    [
        ("httperr", {"status": 401}, 4),
        ("httperr", {"status": 400}, 7),
        ("captive", {}, 7),
        ("empty", {}, 8),
        ("closed", {}, 6),
    ],
)
def test_a_question_without_an_answer_is_saved_as_such(
    fs: FaultServer, ask: Ask, folder: Path, scenario: str, parameters: dict[str, Any], code: int
) -> None:
    result = ask(fs.url(scenario, **parameters), "hi", "--retries", "0")
    check(result, code=code, servers=[fs])
    turn = saved(folder)
    assert (turn.state, turn.answer) == ("incomplete", "")
    assert turn.reason
    assert turn.reason in result.err


def test_a_request_that_was_tried_again_leaves_one_answer(
    fs: FaultServer, ask: Ask, folder: Path
) -> None:
    check(ask(fs.url("flaky", fails=1, ra="0")), code=0, servers=[fs])
    assert len(fs.requests) == 2
    assert [message.role for message in saved(folder).messages] == ["user", "assistant"]


# -- signals (rows 88, 90, 102) --------------------------------------------------------


@pytest.mark.parametrize("tty", [False, True], ids=["pipe", "terminal"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_answer_that_is_stopped_is_saved_and_its_session_named(
    fs: FaultServer, home: Path, folder: Path, number: signal.Signals, tty: bool
) -> None:
    with asking(home, fs.url("infinite", ms=20), tty=tty) as session:
        session.wait_for("tok5")
        session.kill(number)
        result = session.finish(2)
    check(result, code=number, servers=[fs], limit_seconds=4)
    assert "interrupted; saved as session 1" in (result.err or "\n".join(result.screen))
    turn = saved(folder)
    assert (turn.state, turn.reason) == ("interrupted", "interrupted")
    assert turn.answer.startswith("tok0 tok1 tok2 tok3 tok4 tok5")


def test_a_question_that_is_stopped_while_it_waits_is_saved(
    fs: FaultServer, home: Path, folder: Path
) -> None:
    with asking(home, fs.url("noheader")) as session:
        session.wait_until(lambda: bool(fs.requests), what="request")
        session.interrupt()
        check(session.finish(2), code=130, servers=[fs], limit_seconds=4)
    assert (saved(folder).state, saved(folder).answer) == ("interrupted", "")


def test_a_reader_that_leaves_is_told_nothing_and_the_answer_saved(
    fs: FaultServer, home: Path, folder: Path
) -> None:
    with asking(home, fs.url("infinite", ms=10)) as session:
        session.wait_for("tok5")
        session.close_output()
        result = session.finish(2)
    check(result, code=signal.SIGPIPE, servers=[fs], limit_seconds=4)
    assert result.err == ""
    assert "tok5" in saved(folder).answer


@pytest.mark.parametrize("stream", [{"stdout": Path("/dev/full")}, {"closed": ["stdout"]}], ids=str)
def test_an_answer_that_cannot_be_shown_is_saved_as_far_as_it_came(
    fs: FaultServer, ask: Ask, folder: Path, stream: dict[str, Any]
) -> None:
    check(ask(fs.url("ok"), "hi", **stream), code=9, servers=[fs])
    assert saved(folder).answer.startswith("tok0")
    assert saved(folder).state == "incomplete"


# -- keys ------------------------------------------------------------------------------


@pytest.fixture
def repeating() -> Iterator[Scripted]:
    """A model that repeats the key: at once, then in two pieces, then one by one."""
    said = [f"It is {CANARY}. ", CANARY[:6], CANARY[6:], " ", *CANARY]
    deltas = b"".join(event(chunk({"content": piece})) for piece in said)
    body = deltas + event(chunk({}, "stop")) + b"data: [DONE]\n\n"
    with Scripted(reply(body)) as server:
        yield server


def test_a_key_in_an_answer_is_not_saved(repeating: Scripted, ask: Ask, folder: Path) -> None:
    assert ask(repeating.url).code == 0
    assert saved(folder).answer == "It is ***. *** ***"
    assert not any(CANARY.encode() in path.read_bytes() for path in folder.iterdir())


def test_a_key_in_a_question_is_not_saved(fs: FaultServer, ask: Ask, folder: Path) -> None:
    ask(fs.url("ok"), f"is {CANARY} my key?", "-s", f"the key is {CANARY}")
    assert saved(folder).question.text == "is *** my key?"
    assert not any(CANARY.encode() in path.read_bytes() for path in folder.iterdir())


def test_a_key_in_a_failure_is_not_saved(fs: FaultServer, ask: Ask, folder: Path) -> None:
    check(ask(fs.url("miderror", msg="bad key {key}")), code=8, servers=[fs])
    assert "bad key ***" in (saved(folder).reason or "")


def test_the_key_of_a_killed_answer_is_not_put_together_later(home: Path, folder: Path) -> None:
    def halves(connection: Any) -> None:
        connection.send(reply(event(chunk({"content": f"tok1 {CANARY[:8]}"}))))
        connection.pause(0.2)
        connection.send(event(chunk({"content": f"{CANARY[8:]} tok2"})))
        connection.hold()

    with Scripted(halves) as server, asking(home, server.url, program=PROGRAM) as session:
        session.wait_for("tok2")
        session.kill(signal.SIGKILL)
        session.finish()
    assert saved(folder).answer == "tok1 *** tok2"
