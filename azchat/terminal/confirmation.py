"""Asks the user on the controlling terminal, wherever the streams lead.

A question ends where the answer begins.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from azchat.terminal.safe import visible

_READ, _WRITE = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")


def confirm(question: str) -> bool | None:
    """Return whether the user agrees, which is to be said; None without a terminal to ask on."""
    try:
        answer = ask_line(f"{question} [y/N] ")
    except EOFError:
        return False
    return None if answer is None else answer.strip().lower() in ("y", "yes")


def ask_line(question: str) -> str | None:
    """Return the line that is typed, None without a terminal; raises ``EOFError`` at Ctrl-D."""
    try:
        with (
            Path(_READ).open(encoding="utf-8", errors="replace") as reading,
            Path(_WRITE).open("w", encoding="utf-8", errors="backslashreplace") as writing,
        ):
            answer = ""
            try:
                writing.write(visible(question))
                writing.flush()
                answer = reading.readline()
            finally:
                if not answer.endswith("\n"):  # the cursor is still behind the question
                    writing.write("\n")
            if not answer.endswith("\n"):
                raise EOFError
            return answer.rstrip("\r\n")
    except OSError:
        return None


def ask_secret(question: str) -> str | None:
    """Return a line that is typed without being shown; None at its end, or without a terminal."""
    try:
        # Without a terminal getpass would read stdin, and would not hide it.
        with Path(_READ).open(encoding="utf-8"):
            import getpass

        return getpass.getpass(visible(question))
    except OSError:
        return None
    except EOFError:
        with suppress(OSError), Path(_WRITE).open("w", encoding="utf-8") as writing:
            writing.write("\n")
        return None


def terminal_width() -> int:
    """Return the columns of the terminal that questions go to."""
    try:
        with Path(_WRITE).open("w", encoding="utf-8") as writing:
            return os.get_terminal_size(writing.fileno()).columns or 80
    except OSError:
        return 80


def discard_typed() -> None:
    """Forget what was typed before: it was not meant for a question that nobody had seen."""
    if sys.platform == "win32":
        return
    import termios

    try:
        with Path(_READ).open(encoding="utf-8") as reading:
            termios.tcflush(reading, termios.TCIFLUSH)
    except (OSError, termios.error):
        return
