"""Reads the bytes of a file or of stdin, and never more of them than there may be."""

import errno
import os
import shlex
from pathlib import Path

from azchat.attachments import size_words
from azchat.environment import Environment
from azchat.errors import InputError, UsageError, reason_of
from azchat.files import as_named, read_whole


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
        return check_size(name, read_whole(path, limit), limit)
    except (OSError, ValueError, RuntimeError) as error:
        number = getattr(error, "errno", None)
        if number == errno.EISDIR or (os.name == "nt" and Path(name).is_dir()):
            raise _folder(name) from None
        if number == errno.EINVAL:
            raise InputError(f"{name} is no regular file", "pipe it in, and attach: -") from None
        if number == errno.EFBIG:
            raise _too_large(name, limit, size_words(path.stat().st_size)) from None
        why = reason_of(error)
        raise InputError(
            f"cannot read {name[:200]}: {why}", "check the path and the file"
        ) from None


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


def _folder(name: str) -> InputError:
    place = shlex.quote(f"{name.rstrip('/')}/FILE")
    return InputError(f"{name} is a directory", f"attach files in it: -a {place}")


def _too_large(name: str, limit: int, size: str) -> InputError:
    what = f"{name} is too large: {size}, and {size_words(limit)} are allowed"
    return InputError(what, "send less of it, or allow more with --max-file MB")
