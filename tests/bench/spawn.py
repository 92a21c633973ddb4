"""Starts the measured programs: ``python -I -S spawn.py``, marshalled jobs in, results out.

A process of its own because it must be small: Linux counts the memory of whoever starts a program
into that program's peak. It imports nothing that Python has not loaded by itself, and stays below
the size of ``python -c 0``.
"""

import marshal
import os
import sys
import time


def _run(argv: list[str], env: dict[str, str], cwd: str, errors: str) -> tuple[int | float, ...]:
    """Run one program to its end, reading all that it prints.

    Returns its exit code, when it was started and ended, when the first byte of output was read
    (0: none), the CPU seconds it used, its peak memory in KiB, and how many bytes it printed
    that are neither spaces nor newlines.
    """
    os.chdir(cwd)
    reading, writing = os.pipe()
    first = ink = 0
    started = time.monotonic_ns()
    pid = os.posix_spawn(
        argv[0],
        argv,
        env,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writing, 1),
            (os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        ],
    )
    os.close(writing)
    while data := os.read(reading, 65536):
        if not first:
            first = time.monotonic_ns()
        ink += len(data.translate(None, b" \n"))
    os.close(reading)
    _, status, used = os.wait4(pid, 0)
    ended = time.monotonic_ns()
    code = os.waitstatus_to_exitcode(status)
    return code, started, ended, first, used.ru_utime + used.ru_stime, used.ru_maxrss, ink


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
