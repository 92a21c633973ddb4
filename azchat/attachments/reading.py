"""Reads the bytes of a file or of stdin, and never more of them than there may be."""

import os
import shlex
import stat
from pathlib import Path

from azchat.attachments import size_words
from azchat.environment import Environment
from azchat.errors import InputError, UsageError, reason_of
from azchat.files import as_named

_BLOCK = 1 << 20


def read_file(name: str, limit: int) -> bytes:
    """Return a file's bytes; raises ``InputError`` where it cannot be sent.

    Pipes and devices are not read: they may never end, or never speak.
    """
    if not name:
        raise InputError(
            "an empty name is no file's", "check the option: its variable may be unset"
        )
    try:
        path = as_named(Path(name).expanduser())
        # Opening a pipe that nobody writes to must not wait.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except (OSError, ValueError, RuntimeError) as error:
        if os.name == "nt" and Path(name).is_dir():  # which cannot be opened there
            raise _folder(name) from None
        why = reason_of(error)
        raise InputError(f"cannot read {name[:200]}: {why}", "check the path") from None
    try:
        about = os.fstat(descriptor)
        if stat.S_ISDIR(about.st_mode):
            raise _folder(name)
        if not stat.S_ISREG(about.st_mode):
            raise InputError(f"{name} is no regular file", "pipe it in, and attach: -")
        if about.st_size > limit:
            raise _too_large(name, limit, size_words(about.st_size))
        return check_size(name, _read(descriptor, limit + 1), limit)
    except OSError as error:
        why = reason_of(error)
        raise InputError(f"cannot read {name}: {why}", "check the file and the disk") from None
    finally:
        os.close(descriptor)


def read_stdin(env: Environment, limit: int, *, quiet: bool) -> bytes:
    """Return what a pipe brings; raises ``UsageError`` where there is none."""
    if not env.stdin.has_data:
        raise UsageError("- stands for stdin, and nothing is piped in", "name a file instead")

    def tell() -> None:
        if not quiet:
            env.stderr.write("azchat: waiting for stdin\n")

    return check_size("stdin", env.stdin.read(limit + 1, tell), limit)


def check_size(name: str, content: bytes, limit: int) -> bytes:
    """Return ``content``; raises ``InputError`` where it is empty or more than ``limit``."""
    if not content:
        raise InputError(f"{name} is empty", "attach a file that has something in it")
    if len(content) > limit:
        raise _too_large(name, limit, "more")
    return content


_BINARY = getattr(os, "O_BINARY", 0)


def _read(descriptor: int, limit: int) -> bytes:
    blocks, size = [], 0
    while size < limit and (block := os.read(descriptor, min(_BLOCK, limit - size))):
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


def _folder(name: str) -> InputError:
    place = shlex.quote(f"{name.rstrip('/')}/FILE")
    return InputError(f"{name} is a directory", f"attach files in it: -a {place}")


def _too_large(name: str, limit: int, size: str) -> InputError:
    return InputError(
        f"{name} is too large: {size}, and {size_words(limit)} are allowed",
        "send less of it, or allow more with --max-file MB",
    )
