"""Where the sessions' file is: private, made in one step, moved aside where it is broken."""

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from azchat.errors import LocalError, reason_of
from azchat.files import make_private_folder
from azchat.sessions.schema import APPLICATION, migrate

LOGS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, by the ends of the names."""
_LATEST_VERSION = 1000  # of the tables, of any azchat to come
_NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "lustre", "beegfs", "gpfs", "davfs")


def check_folder(folder: Path, *, reads: bool = False) -> None:
    """Make the folder if need be; raises ``LocalError`` where others could get at the file.

    Who only ``reads`` makes nothing, and needs no right to write.
    """
    with told(folder):
        if not reads:
            make_private_folder(folder)
        about = folder.lstat()
        if stat.S_ISLNK(about.st_mode):
            raise OSError(0, "it is a link")
        _check_owner(about)
        if os.name == "posix" and about.st_mode & 0o022:
            raise OSError(0, f"others may write there; chmod 700 {folder}")
        if not reads and not os.access(folder, os.W_OK | os.X_OK):
            raise OSError(0, "it cannot be written")


def maybe_check_file(file: Path, *, reads: bool = False) -> os.stat_result | None:
    """Return what the file is, None where there is none; raises ``LocalError`` for a link."""
    with told(file):
        try:
            about = file.lstat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(about.st_mode):
            raise OSError(0, "it is no regular file")
        _check_owner(about)
        if os.name == "posix" and about.st_mode & 0o077 and not reads:
            file.chmod(0o600)
        if not reads and not os.access(file, os.R_OK | os.W_OK):  # its log would be of that mode
            raise OSError(0, "it cannot be written")
        return about


def _check_owner(about: os.stat_result) -> None:
    if os.name == "posix" and about.st_uid != os.geteuid():
        raise OSError(0, "it belongs to another user")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell a person, by a ``LocalError``, about a path that cannot be used."""
    try:
        yield
    except OSError as error:
        hint = "name another folder in AZCHAT_DATA_DIR, or save nothing: --no-log"
        raise LocalError(f"cannot save in {path}: {reason_of(error)}", hint) from None


def make_file(file: Path, *, is_broken: bool = False) -> Path | None:
    """Make a new, private file in one step; return where one that ``is_broken`` is moved then."""
    draft = file.with_name(f"{file.name}.new-{os.getpid()}")
    draft.unlink(missing_ok=True)  # of a process with this number that was killed
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    os.close(os.open(draft, flags, 0o600))
    try:
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")
            migrate(connection)
            connection.execute(f"PRAGMA journal_mode = {journal_mode(file.parent)}")
        finally:
            connection.close()
        with draft.open("rb+") as made:
            os.fsync(made)
        kept = move_aside(file) if is_broken else None
        with suppress(FileExistsError):  # on Windows: another process was faster
            draft.rename(file)
        return kept
    finally:
        draft.unlink(missing_ok=True)


def move_aside(file: Path) -> Path:
    """Give a file and its logs a name that says that it is broken; return the name."""
    stamp = time.strftime("%Y%m%dT%H%M%S")
    names = (f"{file.name}.corrupt-{stamp}{n}" for n in ("", *(f"-{n}" for n in range(2, 1000))))
    place = next(p for p in map(file.with_name, names) if not os.path.lexists(p))
    # The file last: a new one beside the old one's log would take that for its own.
    for end in (*LOGS, ""):
        with suppress(FileNotFoundError):
            file.with_name(file.name + end).rename(place.with_name(place.name + end))
    return place


def is_damaged(file: Path) -> bool:
    """Return whether the first page has our tables, and another header than any file of ours.

    SQLite has many words for that, or none: by sqlite.org/fileformat2.html, section 1.3.
    """
    with file.open("rb") as opened:
        page = opened.read(4096)
    if b"CREATE TABLE deltas" not in page:
        return False
    version = int.from_bytes(page[60:64], "big", signed=True)
    return (
        page[:18] != b"SQLite format 3\0\x10\0"
        or not {page[18], page[19]} <= {1, 2}  # how it is written, and read
        or page[20:24] != b"\0\x40\x20\x20"
        or page[44:48] not in (b"\0\0\0\4", b"\0\0\0\1")  # the format of the schema
        or page[52:60] != b"\0\0\0\0\0\0\0\1"  # no vacuum by itself; UTF-8
        or page[68:72] != APPLICATION.to_bytes(4, "big")
        or version >= _LATEST_VERSION  # one that is behind the tables is put right
    )


def journal_mode(folder: Path) -> str:
    """Return how the file is to be written: WAL does not work over a network."""
    return "DELETE" if is_on_network(folder) else "WAL"


def is_on_network(folder: Path) -> bool:
    """Return whether the folder is on another machine's disk."""
    device = folder.stat().st_dev
    if os.name != "posix" or os.major(device):
        return False  # a disk of this machine has a number of its own
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return is_mounted_from_network(f"{os.major(device)}:{os.minor(device)}", mounts)


def is_mounted_from_network(device: str, mounts: str) -> bool:
    """Return whether proc_pid_mountinfo(5) says so of a device such as ``0:42``."""
    for line in mounts.splitlines():
        mounted, _, kind = line.partition(" - ")
        fields = mounted.split()
        if len(fields) > 2 and fields[2] == device:
            return kind.removeprefix("fuse.").startswith((*_NETWORK, "sshfs", "rclone"))
    return False
