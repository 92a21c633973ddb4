"""The file: private, made as a whole, refused where others could get at it."""

import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from azchat.errors import LocalError
from azchat.sessions.place import is_mounted_from_network, is_on_network
from azchat.sessions.schema import VERSION
from azchat.sessions.store import Store
from tests.sessions.talk import last, say

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /home rw,nosuid shared:2 - nfs4 server:/home rw,vers=4.2
31 22 0:26 / /mnt/with\\040blank rw - cifs //server/share rw
32 22 0:27 / /mnt/ssh rw master:1 propagate_from:2 - fuse.sshfs me@server: rw
33 22 0:28 / /tmp rw shared:5 - tmpfs tmpfs rw
34 22 0:29 / /drive rw - 9p C: rw
35 22 0:30 /sub / rw - overlay overlay rw,lowerdir=/nfs
"""
Spoil = Callable[[Path], object]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def one(file: Path, query: str) -> object:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchone()[0]


# -- a new one -------------------------------------------------------------------------


def test_everything_is_the_users_alone(store: Store, folder: Path) -> None:
    say(store)
    assert mode(folder) == 0o700
    assert {path.name: mode(path) for path in folder.iterdir()} == dict.fromkeys(
        ("sessions.db", "sessions.db-wal", "sessions.db-shm"), 0o600
    )


def test_a_file_that_others_could_read_is_made_private(store: Store, folder: Path) -> None:
    (folder / "sessions.db").chmod(0o644)
    Store(folder, print).close()
    assert mode(folder / "sessions.db") == 0o600


def test_the_file_is_there_as_a_whole_before_anything_is_in_it(store: Store, folder: Path) -> None:
    assert one(folder / "sessions.db", "PRAGMA user_version") == VERSION
    assert one(folder / "sessions.db", "PRAGMA journal_mode") == "wal"
    assert sorted(path.name.partition("-")[0] for path in folder.iterdir()) == ["sessions.db"] * 3


def test_what_a_process_that_was_killed_left_of_a_new_file_does_not_matter(folder: Path) -> None:
    folder.mkdir(0o700)
    (folder / f"sessions.db.new-{os.getpid()}").write_bytes(b"half")
    Store(folder, print).close()
    assert [path.name for path in folder.iterdir()] == ["sessions.db"]


def test_a_store_that_is_closed_is_one_file_and_opens_again(store: Store, folder: Path) -> None:
    say(store, "hi", "hello")
    store.close()
    assert [path.name for path in folder.iterdir()] == ["sessions.db"]
    again = Store(folder, print)
    assert last(again).answer == "hello"
    again.close()


def test_folders_above_are_made_too(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    Store(folder, print).close()
    assert [mode(path) for path in (folder, folder.parent, tmp_path / "a")] == [0o700] * 3


def test_an_empty_database_gets_its_tables(folder: Path, told: list[str]) -> None:
    folder.mkdir(0o700)
    change(folder / "sessions.db", "PRAGMA journal_mode = WAL", "VACUUM")
    store = Store(folder, told.append)
    say(store)
    store.close()
    assert told == []


# -- of other programs and other versions ----------------------------------------------


@pytest.mark.parametrize(
    ("statements", "what"),
    [
        (["PRAGMA user_version = 99"], "of a newer azchat"),
        (["DROP TABLE deltas", "PRAGMA application_id = 7", "VACUUM"], "of another program"),
    ],
)
def test_a_file_that_is_not_for_this_azchat_stays_as_it_is(
    store: Store, folder: Path, statements: list[str], what: str
) -> None:
    say(store)
    store.close()
    change(folder / "sessions.db", *statements)
    before = (folder / "sessions.db").read_bytes()
    with pytest.raises(LocalError, match=what):
        Store(folder, print)
    assert (folder / "sessions.db").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["sessions.db"]


def test_another_programs_database_of_that_name_is_not_touched(folder: Path) -> None:
    folder.mkdir(0o700)
    change(folder / "sessions.db", "CREATE TABLE sessions (x)", "INSERT INTO sessions VALUES (1)")
    with pytest.raises(LocalError, match="of another program"):
        Store(folder, print)
    assert one(folder / "sessions.db", "SELECT count(*) FROM sqlite_master") == 1


# -- refused ---------------------------------------------------------------------------


def link_to_folder(folder: Path) -> None:
    folder.with_name("elsewhere").mkdir(0o700)
    folder.symlink_to(folder.with_name("elsewhere"))


def link_to_file(folder: Path) -> None:
    folder.mkdir(0o700)
    (folder / "other.db").touch(0o600)
    (folder / "sessions.db").symlink_to(folder / "other.db")


def dangling_link(folder: Path) -> None:
    folder.mkdir(0o700)
    (folder / "sessions.db").symlink_to(folder / "nowhere")


def writable_for(bits: int) -> Spoil:
    def spoil(folder: Path) -> None:
        folder.mkdir()
        folder.chmod(0o700 | bits)

    return spoil


def special(make: Callable[[Path], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        folder.mkdir(0o700)
        make(folder / "sessions.db")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (link_to_folder, "it is a link"),
        (link_to_file, "no regular file"),
        (dangling_link, "no regular file"),
        (writable_for(0o077), "others may write"),
        (writable_for(0o020), "others may write"),
        (special(Path.mkdir), "no regular file"),
        (special(os.mkfifo), "no regular file"),
        (Path.touch, "file exists"),
        (lambda folder: folder.symlink_to(folder), "symbolic links|file exists"),
    ],
    ids=["folder", "file", "dangling", "0777", "0720", "directory", "fifo", "no folder", "loop"],
)
def test_a_place_that_is_not_the_users_alone_is_refused(
    folder: Path, spoil: Spoil, what: str
) -> None:
    spoil(folder)
    with pytest.raises(LocalError, match=what):
        Store(folder, print)
    assert not (folder.parent / "elsewhere" / "sessions.db").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("name", ["", "sessions.db"])
def test_what_belongs_to_another_user_is_refused(store: Store, folder: Path, name: str) -> None:
    store.close()
    os.chown(folder / name, 65534, 65534)
    with pytest.raises(LocalError, match="belongs to another user"):
        Store(folder, print)


# -- where it is -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "is_remote"),
    [
        *(("0:25", True), ("0:26", True), ("0:27", True), ("0:29", True)),
        *(("254:0", False), ("0:28", False), ("0:30", False), ("0:2", False), ("9:9", False)),
    ],
)
def test_a_disk_of_another_machine_is_told_by_its_mount(device: str, is_remote: bool) -> None:
    assert is_mounted_from_network(device, MOUNTS) is is_remote


def test_this_disk_is_here(tmp_path: Path) -> None:
    assert not is_on_network(tmp_path)
    assert not is_on_network(Path("/proc"))


def test_a_store_in_the_old_journal_mode_works_as_well(store: Store, folder: Path) -> None:
    say(store)
    store.close()
    change(folder / "sessions.db", "PRAGMA journal_mode = DELETE")
    again = Store(folder, print)
    say(again, answer="on a network")
    assert last(again).answer == "on a network"
    again.close()
    assert [path.name for path in folder.iterdir()] == ["sessions.db"]


# -- other processes -------------------------------------------------------------------


def test_a_program_that_is_started_meanwhile_does_not_have_the_file(
    store: Store, folder: Path
) -> None:
    say(store)
    listed = subprocess.run(["ls", "-l", "/proc/self/fd"], capture_output=True, close_fds=False)
    assert b"sessions.db" not in listed.stdout


def test_a_child_that_ends_takes_no_lock_away(store: Store, folder: Path) -> None:
    with store._database.writing():
        if (child := os.fork()) == 0:
            os._exit(0)
        os.waitpid(child, 0)
        other = sqlite3.connect(folder / "sessions.db", timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    say(store)


def test_a_second_store_of_the_same_process_takes_no_lock_away(store: Store, folder: Path) -> None:
    script = (
        "import sqlite3,sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
    )
    with store._database.writing():
        Store(folder, print).close()
        command = ["python3", "-c", script, str(folder / "sessions.db")]
        assert b"locked" in subprocess.run(command, capture_output=True).stderr
