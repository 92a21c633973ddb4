"""Asks the user on the controlling terminal, wherever the streams lead."""

import sys
from pathlib import Path

_READ, _WRITE = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")


def confirm(question: str) -> bool | None:
    """Return whether the user agrees, which is to be said; None without a terminal to ask on.

    ``question`` must be safe to show.
    """
    try:
        with (
            Path(_READ).open(encoding="utf-8", errors="replace") as reading,
            Path(_WRITE).open("w", encoding="utf-8", errors="backslashreplace") as writing,
        ):
            writing.write(f"{question} [y/N] ")
            writing.flush()
            answer = reading.readline()
            if not answer.endswith("\n"):  # Ctrl-D: the cursor is still behind the question
                writing.write("\n")
            return answer.strip().lower() in ("y", "yes")
    except OSError:
        return None
