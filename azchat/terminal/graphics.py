"""What a terminal says of itself: whether it draws Sixel pictures, and how large its cells are."""

import re
import struct
import sys
from collections.abc import Callable
from contextlib import closing

from azchat.terminal.keyboard import Keyboard

if sys.platform != "win32":
    import fcntl
    import termios

_SECONDS = 0.2  # to answer; a terminal that says nothing draws nothing
_ATTRIBUTES = re.compile(r"\x1b\[\?([\d;]+)c")
_SIXEL = "4"  # among the primary device attributes (DEC STD 070)

_said: list[bool] = []  # once it was asked


def cell_of_terminal() -> tuple[int, int]:
    """Return how many pixels a character has, a usual number where the terminal does not tell."""
    if sys.platform != "win32":
        try:
            size = fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            size = bytes(8)
        lines, columns, width, height = struct.unpack("HHHH", size)
        if lines and columns and width >= columns and height >= lines:
            return width // columns, height // lines
    return 8, 16


def says_sixel(on_typed: Callable[[str], object] = str) -> bool:
    """Ask the controlling terminal, once, whether it draws Sixel; False without an answer.

    Where something was typed nobody is asked: that is left to whoever reads next. What is typed
    meanwhile goes to ``on_typed``.
    """
    if not _said:
        told = None
        with closing(Keyboard(is_stdin=False)) as keyboard:
            if not keyboard.has_input:
                keyboard.listen()
                told = keyboard.ask(b"\x1b[c", _ATTRIBUTES, _SECONDS)
                on_typed("".join(keyboard.read()))
        _said.append(told is not None and _SIXEL in told[1].split(";"))
    return _said[0]
