"""Another process holds the file: wait, say so, and lose nothing."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from azchat.errors import LocalError
from azchat.sessions.store import Store
from tests.faults.server import FaultServer
from tests.front_door import PROGRAM, Session
from tests.oracles import CANARY, check
from tests.sessions.talk import begin, failure_of, last, receive, say, text

WAITING = "another process holds the sessions' file; waiting for it"
# azchat with a clock that runs 40 times as fast: 30 seconds of patience are less than one.
HASTY = (
    "-c",
    """
import os, sys, time
from azchat.cli import main
from azchat.environment import Environment

env = Environment.real()._replace(clock=lambda: 40 * time.monotonic())
os._exit(main(sys.argv[1:], env)[0])
""",
)


@pytest.fixture
def clock() -> Iterator[float]:
    """Each look at it is five seconds later."""
    return count(0.0, 5.0)


@pytest.fixture
def hurried(folder: Path, told: list[str], clock: Iterator[float]) -> Iterator[Store]:
    """A store that has no real patience."""
    store = Store(folder, told.append, clock=lambda: next(clock))
    yield store
    store.close()


@pytest.fixture
def holder(folder: Path, hurried: Store) -> Iterator[sqlite3.Connection]:
    """Another connection, which holds the file until it rolls back."""
    with closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


# -- the store -------------------------------------------------------------------------


def test_patience_ends_with_a_reason(
    hurried: Store, holder: sqlite3.Connection, told: list[str]
) -> None:
    with pytest.raises(LocalError, match="another process has held it for 30 s"):
        begin(hurried)
    assert told == [WAITING]
    holder.execute("ROLLBACK")
    assert say(hurried).failure is None


def test_what_is_released_in_time_is_used(folder: Path, clock: Iterator[float]) -> None:
    said: list[str] = []

    def release(line: str) -> None:
        said.append(line)
        other.execute("ROLLBACK")

    store = Store(folder, release, clock=lambda: next(clock))
    with closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        say(store, answer="after all")
    assert said == [WAITING]
    assert last(store).answer == "after all"
    store.close()


def test_reading_needs_no_waiting(hurried: Store, folder: Path, told: list[str]) -> None:
    session = say(hurried).session
    with closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert len(hurried.load(session).turns) == len(hurried.sessions()) == 1
        assert len(list(hurried.search("hello"))) == 1
        Store(folder, told.append).close()
    assert told == []


def test_an_answer_goes_on_when_it_cannot_be_saved_and_is_saved_in_the_end(
    hurried: Store, folder: Path
) -> None:
    journal = receive(begin(hurried), text("one "))
    with closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        receive(journal, text("two ", "three "))
        assert "has held it" in failure_of(journal).what
    receive(journal, text("four")).finish()
    assert journal.failure is None
    assert (last(hurried).state, last(hurried).answer) == ("complete", "one two three four")


def test_an_answer_that_cannot_be_saved_says_so_and_keeps_what_was(
    hurried: Store, folder: Path
) -> None:
    journal = receive(begin(hurried), text("one "))
    with closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        receive(journal, text("two")).finish()
    assert "has held it for 30 s" in failure_of(journal).what
    assert (last(hurried).state, last(hurried).answer) == ("streaming", "one ")


def test_who_wants_to_leave_does_not_wait_for_others(store: Store, folder: Path) -> None:
    journal = receive(begin(store), text("so far"))
    with closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        before = time.monotonic()
        journal.finish("interrupted")
        assert time.monotonic() - before < 1.5
    assert journal.failure is None  # the next process puts it together
    assert last(store).answer == "so far"


# -- azchat ----------------------------------------------------------------------------


def asking(home: Path, url: str, *words: str, program: tuple[str, ...] = PROGRAM) -> Session:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    return Session("ask", "hi", *words, home=home, env=env, tty=False, program=program)


@pytest.fixture
def held(home: Path) -> Iterator[sqlite3.Connection]:
    """The user's store, held by another process."""
    folder = home / ".local/share/azchat"
    Store(folder, print).close()
    with closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_ask_waits_and_answers_when_the_file_is_released(
    fs: FaultServer, home: Path, held: sqlite3.Connection
) -> None:
    with asking(home, fs.url("ok")) as session:
        session.wait_for(WAITING)
        assert fs.requests == []
        held.execute("ROLLBACK")
        result = session.finish()
    check(result, code=0, servers=[fs])
    assert result.err == f"azchat: {WAITING}\n"


def test_quiet_asks_wait_quietly(fs: FaultServer, home: Path, held: sqlite3.Connection) -> None:
    with asking(home, fs.url("ok"), "-q", program=HASTY) as session:
        result = session.finish()
    check(result, code=9, servers=[fs])
    assert WAITING not in result.err


def test_ask_gives_up_before_anything_is_sent(
    fs: FaultServer, home: Path, held: sqlite3.Connection
) -> None:
    with asking(home, fs.url("ok"), program=HASTY) as session:
        result = session.finish()
    check(result, code=9, servers=[fs])
    assert "another process has held it for 30 s" in result.err
    assert fs.requests == []


def test_an_answer_is_whole_when_the_file_is_held_in_the_middle_of_it(
    fs: FaultServer, home: Path, held: sqlite3.Connection
) -> None:
    held.execute("ROLLBACK")
    with asking(home, fs.url("slow", n=20, ms=20), program=HASTY) as session:
        session.wait_for("tok2")
        held.execute("BEGIN EXCLUSIVE")
        result = session.finish()
    check(result, code=9, servers=[fs])
    assert result.out.endswith("tok19\n")


def test_a_signal_ends_the_waiting(fs: FaultServer, home: Path, held: sqlite3.Connection) -> None:
    with asking(home, fs.url("ok")) as session:
        session.wait_for(WAITING)
        session.interrupt()
        result = session.finish(3)
    check(result, code=130, servers=[fs], limit_seconds=4)
    assert fs.requests == []
