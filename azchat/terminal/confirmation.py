"""Asks the user on the controlling terminal, wherever the streams lead.

A question ends where the answer begins.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, TextIO, cast

from azchat.terminal.held_signals import HeldSignals
from azchat.terminal.safe import Codes, visible

_READ, _WRITE = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")


class ControllingTerminal:
    """The terminal that questions go to, as an ``Output``; without one nothing is written."""

    is_terminal = speaks_vt = True

    def write(self, text: str) -> None:
        """Write ``text``; what would act only if it is ``Codes``."""
        text = text if isinstance(text, Codes) else visible(text)
        with suppress(OSError), _opened("w") as writing:
            writing.write(text)

    def size(self) -> tuple[int, int]:
        """Return its columns and lines."""
        try:
            with _opened("w") as writing:
                columns, lines = os.get_terminal_size(writing.fileno())
        except OSError:
            columns = lines = 0
        return columns or 80, lines or 24


def _opened(mode: Literal["r", "w"]) -> TextIO:
    errors = "replace" if mode == "r" else "backslashreplace"
    path = Path(_READ if mode == "r" else _WRITE)
    return cast(TextIO, path.open(mode, encoding="utf-8", errors=errors))


def ask_line(question: str) -> str | None:
    """Return the line that is typed, None without a terminal; raises ``EOFError`` at Ctrl-D."""
    try:
        with _opened("r") as reading, _opened("w") as writing:
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
        with _opened("r") as terminal, HeldSignals() as held, _restored(terminal):
            import getpass

            return held.wait(lambda: getpass.getpass(visible(question)))
    except OSError:
        return None
    except EOFError:
        ControllingTerminal().write("\n")
        return None


@contextmanager
def _restored(terminal: TextIO) -> Iterator[None]:
    """Leave its modes as they were, also where a signal comes while others restore them."""
    if sys.platform == "win32":
        yield
        return
    import termios

    modes = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, modes)


def discard_typed() -> None:
    """Forget what was typed before: it was not meant for a question that nobody had seen."""
    if sys.platform == "win32":
        return
    import termios

    try:
        with _opened("r") as reading:
            termios.tcflush(reading, termios.TCIFLUSH)
    except (OSError, termios.error):
        return
