"""``azchat sessions resume``: the chat goes on with a session that is named, or picked."""

import signal
from pathlib import Path

import pytest

from azchat.events import TextDelta
from azchat.messages import Message, Text
from azchat.sessions.store import Store
from tests.front_door import Result, Session
from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions

ALLOWED = [r"\x1b\[6n", r"\x1b\[\?(?:1|7|12)[hl]"]  # what prompt-toolkit asks and sets back
DOWN, UP, ESCAPE = "\x1b[B", "\x1b[A", "\x1b"


@pytest.fixture(autouse=True)
def _three(say: Say) -> None:
    say("Sky?", "blue", "--session", "sky")
    say("Sea?", "green *waves*")
    say("And deep?", "black", "-c")
    say("Grass?", "long")


def picking(home: Path, *args: str, size: tuple[int, int] = (80, 24)) -> Session:
    return Session("sessions", "resume", "--demo", *args, home=home, size=size)


def wait_for_line(session: Session, begin: str) -> None:
    session.wait_until(lambda: any(x.startswith(begin) for x in session.screen), what=begin)


def chosen(session: Session, title: str) -> None:
    """Wait until the session with that title is the chosen one."""
    session.wait_until(
        lambda: any(x.startswith("▸") and x.endswith(title) for x in session.screen), what=title
    )


def leave_chat(session: Session, name: str) -> Result:
    """Wait for the chat in a session, and leave it."""
    session.wait_for(f"session {name}")
    wait_for_line(session, ">")
    session.wait_until(lambda: any(f"· session {name}" in x for x in session.screen))
    session.send("\x04")
    return session.finish()


def test_a_named_session_goes_on_in_the_chat(home: Path) -> None:
    with picking(home, "sky") as session:
        result = leave_chat(session, "sky")
    check(result, code=0, allow=ALLOWED)
    assert "blue" in result.screen


def test_without_a_name_there_is_a_list_with_a_preview(home: Path) -> None:
    with picking(home) as session:
        chosen(session, "Grass?")
        session.send(DOWN)
        chosen(session, "Sea?")
        wait_for_line(session, "> And deep?")
        screen = "\n".join(session.screen)
        session.send(ESCAPE)
        result = session.finish()
    check(result, code=0, allow=ALLOWED)
    for line in ("2 · m · today", "> Sea?", "  …", "  black", "Enter resumes"):
        assert line in screen
    assert not [line for line in result.screen if line]


def test_the_picked_session_goes_on(home: Path) -> None:
    with picking(home) as session:
        chosen(session, "Grass?")
        session.send(DOWN + DOWN + DOWN + UP)
        chosen(session, "Sea?")
        session.send("\r")
        result = leave_chat(session, "2")
    check(result, code=0, allow=ALLOWED)


def test_typing_filters_the_list(home: Path) -> None:
    with picking(home) as session:
        chosen(session, "Grass?")
        session.send("SKY")
        chosen(session, "Sky?")
        session.wait_until(lambda: not any("Grass?" in line for line in session.screen))
        session.send("x")
        session.wait_for("none has these words")
        session.send("\r\x7f\r")
        result = leave_chat(session, "sky")
    check(result, code=0, allow=ALLOWED)


@pytest.mark.parametrize("keys", ["\x03", "\x04", ESCAPE], ids=repr)
def test_leaving_the_list_resumes_nothing(home: Path, keys: str) -> None:
    with picking(home) as session:
        chosen(session, "Grass?")
        session.send(keys)
        check(session.finish(), code=0, allow=ALLOWED)


def test_a_signal_ends_the_list_and_restores_the_terminal(home: Path) -> None:
    with picking(home) as session:
        chosen(session, "Grass?")
        session.kill(signal.SIGTERM)
        check(session.finish(), code=143, allow=ALLOWED)


@pytest.mark.parametrize("size", [(80, 5), (20, 3), (3, 24), (1, 1)], ids=str)
def test_the_list_fits_any_screen(home: Path, size: tuple[int, int]) -> None:
    with picking(home, size=size) as session:
        session.wait_for("\x1b[?2004h")
        session.send(ESCAPE)
        check(session.finish(), code=0, allow=ALLOWED)


def test_titles_cannot_write_to_the_terminal(say: Say, home: Path) -> None:
    say("x\x1b]0;title\x07y", "a\x1b[2Jb\u202e")
    with picking(home) as session:
        chosen(session, "x^[]0;title^Gy")
        wait_for_line(session, "  a^[[2Jb")
        session.send(ESCAPE)
        check(session.finish(), code=0, allow=ALLOWED)


@pytest.mark.parametrize("more", [{"tty": False}, {"tty": True, "env": {"TERM": "dumb"}}], ids=str)
def test_without_a_terminal_the_session_must_be_named(
    sessions: Sessions, more: dict[str, object]
) -> None:
    result = sessions("resume", "--demo", **more)
    check(result, code=2)
    assert "azchat sessions resume NAME|ID" in result.err + "\n".join(result.screen)


def test_all_sessions_are_looked_through(home: Path) -> None:
    store = Store(home / ".local/share/azchat", print)
    for number in range(700):
        asked = Message.user(Text(f"Question number {number}?"))
        journal = store.begin(asked, model="m")
        journal.receive(TextDelta(f"answer {number}", 1, 0.0))
        journal.finish()
    store.close()
    with picking(home) as session:
        wait_for_line(session, "resume>")
        session.send("sky")
        chosen(session, "Sky?")
        session.send("\r")
        result = leave_chat(session, "sky")
    check(result, code=0, allow=ALLOWED)
