"""Signals while a prompt waits: it ends in an orderly way, and the terminal is restored."""

import os
import signal
from types import FrameType
from typing import Any, Self

from prompt_toolkit.application import get_app

from azchat.errors import Interrupted

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


class Endings:
    """Hears signals around one prompt of prompt-toolkit; raises ``Interrupted`` when it is over.

    Nothing is raised in between: an event loop that is half built or half closed stands no
    exception.
    """

    def __init__(self) -> None:
        self._heard: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for name in _NAMES if os.name == "posix" else ():
            number = getattr(signal, name)
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._hear)
        self._waker = signal.set_wakeup_fd(-1)  # an event loop takes it, and gives none back
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._waker)
        if self._heard is not None:
            raise Interrupted(self._heard)

    def listen(self) -> None:
        """End the prompt for a signal that came while it was built; it runs from now on."""
        if self._heard is not None:
            self._end(self._heard)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._heard = number
        loop = get_app().loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._end, number)

    @staticmethod
    def _end(number: int) -> None:
        app = get_app()
        if app.is_running and not app.is_done:
            app.exit(exception=Interrupted(number))
