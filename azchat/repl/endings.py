"""Signals that end a prompt: it ends in an orderly way, and the terminal is restored."""

import os
import signal
from types import FrameType

from prompt_toolkit.application import get_app

from azchat.errors import Interrupted

_NAMES = ("SIGTERM", "SIGHUP")


class Endings:
    """What is heard while a prompt of prompt-toolkit waits."""

    def __init__(self) -> None:
        self._heard: int | None = None

    def listen(self) -> None:
        """Hear signals from now on; to be called when the prompt begins."""
        app = get_app()
        loop = app.loop
        if loop is None or os.name != "posix":
            return

        def end(number: int) -> None:
            if app.is_running and not app.is_done:
                app.exit(exception=Interrupted(number))

        def hear(number: int, frame: FrameType | None) -> None:
            del frame
            self._heard = number
            if loop.is_closed():  # there is no prompt any more
                raise Interrupted(number)
            loop.call_soon_threadsafe(end, number)

        for name in _NAMES:
            number = getattr(signal, name)
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, hear)

    def check(self) -> None:
        """Raise ``Interrupted`` for a signal that came when the prompt was ending anyway."""
        if self._heard is not None:
            raise Interrupted(self._heard)
