"""A key that a password manager prints: ``key_command = "pass show azure"``."""

import functools
import shlex
import shutil
import subprocess
import time
from pathlib import Path

from azchat.errors import ConfigError
from azchat.files import RefusedError, check_own, check_way
from azchat.net.opening import Background, UnfinishedError

_SECONDS = 10.0  # for the password manager, its own questions included
_MOST_BYTES = 8192  # of the first line, which is the key


@functools.cache
def ask_command(command: str) -> str:
    """Return the first line that ``command`` prints, which runs without a shell.

    It has no stdin, which may hold the prompt; a password manager asks on the terminal.
    Neither its output nor its messages are shown: they may hold the key. Raises
    ``ConfigError``.
    """
    words = shlex.split(command)
    program = shutil.which(words[0])
    if program is None:
        raise ConfigError(f"key_command: there is no program {words[0]!r}", _HINT)
    try:
        for word in (program, *(word for word in words[1:] if "/" in word)):  # a script's
            if Path(word).is_file():
                check_own(Path(word), Path(word).stat())
                check_way(Path(word))
    except (RefusedError, OSError, ValueError) as error:
        hint = getattr(error, "hint", _HINT)
        raise ConfigError(f"key_command: {words[0]!r} is not run: {error}", hint) from None
    try:
        process = subprocess.Popen(  # noqa: S603  # the user's own words, without a shell
            [program, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "it has a character no command has").lower()
        raise ConfigError(f"key_command: cannot run {words[0]!r}: {why}", _HINT) from None
    try:
        line = _first_line(process, words[0])
    finally:
        process.kill()  # after its end: nothing
        process.wait()
    if not line.strip():
        raise ConfigError(f"key_command: {words[0]!r} printed no key on its first line", _HINT)
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"key_command: {words[0]!r} printed no text", _HINT) from None


def _first_line(process: "subprocess.Popen[bytes]", name: str) -> bytes:
    """Return the first line; a successful end is part of it.

    Read by a thread: a grandchild may keep the pipe open, and Windows cannot poll one.
    """
    assert process.stdout is not None
    stdout, end = process.stdout, time.monotonic() + _SECONDS
    try:
        read = Background(lambda: stdout.read(_MOST_BYTES)).result(_SECONDS)
        # One that printed so much may still print: it has said enough.
        code = 0 if len(read) == _MOST_BYTES else process.wait(max(0.1, end - time.monotonic()))
    except (UnfinishedError, subprocess.TimeoutExpired, OSError, ValueError):
        what = f"key_command: {name!r} did not end within {_SECONDS:.0f} s"
        raise ConfigError(what, _HINT) from None
    if code:
        how = f"ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        raise ConfigError(f"key_command: {name!r} {how}", _HINT)
    return (read.splitlines() or [b""])[0]


_HINT = "run the command yourself: it must print the key, and nothing else, on its first line"
