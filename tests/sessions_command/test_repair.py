"""``azchat sessions repair``: what can be read of a broken file comes back, and it is kept."""

import os
import re
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from azchat.events import RequestSent, TextDelta
from azchat.messages import Message, Text
from azchat.sessions.store import Store
from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions

PAGE = 4096
COUNT = 40  # sessions, of two turns each
LONG = "word " * 300


def fill(home: Path, first: int = 0, long: str = LONG) -> Path:
    """Save many sessions; return their file."""
    folder = home / ".local/share/azchat"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (home / ".local", home / ".local/share"):
        path.chmod(0o700)
    store = Store(folder, print)
    for number in range(first, first + COUNT):
        name = f"name{number}" if number % 2 else None
        session = None
        for turn in (1, 2):
            asked = Message.user(Text(f"question {number}?" if turn == 1 else "more"))
            journal = store.begin(asked, session=session, name=name, model="m")
            session = journal.session
            journal.receive(RequestSent(0.0, 1))
            journal.receive(TextDelta(f"answer {number}.{turn} {long}", 1, 0.0))
            journal.finish()
    store.close()
    return folder / "sessions.db"


def broken(file: Path) -> list[Path]:
    return [
        path for path in file.parent.glob("*.corrupt-*") if not path.name.endswith(("-wal", "-shm"))
    ]


def said(sessions: Sessions) -> dict[str, str]:
    """Return the conversation of each session, by its title; ids are not the same."""
    refs = [line.split("\t")[:2] for line in sessions("list").out.splitlines()]
    return {title: sessions("show", ref).out.partition("\n\n")[2] for ref, title in refs}


def zero(file: Path, first: int, last: int) -> None:
    """Overwrite pages with zeros."""
    with file.open("r+b") as opened:
        opened.seek(first * PAGE)
        opened.write(bytes((last - first) * PAGE))


def halve(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def spoil_header(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(b"garbage " * 12)


def pages(file: Path) -> int:
    return file.stat().st_size // PAGE


def test_a_whole_file_needs_no_repair(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    before = sessions("show").out
    result = sessions("repair")
    check(result, code=0)
    assert result.out == "sessions.db is whole, and there is no broken file\n"
    assert sessions("show").out == before


@pytest.mark.parametrize(
    "spoil",
    [spoil_header, lambda file: zero(file, 0, 1)],
    ids=["the header", "the first page"],
)
def test_where_only_the_beginning_is_lost_all_comes_back(
    sessions: Sessions, home: Path, spoil: Callable[[Path], None]
) -> None:
    file = fill(home)
    spoil(file)
    result = sessions("repair")
    check(result, code=0)
    assert result.out.endswith(f": {COUNT} sessions and {2 * COUNT} turns recovered\n")
    listed = sessions("list").out.splitlines()
    assert [line.split("\t")[1] for line in listed] == [f"question {n}?" for n in range(COUNT)][
        ::-1
    ]
    assert listed[0].split("\t")[0] == f"name{COUNT - 1}"
    assert f"answer 7.2 {LONG}".strip() in sessions("show", "name7").out
    assert sessions("search", "answer", "--limit", "999").out.count("\n") == 2 * COUNT


@pytest.mark.parametrize(
    ("spoil", "least"),
    [(halve, 15), (lambda file: zero(file, pages(file) // 2, pages(file) // 2 + 8), 30)],
    ids=["cut in half", "a hole in the middle"],
)
def test_what_is_not_damaged_comes_back_word_for_word(
    sessions: Sessions, home: Path, spoil: Callable[[Path], None], least: int
) -> None:
    file = fill(home)
    spoil(file)
    result = sessions("repair")
    check(result, code=0)
    found = re.findall(r"answer (\d+)\.(\d) ((?:word )+)", "".join(said(sessions).values()) + " ")
    whole = [(number, turn) for number, turn, words in found if len(words) >= len(LONG) - 1]
    assert len(set(whole)) == len(whole) >= least


@pytest.mark.parametrize("page", range(1, 24))
def test_any_lost_page_costs_little(sessions: Sessions, home: Path, page: int) -> None:
    file = fill(home)
    zero(file, page, page + 1)
    kept = file.with_name("sessions.db.corrupt-20260101T000000")
    file.rename(kept)
    before = kept.read_bytes()
    result = sessions("repair")
    check(result, code=0)
    turns = int(re.findall(r"(\d+) turns? recovered", result.out)[0])
    assert turns >= COUNT
    assert kept.read_bytes() == before
    check(sessions("show"), code=0)


@pytest.mark.parametrize("page", range(1, 40, 3))
def test_a_page_of_a_long_answer_costs_no_other(home: Path, page: int) -> None:
    file = fill(home, long="word " * 4000)
    zero(file, pages(file) - page, pages(file) - page + 1)
    store = Store(None, print)
    store.salvage(file)
    turns = [turn for info in store.sessions() for turn in store.load(info.id).turns]
    whole = [turn for turn in turns if turn.answer.count("word") == 4000]
    assert len(turns) >= len(whole) >= 2 * COUNT - 10
    store.close()


def test_garbage_gives_nothing_and_is_kept(sessions: Sessions, home: Path) -> None:
    file = fill(home)
    file.write_bytes(os.urandom(40 * PAGE))
    result = sessions("repair")
    check(result, code=0)
    assert result.out.endswith("0 sessions and 0 turns recovered\n")
    assert [path.stat().st_size for path in broken(file)] == [40 * PAGE]


def test_a_second_repair_brings_nothing_twice(sessions: Sessions, home: Path) -> None:
    spoil_header(fill(home))
    sessions("repair")
    before = sessions("list").out
    result = sessions("repair")
    check(result, code=0)
    assert result.out.endswith(": 0 sessions and 0 turns recovered\n")
    assert sessions("list").out == before


def test_what_was_saved_meanwhile_stays_and_comes_first(
    say: Say, sessions: Sessions, home: Path
) -> None:
    spoil_header(fill(home))
    say("New?", "yes", "--session", "name1")
    sessions("repair")
    listed = [line.split("\t")[:2] for line in sessions("list").out.splitlines()]
    assert listed[0] == ["name1", "New?"]
    assert ["name1-recovered", "question 1?"] in listed
    assert len(listed) == COUNT + 1


def test_turns_that_only_one_of_two_broken_files_has_come_back(
    say: Say, sessions: Sessions, home: Path
) -> None:
    file = fill(home)
    spoil_header(file)
    sessions("repair")
    say("Later?", "yes", "--session", "name1")
    spoil_header(file)
    result = sessions("repair")
    check(result, code=0)
    assert re.findall(r"(\d+) turns", result.out) == [str(2 * COUNT + 1), "0"]
    assert sessions("show", "name1").out.endswith("Later?\n\nfault-model:\nyes\n")


def test_an_answer_that_had_not_ended_comes_back_as_interrupted(
    sessions: Sessions, home: Path
) -> None:
    file = fill(home)
    store = Store(file.parent, print)
    journal = store.begin(Message.user(Text("Last?")), session=1, model="m")
    journal.receive(TextDelta("half an ", 1, 0.0))
    journal.receive(TextDelta("answer", 1, 0.0))
    store.close()
    spoil_header(file)
    sessions("repair")
    assert sessions("show", "1").out.endswith("half an answer\n[interrupted: azchat was ended]\n")


def test_words_whose_turns_are_lost_come_back_on_their_own(sessions: Sessions, home: Path) -> None:
    file = fill(home)
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("DELETE FROM turns")
        database.execute("DELETE FROM sessions")
    database.close()
    file.rename(file.with_name("sessions.db.corrupt-1"))
    assert f"1 session and {2 * COUNT} turns recovered" in sessions("repair").out
    assert "Found in sessions.db.corrupt-1" in sessions("list").out
    assert "answer 3.1" in sessions("show").out


def test_a_link_is_not_followed(sessions: Sessions, home: Path) -> None:
    file = fill(home)
    file.with_name("sessions.db.corrupt-1").symlink_to(file)
    assert "there is no broken file" in sessions("repair").out


def test_others_save_while_it_repairs(say: Say, sessions: Sessions, home: Path) -> None:
    spoil_header(fill(home))
    asking = threading.Thread(target=say, args=("Meanwhile?", "yes"), kwargs={"alone": False})
    asking.start()
    check(sessions("repair"), code=0)
    asking.join()
    assert "Meanwhile?" in sessions("list").out


@pytest.mark.parametrize(
    ("version", "then"), [(0, ""), (1, "DROP TABLE contents"), (-7, "DROP INDEX parts_by_turn")]
)
def test_a_version_that_is_behind_the_tables_is_put_right(
    home: Path, sessions: Sessions, version: int, then: str
) -> None:
    file = fill(home)
    listed, tables = sessions("list").out, tables_of(file)
    tables_of(file, f"{then}; PRAGMA user_version = {version}")
    check(sessions("repair"), code=0)
    assert not broken(file)
    assert sessions("list").out == listed
    assert "answer 7.2 word" in sessions("show", "name7").out
    assert tables_of(file) == tables


def tables_of(file: Path, change: str = "") -> list[tuple[str, str]]:
    """Return the file's tables and indices, after a change of it."""
    with sqlite3.connect(file) as opened:
        opened.executescript(change)
        rows = opened.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    opened.close()
    return rows
