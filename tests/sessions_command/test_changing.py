"""``azchat sessions rename``, ``fork`` and ``delete``."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.front_door import Result, Session
from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions


def refs(sessions: Sessions) -> list[str]:
    return [line.split("\t")[0] for line in sessions("list").out.splitlines()]


def deleting(home: Path, *args: str, answer: str = "", **more: Any) -> Result:
    """Delete on a terminal, and answer the question."""
    with Session("sessions", "delete", *args, home=home, **more) as session:
        session.wait_for(" no (Enter)")
        session.send(answer)
        return session.finish()


# -- rename and fork -----------------------------------------------------------------------


def test_a_session_gets_a_name(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    result = sessions("rename", "1", "my notes")
    check(result, code=0)
    assert (result.out, refs(sessions)) == ("", ["my notes"])
    assert sessions("show", "my notes").out == sessions("show", "1").out


@pytest.mark.parametrize("name", ["", " ", "a\nb", "7", "x" * 101, "\x1b[31m", "-x"], ids=repr)
def test_a_name_that_cannot_be_typed_is_refused(say: Say, sessions: Sessions, name: str) -> None:
    say("Why?", "one")
    check(sessions("rename", "--", "1", name), code=2)
    assert refs(sessions) == ["1"]


def test_a_name_that_is_taken_is_refused(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", "--session", "notes")
    say("How?", "two")
    check(sessions("rename", "2", "Notes"), code=2)
    check(sessions("fork", "2", "NOTES"), code=2)
    assert refs(sessions) == ["2", "notes"]


def test_a_fork_prints_its_id_and_leaves_the_original_alone(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", "--session", "notes", thinking="hm")
    before = sessions("show", "notes").out
    result = sessions("fork", "notes", "copy")
    check(result, code=0)
    assert result.out == "2\n"
    assert sessions("show", "2").out.partition("\n\n")[2] == before.partition("\n\n")[2]
    say("How?", "two", "--session", "copy")
    assert sessions("show", "notes").out == before


def test_a_fork_may_begin_with_the_first_turns(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    say("How?", "two", "-c")
    sessions("fork", "1", "--turns", "1")
    assert len(json.loads(sessions("show", "2", "--json").out)["turns"]) == 1


# -- delete --------------------------------------------------------------------------------


def test_deleting_asks_and_prints_what_is_gone(say: Say, sessions: Sessions, home: Path) -> None:
    say("Why?", "one", "--session", "notes")
    say("How?", "two")
    result = deleting(home, "notes", answer="y")
    check(result, code=0)
    assert [line for line in result.screen if line] == [
        "  notes  Why?",
        "y yes  n no (Enter)",
        "Delete 1 session for good? yes",
        "notes   Why?",
    ]
    assert refs(sessions) == ["2"]


@pytest.mark.parametrize("answer", ["\r", "n", "x1 \x1b[A\r", "\x1b", "\x04"], ids=repr)
def test_anything_but_yes_deletes_nothing(
    say: Say, sessions: Sessions, home: Path, answer: str
) -> None:
    say("Why?", "one")
    result = deleting(home, "1", answer=answer)
    check(result, code=0)
    assert "nothing was deleted" in "\n".join(result.screen)
    assert refs(sessions) == ["1"]


def test_ctrl_c_at_the_question_deletes_nothing(say: Say, sessions: Sessions, home: Path) -> None:
    say("Why?", "one")
    check(deleting(home, "1", answer="\x03"), code=130)
    assert refs(sessions) == ["1"]


def test_the_question_goes_to_the_terminal_whatever_the_streams_are(say: Say, home: Path) -> None:
    say("Why?", "one")
    result = deleting(home, "1", answer="y", tty=["stdin"])
    check(result, code=0)
    assert (result.out, result.err) == ("1\tWhy?\n", "")


def test_a_pipe_does_not_answer_the_question(say: Say, sessions: Sessions, home: Path) -> None:
    say("Why?", "one")
    with Session("sessions", "delete", "1", home=home, tty=["stderr"], stdin=b"y\n") as session:
        session.wait_for(" no (Enter)")
        session.interrupt()
        check(session.finish(), code=130)
    assert refs(sessions) == ["1"]


def test_without_a_terminal_nothing_is_deleted_unless_told(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    result = sessions("delete", "1", stdin="y\n")
    check(result, code=2)
    assert "hint: to delete without a question: --yes" in result.err
    result = sessions("delete", "1", "--yes")
    check(result, code=0)
    assert (result.out, refs(sessions)) == ("1\tWhy?\n", [])


def test_one_unknown_session_and_none_is_deleted(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    check(sessions("delete", "1", "nope", "--yes"), code=5)
    assert refs(sessions) == ["1"]


def test_a_session_named_twice_is_deleted_once(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", "--session", "notes")
    assert sessions("delete", "1", "notes", "-y").out == "notes\tWhy?\n"


def test_what_was_deleted_is_not_found(say: Say, sessions: Sessions) -> None:
    say("Why?", "unicorn", thinking="phoenix")
    sessions("delete", "1", "-y")
    assert sessions("search", "unicorn").out == sessions("search", "phoenix").out == ""


# -- delete --older-than ---------------------------------------------------------------------


def age(home: Path, session: int, days: float) -> None:
    """Let a session be older than it is."""
    (file,) = home.rglob("sessions.db")
    with sqlite3.connect(file) as database:
        change = "UPDATE sessions SET updated = updated - ? WHERE id = ?"
        database.execute(change, (days * 86400, session))
    database.close()


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        ("30d", ["3", "2"]),
        ("2w", ["3"]),
        ("100000m", ["3", "2"]),
        ("12h", ["3"]),
        ("9w", ["3", "2", "1"]),
    ],
)
def test_old_sessions_are_deleted_by_their_age(
    say: Say, sessions: Sessions, home: Path, limit: str, left: list[str]
) -> None:
    for _ in range(3):
        say("Why?", "one")
    age(home, 1, 71 if limit.endswith("m") else 45)
    age(home, 2, 20)
    check(sessions("delete", "--older-than", limit, "--yes"), code=0)
    assert refs(sessions) == left


@pytest.mark.parametrize("limit", ["", "30", "d", "-1d", "1y", "1.5d", "99999999d"], ids=repr)
def test_an_age_that_is_none_is_refused(say: Say, sessions: Sessions, limit: str) -> None:
    say("Why?", "one")
    check(sessions("delete", "--older-than", limit, "--yes"), code=2)
    assert refs(sessions) == ["1"]


@pytest.mark.parametrize("args", [[], ["1", "--older-than", "1d"]], ids=str)
def test_it_must_be_clear_which_are_meant(say: Say, sessions: Sessions, args: list[str]) -> None:
    say("Why?", "one")
    check(sessions("delete", "--yes", *args), code=2)


def test_nothing_old_is_nothing_to_delete(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    result = sessions("delete", "--older-than", "1h")
    check(result, code=0)
    assert result.err == "azchat: there is nothing to delete\n"
