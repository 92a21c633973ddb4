"""Earlier turns are read whatever has befallen their file: the disk, the rights, the header."""

import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from azchat.sessions.store import Store
from tests.front_door import PROGRAM, Result, azchat
from tests.oracles import check
from tests.sessions import talk
from tests.sessions_command.conftest import Say, Sessions

LOOKS = (("list",), ("show", "1"), ("search", "word"), ("export", "1"), ("think", "1"))
FIELDS = {
    "the magic": (0, b"\xff"),
    "the size of a page": (16, b"\x02\x00"),
    "how it is written": (18, b"\x03"),
    "how it is read": (19, b"\x03"),
    "the end of a page": (20, b"\x10"),
    "the fractions": (21, b"\x20"),
    "the format": (44, b"\0\0\0\xff"),
    "the vacuum": (52, b"\0\0\0\x09"),
    "the encoding": (56, b"\0\0\0\x02"),
    "a late version": (60, b"\x7f\0\0\0"),
    "whose it is": (68, b"Mine"),
    "the root of the tables": (100, b"\0"),
}


@pytest.fixture
def file(say: Say, home: Path) -> Path:
    say("Why?", "the word")
    return home / ".local/share/azchat/sessions.db"


def all_of(look: Callable[..., Result]) -> list[str]:
    return [look(*args).out for args in LOOKS]


def poke(file: Path, at: int, data: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(data)


@pytest.mark.parametrize(("at", "data"), FIELDS.values(), ids=FIELDS)
def test_a_damaged_header_hides_no_turn(
    sessions: Sessions, file: Path, at: int, data: bytes
) -> None:
    before = sessions("show", "1").out
    poke(file, at, data)
    spoiled = file.read_bytes()
    first = sessions("show", "1")
    check(first, code=0)
    assert "broken" in first.err
    assert first.out == before
    kept = [p for p in file.parent.glob("*.corrupt-*") if not p.name.endswith(("-wal", "-shm"))]
    assert [path.read_bytes() for path in kept] == [spoiled]
    assert "word" in sessions("search", "word").out
    assert sessions("repair").out.endswith(": 0 sessions and 0 turns recovered\n")


def without_room(*args: str, home: Path) -> Result:
    """Look where no file can grow: a limit of the shell says what a full disk says."""
    program = ("/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *PROGRAM)
    return azchat("sessions", *args, home=home, program=program, env={"TMPDIR": str(home)})


def leave_a_log(file: Path) -> None:
    """Change the file as a process does that is killed: what is new is in the log alone."""
    if not os.fork():
        connection = sqlite3.connect(file)
        connection.execute("UPDATE parts SET text = 'the word of the log' WHERE role = 'assistant'")
        connection.commit()
        os._exit(0)
    os.wait()
    file.with_name("sessions.db-shm").unlink()


@pytest.mark.parametrize("has_log", [False, True])
def test_a_full_disk_hides_no_turn(
    sessions: Sessions, home: Path, file: Path, has_log: bool
) -> None:
    if has_log:
        leave_a_log(file)
    results = [without_room(*args, home=home) for args in LOOKS[:4]]
    assert [result.code for result in results] == [0] * 4
    assert "only read" in results[0].err
    assert results[0].out == sessions("list").out
    assert ("word of the log" in results[1].out) == has_log
    assert results[1].out == sessions("show", "1").out


def test_a_damaged_file_on_a_full_disk_stays_until_a_new_one_can_be_made(
    sessions: Sessions, home: Path, file: Path
) -> None:
    before = all_of(sessions)
    poke(file, 0, b"\xff")
    spoiled = file.read_bytes()
    told = [without_room(*args, home=home).err for args in LOOKS[:4]]
    assert [err for err in told if "internal" in err or "broken" in err] == []
    assert file.read_bytes() == spoiled
    assert all_of(sessions) == before


def test_what_was_moved_aside_and_not_salvaged_is_shown_all_the_same(
    sessions: Sessions, say: Say, file: Path
) -> None:
    before = all_of(sessions)
    poke(file, 0, b"\xff")
    Store(file.parent, print).close()  # killed, or out of space, when the new one was there
    assert all_of(sessions) == before
    check(sessions("delete", "1", "--yes"), code=0)
    say("And now?", "nothing")
    assert "Why?" not in sessions("list").out


@pytest.mark.parametrize("has_log", [False, True])
def test_who_only_reads_changes_nothing(file: Path, has_log: bool) -> None:
    if has_log:
        leave_a_log(file)
    before = file.read_bytes()
    store = Store(file.parent, print, reads=True)
    assert ("log" in store.load(1).turns[0].answer) == has_log
    assert [found.turn for found in store.search("word")] == [1]
    store.close()
    assert has_log or file.read_bytes() == before


def test_what_is_damaged_within_is_salvaged_to_be_shown(sessions: Sessions, file: Path) -> None:
    connection = sqlite3.connect(file)
    (page,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'parts_by_turn'"
    ).fetchone()
    connection.close()
    before = sessions("show", "1").out
    poke(file, (page - 1) * 4096, b"\xa5" * 4096)
    result = sessions("show", "1")
    check(result, code=0)
    assert result.out == before
    assert "what can be read" in result.err


def test_a_deletion_that_is_killed_deletes_all_or_none(sessions: Sessions, home: Path) -> None:
    names = [f"s{number}" for number in range(9)]
    command = [*PROGRAM, "sessions", "delete", *names[:8], "--yes"]
    env = {"HOME": str(home), "PATH": os.environ["PATH"]}
    for folder in (home / ".local", home / ".local/share"):
        folder.mkdir(mode=0o700)
    for number in range(3):
        store = Store(home / ".local/share/azchat", print)
        for name in names:
            if not store.maybe_find(name):
                talk.say(store, "Question?", "secretword", name=name)
        store.close()
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=0.2 + 0.15 * number)
        process.kill()
        process.communicate()
        left = [line.split("\t")[0] for line in sessions("list").out.splitlines()]
        assert sorted(left) in (names, names[8:])
        again = sessions("delete", *names[:8], "--yes")
        assert again.code == (0 if len(left) > 1 else 5)
        assert sessions("list").out.startswith("s8\t")
        assert sessions("list").out.count("\n") == 1
