"""Keys that are pressed while an answer comes, and the terminal's modes, restored whatever happens.

POSIX only: elsewhere nothing is read and nothing is changed.
"""

import codecs
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

if sys.platform != "win32":
    import termios

_BLOCK = 1024  # bytes
_AT_ONCE = 0.01  # seconds


_Modes = list[Any]  # what termios gives and takes


class Keyboard:
    """The controlling terminal, read key by key, without echo.

    A stop (Ctrl-Z) calls ``on_stop`` first, a continuation ``on_continue``; the modes of the
    terminal are the shell's in between. In the background nothing is touched. ``is_stdin``:
    the terminal is stdin; otherwise it is looked for, since stdin may be a pipe.
    """

    def __init__(
        self,
        *,
        is_stdin: bool,
        on_stop: Callable[[], None],
        on_continue: Callable[[], None],
    ) -> None:
        self._on_stop, self._on_continue = on_stop, on_continue
        self._is_own = not is_stdin
        self._descriptor = 0 if is_stdin else _open_terminal()
        self._modes: _Modes | None = None  # as they were; None while they are not changed
        self._wants_keys = False
        self._continued = 0.0  # when it was last; the clock's reading
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        # A read never waits only while the modes are ours. Held again by a signal's handler.
        self._changing = threading.RLock()
        self._handlers: dict[int, object] = {}
        if sys.platform != "win32":
            for number, handler in ((signal.SIGTSTP, self._stop), (signal.SIGCONT, self._continue)):
                if signal.getsignal(number) is signal.SIG_DFL:
                    self._handlers[number] = signal.signal(number, handler)

    @property
    def is_listening(self) -> bool:
        """Whether keys are read."""
        return self._modes is not None

    def in_foreground(self) -> bool:
        """Return whether the terminal is this job's; true where nobody can tell."""
        if self._descriptor < 0:
            return True
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return True

    def listen(self) -> None:
        """Read key by key from now on."""
        self._wants_keys = True
        if sys.platform == "win32" or not self.in_foreground():
            return
        with self._changing, suppress(termios.error):
            if self._modes or self._descriptor < 0:  # perhaps closed just now, by another thread
                return
            modes = termios.tcgetattr(self._descriptor)
            self._modes = modes
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, _without_echo(modes))

    def ignore(self) -> None:
        """Leave what is typed to the shell again."""
        self._wants_keys = False
        self._restore()

    def read(self) -> str:
        """Return what was typed since the last call, without waiting for more."""
        with self._changing, suppress(OSError):
            if self._modes and self.in_foreground() and _is_ready(self._descriptor):
                return self._decoder.decode(os.read(self._descriptor, _BLOCK))
        return ""

    def close(self) -> None:
        """Restore everything; a second time does nothing."""
        with self._changing:
            self.ignore()
            descriptor, self._descriptor = self._descriptor, -1
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # it came from there
        self._handlers.clear()
        if self._is_own and descriptor >= 0:
            os.close(descriptor)

    def _restore(self) -> None:
        with self._changing:
            if sys.platform != "win32" and self._modes and self.in_foreground():
                with suppress(termios.error):
                    termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._modes)
            self._modes = None

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del frame
        wants_keys, begin = self._wants_keys, time.monotonic()
        self._on_stop()
        self._restore()
        with _default_action(number):
            # Of two signals at once Python does not tell the order; stopping may be over already.
            if self._continued < begin - _AT_ONCE:
                os.kill(os.getpid(), number)  # here it stops, until it is continued
        self._wants_keys = wants_keys
        self._continue(number, None)

    def _continue(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._continued = time.monotonic()
        with self._changing:
            # After a stop that nobody told, the modes are the shell's, and those kept are right.
            if sys.platform != "win32" and self._modes and self.in_foreground():
                with suppress(termios.error):
                    modes = _without_echo(self._modes)
                    termios.tcsetattr(self._descriptor, termios.TCSADRAIN, modes)
        if self._wants_keys:
            self.listen()
        self._on_continue()


@contextmanager
def _default_action(number: int) -> Iterator[None]:
    handler = signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(number, handler)


def _is_ready(descriptor: int) -> bool:
    """Return whether a read comes back at once, even where somebody else changed the modes."""
    return bool(select.select((descriptor,), (), (), 0)[0])


def _open_terminal() -> int:
    """Return a descriptor of the controlling terminal, -1 if there is none."""
    if sys.platform == "win32":
        return -1
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return -1


def _without_echo(modes: _Modes) -> _Modes:
    changed = [*modes]
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    characters = [*changed[6]]
    characters[termios.VMIN] = characters[termios.VTIME] = 0  # a read never waits
    if hasattr(termios, "VSTATUS"):  # BSD and macOS keep Ctrl-T for themselves
        characters[termios.VSTATUS] = b"\x00"
    changed[6] = characters
    return changed
