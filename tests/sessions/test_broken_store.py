"""A broken file is moved aside, never deleted, and a new one begun."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from azchat.asking.saving import begin_saving
from azchat.conversation import ModelSettings
from azchat.errors import LocalError
from azchat.messages import Message, Text
from azchat.sessions.store import Store
from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.oracles import CANARY, check
from tests.sessions.talk import begin, last, receive, say, text

PAGE = 4096


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def garbage(data: bytes) -> bytes:
    return bytes(range(256)) * (len(data) // 256)


def nothing(data: bytes) -> bytes:
    return b""


def a_text(data: bytes) -> bytes:
    return b"no database\n"


def wrong_header(data: bytes) -> bytes:
    return b"SQLite format 9\0" + data[16:]


def no_schema(data: bytes) -> bytes:
    return data[:100] + b"\xff" * (PAGE - 100) + data[PAGE:]


def broken_pages(data: bytes) -> bytes:
    """All but the first, which says where the tables are."""
    return data[:PAGE] + b"\xa5" * (len(data) - PAGE)


SPOILED = [cut, garbage, nothing, a_text, wrong_header, no_schema, broken_pages]
Spoil = Callable[[bytes], bytes]


def spoil(file: Path, how: Spoil) -> bytes:
    spoiled = how(file.read_bytes())
    file.write_bytes(spoiled)
    return spoiled


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("sessions.db.corrupt-*"))


# -- through the front door (row 96) ---------------------------------------------------


@pytest.fixture
def folder(home: Path) -> Path:
    return home / ".local/share/azchat"


@pytest.mark.parametrize("how", SPOILED)
def test_an_answer_comes_and_is_saved_when_the_file_is_broken(
    fs: FaultServer, ask: Ask, home: Path, folder: Path, how: Spoil
) -> None:
    earlier = Store(folder, print)
    say(earlier, "earlier", "an earlier answer " * 1000)
    earlier.close()
    spoiled = spoil(folder / "sessions.db", how)
    result = ask(fs.url("ok"))
    check(result, code=0, servers=[fs])
    assert result.out.startswith("tok0")
    assert "broken" in result.err
    assert "azchat sessions repair" in result.err
    (file,) = kept(folder)
    assert str(file) in result.err
    assert file.read_bytes() == spoiled
    check(ask(fs.url("ok"), "more", "-c"), code=0, servers=[fs])
    assert len(fs.requests[-1].json()["messages"]) == 3


def test_without_saving_a_broken_file_stays_where_it_is(home: Path, folder: Path) -> None:
    folder.mkdir(0o700, parents=True)
    (folder / "sessions.db").write_bytes(b"garbage")
    check(azchat("ask", "--demo", "-n", "hi", home=home), code=0)
    assert [path.name for path in folder.iterdir()] == ["sessions.db"]


def test_going_on_with_a_session_that_cannot_be_read_is_refused(
    fs: FaultServer, home: Path, folder: Path
) -> None:
    store = Store(folder, print)
    session = say(store).session
    store.close()
    spoil(folder / "sessions.db", broken_pages)
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok"), "AZURE_INFERENCE_CREDENTIAL": CANARY}
    result = azchat("ask", "hi", "--session", str(session), home=home, env=env)
    assert result.code in (5, 9)
    check(result, code=result.code, servers=[fs])
    assert fs.requests == []


# -- what is kept ----------------------------------------------------------------------


@pytest.fixture
def file(store: Store, folder: Path) -> Path:
    say(store)
    store.close()
    return folder / "sessions.db"


def test_what_breaks_twice_within_a_second_is_kept_twice(file: Path, told: list[str]) -> None:
    for broken in (b"one", b"two", b"three"):
        file.write_bytes(broken)
        Store(file.parent, told.append).close()
    assert sorted(path.read_bytes() for path in kept(file.parent)) == [b"one", b"three", b"two"]
    assert len(told) == 3


def test_the_log_of_a_broken_file_is_kept_with_it(folder: Path) -> None:
    store = Store(folder, print)
    say(store, "hi", "only in the log")
    log = (folder / "sessions.db-wal").read_bytes()
    (folder / "sessions.db").write_bytes(b"broken")
    Store(folder, print).close()
    (moved,) = (path for path in kept(folder) if path.name.endswith("-wal"))
    assert moved.read_bytes() == log
    store.close()


def test_a_log_without_its_file_is_no_part_of_a_new_one(folder: Path, told: list[str]) -> None:
    store = Store(folder, print)
    say(store, "hi", "only in the log")
    log = (folder / "sessions.db-wal").read_bytes()
    (folder / "sessions.db").unlink()
    again = Store(folder, told.append)
    assert again.sessions() == []
    assert [path.read_bytes() for path in kept(folder) if path.name.endswith("-wal")] == [log]
    assert "its log is not" in told[0]
    again.close()
    store.close()


def test_a_file_that_another_process_has_replaced_is_not_moved_again(
    folder: Path, told: list[str]
) -> None:
    mine, others = Store(folder, told.append), Store(folder, told.append)
    others.replace_broken()
    say(others, "hi", "in the new file")
    mine.replace_broken()
    assert last(mine).answer == "in the new file"
    assert len([path for path in kept(folder) if path.suffix.startswith(".corrupt")]) <= 3
    assert len(told) == 1
    mine.close()
    others.close()


def test_a_file_that_turns_out_broken_while_a_turn_begins_is_replaced(
    store: Store, folder: Path, told: list[str]
) -> None:
    session = say(store).session
    ((page,),) = store._database.rows(
        "SELECT rootpage FROM sqlite_master WHERE name = 'parts_by_turn'"
    )
    store.close()
    with (folder / "sessions.db").open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xa5" * PAGE)
    again = Store(folder, told.append)
    assert told == []
    message = Message.user(Text("hi"))
    begin_saving(again, message, ModelSettings(), None, session=session, name="1").finish()
    assert last(again).question == message
    assert len(told) == 1
    again.close()


def break_index(folder: Path, store: Store) -> None:
    """Spoil the index of the search, whose pages hold most of a small file."""
    pages = store._database.rows(
        "SELECT rootpage FROM sqlite_master WHERE name IN ('words_data', 'words_idx')"
    )
    store.close()
    with (folder / "sessions.db").open("r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * PAGE)
            file.write(b"\xa5" * PAGE)


def test_a_turn_is_saved_when_the_index_of_the_search_is_broken(
    store: Store, folder: Path, told: list[str]
) -> None:
    say(store, "hi", "the first answer")
    break_index(folder, store)
    again = Store(folder, told.append)
    assert say(again, "hi", "the second answer").failure is None
    assert told == ["the index of the search is damaged; to mend it: azchat sessions repair"]
    turns = [turn for info in again.sessions() for turn in again.load(info.id).turns]
    assert [turn.answer for turn in turns] == ["the second answer", "the first answer"]
    with pytest.raises(LocalError, match="is damaged"):
        list(again.search("answer"))
    again.close()


def test_a_killed_turn_is_put_together_when_the_index_of_the_search_is_broken(
    store: Store, folder: Path, told: list[str]
) -> None:
    receive(begin(store), text("so far"))
    store._database.execute("UPDATE turns SET process = 'gone'")
    break_index(folder, store)
    again = Store(folder, told.append)
    assert (last(again).state, last(again).answer, told) == ("interrupted", "so far", [])
    again.close()


@pytest.mark.skipif(os.getuid() == 0, reason="root may do everything")
def test_a_broken_file_that_cannot_be_moved_is_told(file: Path) -> None:
    file.write_bytes(b"broken")
    file.parent.chmod(0o500)
    with pytest.raises(LocalError, match="cannot save"):
        Store(file.parent, print)


def test_a_turn_that_went_on_in_the_broken_file_does_not_disturb_the_new_one(
    folder: Path, told: list[str]
) -> None:
    mine, others = Store(folder, told.append), Store(folder, told.append)
    journal = begin(mine, "before")
    others.replace_broken()
    say(others, "after", "in the new file")
    journal.finish()
    mine.close()
    assert last(others).answer == "in the new file"
    assert [info.title for info in others.sessions()] == ["after"]
    others.close()
