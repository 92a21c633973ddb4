"""Starts the measured programs: ``python -I -S spawn.py``, marshalled jobs in, results out.

A process of its own because it must be small: Linux counts the memory of whoever starts a program
into that program's peak. It imports nothing that Python has not loaded by itself, and stays below
the size of ``python -c 0``.
"""

import marshal
import os
import sys
import time

_KEPT = 8192


def _run(
    argv: list[str], env: dict[str, str], cwd: str, errors: str, screen: str
) -> tuple[int | float | list[tuple[int, bytes]], ...]:
    """Run one program to its end, reading all that it prints.

    ``screen`` is empty for a pipe, ``count`` for a pseudo-terminal, ``keep`` for one of which
    all that came is returned. Returns the exit code, when it was started and ended, when the
    first byte of output was read (0: none), the CPU seconds it used, its peak memory in KiB, how
    many bytes it printed that are neither spaces nor newlines, and how many at all; of a
    terminal, the times and the bytes of each read, or (0, the last bytes) if only counted.
    """
    os.chdir(cwd)
    reading, writing = _terminal() if screen else os.pipe()
    first = ink = size = 0
    last = b""
    reads: list[tuple[int, bytes]] = []
    started = time.monotonic_ns()
    pid = os.posix_spawn(
        argv[0],
        argv,
        env,
        file_actions=[
            # The first terminal that the leader of a session opens is the session's.
            (os.POSIX_SPAWN_OPEN, 0, os.ttyname(writing), os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, 0, 2),
        ]
        if screen
        else [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writing, 1),
            (os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        ],
        setsid=bool(screen),
    )
    os.close(writing)
    while data := _read(reading):
        if not first:
            first = time.monotonic_ns()
        size += len(data)
        if screen == "keep":
            reads.append((time.monotonic_ns(), data))
        elif screen:
            last = (last + data)[-_KEPT:]
        else:
            ink += len(data.translate(None, b" \n"))
    os.close(reading)
    _, status, used = os.wait4(pid, 0)
    ended = time.monotonic_ns()
    code = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    reads = reads or [(0, last)]
    return code, started, ended, first, cpu, used.ru_maxrss, ink, size, reads


def _terminal() -> tuple[int, int]:
    import termios  # only here: what is imported counts as the memory of the programs

    ends = os.openpty()
    termios.tcsetwinsize(ends[0], (40, 120))
    return ends


def _read(reading: int) -> bytes:
    try:
        return os.read(reading, 65536)
    except OSError:
        return b""  # EIO: nobody has the terminal open any more


def main() -> None:
    """Serve jobs until stdin ends."""
    while True:
        try:
            job = marshal.load(sys.stdin.buffer)
        except EOFError:
            return
        marshal.dump(_run(*job), sys.stdout.buffer)
        sys.stdout.buffer.flush()


main()
