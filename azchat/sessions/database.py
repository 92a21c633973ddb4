"""The connection to the sessions' file: nobody else can read it, and it is never thrown away.

SQLite in WAL mode: readers and a writer do not wait for each other. A commit survives kill -9
at once, and a loss of power after the next one with ``durable``.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from azchat.errors import LocalError
from azchat.files import alone_in
from azchat.sessions import place, schema
from azchat.wire.surrogates import mend

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

Row = tuple[Any, ...]
_Result = TypeVar("_Result")

PATIENCE = 30.0  # seconds that another process may hold the file
_SLICE = 0.25  # seconds of waiting at a time: a signal is heard in between
_PAUSE = 0.01  # seconds, where SQLite does not wait by itself
_TELL_AFTER = 1.0  # seconds
OR_NOT = ", or save nothing: --no-log"
"""The end of hints for those who could do without the file."""
_HINT = f"see the folder and the disk{OR_NOT}"
# SQLite's result codes (sqlite.org/rescode.html): what they mean for a person, and what helps.
_BUSY = (5, 6, 15)  # BUSY, LOCKED, PROTOCOL
_NOT_BROKEN = (7, 9, 21)  # NOMEM, INTERRUPT, MISUSE; what has no name here is damage
_DAMAGED = (10 | 2 << 8, 10 | 33 << 8)  # SHORT_READ, CORRUPTFS: no fault of the disk
_FULL = ("no space is left", f"free some space{OR_NOT}")
_FAILURES = {
    13: _FULL,
    10 | 3 << 8: _FULL,  # writing failed; a quota and a limit of the shell say so too
    10 | 19 << 8: _FULL,  # the shared memory could not grow
    10: ("the disk fails", f"check the disk{OR_NOT}"),
    3: ("it cannot be written", _HINT),
    8: ("it cannot be written", _HINT),
    14: ("it cannot be opened", _HINT),
    19: ("its session was deleted meanwhile", "see: azchat sessions list"),
}


class BrokenStoreError(LocalError):
    """The file of the sessions is damaged."""


class Database:
    """One connection; errors of the disk come out as ``LocalError``.

    ``tell`` is for what the user should know, only what matters with ``quiet``; ``redact`` takes
    keys out of what is written. Without a file it is all in memory; who only ``reads`` needs no
    right to write, nor room on the disk. ``patience``: seconds that another process may hold it.
    """

    def __init__(
        self,
        file: Path | None,
        tell: Callable[[str], None],
        redact: Callable[[str], str] = str,
        clock: Callable[[], float] = time.monotonic,
        *,
        quiet: bool = False,
        reads: bool = False,
    ) -> None:
        self.file, self.tell, self.redact = file or Path(":memory:"), tell, redact
        self.is_quiet = quiet
        self._copy: TemporaryDirectory[str] | None = None
        self.patience = PATIENCE
        self._clock = clock
        self._identity = (0, 0)  # of the file that was opened
        self._connection = (
            self._connect() if not file else self._open_to_read() if reads else self._open()
        )

    def execute(self, statement: str, values: Row = ()) -> sqlite3.Cursor:
        """Run one statement, waiting for other processes if need be."""
        try:
            return self._connection.execute(statement, values)
        except (sqlite3.Error, UnicodeEncodeError) as error:
            if isinstance(error, UnicodeEncodeError):
                values = tuple(mend(v) if isinstance(v, str) else v for v in values)
            elif not _is_busy(error):
                raise self._told(error) from None
        with self._telling():
            return self._patiently(lambda: self._connection.execute(statement, values))

    def rows(self, statement: str, values: Row = ()) -> list[Row]:
        """Return all rows of a query."""
        cursor = self.execute(statement, values)
        with self._telling():
            return cursor.fetchall()

    def maybe_row(self, statement: str, values: Row = ()) -> Row | None:
        """Return the first row of a query."""
        return next(iter(self.rows(statement, values)), None)

    def insert(self, table: str, **values: Any) -> int:
        """Add a row; return its id."""
        blanks = ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({blanks})"  # noqa: S608
        return self.execute(statement, tuple(values.values())).lastrowid or 0

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[None]:
        """Put several statements into one transaction; ``durable``: on the disk when it ends."""
        self._leave()
        if durable:
            self.execute("PRAGMA synchronous = FULL")
        try:
            self.execute("BEGIN IMMEDIATE")
            yield
            self.execute("COMMIT")
        finally:
            self._leave()
            if durable:
                with suppress(sqlite3.Error):
                    self._connection.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def erasing(self) -> Iterator[None]:
        """Like ``writing``; what is deleted is overwritten."""
        self.execute("PRAGMA secure_delete = ON")
        try:
            with self.writing():
                yield
        finally:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA secure_delete = OFF")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let several queries see the file as it is at one time."""
        self._leave()
        self.execute("BEGIN")
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Wait no longer than ``seconds`` for other processes."""
        before, self.patience = self.patience, seconds
        try:
            yield
        finally:
            self.patience = before

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        if self._copy:
            self._copy.cleanup()

    def replace_broken(self) -> None:
        """Begin a new file where this one turned out to be broken."""
        self.close()
        self._connection = self._begin_anew("it cannot be read")

    # -- within -------------------------------------------------------------------------

    def _leave(self) -> None:
        """Leave a transaction that failed, or that a signal interrupted."""
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _open(self) -> sqlite3.Connection:
        place.check_folder(self.file.parent)
        about = place.maybe_check_file(self.file)
        if about is None:
            return self._begin_anew("it is gone, and its log is not" if self._has_log() else "")
        self._identity = (about.st_dev, about.st_ino)
        if not about.st_size:  # a new one never is
            return self._begin_anew("it is empty")
        if place.is_damaged(self.file):
            return self._begin_anew("its header is damaged")
        try:
            return self._patiently(self._connect)
        except sqlite3.Error as error:
            if _is_broken(error):
                return self._begin_anew(str(error))
            raise self._told(error) from None

    def _open_to_read(self) -> sqlite3.Connection:
        """Open the file as it is; with a log, a copy: SQLite has to write to read that."""
        place.check_folder(self.file.parent, reads=True)
        if place.maybe_check_file(self.file, reads=True) is None:
            raise LocalError(f"there is no {self.file}", "see the folder and the disk")
        with self._telling():
            if place.is_damaged(self.file):
                raise BrokenStoreError(f"{self.file} is damaged", "azchat sessions repair")
            if not self._has_log():
                with suppress(sqlite3.OperationalError):  # an older file, which is to be changed
                    return self._connect(f"{self.file.absolute().as_uri()}?mode=ro&immutable=1")
            import shutil
            from tempfile import TemporaryDirectory

            try:
                self._copy = TemporaryDirectory(prefix="azchat-")  # in a folder that has room
                for end in ("", "-wal") if self._has_log() else ("",):
                    shutil.copyfile(f"{self.file}{end}", f"{self._copy.name}/{self.file.name}{end}")
            except OSError:  # there is none at all
                return self._connect(is_alone=True)
            return self._connect(Path(self._copy.name, self.file.name).as_uri())

    def _begin_anew(self, why: str) -> sqlite3.Connection:
        """Move the broken file away: it is never deleted, ``azchat sessions repair`` reads it."""
        with self._telling():
            with alone_in(self.file.parent):
                is_broken = bool(why) and self._is_same()  # nobody else has replaced it
                if is_broken or not os.path.lexists(self.file):
                    if kept := place.make_file(self.file, is_broken=is_broken):
                        self.tell(
                            f"the sessions' file was broken ({why}); it is kept as {kept}, and a "
                            "new one begun; to get out what can be read: azchat sessions repair"
                        )
                    if place.is_on_network(self.file.parent) and not self.is_quiet:
                        self.tell("the sessions are on a network's disk, which may lose some")
            about = self.file.lstat()
            self._identity = (about.st_dev, about.st_ino)
            return self._patiently(self._connect)

    def _has_log(self) -> bool:
        try:
            return self.file.with_name(f"{self.file.name}-wal").stat().st_size > 0
        except OSError:
            return False

    def _is_same(self) -> bool:
        try:
            about = self.file.lstat()
        except FileNotFoundError:
            return self._identity == (0, 0)
        return self._identity == (about.st_dev, about.st_ino)

    def _connect(self, uri: str | None = None, *, is_alone: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri or self.file,
            timeout=_SLICE,
            isolation_level=None,
            check_same_thread=False,
            uri=uri is not None,
        )
        try:
            if is_alone:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            if schema.version_of(connection) < schema.VERSION:  # raises for a newer, a foreign one
                schema.migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _patiently(self, work: Callable[[], _Result]) -> _Result:
        begin = self._clock()
        has_told = False
        while True:
            try:
                return work()
            except sqlite3.Error as error:
                waited = self._clock() - begin
                if not _is_busy(error) or waited > self.patience:
                    raise
                if waited > _TELL_AFTER and not has_told and not self.is_quiet:
                    self.tell("another process holds the sessions' file; waiting for it")
                    has_told = True
                time.sleep(_PAUSE)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            with place.told(self.file):
                yield
        except sqlite3.Error as error:
            raise self._told(error) from None

    def _told(self, error: sqlite3.Error) -> LocalError:
        """Return what to tell a person about a failure of the store."""
        if _is_broken(error):
            return BrokenStoreError(f"{self.file} is damaged", "azchat sessions repair")
        if _is_busy(error):
            what = f"another process has held it for {self.patience:.0f} s"
            hint = f"end that process{OR_NOT}"
        else:
            code = _code(error)
            usual = _FAILURES.get(code & 0xFF, (str(error), _HINT))
            what, hint = _FAILURES.get(code, usual)
        return LocalError(f"not saved in {self.file}: {what}", hint)


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0)  # none where Python itself refuses


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) & 0xFF in _BUSY


def _is_broken(error: sqlite3.Error) -> bool:
    """Return whether the file is; that has many names, and what else can fail is known."""
    if isinstance(error, sqlite3.ProgrammingError):  # a mistake of ours
        return False
    code = _code(error)
    return code in _DAMAGED or code & 0xFF not in (*_FAILURES, *_BUSY, *_NOT_BROKEN)
