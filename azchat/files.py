"""Reads files up to a bound, and writes them: private, and never half over a good one."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from azchat.errors import LocalError, reason_of

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Of a file that is read whole, where its kind has no bound of its own."""
_HINT = "check the folder and the disk"
_BLOCK = 1 << 20


def read_whole(path: str | Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """Return the content of a regular file of at most ``limit`` bytes; raises ``OSError``.

    Pipes and devices are not read: they may never end, or never speak. A shell's ``<(command)``
    is one that was made to be read, /dev/null is an empty file.
    """
    # Opening a pipe that nobody writes to must not wait.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb", buffering=0) as file:  # noqa: PTH123
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        is_made_for_it = stat.S_ISFIFO(mode) and str(path).startswith("/dev/fd/")
        if is_made_for_it:
            os.set_blocking(file.fileno(), True)
        elif not stat.S_ISREG(mode) and not Path(path).samefile(os.devnull):
            raise OSError(errno.EINVAL, "it is no regular file")
        size, blocks = 0, []
        while size <= limit and (block := file.read(min(_BLOCK, limit + 1 - size))):
            blocks.append(block)
            size += len(block)
    if size > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit / (1 << 20):g} MiB")
    return b"".join(blocks)


def make_private_folder(path: Path) -> None:
    """Create ``path`` and what is missing above it, all of mode 0700; raises ``OSError``."""
    if not path.is_dir():
        make_private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time make or move files of the folder, where the system can."""
    if os.name != "posix":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Let one process at a time change a file of the user's, whose folder is made if need be.

    Raises ``LocalError``.
    """
    with ExitStack() as stack:
        try:
            make_private_folder(path.parent)
            stack.enter_context(alone_in(path.parent))
        except OSError as error:
            raise _failed(path, error) from None
        yield


class AtomicFile:
    """An output that becomes ``path`` only when it is whole.

    Until then, and when it stays incomplete, the text is in ``path`` + ``.partial``.
    """

    is_terminal = speaks_vt = False

    def __init__(self, path: Path) -> None:
        try:  # before a link is followed: that of a pipe leads nowhere
            is_folder, is_other = path.is_dir(), path.exists() and not path.is_file()
        except (OSError, ValueError) as error:
            raise _failed(path, error) from None
        self.path = _real(path)
        self.partial = self.path.with_name(f"{self.path.name}.partial")
        if is_folder:
            raise LocalError(f"{path} is a folder", "name a file")
        if is_other:  # a device would be replaced by a file
            raise LocalError(f"{path} is no regular file", "redirect stdout to it instead: > FILE")
        self._file = PrivateFile(self.partial, follows=False)

    def write(self, text: str) -> None:
        """Add ``text``; raises ``LocalError`` when the disk is full."""
        self._file.write(text)

    def mark(self) -> int:
        """Return a place to which ``take_back`` can go."""
        return self._file.size

    def take_back(self, mark: int) -> None:
        """Take out what was written since the mark: nobody has seen it yet."""
        self._file.clear(keep=mark)

    def size(self) -> tuple[int, int]:
        """Return the usual 80 columns and 24 lines."""
        return 80, 24

    def commit(self) -> None:
        """Put the file in its place."""
        self._file.close()
        try:
            self.partial.replace(self.path)
        except OSError as error:
            raise _failed(self.path, error) from None

    def abandon(self) -> bool:
        """Keep what was written under the partial name; return whether there is anything."""
        self._file.close()
        with suppress(OSError):  # somebody may have removed it meanwhile
            if self.partial.stat().st_size:
                return True
            self.partial.unlink()
        return False


def write_private(path: Path, text: str) -> None:
    """Make ``text`` the content of ``path``, in one step and with mode 0600.

    Raises ``LocalError``; then the file is as it was.
    """
    path = _real(path)
    try:
        make_private_folder(path.parent)
        path.with_name(f"{path.name}.partial").unlink(missing_ok=True)
    except OSError as error:
        raise _failed(path, error) from None
    file = AtomicFile(path)
    try:
        file.write(text)
    except LocalError:
        file.abandon()
        file.partial.unlink(missing_ok=True)
        raise
    file.commit()


class PrivateFile:
    """A file of mode 0600, written without a buffer: what was shown is on the disk.

    A link is an error unless it ``follows``: somebody else may have put it there.
    """

    def __init__(self, path: Path, *, follows: bool = True) -> None:
        self._path = path
        self.size = 0  # bytes that were written
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            if not follows:
                flags |= getattr(os, "O_NOFOLLOW", 0)  # Windows has none
            self._descriptor = os.open(path, flags, 0o600)
        except (OSError, ValueError) as error:
            raise _failed(path, error) from None

    def write(self, text: str | bytes) -> None:
        """Add ``text`` as UTF-8."""
        text = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
        data = memoryview(text)
        try:
            while data:
                written = os.write(self._descriptor, data)
                self.size += written
                data = data[written:]
        except OSError as error:
            raise _failed(self._path, error) from None

    def clear(self, keep: int = 0) -> None:
        """Take out all but the first ``keep`` bytes; a pipe or a device has what it got."""
        try:
            os.ftruncate(self._descriptor, keep)
            os.lseek(self._descriptor, keep, os.SEEK_SET)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ESPIPE):
                raise _failed(self._path, error) from None
        self.size = keep

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _real(path: Path) -> Path:
    """Return where ``path`` leads: a link stays, and leads to the new content."""
    try:
        return path.resolve()
    except (OSError, ValueError) as error:  # a folder is gone, a name too long or impossible
        raise _failed(path, error) from None
    except RuntimeError:  # so Python tells it
        raise LocalError(f"cannot write {path}: its links go in a circle", _HINT) from None


def _failed(path: Path, error: OSError | ValueError) -> LocalError:
    return LocalError(f"cannot write {path}: {reason_of(error)}", _HINT)
