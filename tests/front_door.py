"""The program's front door as the test tool: azchat as a process, on pipes or a real pty.

    result = azchat("ask", "hi", home=tmp_path, env={...})
    with Session("chat", home=tmp_path, tty=True) as session:
        session.wait_for(">"); session.send(b"hi\r"); session.interrupt()

Nothing of the caller's environment passes but PATH; umask is 000, so that the modes a
test sees are those azchat sets. Waiting is for output or the end, never for a time.

The process is forked from an interpreter that has imported azchat (``tests/warm_start.py``)
where that makes no difference; ``program=PROGRAM`` starts the executable.
"""

import atexit
import compileall
import contextlib
import fcntl
import functools
import os
import re
import resource
import selectors
import signal
import stat
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pyte

from tests.event_schema import check_events
from tests.warm_start import Ended, Forked, Server, Start, fits, python_arguments

ROOT = Path(__file__).parents[1]
PROGRAM = (sys.executable, "-P", "-m", "azchat")
# Python's program without Python: a module, or "-c" and code that runs azchat in its own way.
WARM = ("azchat",)
# The same by a user whom modes stop, where root runs the tests. The user need not be let into
# the folders of Python and of azchat: what they hold is reached by descriptors of root's.
_AS_USER = """
import ctypes, os, sys
from azchat.__main__ import main

def within(path):
    folder = next((f for f in folders if path and f"{{path}}/".startswith(f"{{f}}/")), None)
    return path if folder is None else f"/proc/self/fd/{{folders[folder]}}{{path[len(folder):]}}"

folders = {{f: os.open(f, os.O_PATH) for f in sorted(sys.path)[::-1] if os.path.isdir(f)}}
for module in list(sys.modules.values()):
    for name in {{"__file__", "__path__"}} & vars(module).keys():
        value = getattr(module, name)
        is_list = isinstance(value, list)
        setattr(module, name, [*map(within, value)] if is_list else within(value))
sys.path[:] = map(within, sys.path)
os.setgroups([])
os.setresgid({user}, {user}, {user})
os.setresuid({user}, {user}, {user})
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: its /proc is the user's again
main()
"""
STREAMS = ("stdin", "stdout", "stderr")
_BLOCK = 1 << 16
_TICK = 0.02  # seconds between two looks at the memory, the clock and a waiting condition
# Makes the terminal on descriptor N the controlling one, so that ^C is a signal, and
# closes what a shell's ``>&-`` closes. In a process of its own: with threads about (the
# fault server's) Python may not run between fork and exec.
_LAUNCH = (
    "import fcntl,os,sys,termios\n"
    "terminal,closed,*command=sys.argv[1:]\n"
    "if terminal: fcntl.ioctl(int(terminal),termios.TIOCSCTTY,0)\n"
    "for fd in closed: os.close(int(fd))\n"
    "os.execv(command[0],command)"
)

# What a stream is: bytes to read, a file, a pipe to ``send`` to, or /dev/null.
Input = bytes | Path | Literal["open"] | None
Environ = Mapping[str, str | None]
Termios = list[Any]
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended.

    ``code`` is the exit code, negative for a signal; ``status`` is what a shell shows
    (128 + n). ``terminal`` is every byte written to the pty, ``screen`` what a person
    sees of it, ``typed`` what was typed; a stream that is the terminal has no ``out`` or
    ``err`` of its own. ``before`` are the files (mode, size, mtime_ns) under ``home``
    when the run began: they are the test's, not azchat's. ``program`` is what ran, without
    ``args``.
    """

    code: int
    out_bytes: bytes
    err_bytes: bytes
    seconds: float
    max_rss_bytes: int
    home: Path
    args: tuple[str, ...]
    program: tuple[str, ...] = WARM
    timed_out: bool = False
    tty: frozenset[str] = frozenset()
    terminal: bytes = b""
    typed: bytes = b""
    screen: list[str] = field(default_factory=list)
    termios_before: Termios | None = None
    termios_after: Termios | None = None
    before: dict[Path, Stamp] = field(default_factory=dict)

    @property
    def out(self) -> str:
        """stdout as text; undecodable bytes are shown as escapes."""
        return self.out_bytes.decode("utf-8", "backslashreplace")

    @property
    def err(self) -> str:
        """stderr as text; undecodable bytes are shown as escapes."""
        return self.err_bytes.decode("utf-8", "backslashreplace")

    @property
    def status(self) -> int:
        """The exit code as a shell reports it."""
        return 128 - self.code if self.code < 0 else self.code

    @property
    def signal(self) -> signal.Signals | None:
        """The signal that ended it, if one did."""
        return signal.Signals(-self.code) if self.code < 0 else None

    def __str__(self) -> str:
        """Show what a failed test needs to know."""
        args = os.fsencode(" ".join(self.args)).decode("utf-8", "backslashreplace")
        lines = [f"azchat {args} -> {self.code} in {self.seconds:.2f} s"]
        lines += [f"--- stdout ({len(self.out_bytes)} bytes)", self.out[-2000:]]
        lines += [f"--- stderr ({len(self.err_bytes)} bytes)", self.err[-4000:]]
        if self.tty:
            lines += ["--- screen", *[line for line in self.screen if line]]
        return "\n".join(lines)


def azchat(
    *args: str,
    home: Path,
    stdin: bytes | str | Path | None = None,
    stdout: Path | None = None,
    stderr: Path | None = None,
    closed: Sequence[str] = (),
    env: Environ | None = None,
    timeout: float = 10,
    tty: bool | Sequence[str] = False,
    cwd: Path | None = None,
    size: tuple[int, int] = (80, 24),
    program: Sequence[str] = WARM,
) -> Result:
    """Run azchat to its end; after ``timeout`` seconds it is killed (``timed_out``).

    ``stdin=None`` is /dev/null (or a silent terminal), a Path is a redirection, and the
    streams in ``closed`` are closed as by ``>&-``. ``tty=True`` puts all three streams on
    one pty; ``tty=["stderr"]`` only that one. ``size`` is columns, lines. ``cwd`` is
    ``home`` if not given; a None in ``env`` takes the variable away.
    """
    session = Session(
        *args,
        home=home,
        stdin=stdin.encode() if isinstance(stdin, str) else stdin,
        stdout=stdout,
        stderr=stderr,
        closed=closed,
        env=env,
        tty=tty,
        cwd=cwd,
        size=size,
        program=program,
    )
    with session:
        return session.finish(timeout)


def as_user(user: int) -> tuple[str, ...]:
    """Return the program that is azchat run by ``user``; nobody but root becomes another."""
    return ("-c", _AS_USER.format(user=user)) if os.getuid() == 0 else WARM


class Session:
    """A running azchat, to talk to; a context manager that leaves nothing running.

    ``output`` is what came so far (of the terminal if there is one, else of stdout);
    with ``keep=False`` only the last 64 KiB of each stream are remembered, and no screen: the
    emulator takes far longer than azchat.
    """

    def __init__(
        self,
        *args: str,
        home: Path,
        stdin: Input = None,
        stdout: Path | None = None,
        stderr: Path | None = None,
        closed: Sequence[str] = (),
        env: Environ | None = None,
        tty: bool | Sequence[str] = True,
        cwd: Path | None = None,
        size: tuple[int, int] = (80, 24),
        keep: bool = True,
        program: Sequence[str] = WARM,
    ) -> None:
        chosen = (STREAMS if tty else ()) if isinstance(tty, bool) else tuple(tty)
        unknown = {*chosen, *closed} - set(STREAMS)
        assert not unknown, f"no stream {unknown}"
        self.args, self.home, self.program = args, home, tuple(program)
        self.tty = frozenset(chosen)
        self.typed = b""
        self.received: dict[str, bytearray] = {n: bytearray() for n in ("terminal", *STREAMS)}
        self._marks = dict.fromkeys(self.received, 0)
        self._unseen: str | re.Pattern[str] | None = None  # since nothing more came
        self._before = snapshot(home)
        self._selector = selectors.DefaultSelector()
        self._pipes: list[int] = []
        self._size = size
        self._reader = _Reader(size, self._type)
        self._fds: dict[str, int] = {}
        self._open_terminal()
        self._keep = keep
        self._pending = memoryview(b"")
        self._ending = stdin != "open"
        self._code: int | None = None
        self._rss = 0
        self._looked = 0.0
        self._seconds = 0.0
        self._after: Termios | None = None
        ends = {
            "stdin": self._input(stdin),
            "stdout": self._output("stdout", stdout),
            "stderr": self._output("stderr", stderr),
        }
        self._start(closed, ends, env or {}, cwd or home)
        if isinstance(stdin, bytes):
            self.send(stdin)

    # -- the run ------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._code is None:
            self._kill_group()
            self._pump_until(lambda: self._code is not None, 5)
        self._close()

    def finish(self, timeout: float = 10) -> Result:
        """Wait for the end and return the result; after ``timeout`` seconds kill it."""
        ended = self._pump_until(lambda: self._code is not None, timeout)
        if not ended:
            self._kill_group()
            self._pump_until(lambda: self._code is not None, 5)
        self._close()
        assert self._code is not None
        if self._keep:
            check_events(self.args, bytes(self.received["stdout"]))
        return Result(
            code=self._code,
            out_bytes=bytes(self.received["stdout"]),
            err_bytes=bytes(self.received["stderr"]),
            seconds=self._seconds,
            max_rss_bytes=self._rss,
            home=self.home,
            args=self.args,
            program=self.program,
            timed_out=not ended,
            tty=self.tty,
            terminal=bytes(self.received["terminal"]),
            typed=self.typed,
            screen=self.screen,
            termios_before=self.termios_before,
            termios_after=self._after,
            before=self._before,
        )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def rss(self) -> int:
        """The memory it has in use now, in bytes."""
        return memory(self.pid, "VmRSS")

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        self._pump(0)
        return self._code is None

    # -- what it says -------------------------------------------------------------

    @property
    def output(self) -> str:
        """Everything it has written so far, escape codes included."""
        main = "terminal" if self.tty & {"stdout", "stderr"} else "stdout"
        return self.received[main].decode("utf-8", "replace")

    @property
    def screen(self) -> list[str]:
        """The lines a person sees now, without trailing blanks."""
        return self._reader.lines if self.tty else [""] * self._size[1]

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's column and line, from 0."""
        return self._reader.cursor

    def termios(self) -> Termios:
        """Return the terminal's modes now."""
        return termios.tcgetattr(self._slave)

    def wait_for(self, text: str | re.Pattern[str], timeout: float = 10) -> None:
        """Wait until ``text`` is on the screen or in any stream; a pattern searches them.

        What was there before the last ``send`` counts too: see ``mark``.
        """
        self.wait_until(lambda: self._shows(text), timeout, f"{text!r}")

    def wait_until(self, true: Callable[[], bool], timeout: float = 10, what: str = "") -> None:
        """Wait for anything; an AssertionError shows the output if it never comes."""
        if self._pump_until(lambda: true() or self._code is not None, timeout) and true():
            return
        ended = "" if self._code is None else f" (ended with {self._code})"
        raise AssertionError(f"no {what or true} in {timeout} s{ended}\n{self._shown()}")

    def mark(self) -> None:
        """Forget the output so far in ``wait_for``; the result still has all of it."""
        self._pump(0)
        self._marks = {name: len(data) for name, data in self.received.items()}
        self._unseen = None

    # -- what is done to it -------------------------------------------------------

    def send(self, data: bytes | str) -> None:
        """Type on the terminal, or write to the stdin pipe (``stdin="open"``)."""
        data = data.encode() if isinstance(data, str) else data
        if "stdin" in self.tty:
            self.press(data)
        else:
            self._pending = memoryview(bytes(self._pending) + data)
            self._feed()

    def press(self, keys: bytes | str) -> None:
        """Type on the terminal, whatever stdin is."""
        keys = keys.encode() if isinstance(keys, str) else keys
        self.typed += keys
        self._type(keys)

    def end_input(self) -> None:
        """Close the stdin pipe once all of it is written."""
        self._ending = True
        self._feed()

    def close_output(self) -> None:
        """Close the reading end of stdout, as ``| head -1`` does."""
        if "stdout" in self._fds:
            self._forget(self._fds.pop("stdout"))

    def interrupt(self) -> None:
        """Press Ctrl-C: the key on a terminal, the signal without one."""
        if "stdin" in self.tty:
            self.send(b"\x03")
        else:
            self.kill(signal.SIGINT)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the process, unless it has ended."""
        if self._code is None:
            os.kill(self.pid, number)

    def resize(self, columns: int, lines: int, *, keep: bool = False) -> None:
        """Change the terminal's size; the kernel sends SIGWINCH.

        The emulator loses what it has no room for: ``keep`` its size to see all of it.
        """
        if not keep:
            self._reader.resize(columns, lines)
            self._unseen = None
        _set_size(self._master, columns, lines)

    # -- how it works -------------------------------------------------------------

    def _open_terminal(self) -> None:
        self._master = self._slave = -1
        self.termios_before: Termios | None = None
        if not self.tty:
            return
        self._master, self._slave = os.openpty()
        _set_size(self._master, *self._size)
        self.termios_before = termios.tcgetattr(self._slave)
        self._watch(self._master, "terminal")

    def _start(
        self, closed: Sequence[str], ends: Mapping[str, int], env: Environ, cwd: Path
    ) -> None:
        (self.home / "tmp").mkdir(mode=0o700, exist_ok=True)
        _compile()
        start = Start(
            self.args,
            environment(self.home, env, terminal=bool(self.tty)),
            str(cwd),
            next((i for i, name in enumerate(STREAMS) if name in self.tty), None),
            tuple(STREAMS.index(name) for name in closed),
            self.program,
        )
        can_fork = len(self.program) == 1 or self.program[0] == "-c"
        program = self.program
        if can_fork:
            program = (sys.executable, *python_arguments(self.program))
        begin: Callable[[Start, Sequence[int]], _Executed | Forked] = partial(_Executed, program)
        if can_fork and fits(start.env, environment(ROOT, {}, terminal=False)):
            _server().warm_for(self.args)
            begin = partial(Forked, _server())
        self._started = time.monotonic()
        self._process = begin(start, [ends[name] for name in STREAMS])
        for fd in set(ends.values()) - {self._slave}:
            os.close(fd)
        if hasattr(os, "pidfd_open"):
            self._pipes.append(os.pidfd_open(self.pid))
            self._selector.register(self._pipes[-1], selectors.EVENT_READ, "end")

    def _input(self, stdin: Input) -> int:
        """Make stdin; return the child's end of it."""
        if "stdin" in self.tty:
            return self._slave
        if stdin is None:
            return os.open(os.devnull, os.O_RDWR)
        if isinstance(stdin, Path):
            return os.open(stdin, os.O_RDONLY)
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        self._fds["stdin"] = writing
        self._pipes.append(writing)
        return reading

    def _output(self, name: str, path: Path | None) -> int:
        """Make stdout or stderr; return the child's end of it."""
        if name in self.tty:
            return self._slave
        if path:
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        reading, writing = os.pipe()
        self._watch(reading, name)
        return writing

    def _watch(self, fd: int, name: str) -> None:
        os.set_blocking(fd, False)
        self._selector.register(fd, selectors.EVENT_READ, name)
        self._fds[name] = fd
        self._pipes.append(fd)

    def _forget(self, fd: int) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(fd)
        self._pipes.remove(fd)
        os.close(fd)

    def _type(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                self._pump(_TICK)

    def _feed(self) -> None:
        """Write to the stdin pipe what it takes; the rest when it has room again."""
        fd = self._fds.get("stdin")
        if fd is None:
            return
        try:
            while self._pending:
                self._pending = self._pending[os.write(fd, self._pending[:_BLOCK]) :]
        except BlockingIOError:
            if fd not in self._selector.get_map():
                self._selector.register(fd, selectors.EVENT_WRITE, "stdin")
            return
        except BrokenPipeError:
            self._ending = True
        if fd in self._selector.get_map():
            self._selector.unregister(fd)
        if self._ending:
            self._forget(self._fds.pop("stdin"))

    def _pump_until(self, true: Callable[[], bool], timeout: float) -> bool:
        end = time.monotonic() + timeout
        while not true():
            left = end - time.monotonic()
            if left <= 0:
                return False
            self._pump(min(left, _TICK))
        return True

    def _pump(self, seconds: float) -> None:
        """Move bytes for at most ``seconds``, or until some came; notice the end."""
        if self._code is not None:
            return
        if not self._selector.get_map():
            time.sleep(seconds)  # every stream is closed, only the end can still come
        for key, _ in self._selector.select(seconds):
            if key.data == "stdin":
                self._feed()
            elif key.data != "end":
                self._read(key.fd, key.data)
        if time.monotonic() - self._looked >= _TICK:
            self._looked = time.monotonic()
            self._rss = max(self._rss, memory(self.pid, "VmHWM"))
        self._reap()

    def _read(self, fd: int, name: str) -> bool:
        """Read once; False when nothing is there (any more)."""
        try:
            data = os.read(fd, _BLOCK)
        except BlockingIOError:
            return False
        except OSError:  # EIO: the terminal's other side is closed
            data = b""
        if not data:
            self._forget(fd)
            self._fds.pop(name, None)
            return False
        self._unseen = None
        self.received[name] += data
        if not self._keep:
            del self.received[name][:-_BLOCK]
        elif name == "terminal":
            self._reader.feed(data)
        return True

    def _reap(self) -> None:
        ended = self._process.poll()
        if not ended:
            return
        self._seconds = time.monotonic() - self._started
        self._code = ended.code
        # The kernel counts the memory of the process that forked as the child's own, so a
        # number below its says nothing; what was seen in /proc then has to do (nothing, of a
        # process that was too quick to be seen).
        scale = 1 if sys.platform == "darwin" else 1024
        if ended.max_rss > ended.forker_rss:
            self._rss = max(self._rss, ended.max_rss * scale)
        if self.tty:
            self._after = termios.tcgetattr(self._slave)
            os.close(self._slave)
        self._drain()

    def _drain(self) -> None:
        """Take what is left in the streams; a grandchild that holds one open gets 0.5 s."""
        names = [name for name in self._fds if name != "stdin"]
        end = time.monotonic() + 0.5
        while any(name in self._fds for name in names) and time.monotonic() < end:
            readable = selectors.DefaultSelector()
            for name in names:
                if name in self._fds:
                    readable.register(self._fds[name], selectors.EVENT_READ, name)
            for key, _ in readable.select(_TICK):
                self._read(key.fd, key.data)
            readable.close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def _close(self) -> None:
        self._kill_group()  # tools it may have left behind
        for fd in list(self._pipes):
            self._forget(fd)
        self._fds.clear()
        self._selector.close()

    def _shows(self, text: str | re.Pattern[str]) -> bool:
        if self._unseen is not text and self._comes(text):
            return True
        self._unseen = text
        return False

    def _comes(self, text: str | re.Pattern[str]) -> bool:
        for name, data in self.received.items():
            said = data[self._marks[name] :].decode("utf-8", "replace")
            if text in said if isinstance(text, str) else text.search(said):
                return True
        if any(self._marks.values()):
            return False
        shown = "\n".join(self.screen)
        return text in shown if isinstance(text, str) else bool(text.search(shown))

    def _shown(self) -> str:
        parts = [f"--- {n}\n{d.decode('utf-8', 'replace')}" for n, d in self.received.items() if d]
        return "\n".join(parts)[-6000:]


class _Executed:
    """A start of an executable."""

    def __init__(self, program: Sequence[str], start: Start, ends: Sequence[int]) -> None:
        command = [*program, *start.args]
        if start.terminal is not None or start.closed:
            terminal = "" if start.terminal is None else str(start.terminal)
            launch = [sys.executable, "-I", "-S", "-c", _LAUNCH]
            command = [*launch, terminal, "".join(map(str, start.closed)), *command]
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            stdin=ends[0],
            stdout=ends[1],
            stderr=ends[2],
            cwd=start.cwd,
            env=start.env,
            umask=0,
            start_new_session=True,
        )
        self.pid = self._process.pid

    def poll(self) -> Ended | None:
        """Return how it ended, None as long as it runs."""
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if not pid:
            return None
        self._process.returncode = os.waitstatus_to_exitcode(status)
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return Ended(self._process.returncode, usage.ru_maxrss, own)


@functools.cache
def _server() -> Server:
    """Return the warm interpreter of this process, whose forks are quicker than starts."""
    server = Server(environment(ROOT, {}, terminal=False))
    atexit.register(server.close)
    return server


class _Reader:
    """A terminal emulator that reads the pty, and answers what a terminal is asked."""

    def __init__(self, size: tuple[int, int], answer: Callable[[bytes], None]) -> None:
        self._screen = pyte.Screen(*size)
        self._screen.write_process_input = lambda data: answer(data.encode())  # type: ignore[method-assign]
        self._stream = pyte.ByteStream(self._screen)
        self._lines: list[str] | None = None  # to make them takes milliseconds

    @property
    def lines(self) -> list[str]:
        if self._lines is None:
            self._lines = [line.rstrip() for line in self._screen.display]
        return list(self._lines)

    @property
    def cursor(self) -> tuple[int, int]:
        return self._screen.cursor.x, self._screen.cursor.y

    def feed(self, data: bytes) -> None:
        # pyte knows neither the private CSI with > nor = and would print their ends; at LRM, RLM
        # and isolates, which take no cell, it drops the rest of what was written with them.
        self._lines = None
        unknown = rb"\x1b\[[>=<][0-9;]*[a-zA-Z]|\xe2\x80[\x8e\x8f]|\xe2\x81[\xa6-\xa9]"
        self._stream.feed(re.sub(unknown, b"", data))

    def resize(self, columns: int, lines: int) -> None:
        self._lines = None
        self._screen.resize(lines, columns)


def environment(home: Path, extra: Environ, *, terminal: bool) -> dict[str, str]:
    """Return the whole environment of a run."""
    plain = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        # The tree under test, whatever is installed; -P keeps the cwd out.
        "PYTHONPATH": str(ROOT),
        # Under umask 000 the caches would be anybody's to write.
        "PYTHONDONTWRITEBYTECODE": "1",
        **({"TERM": "xterm-256color"} if terminal else {}),
    }
    return {name: value for name, value in {**plain, **extra}.items() if value is not None}


@functools.cache
def _compile() -> None:
    """Make the byte code that the runs may not write."""
    compileall.compile_dir(ROOT / "azchat", quiet=2)


def snapshot(home: Path) -> dict[Path, Stamp]:
    """Return mode, size and mtime_ns of everything under ``home``."""
    return {path: (s.st_mode, s.st_size, s.st_mtime_ns) for path, s in walk(home)}


def walk(home: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield everything under ``home`` with its lstat; links are not followed."""
    for path in home.iterdir():
        with contextlib.suppress(FileNotFoundError):
            status = path.lstat()
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                yield from walk(path)


def _set_size(fd: int, columns: int, lines: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def memory(pid: int, what: Literal["VmHWM", "VmRSS"]) -> int:
    """Return a running process's peak or present RSS in bytes, 0 where /proc does not tell."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(rf"{what}:\s+(\d+) kB", text)
    return int(found[1]) * 1024 if found else 0
