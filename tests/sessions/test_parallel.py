"""Many processes use one store at a time; nothing is lost, and nobody fails (row 94)."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from azchat.sessions.store import Store
from tests.faults.payloads import text_of
from tests.faults.server import FaultServer
from tests.front_door import Session
from tests.oracles import CANARY, check

MANY = 20
# Opens the store as soon as it is told to, and saves a turn of some deltas.
WRITER = """
import sys
from pathlib import Path
from tests.sessions.talk import begin, receive, text, FINISHED
from azchat.sessions.store import Store
print("ready", flush=True)
input()
store = Store(Path(sys.argv[1]), print)
journal = receive(begin(store, name=sys.argv[2]), [*text(*map(str, range(50))), FINISHED])
journal.finish()
sys.exit(journal.failure and 1)
"""


def talk(home: Path, url: str, names: list[str]) -> None:
    """Let a process for each of the names ask, all at a time."""
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    with ExitStack() as stack:
        asking = [
            Session("ask", f"q{n}", "--session", name, home=home, env=env, tty=False)
            for n, name in enumerate(names)
        ]
        for session in asking:
            stack.enter_context(session)
        for session in asking:
            result = session.finish(60)
            check(result, code=0, limit_seconds=60, alone=False)
            assert result.out == text_of(10) + "\n"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    store = Store(home / ".local/share/azchat", print)
    yield store
    store.close()


def test_twenty_processes_save_twenty_turns_of_one_session(
    fs: FaultServer, home: Path, store: Store
) -> None:
    talk(home, fs.url("slow", n=10, ms=10), ["together"] * MANY)
    turns = store.load(store.find("together").id).turns
    assert [turn.number for turn in turns] == list(range(1, MANY + 1))
    assert {turn.question.text for turn in turns} == {f"q{n}" for n in range(MANY)}
    assert {(turn.state, turn.answer) for turn in turns} == {("complete", text_of(10))}


def test_processes_of_sessions_of_their_own_do_not_disturb_each_other(
    fs: FaultServer, home: Path, store: Store
) -> None:
    talk(home, fs.url("slow", n=10, ms=10), [f"s{n}" for n in range(MANY)])
    infos = store.sessions()
    assert {info.name for info in infos} == {f"s{n}" for n in range(MANY)}
    assert {store.load(info.id).turns[0].answer for info in infos} == {text_of(10)}


@pytest.mark.parametrize("begin", ["new", "old", "broken", "empty"])
def test_processes_that_come_at_once_agree_on_one_file(folder: Path, begin: str) -> None:
    folder.mkdir(0o700)
    if begin == "old":  # no table is there yet: each wants to make them
        import sqlite3

        connection = sqlite3.connect(folder / "sessions.db")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    elif begin != "new":
        (folder / "sessions.db").write_bytes(b"broken" if begin == "broken" else b"")
    writers = [writer(folder, f"s{n % 3}") for n in range(8)]
    for process in writers:
        assert process.stdout
        process.stdout.readline()
    said = [process.communicate("\n", timeout=60) for process in writers]
    assert [process.returncode for process in writers] == [0] * 8, said
    store = Store(folder, print)
    assert sorted(info.turns for info in store.sessions()) == [2, 3, 3]
    store.close()
    moved = [path for path in folder.iterdir() if ".corrupt-" in path.name]
    assert len(moved) == (begin in ("broken", "empty"))


def writer(folder: Path, name: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(folder), name]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
