"""Writes down a bug: a private log with the stack and no local variables."""

import os
import platform
import time
import traceback

from azchat import __version__
from azchat.environment import Environment
from azchat.errors import AzchatError, as_bug
from azchat.files import make_private_folder
from azchat.redaction import Redactor


def write_crash_log(error: Exception, env: Environment, redactor: Redactor) -> AzchatError:
    """Return the error to print; its details name the log."""
    stack = "".join(traceback.format_exception(error))
    stamp = time.strftime("%Y%m%dT%H%M%S")
    path = env.data_folder / f"crash-{stamp}-{os.getpid()}.log"
    head = f"azchat {__version__}, Python {platform.python_version()}, {platform.system()}\n\n"
    try:
        make_private_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(head + redactor.redact(stack))
        where = f"the crash log is {path}"
    except OSError:
        where = "the crash log could not be written"
    return as_bug(where)
