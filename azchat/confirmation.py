"""Asks the user on the controlling terminal, wherever the streams lead."""

import sys
from contextlib import suppress
from pathlib import Path

_READ, _WRITE = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")


def confirm(question: str) -> bool | None:
    """Return whether the user agrees, which is to be said; None without a terminal to ask on.

    ``question`` must be safe to show.
    """
    try:
        answer = _ask(f"{question} [y/N] ")
    except OSError:
        return None
    return answer.strip().lower() in ("y", "yes")


def ask_line(question: str) -> str | None:
    """Return the line that is typed; None at the end of the input (Ctrl-D), or without a terminal.

    ``question`` must be safe to show; it ends where the answer begins.
    """
    try:
        answer = _ask(question)
    except OSError:
        return None
    return answer.strip() if answer.endswith("\n") else None


def ask_secret(question: str) -> str | None:
    """Return a line that is typed without being shown; None as for ``ask_line``."""
    try:
        # Without a terminal getpass would read stdin, and would not hide it.
        with Path(_READ).open(encoding="utf-8"):
            import getpass

        return getpass.getpass(question)
    except OSError:
        return None
    except EOFError:
        with suppress(OSError), Path(_WRITE).open("w", encoding="utf-8") as writing:
            writing.write("\n")
        return None


def _ask(question: str) -> str:
    with (
        Path(_READ).open(encoding="utf-8", errors="replace") as reading,
        Path(_WRITE).open("w", encoding="utf-8", errors="backslashreplace") as writing,
    ):
        writing.write(question)
        writing.flush()
        answer = reading.readline()
        if not answer.endswith("\n"):  # Ctrl-D: the cursor is still behind the question
            writing.write("\n")
        return answer
