"""Signals while a prompt waits: it ends in an orderly way, and the terminal is restored."""

import signal
from types import FrameType
from typing import Self

from prompt_toolkit.application import get_app

from azchat.errors import Interrupted
from azchat.terminal.held_signals import HeldSignals


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
