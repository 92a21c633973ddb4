"""What a terminal says of itself: whether it draws Sixel pictures, and how large its cells are."""

import os
import re
import select
import struct
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

if sys.platform != "win32":
    import fcntl
    import termios

_SECONDS = 0.2  # to answer; a terminal that says nothing draws nothing
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]+)c")
_SIXEL = b"4"  # among the primary device attributes (DEC STD 070)
_USUAL = (8, 16)  # pixels

_said: list[bool] = []  # once it was asked


class Cell(NamedTuple):
    """The size of a character, in pixels."""

    width: int
    height: int


def cell_of_terminal() -> Cell:
    """Return how large a character is; a usual size where the terminal does not tell."""
    if sys.platform != "win32":
        try:
            size = fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            size = bytes(8)
        lines, columns, width, height = struct.unpack("HHHH", size)
        if lines and columns and width >= columns and height >= lines:
            return Cell(width // columns, height // lines)
    return Cell(*_USUAL)


def says_sixel(on_typed: Callable[[str], object] = str) -> bool:
    """Ask the controlling terminal whether it draws Sixel; False where it does not answer.

    It is asked once. What was typed before is left to whoever reads next, and then nobody is
    asked; what is typed meanwhile goes to ``on_typed``.
    """
    if not _said:
        _said.append(_ask(on_typed))
    return _said[0]


def _ask(on_typed: Callable[[str], object]) -> bool:
    if sys.platform == "win32":
        return False
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        if os.tcgetpgrp(descriptor) != os.getpgrp() or _is_ready(descriptor, 0):
            return False
        modes = termios.tcgetattr(descriptor)
        quiet = [*modes]
        quiet[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
        try:
            attributes, typed = _answer(descriptor)
            on_typed(typed.decode("utf-8", "replace"))
            return _SIXEL in attributes.split(b";")
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, modes)
    except (OSError, termios.error):
        return False
    finally:
        os.close(descriptor)


def _answer(descriptor: int) -> tuple[bytes, bytes]:
    """Return the attributes, and whatever else came."""
    os.write(descriptor, b"\x1b[c")
    said, end = b"", time.monotonic() + _SECONDS
    while (left := end - time.monotonic()) > 0 and _is_ready(descriptor, left):
        said += os.read(descriptor, 64)
        if found := _ATTRIBUTES.search(said):
            return found[1], said[: found.start()] + said[found.end() :]
    return b"", said


def _is_ready(descriptor: int, seconds: float) -> bool:
    return bool(select.select((descriptor,), (), (), seconds)[0])
