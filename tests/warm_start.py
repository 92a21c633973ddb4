"""Starts azchat from an interpreter that has imported it: a process in a fraction of the time.

The server is started once by whoever runs tests, as azchat is (same flags, same environment)
but with this module. It imports azchat and what azchat imports late, and stays in one thread.
For each run it forks; the child takes the run's descriptors, variables, folder, session and
terminal as ``subprocess`` and ``_LAUNCH`` would give them, makes its streams as Python does,
and runs ``azchat.__main__``. What cannot be told from a start of the executable belongs here;
what can (its memory, the time of its imports, signals in its first milliseconds, what is in
/proc, variables Python itself reads) is tested on ``front_door.PROGRAM``.
"""

import contextlib
import fcntl
import functools
import gc
import importlib
import io
import marshal
import os
import pkgutil
import resource
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

# What is imported inside functions; and what only some runs need, if they name it.
_LATE = (
    *("azure.identity", "certifi", "dotenv", "jsonschema", "keyring", "tomlkit"),
    *("typer._click._textwrap", "typer._click.decorators", "urllib.request", "yaml"),
)
_FOR_OPTIONS = {"--mcp": ("mcp", "anyio.from_thread", "mcp.client.streamable_http", "httpx2")}
# Read by Python, by the loader or while something is imported: another value, another start.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "TYPER_", "PYDANTIC_", "PILLOW_")
_READ_LATE = {"PYTHON_KEYRING_BACKEND"}
_LENGTH = struct.Struct("!Q")
# A ``Start``, or the process whose end is to be told, or an option to import for.
_Asked = tuple[Any, ...] | int | str


class Start(NamedTuple):
    """What a new process gets; ``terminal`` and ``closed`` are its descriptors, of 0, 1, 2."""

    args: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    terminal: int | None
    closed: tuple[int, ...]
    program: tuple[str, ...] = ("azchat",)  # a module, or "-c" and code


class Ended(NamedTuple):
    """How it ended: its code, and as the kernel has it the peak memory, its and the forker's."""

    code: int
    max_rss: int
    forker_rss: int


def python_arguments(program: Sequence[str]) -> tuple[str, ...]:
    """Return how Python is told to run a module, or code."""
    return ("-P", *program) if program[0] == "-c" else ("-P", "-m", *program)


def fits(env: Mapping[str, str], usual: Mapping[str, str]) -> bool:
    """Return whether a process started with ``env`` begins as one started with ``usual`` does."""

    def early(variables: Mapping[str, str]) -> dict[str, str]:
        names = {name for name in variables if name.startswith(_READ_AT_START)} - _READ_LATE
        return {name: variables[name] for name in names}

    return sys.platform == "linux" and early(env) == early(usual)


class Server:
    """The warm interpreter, seen from the tests."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._socket, other = socket.socketpair()
        command = [sys.executable, "-P", "-m", "tests.warm_start", str(other.fileno())]
        with other:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=env,
                pass_fds=[other.fileno()],
                start_new_session=True,
            )
        _receive(self._socket)  # it is ready

    def warm_for(self, arguments: Sequence[str]) -> None:
        """Import what a run will need; in vain if it is done already."""
        for option in _FOR_OPTIONS:
            if any(argument.startswith(option) for argument in arguments):
                self._ask(option)

    def start(self, start: Start, ends: Sequence[int]) -> int:
        """Start azchat with ``ends`` as stdin, stdout and stderr; return its process's id."""
        pid, error = self._ask(tuple(start), ends)
        if error:
            raise OSError(error)
        return int(pid)

    def ended(self, pid: int) -> Ended:
        """Return how a process ended that did."""
        return Ended(*self._ask(pid))

    def close(self) -> None:
        """End the server; what it started goes on."""
        self._socket.close()
        self._process.wait()

    def _ask(self, what: _Asked, ends: Sequence[int] = ()) -> Any:
        with self._lock:
            _send(self._socket, what, ends)
            return _receive(self._socket)[0]


class Forked:
    """A fork of the warm interpreter that runs azchat."""

    def __init__(self, server: Server, start: Start, ends: Sequence[int]) -> None:
        self._server = server
        self.pid = server.start(start, ends)

    def poll(self) -> Ended | None:
        """Return how it ended, None as long as it runs."""
        process = os.pidfd_open(self.pid)
        try:
            end = select.poll()
            end.register(process, select.POLLIN)
            return self._server.ended(self.pid) if end.poll(0) else None
        finally:
            os.close(process)


def _send(to: socket.socket, what: _Asked, descriptors: Sequence[int] = ()) -> None:
    data = marshal.dumps(what)
    head = _LENGTH.pack(len(data))
    if descriptors:
        socket.send_fds(to, [head], list(descriptors))
    else:
        to.sendall(head)
    to.sendall(data)


def _receive(source: socket.socket) -> tuple[Any, list[int]]:
    """Return what was sent and the descriptors that came with it; EOFError at the end."""
    head, descriptors, _, _ = socket.recv_fds(source, _LENGTH.size, 3)
    if len(head) < _LENGTH.size:
        raise EOFError
    left = _LENGTH.unpack(head)[0]
    data = bytearray()
    while len(data) < left:
        data += source.recv(left - len(data))
    return marshal.loads(data), descriptors


# -- in the server --------------------------------------------------------------------


def _serve(requests: socket.socket) -> Start | None:
    """Answer requests until nobody can ask any more; in each child return what it was asked."""
    _warm()
    _send(requests, ())
    while True:
        try:
            asked, ends = _receive(requests)
        except EOFError:
            return None
        if isinstance(asked, int):
            _send(requests, tuple(_wait(asked)))
            continue
        if isinstance(asked, str):
            _warm_for(asked)
            _send(requests, ())
            continue
        start = Start(*asked)
        ready, tell = os.pipe()
        if not (pid := os.fork()):
            requests.close()
            _become(start, ends, tell)
            return start
        for descriptor in (*ends, tell):
            os.close(descriptor)
        with os.fdopen(ready, encoding="utf-8") as told:
            error = told.read()  # "" once the child is ready, and has closed its end
        if error:
            os.waitpid(pid, 0)
        _send(requests, (pid, error))


def _warm() -> None:
    import azchat

    modules = [module.name for module in pkgutil.walk_packages(azchat.__path__, "azchat.")]
    modules.remove("azchat.__main__")
    _import((*modules, *_LATE))


@functools.cache
def _warm_for(option: str) -> None:
    _import(_FOR_OPTIONS[option])


def _import(modules: Sequence[str]) -> None:
    for name in modules:
        with contextlib.suppress(ImportError):  # an extra that is not installed: azchat says so
            importlib.import_module(name)
    _settle()


def _settle() -> None:
    assert len([*Path("/proc/self/task").iterdir()]) == 1, "only one thread goes on in a fork"
    gc.collect()
    gc.freeze()  # or each child would copy every page it looks through


def _wait(pid: int) -> Ended:
    _, status, usage = os.wait4(pid, 0)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Ended(os.waitstatus_to_exitcode(status), usage.ru_maxrss, own)


# -- in the child ---------------------------------------------------------------------


def _become(start: Start, ends: list[int], tell: int) -> None:
    """Take what a start of the executable would give; whoever started it learns what fails."""
    try:
        os.setsid()
        for descriptor, end in enumerate(ends):
            os.dup2(end, descriptor)
        if start.terminal is not None:
            fcntl.ioctl(start.terminal, termios.TIOCSCTTY, 0)
        os.closerange(3, tell)
        os.closerange(tell + 1, os.sysconf("SC_OPEN_MAX"))
        os.umask(0)
        os.chdir(start.cwd)
        os.environ.clear()
        os.environ.update(start.env)
        time.tzset()
        for descriptor in start.closed:
            os.close(descriptor)
        _make_streams()
    except OSError as error:
        os.write(tell, str(error).encode())
        os._exit(1)
    os.close(tell)


def _make_streams() -> None:
    """Make ``sys.stdin`` and its kin as Python does when it starts."""
    usual = sys.__stdout__
    assert usual is not None
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        stream = None
        with contextlib.suppress(OSError):
            raw = io.FileIO(descriptor, "wb" if descriptor else "rb", closefd=False)
            raw.name = f"<{name}>"
            stream = io.TextIOWrapper(
                io.BufferedWriter(raw) if descriptor else io.BufferedReader(raw),
                usual.encoding,
                "backslashreplace" if name == "stderr" else usual.errors,
                "\n",
                line_buffering=name == "stderr" or os.isatty(descriptor),
            )
            stream.mode = "w" if descriptor else "r"  # type: ignore[misc]
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _run(program: Sequence[str], arguments: Sequence[str]) -> None:
    """Do what ``python -P -m azchat`` does; how it ends is the interpreter's."""
    sys.argv[:] = [program[0], *arguments]
    sys.orig_argv[:] = [sys.executable, *python_arguments(program), *arguments]
    sys.modules["__main__"] = main = types.ModuleType("__main__")
    if program[0] == "-c":
        exec(program[1], main.__dict__)
    else:
        runpy._run_module_as_main(program[0])  # type: ignore[attr-defined]


if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # as azchat does first of all
    if start := _serve(socket.socket(fileno=int(sys.argv[1]))):
        _run(start.program, start.args)
