"""The outside of the program: streams, variables, clock, folders. The only place that asks.

Everything else is handed an Environment; tests hand one of their own.
"""

import errno
import os
import select
import stat
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from azchat.errors import Interrupted, LocalError

_SIGHUP, _SIGPIPE = 1, 13
_PLATFORM = str(sys.platform)
_BLOCK = 65536


class Output(Protocol):
    """Where text goes: always UTF-8, unbuffered, whole."""

    is_terminal: bool
    speaks_vt: bool
    """Whether it is a terminal that may understand cursor codes; ``TERM`` has the last word."""

    def write(self, text: str) -> None:
        """Write all of ``text``; to a terminal what would act only if it is ``Codes``.

        Raises ``LocalError`` when it cannot be written, ``Interrupted`` when the reader of a
        pipe is gone.
        """

    def size(self) -> tuple[int, int]:
        """Return the columns and lines of the terminal; 80 and 24 where there is none."""


class Input(Protocol):
    """Where a piped prompt comes from."""

    is_terminal: bool
    has_data: bool
    """Whether it is a pipe, a file or a socket: /dev/null and terminals are not read."""

    def is_shared(self) -> bool:
        """Return whether another program may read it too, as the loop does that azchat is in."""

    def read(self, limit: int, on_silence: Callable[[], None]) -> bytes:
        """Return at most ``limit`` bytes, up to the end; tell if none came within 2 s."""


class Environment(NamedTuple):
    """What a command may know of the world around it."""

    variables: Mapping[str, str]
    stdin: Input
    stdout: Output
    stderr: Output
    cwd: Path
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def real(cls) -> "Environment":
        """Return the environment of this process."""
        stdout, stderr = DescriptorOutput(1), DescriptorOutput(2)
        stdin = DescriptorInput() if _is_open(0) else NoInput()
        return cls(os.environ, stdin, stdout, stderr, _cwd())

    @property
    def config_file(self) -> Path:
        """Where the profiles are; it need not exist."""
        if path := self.variables.get("AZCHAT_CONFIG"):
            return Path(path)
        return self._folder("XDG_CONFIG_HOME", ".config", "user_config_path") / "config.toml"

    @property
    def data_folder(self) -> Path:
        """Where azchat keeps what it learned and logged; it need not exist."""
        if path := self.variables.get("AZCHAT_DATA_DIR"):
            return Path(path)
        return self._folder("XDG_DATA_HOME", ".local/share", "user_data_path")

    def _folder(self, variable: str, below_home: str, platform_name: str) -> Path:
        if _PLATFORM == "linux":  # platformdirs' own answer, without the cost of its import
            home = self.variables.get("HOME") or _home()
            base = self.variables.get(variable, "")
            return Path(base if base.startswith("/") else f"{home}/{below_home}") / "azchat"
        import platformdirs

        folder: Path = getattr(platformdirs, platform_name)("azchat", appauthor=False)
        return folder


class DescriptorOutput:
    """An output on one of the process's own file descriptors."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._closed = not _is_open(descriptor)
        self._is_stderr = descriptor == 2
        self.is_terminal = not self._closed and os.isatty(descriptor)
        self.speaks_vt = self.is_terminal and (sys.platform != "win32" or _enable_vt(descriptor))

    def write(self, text: str) -> None:
        """Write all of ``text``; stderr is best effort: without it there is nobody to tell."""
        if self.is_terminal:
            from azchat.terminal.safe import Codes, broken, visible

            if not isinstance(text, Codes):
                text = visible(text)
                is_told = self._is_stderr and text.endswith("\n")  # and no piece of a stream
                text = broken(text, self.size()[0]) if is_told else text
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            if self._closed:
                raise OSError("it is closed")
            while data:
                data = data[self._write_some(data) :]
        except BrokenPipeError:
            if not self._is_stderr:
                raise Interrupted(_SIGPIPE) from None
        except OSError as error:
            if self.is_terminal and error.errno == errno.EIO:
                raise Interrupted(_SIGHUP) from None  # its window was closed
            if not self._is_stderr:
                why = (error.strerror or str(error)).lower()
                space = "free some space, or " if error.errno == errno.ENOSPC else ""
                hint = f"{space}send the output elsewhere"
                raise LocalError(f"cannot write to stdout: {why}", hint) from None

    def size(self) -> tuple[int, int]:
        """Return the columns and lines of the terminal; 80 and 24 where there is none."""
        try:
            columns, lines = os.get_terminal_size(self._descriptor)
        except OSError:
            columns = lines = 0
        return columns or 80, lines or 24

    def _write_some(self, data: memoryview) -> int:
        if sys.platform == "win32" and self.is_terminal:
            # The console takes UTF-8 only through Python's own console stream.
            stream = sys.stderr if self._is_stderr else sys.stdout
            stream.write(bytes(data).decode("utf-8", "replace"))
            stream.flush()
            return len(data)
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # somebody made the shared pipe non-blocking
            select.select((), (self._descriptor,), ())
            return 0


class DescriptorInput:
    """The process's standard input."""

    def __init__(self) -> None:
        mode = os.fstat(0).st_mode
        self.is_terminal = os.isatty(0)
        self.has_data = stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
        self._left_off = os.lseek(0, 0, os.SEEK_CUR) if stat.S_ISREG(mode) else None

    def is_shared(self) -> bool:
        """Return whether somebody read of the file before, or who started azchat has the pipe."""
        if self._left_off is not None:
            return self._left_off > 0
        return _is_inherited(os.fstat(0))

    def read(self, limit: int, on_silence: Callable[[], None]) -> bytes:
        """Return at most ``limit`` bytes, up to the end; tell if none came within 2 s."""
        if sys.platform != "win32" and not select.select((0,), (), (), 2.0)[0]:
            on_silence()
        blocks: list[bytes] = []
        size = 0
        while size < limit and (block := self._read_some(min(_BLOCK, limit - size))):
            blocks.append(block)
            size += len(block)
        return b"".join(blocks)

    def _read_some(self, size: int) -> bytes:
        while True:
            try:
                return os.read(0, size)
            except BlockingIOError:  # somebody made the shared pipe non-blocking
                select.select((0,), (), ())


def terminal_name() -> str:
    """Return what tells this terminal from the others, for as long as it is open."""
    try:
        device = next(os.ttyname(stream) for stream in (0, 1, 2) if os.isatty(stream))
        return f"{device} {os.getsid(0)}"  # the number of its shell: devices are used again
    except (StopIteration, OSError, AttributeError):
        return "terminal"  # none, or a system that names none


class NoInput:
    """A standard input that is closed or empty."""

    is_terminal = False
    has_data = False

    def is_shared(self) -> bool:
        """Return that nobody reads nothing."""
        return False

    def read(self, limit: int, on_silence: Callable[[], None]) -> bytes:
        """Return nothing."""
        del limit, on_silence
        return b""


def occupy_standard_descriptors() -> None:
    """Open /dev/null where stdin, stdout or stderr is closed.

    Otherwise the next file or socket would get that number, and the answer would be written
    into it. Called once, before anything is opened; the streams still count as closed.
    """
    for descriptor in (0, 1, 2):
        if not _is_open(descriptor):
            _closed_at_start.add(descriptor)
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one


_closed_at_start: set[int] = set()
_GIVE_PIPES = ("cron", "CRON", "crond", "sshd", "sshd-session")  # empty ones, to whatever they run


def _is_inherited(about: os.stat_result) -> bool:
    """Return whether the program that runs azchat has the same stdin; Linux alone tells.

    A wrapper, as ``timeout 9 azchat …``, does no more than hand it on: who runs that is meant.
    """
    parent, own = os.getppid(), sys.argv[1:]
    try:
        while parent > 1:
            process = Path(f"/proc/{parent}")
            if (process / "comm").read_text().strip() in _GIVE_PIPES:
                return True
            if not os.path.samestat(about, (process / "fd/0").stat()):
                return False
            words = (process / "cmdline").read_bytes().split(b"\0")[:-1]
            if not own or [os.fsdecode(word) for word in words[-len(own) :]] != own:
                return True
            status = (process / "status").read_text()
            parent = int(status.partition("\nPPid:")[2].split()[0])
    except (OSError, ValueError, IndexError):
        pass  # of another user, gone, or another system
    return False


def _is_open(descriptor: int) -> bool:
    if descriptor in _closed_at_start:
        return False
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _enable_vt(descriptor: int) -> bool:
    """Let a Windows console understand cursor codes; return whether it does."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        mode, console = ctypes.c_uint32(), ctypes.windll.kernel32
        handle = msvcrt.get_osfhandle(descriptor)
        if console.GetConsoleMode(handle, ctypes.byref(mode)):
            return bool(console.SetConsoleMode(handle, mode.value | 0x0004))
    return False


def _home() -> str:
    try:
        return str(Path.home())
    except RuntimeError:  # a user whom the system does not know, as in a container
        return "/nonexistent"


def _cwd() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # it was removed meanwhile
        return Path()
