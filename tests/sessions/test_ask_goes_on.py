"""``-c`` and ``--session``: the history and the settings of a session are used again."""

import signal
from pathlib import Path
from typing import Any

import pytest

from azchat.sessions import SavedSession
from azchat.sessions.store import Store
from tests.conftest import Ask
from tests.faults.payloads import text_of
from tests.faults.server import FaultServer
from tests.front_door import Session
from tests.oracles import CANARY, check

ANSWER = ("assistant", text_of(10))


def history(fs: FaultServer) -> list[tuple[str, Any]]:
    """Return the roles and texts of the last request."""
    return [(m["role"], m["content"]) for m in fs.requests[-1].json()["messages"]]


def load(home: Path, ref: str) -> SavedSession:
    store = Store(home / ".local/share/azchat", print)
    try:
        return store.load(store.find(ref).id)
    finally:
        store.close()


# -- which session ---------------------------------------------------------------------


def test_continue_goes_on_with_the_last_session(fs: FaultServer, ask: Ask, home: Path) -> None:
    for words in (["one"], ["two"], ["three", "-c"]):
        check(ask(fs.url("ok"), *words), code=0, servers=[fs])
    assert history(fs) == [("user", "two"), ANSWER, ("user", "three")]
    assert [turn.number for turn in load(home, "2").turns] == [1, 2]


def test_a_name_begins_a_session_and_goes_on_with_it(fs: FaultServer, ask: Ask, home: Path) -> None:
    for words in (["one", "--session", "work"], ["other"], ["two", "--session", "WORK"]):
        check(ask(fs.url("ok"), *words), code=0, servers=[fs])
    assert history(fs) == [("user", "one"), ANSWER, ("user", "two")]
    assert load(home, "work").info.turns == 2


def test_an_id_goes_on_with_its_session(fs: FaultServer, ask: Ask) -> None:
    for words in (["one"], ["other"], ["two", "--session", "1"]):
        check(ask(fs.url("ok"), *words), code=0, servers=[fs])
    assert history(fs) == [("user", "one"), ANSWER, ("user", "two")]


def test_an_id_that_is_unknown_is_refused(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), "hi", "--session", "7")
    check(result, code=5, servers=[fs])
    assert "no session '7'" in result.err
    assert fs.requests == []


def test_there_must_be_a_session_to_continue(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), "hi", "-c")
    check(result, code=5, servers=[fs])
    assert fs.requests == []


@pytest.mark.parametrize(
    "name", ["", " ", "-x", "a\nb", "n" * 300, "a\x1b[31m", "\u202eabc"], ids=ascii
)
def test_a_name_that_cannot_be_typed_is_refused(fs: FaultServer, ask: Ask, name: str) -> None:
    check(ask(fs.url("ok"), "hi", f"--session={name}"), code=2, servers=[fs])
    assert fs.requests == []


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", ".", "..", "💬", "~", "a b"], ids=ascii)
def test_a_name_is_no_path(fs: FaultServer, ask: Ask, home: Path, name: str) -> None:
    check(ask(fs.url("ok"), "hi", "--session", name), code=0, servers=[fs])
    made = {path.name for path in home.rglob("*") if path.is_file()}
    assert made <= {"sessions.db", "sessions.db-wal", "sessions.db-shm"}
    assert load(home, name).info.name == name


def test_a_session_goes_on_without_saving_too(fs: FaultServer, ask: Ask, home: Path) -> None:
    for words in (["one"], ["two", "-c", "-n"]):
        check(ask(fs.url("ok"), *words), code=0, servers=[fs])
    assert history(fs) == [("user", "one"), ANSWER, ("user", "two")]
    assert load(home, "1").info.turns == 1


# -- the settings ----------------------------------------------------------------------

SETTINGS = ("-m", "other", "-s", "Be brief.", "--effort", "low", "--temperature", "0", "-o", "k=1")


def test_the_settings_of_a_session_are_used_again(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok"), "one", *SETTINGS, "--seed", "0"), code=0, servers=[fs])
    check(ask(fs.url("ok"), "two", "-c"), code=0, servers=[fs])
    first, second = (request.json() for request in fs.requests)
    assert first.pop("messages") == second.pop("messages")[:2]
    assert first == second
    assert (second["model"], second["temperature"], second["seed"]) == ("other", 0, 0)
    assert history(fs)[0] == ("system", "Be brief.")


def test_flags_outrank_the_settings_of_a_session(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok"), "one", *SETTINGS), code=0, servers=[fs])
    flags = ("-m", "third", "-s", "Be kind.", "--effort", "high", "--temperature", "1")
    check(ask(fs.url("ok"), "two", "-c", *flags), code=0, servers=[fs])
    body = fs.requests[-1].json()
    assert (body["model"], body["temperature"], body["k"]) == ("third", 1, 1)
    assert body["reasoning_effort"] == "high"
    assert history(fs)[0] == ("system", "Be kind.")


def test_flags_hold_for_the_turns_after_them(fs: FaultServer, ask: Ask) -> None:
    for words in (["one"], ["two", "-c", "-m", "other"], ["three", "-c"]):
        check(ask(fs.url("ok"), *words), code=0, servers=[fs])
    assert [request.json()["model"] for request in fs.requests] == ["m", "other", "other"]


def test_a_profile_brings_its_own_model(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "c.toml").write_text('[profiles.p]\nmodel = "of the profile"\n')
    env = {"AZCHAT_CONFIG": str(home / "c.toml")}
    check(ask(fs.url("ok"), "one", "-m", "other", env=env), code=0, servers=[fs])
    check(ask(fs.url("ok"), "two", "-c", "--profile", "p", env=env), code=0, servers=[fs])
    assert fs.requests[-1].json()["model"] == "of the profile"


@pytest.mark.parametrize("words", ["Be brief.", "@name is no file"])
def test_a_system_message_from_a_file_outlives_the_file(
    fs: FaultServer, ask: Ask, home: Path, words: str
) -> None:
    (home / "s.txt").write_text(words)
    check(ask(fs.url("ok"), "one", "-s", f"@{home}/s.txt"), code=0, servers=[fs])
    (home / "s.txt").unlink()
    for _ in range(2):
        check(ask(fs.url("ok"), "two", "-c"), code=0, servers=[fs])
        role, text = history(fs)[0]
        assert (role, text.strip()) == ("system", words)


# -- the history is valid --------------------------------------------------------------


def alternate(fs: FaultServer) -> bool:
    """Return whether question and answer take turns, none of them empty."""
    said = history(fs)
    roles = [role for role, _ in said]
    usual = ["user", "assistant"] * len(said)
    return all(text for _, text in said) and roles == usual[: len(said)] and len(said) % 2 == 1


@pytest.mark.parametrize(
    ("scenario", "parameters"),
    [
        ("miderror", {}),
        ("cut", {}),
        ("length", {}),
        ("length", {"empty": 1}),
        ("filter", {}),
        ("httperr", {"status": 400}),
        ("closed", {}),
        ("empty", {}),
        ("surrogate", {}),
        ("think", {"closed": 0}),
        ("think", {"field": "mai"}),
        ("esc", {}),
    ],
    ids=str,
)
def test_the_turn_after_a_bad_one_sends_a_valid_history(
    fs: FaultServer, ask: Ask, scenario: str, parameters: dict[str, Any]
) -> None:
    check(ask(fs.url("ok"), "one"), code=0, servers=[fs])
    ask(fs.url(scenario, **parameters), "two", "-c", "--retries", "0")
    check(ask(fs.url("ok"), "three", "-c"), code=0, servers=[fs])
    assert alternate(fs)
    assert history(fs)[:2] == [("user", "one"), ANSWER]
    assert history(fs)[-1] == ("user", "three")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize(("scenario", "shown"), [("slow", "tok3"), ("noheader", "")])
def test_the_turn_after_an_interrupted_one_sends_a_valid_history(
    fs: FaultServer, ask: Ask, home: Path, scenario: str, shown: str, number: signal.Signals
) -> None:
    url = fs.url(scenario, **({"ms": 20, "n": 100} if shown else {}))
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    with Session("ask", "one", home=home, env=env, tty=False) as session:
        session.wait_until(lambda: bool(fs.requests) and shown in session.output, what=shown)
        session.kill(number)
        check(session.finish(3), code=number, servers=[fs])
    goes_on = ask(fs.url("ok"), "two", "-c")
    check(goes_on, code=0 if shown else 5, servers=[fs])  # what was asked in vain is no session
    assert alternate(fs)
    assert len(history(fs)) == (3 if shown else 1)


def test_thinking_is_not_sent_again(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("think"), "one"), code=0, servers=[fs])
    check(ask(fs.url("ok"), "two", "-c"), code=0, servers=[fs])
    assert b"think" not in fs.requests[-1].body
