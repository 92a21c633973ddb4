"""What every prompt of prompt-toolkit takes: the terminal, and signals, which end it orderly.

It reads keys that it knows, and text; what a terminal reports is neither.
"""

import re
import signal
from collections.abc import Callable
from types import FrameType
from typing import Self, TextIO

from prompt_toolkit.application import get_app
from prompt_toolkit.input import Input
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.input.defaults import create_input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output
from prompt_toolkit.output.defaults import create_output

from azchat.errors import Interrupted
from azchat.terminal.held_signals import HeldSignals
from azchat.terminal.keyboard import PASTE_BEGINS, PASTE_ENDS, KeyParser

# Terminals that tell Shift+Enter from Enter, in their two ways of saying it.
_SHIFT_ENTER = ("\x1b[27;2;13~", "\x1b[13;2u")
_CURSOR = re.compile(r"\x1b\[\d+;\d+R")  # prompt-toolkit asks where it is
_ALT = re.compile(r"\x1b[^\[]?", re.DOTALL)


def terminal_input(stdin: TextIO | None = None) -> Input:
    """Return the terminal as an input without reports: focus, colours, unknown keys …"""
    for sequence in _SHIFT_ENTER:
        ANSI_SEQUENCES[sequence] = (Keys.Escape, Keys.ControlM)
    terminal = create_input(stdin)
    parser = getattr(terminal, "vt100_parser", None)
    if isinstance(parser, Vt100Parser):  # the console of Windows has none
        terminal.vt100_parser = _KnownKeys(parser.feed_key_callback)  # type: ignore[attr-defined]
    return terminal


def terminal_output() -> Output:
    """Return the terminal itself: what Python calls stdout is redirected while commands run."""
    return create_output(open(1, "w", encoding="utf-8", closefd=False))


def as_typed(keys: list[KeyPress]) -> str:
    """Return what a terminal sent for ``keys``."""
    pasted = f"{PASTE_BEGINS}{{}}{PASTE_ENDS}"
    return "".join(
        pasted.format(press.data) if press.key == Keys.BracketedPaste else press.data
        for press in keys
    )


class _KnownKeys(Vt100Parser):
    """Without it prompt-toolkit takes a sequence that it does not know for Escape and text."""

    def __init__(self, feed_key_callback: Callable[[KeyPress], None]) -> None:
        super().__init__(feed_key_callback)
        self._parser = KeyParser()

    def feed(self, data: str) -> None:
        for key in self._parser.feed(data):
            self._pass_on(key)

    def flush(self) -> None:
        for key in self._parser.flush():
            self._pass_on(key)
        super().flush()

    def _pass_on(self, key: str) -> None:
        is_known = key in ANSI_SEQUENCES or _CURSOR.fullmatch(key) or _ALT.fullmatch(key)
        if key.startswith(PASTE_BEGINS):
            text = key[len(PASTE_BEGINS) : -len(PASTE_ENDS)]
            self.feed_key_callback(KeyPress(Keys.BracketedPaste, text))
        elif is_known or key[0] != "\x1b":
            super().feed(key)


class Endings(HeldSignals):
    """Holds signals around one prompt of prompt-toolkit, which ends by them.

    An event loop that is half built or half closed stands no exception.
    """

    def __enter__(self) -> Self:
        super().__enter__()
        self._waker = signal.set_wakeup_fd(-1)  # an event loop takes it, and gives none back
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._waker)
        super().__exit__()

    def listen(self) -> None:
        """End the prompt for a signal that came while it was built; it runs from now on."""
        if self._heard is not None:
            self._end(self._heard)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        super()._hear(number, frame)
        loop = get_app().loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._end, number)

    @staticmethod
    def _end(number: int) -> None:
        app = get_app()
        if app.is_running and not app.is_done:
            app.exit(exception=Interrupted(number))
