"""The file behind the sessions: opened so that nobody else can read it, and never thrown away.

SQLite in WAL mode: readers and a writer do not wait for each other. A commit survives kill -9
at once, and a loss of power after the next one with ``durable``.
"""

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from azchat.errors import LocalError
from azchat.files import make_private_folder

_Result = TypeVar("_Result")

_PATIENCE = 30.0  # seconds that another process may hold the file
_SLICE = 0.25  # seconds of waiting at a time: a signal is heard in between
_TELL_AFTER = 1.0  # seconds
_HEADER = b"SQLite format 3\x00"
_NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "afs")

# Each entry brings the file from its index to the next version; never change one that is out.
_MIGRATIONS = (
    """
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE COLLATE NOCASE,
        title TEXT NOT NULL,
        model TEXT,
        began REAL NOT NULL,
        updated REAL NOT NULL,
        turns INTEGER NOT NULL DEFAULT 0,
        tokens INTEGER NOT NULL DEFAULT 0,
        parent INTEGER REFERENCES sessions(id) ON DELETE SET NULL
    );
    CREATE INDEX sessions_by_time ON sessions (updated);
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        process TEXT,
        model TEXT,
        settings TEXT NOT NULL,
        usage TEXT,
        began REAL NOT NULL,
        seconds REAL,
        thought REAL,
        UNIQUE (session, number)
    );
    CREATE INDEX turns_streaming ON turns (state) WHERE state = 'streaming';
    CREATE TABLE parts (
        id INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        message INTEGER NOT NULL,
        role TEXT NOT NULL,
        type TEXT NOT NULL,
        text TEXT NOT NULL,
        data TEXT
    );
    CREATE INDEX parts_by_turn ON parts (turn, message, id);
    CREATE TABLE deltas (
        id INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        text TEXT NOT NULL
    );
    CREATE INDEX deltas_by_turn ON deltas (turn, id);
    CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize='unicode61');
    """,
)


class Database:
    """One connection; errors of the disk come out as ``LocalError``.

    ``redact`` takes keys out of what is written.
    """

    def __init__(
        self, file: Path, tell: Callable[[str], None], redact: Callable[[str], str] = str
    ) -> None:
        self.file, self.redact = file, redact
        self._tell = tell
        self._connection = self._open()

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Run one statement, waiting for other processes if need be."""
        try:
            return self._connection.execute(statement, values)
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise _told(error, self.file) from None
        except sqlite3.Error as error:
            raise _told(error, self.file) from None
        try:
            return self._patiently(lambda: self._connection.execute(statement, values))
        except sqlite3.Error as error:
            raise _told(error, self.file) from None

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[None]:
        """Put several statements into one transaction; ``durable``: on the disk when it ends."""
        if durable:
            self._connection.execute("PRAGMA synchronous = FULL")
        try:
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        finally:
            if durable:
                self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        _check_folder(self.file.parent)
        _check_file(self.file)
        try:
            if _is_cut(self.file):
                raise sqlite3.DatabaseError("it is shorter than it says")
            return self._patiently(self._connect)
        except sqlite3.OperationalError as error:
            raise _told(error, self.file) from None
        except sqlite3.DatabaseError as error:
            return self._begin_anew(str(error))

    def replace_broken(self) -> None:
        """Begin a new file where this one turned out to be broken."""
        self.close()
        self._connection = self._begin_anew("it cannot be read")

    def _begin_anew(self, why: str) -> sqlite3.Connection:
        """Move the broken file away: it is never deleted, ``azchat sessions repair`` reads it."""
        place = self.file.with_name(f"{self.file.name}.corrupt-{time.strftime('%Y%m%dT%H%M%S')}")
        for suffix in ("", "-wal", "-shm"):
            part = self.file.with_name(self.file.name + suffix)
            if part.exists():
                part.rename(place.with_name(place.name + suffix))
        self._tell(
            f"the sessions' file was broken ({why}); it is kept as {place}, and a new one begun; "
            "to get out what can be read: azchat sessions repair"
        )
        _check_file(self.file)
        return self._patiently(self._connect)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.file, timeout=_SLICE, isolation_level=None, check_same_thread=False
        )
        try:
            mode = "DELETE" if _is_on_network(self.file.parent) else "WAL"
            connection.execute(f"PRAGMA journal_mode = {mode}")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _patiently(self, work: Callable[[], _Result]) -> _Result:
        begin = time.monotonic()
        has_told = False
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                waited = time.monotonic() - begin
                if not _is_busy(error) or waited > _PATIENCE:
                    raise
                if waited > _TELL_AFTER and not has_told:
                    self._tell("another process holds the sessions' file; waiting for it")
                    has_told = True


class BrokenStoreError(LocalError):
    """The file of the sessions is damaged."""


def _told(error: sqlite3.Error, file: Path) -> LocalError:
    """Return what to tell a person about a failure of the store."""
    if "malformed" in str(error) or "not a database" in str(error):
        return BrokenStoreError(f"{file} is damaged", "azchat sessions repair")
    what, hint = str(error), "see the folder and the disk, or save nothing: --no-log"
    if _is_busy(error):
        what = f"another process has held it for {_PATIENCE:.0f} s"
        hint = "end that process, or save nothing: --no-log"
    elif "full" in what:
        what, hint = "no space is left", "free some space; what was shown is on the screen"
    return LocalError(f"not saved in {file}: {what}", hint)


def process_name() -> str:
    """Return what tells this process from all others, also from one with its number later."""
    return _name_of(os.getpid())


def is_running(process: str) -> bool:
    """Return whether the process of that name still runs."""
    number = process.partition(":")[0]
    return number.isdigit() and _name_of(int(number)) == process


def _name_of(number: int) -> str:
    try:
        with open(f"/proc/{number}/stat", "rb") as opened:  # noqa: PTH123
            started = opened.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return ""
        except OSError:
            pass
        started = ""
    return f"{number}:{started}"


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(_MIGRATIONS):
        raise LocalError(
            "the sessions' file is of a newer azchat", "update azchat, or save nothing: --no-log"
        )
    if version == len(_MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()  # another may have won
        for number in range(version, len(_MIGRATIONS)):
            for statement in _MIGRATIONS[number].split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _check_folder(folder: Path) -> None:
    try:
        make_private_folder(folder)
        about = folder.lstat()
    except OSError as error:
        raise _refused(folder, (error.strerror or "it cannot be made").lower()) from None
    if stat.S_ISLNK(about.st_mode):
        raise _refused(folder, "it is a link")
    if os.name == "posix":
        if about.st_uid != os.geteuid():
            raise _refused(folder, "it belongs to another user")
        if about.st_mode & 0o022:
            raise _refused(folder, f"others may write there; chmod 700 {folder}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _refused(folder, "it cannot be written")


def _check_file(file: Path) -> None:
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    try:
        os.close(os.open(file, flags, 0o600))
        return
    except FileExistsError:
        about = file.lstat()
    except OSError as error:
        raise _refused(file, (error.strerror or "it cannot be made").lower()) from None
    if not stat.S_ISREG(about.st_mode):
        raise _refused(file, "it is no regular file")
    if os.name == "posix":
        if about.st_uid != os.geteuid():
            raise _refused(file, "it belongs to another user")
        if about.st_mode & 0o077:
            file.chmod(0o600)


def _refused(path: Path, why: str) -> LocalError:
    return LocalError(
        f"cannot save in {path}: {why}", "name another folder in AZCHAT_DATA_DIR, or use --no-log"
    )


def _is_cut(file: Path) -> bool:
    """Return whether the file is shorter than its header says; what is no database is told so."""
    with file.open("rb") as opened:
        header = opened.read(100)
    if not header:
        return False
    if not header.startswith(_HEADER):
        raise sqlite3.DatabaseError("it is no database")
    page = int.from_bytes(header[16:18], "big")
    size = (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
    return file.stat().st_size < size


def _is_busy(error: sqlite3.Error) -> bool:
    return "locked" in str(error) or "busy" in str(error)


def _is_on_network(folder: Path) -> bool:
    """Return whether the folder is on another machine's disk, where WAL does not work."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    path, found, kind = f"{folder.resolve()}/", "", ""
    for line in mounts.splitlines():
        fields = line.split()
        point = fields[1].rstrip("/") + "/"
        if path.startswith(point) and len(point) >= len(found):
            found, kind = point, fields[2]
    return kind.startswith(_NETWORK_FILE_SYSTEMS)
