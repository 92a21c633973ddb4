"""Asks the user on the controlling terminal, wherever the streams lead."""

import sys
from pathlib import Path

_READ, _WRITE = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")


def ask_line(question: str) -> str | None:
    """Return the line the user types; None without a terminal to ask on.

    The end of the input (Ctrl-D) is an empty line. ``question`` must be safe to show.
    """
    return _ask(question)


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


def confirm(question: str) -> bool | None:
    """Return whether the user agrees, which is to be said; None without a terminal to ask on.

    ``question`` must be safe to show.
    """
    answer = _ask(f"{question} [y/N] ")
    return None if answer is None else answer.strip().lower() in ("y", "yes")


def _ask(question: str) -> str | None:
    try:
        with (
            Path(_READ).open(encoding="utf-8", errors="replace") as reading,
            Path(_WRITE).open("w", encoding="utf-8", errors="backslashreplace") as writing,
        ):
            writing.write(question)
            writing.flush()
            answer = reading.readline()
            if not answer.endswith("\n"):  # Ctrl-D: the cursor is still behind the question
                writing.write("\n")
            return answer.rstrip("\r\n")
    except OSError:
        return None
