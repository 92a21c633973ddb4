"""Files of the user's own: obeyed only while nobody else can write them; written privately.

What is written is never half over a good file, nor through what somebody else put in its way.
"""

import errno
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from azchat.errors import Interrupted, LocalError, reason_of

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Of a file that is read whole, where its kind has no bound of its own."""
STDIN, STDOUT = "/dev/fd/0", "/dev/fd/1"
STDINS = (STDIN, "/dev/stdin")
"""What ``-`` means where a file is named."""
_SIGPIPE = 13
_HINT = "check the folder and the disk"
_BLOCK = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)  # Windows alone has it
_OPEN_ALREADY = ("/dev/fd/", "/dev/std", "/proc/self/fd/")
_KEPT_MODES = 0o775  # of what is replaced; not everybody is to write it
_IN_A_HOME = (".config", ".local", "Library")
_MOST_HOPS = 40  # links one behind the other, as Linux has it


def read_whole(path: str | Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """Return the content of a regular file of at most ``limit`` bytes; raises ``OSError``.

    Pipes and devices are not read: they may never end, or never speak. A shell's ``<(command)``
    is one that was made to be read, and so is ``STDIN``; /dev/null is an empty file.
    """
    # Opening a pipe that nobody writes to must not wait.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY
    # A socket, as the stdin of a program that node starts, cannot be opened by a name.
    descriptor = os.dup(0) if str(path) in STDINS else os.open(path, flags)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        is_pipe = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
        is_made_for_it = is_pipe and str(path).startswith(("/dev/fd/", "/dev/stdin"))
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


class RefusedError(Exception):
    """A file may not be used: ``why`` and ``hint`` are for the user."""

    def __init__(self, why: str, hint: str = "check it") -> None:
        super().__init__(why)
        self.hint = hint


def check_own(path: Path, about: os.stat_result, closed: int = 0o022) -> None:
    """Raise ``RefusedError`` where somebody else owns it, or may do what ``closed`` says."""
    if not hasattr(os, "getuid"):
        return  # Windows: ownership is not told by these bits
    is_folder = stat.S_ISDIR(about.st_mode)
    what = f"the folder {path}" if is_folder else "it"
    if about.st_uid not in (os.getuid(), 0):
        raise RefusedError(f"{what} belongs to another user", "see whose it is, and make it yours")
    if about.st_mode & closed and not (is_folder and about.st_mode & stat.S_ISVTX):
        do, bits = ("read", "600") if closed == 0o077 else ("write to", "go-w")
        raise RefusedError(f"others may {do} {what}", f"chmod {bits} {path}")


def check_way(path: Path) -> None:
    """Raise ``RefusedError`` where others can put another file in the place of ``path``.

    They do so in its folder, and in that of each link on the way; further up, who can write
    with a group is taken for one of the user's own.
    """
    for way in {path.absolute(): None, path.resolve(): None}:
        check_own(way.parent, way.parent.stat())
        for folder in way.parent.parents:
            check_own(folder, folder.stat(), 0o002)


def read_own(path: Path, limit: int, *, in_own_folder: bool = True) -> bytes:
    """Return the content of a regular file that nobody else can write.

    Raises ``FileNotFoundError``, and ``RefusedError`` for what is not to be read.
    """
    try:
        # Non-blocking, so that a FIFO of that name cannot hang the start.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY
        with os.fdopen(os.open(path, flags), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise RefusedError("it is no regular file")
            check_own(path, about)
            if in_own_folder:
                check_way(path)
            content = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except IsADirectoryError:
        raise RefusedError("it is no regular file") from None
    except (OSError, ValueError) as error:
        raise RefusedError(f"it cannot be read ({reason_of(error)})", "check its mode") from None
    if len(content) > limit:
        raise RefusedError(f"it is larger than {limit >> 10} KiB")
    return content


def make_private_folder(path: Path) -> None:
    """Create ``path`` and what is missing above it, all of mode 0700; raises ``OSError``.

    A home is never made, not by root either, who could: what is in it would be found by nobody.
    """
    if not path.is_dir():
        if path.name in _IN_A_HOME and not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, f"there is no home {path.parent}")
        make_private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def as_named(path: Path) -> Path:
    """Return ``path``, or the one file there whose name differs in Unicode's form or spaces alone.

    macOS keeps names decomposed and puts U+202F into those of screenshots; nobody types that.
    """
    if os.path.lexists(path) or path.parent == path:
        return path
    folder, wanted = as_named(path.parent), _as_seen(path.name)
    try:
        found = [name for name in os.listdir(folder) if _as_seen(name) == wanted]  # noqa: PTH208
    except OSError:
        return path
    return folder / found[0] if len(found) == 1 else path


def _as_seen(name: str) -> str:
    from unicodedata import normalize

    return "".join(" " if char.isspace() else char for char in normalize("NFC", name))


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
        with _told(path):
            make_private_folder(path.parent)
            stack.enter_context(alone_in(path.parent))
        yield


class AtomicFile:
    """An output that becomes ``path`` only when it is whole, with the mode of what was there.

    Until then, and when it stays incomplete, the text is in ``path`` + ``.partial``, which is
    private, and so is what ``is_private``.
    """

    is_terminal = speaks_vt = False

    def __init__(self, path: Path, *, is_private: bool = False) -> None:
        with _told(path):  # before a link is followed: that of a pipe leads nowhere
            is_folder, is_other = path.is_dir(), path.exists() and not path.is_file()
        self.path = _real(path)
        self.partial = self.path.with_name(f"{self.path.name}.partial")
        if is_folder:
            raise LocalError(f"{path} is a folder", "name a file")
        if is_other:  # a device would be replaced by a file
            raise LocalError(f"{path} is no regular file", "redirect stdout to it instead: > FILE")
        with _told(self.partial):
            self.partial.unlink(missing_ok=True)  # whoever left or planted it
        self._file = PrivateFile(self.partial, is_new=True)
        self._keeps_mode = not is_private

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
        with _told(self.path):
            is_ours = self._file.is_at(self.partial)
            if self._keeps_mode:
                self._file.take_mode(self.path)
            self._file.close()
            if not is_ours:
                raise OSError(errno.EBUSY, "somebody else has replaced its partial file")
            self.partial.replace(self.path)

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
    with _told(path):
        make_private_folder(path.parent)
    file = AtomicFile(path, is_private=True)
    try:
        file.write(text)
    except LocalError:
        file.abandon()
        file.partial.unlink(missing_ok=True)
        raise
    file.commit()


class PrivateFile:
    """A file of mode 0600, written without a buffer: what was shown is on the disk.

    What is there already keeps its mode; it must be the user's, and have no other name, unless
    it ``is_new``.
    """

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        self._path = path
        self.size = 0  # bytes that were written
        with _told(path):
            self._descriptor = _open_to_write(path, is_new=is_new)

    def write(self, text: str | bytes) -> None:
        """Add ``text`` as UTF-8."""
        text = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
        data = memoryview(text)
        with _told(self._path), _heard_as_stdout(self._path):
            while data:
                written = os.write(self._descriptor, data)
                self.size += written
                data = data[written:]

    def clear(self, keep: int = 0) -> None:
        """Take out all but the first ``keep`` bytes; a pipe or a device has what it got."""
        with _told(self._path, but=(errno.EINVAL, errno.ESPIPE)):
            os.ftruncate(self._descriptor, keep)
            os.lseek(self._descriptor, keep, os.SEEK_SET)
        self.size = keep

    def is_at(self, path: Path) -> bool:
        """Return whether ``path`` is still this file, and no other that was put in its place."""
        return os.path.samestat(os.fstat(self._descriptor), path.lstat())

    def take_mode(self, path: Path) -> None:
        """Let those read and write it who may do so with ``path``, if that is there and ours."""
        own, there = os.fstat(self._descriptor), path.stat() if path.exists() else None
        if there and there.st_uid == own.st_uid and hasattr(os, "fchmod"):
            os.fchmod(self._descriptor, there.st_mode & _KEPT_MODES)

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def _heard_as_stdout(path: Path) -> Iterator[None]:
    """Say nothing where the reader of stdout is gone, as where the answer goes there."""
    try:
        yield
    except BrokenPipeError:
        if str(path) == STDOUT and os.name == "posix":
            raise Interrupted(_SIGPIPE) from None
        raise


def _open_to_write(path: Path, *, is_new: bool) -> int:
    """Return a descriptor of an empty file, a new one of mode 0600, or of a pipe or a device."""
    flags = os.O_WRONLY | os.O_CREAT | _BINARY | (os.O_EXCL if is_new else 0)
    if str(path).startswith(_OPEN_ALREADY):
        return os.open(path, flags)
    _check_links(path)
    if not path.is_symlink():
        flags |= getattr(os, "O_NOFOLLOW", 0)  # Windows has none
    with suppress(FileNotFoundError):
        _check_target(path.stat())  # before a FIFO of somebody's is opened
    descriptor = os.open(path, flags, 0o600)
    try:
        about = os.fstat(descriptor)
        _check_target(about)
        if stat.S_ISREG(about.st_mode) and not is_new:
            os.ftruncate(descriptor, 0)
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, about.st_mode & _KEPT_MODES)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_target(about: os.stat_result) -> None:
    """Raise ``RefusedError`` for a file or a pipe that somebody may have planted."""
    if stat.S_ISCHR(about.st_mode):
        return
    check_own(Path(), about, 0)
    if stat.S_ISREG(about.st_mode) and about.st_nlink > 1:
        raise RefusedError("it is the file of another name too", "remove it, or name another")


def _check_links(path: Path, hops: int = 0) -> None:
    """Raise ``RefusedError`` where a link of another user's leads to ``path``."""
    path = path.absolute()
    for place in (*reversed(path.parents), path):
        try:
            about = place.lstat()
        except OSError:
            return  # which is told when it is opened
        if stat.S_ISLNK(about.st_mode) and hops < _MOST_HOPS:
            check_own(place, about, 0)
            _check_links(place.parent / place.readlink(), hops + 1)


def _real(path: Path) -> Path:
    """Return where ``path`` leads: a link stays, and leads to the new content."""
    with _told(path):
        _check_links(path)
        return path.resolve()


@contextmanager
def _told(path: Path, but: Collection[int] = ()) -> Iterator[None]:
    """Say what cannot be written, and why: ``LocalError``; errors of the numbers ``but`` are none.

    A folder is gone, a name impossible, the disk full, a file somebody else's.
    """
    try:
        yield
    except RefusedError as refusal:
        raise LocalError(f"cannot write {path}: {refusal}", refusal.hint) from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) not in but:
            raise LocalError(f"cannot write {path}: {reason_of(error)}", _HINT) from None
    except RuntimeError:  # so Python tells it
        raise LocalError(f"cannot write {path}: its links go in a circle", _HINT) from None
