"""Ends what tools and MCP servers start, in whatever session it hides.

Linux gives orphans to the nearest ancestor that wants them (prctl(2), PR_SET_CHILD_SUBREAPER):
no double fork gets away. Elsewhere process groups are all there is. Run by its path, ``leash.py
COMMAND ...`` ends a command with all of it once its stdin is closed, by whatever death of ours.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

_DUMPABLE, _SUBREAPER = 4, 36  # of <linux/prctl.h>
_GRACE = 1.0  # seconds to end by oneself
_KILLING = 2.0  # seconds
_LONGEST_LINE = 16 * 1024 * 1024  # bytes of what a server says


def adopt() -> None:
    """Become the parent of orphans further down."""
    _prctl(_SUBREAPER, 1)


def conceal(secrets: frozenset[str] = frozenset()) -> None:
    """Let no other process read our memory or environment, alive or as a core file.

    Root may read all: from the environment that /proc shows, ``secrets`` are wiped too.
    """
    _prctl(_DUMPABLE, 0)
    with suppress(ImportError, OSError, ValueError):  # Windows has no such thing
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if secrets and sys.platform == "linux":
        import ctypes

        getenv = ctypes.CDLL(None).getenv
        getenv.restype = ctypes.c_void_p
        for name, value in os.environb.items():
            if (found := getenv(name)) and any(s.encode() in value for s in secrets):
                ctypes.memset(found, ord("*"), min(len(value), len(ctypes.string_at(found))))


def end_children(*, strays: bool = False) -> None:
    """Kill our children, and theirs as they come to us; ``strays``: those of other sessions."""
    until = time.monotonic() + _KILLING
    while (children := _children(strays=strays)) and time.monotonic() < until:
        for child in children:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with suppress(OSError):
                os.waitpid(child, os.WNOHANG)


def _children(*, strays: bool) -> list[int]:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        names = os.listdir("/proc")  # noqa: PTH208 - quicker, and on the way of each call
    except (OSError, AttributeError):  # there are none; or no such system
        return []
    me, session, found = os.getpid(), os.getsid(0), []
    for name in filter(str.isdigit, names):
        with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
            _, parent, _, own, *_ = file.read().rpartition(b")")[2].split()
            if int(parent) == me and not (strays and int(own) == session):
                found.append(int(name))
    return found


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _end(*_: object) -> None:
    end_children()
    if os.getpgrp() == os.getpid():  # a group of our own
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def main(command: Sequence[str]) -> None:
    """Run a command on our own streams; does not return."""
    adopt()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, _end)
    taking, giving = os.pipe()
    try:
        as_stdout = [(os.POSIX_SPAWN_DUP2, giving, 1)]
        server = os.posix_spawnp(command[0], list(command), os.environb, file_actions=as_stdout)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)
    os.close(giving)
    os.set_blocking(taking, False)
    watched = select.poll()
    watched.register(taking, select.POLLIN)
    watched.register(0, 0)  # only its end, which is told unasked
    watched.register(reading, select.POLLIN)
    patience: float | None = None
    size = 0  # bytes of the line that is being said
    while (events := watched.poll(patience)) and os.waitpid(server, os.WNOHANG) == (0, 0):
        if any(descriptor == reading for descriptor, _ in events):
            os.read(reading, 512)
        if any(descriptor == taking for descriptor, _ in events):
            if (size := _hand_on(taking, size)) < 0:
                watched.unregister(taking)
            if size > _LONGEST_LINE:
                os.write(2, b"it said a line of more than 16 MiB\n")
                _end()
        if any(descriptor == 0 for descriptor, _ in events):
            watched.unregister(0)
            patience = _GRACE * 1000
    while 0 <= size <= _LONGEST_LINE:  # its last words
        size = _hand_on(taking, size, -1)
    _end()


def _hand_on(taking: int, size: int, nothing: int = 0) -> int:
    """Write what was said to stdout; return the bytes of the line so far, -1 at the end.

    ``nothing``: what to return where there is nothing more yet.
    """
    try:
        data = os.read(taking, 65536)
    except BlockingIOError:
        return nothing or size
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except OSError:  # nobody listens any more
        return -1
    line = len(data) - data.rfind(b"\n") - 1
    return (line if b"\n" in data else size + line) if data else -1


if __name__ == "__main__":
    main(sys.argv[1:])
