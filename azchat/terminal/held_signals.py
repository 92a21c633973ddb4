"""Signals while the terminal's modes are changed: they wait until the modes are as before."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Self, TypeVar

from azchat.errors import Interrupted

_NAMES = ("SIGHUP", "SIGQUIT", "SIGTERM", "SIGINT")
_T = TypeVar("_T")


class HeldSignals:
    """Hears signals around what no exception may break off; whoever heard them before, hears then.

    Only what is called by ``wait`` is broken off, by ``Interrupted``.
    """

    def __init__(self) -> None:
        self._heard: int | None = None
        self._is_waiting = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for name in _NAMES if os.name == "posix" else ():
            number = getattr(signal, name)
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._heard is not None:
            signal.raise_signal(self._heard)

    def wait(self, wait: Callable[[], _T]) -> _T:
        """Return what ``wait`` does; the signal that is heard, or was, ends it."""
        self._is_waiting = True
        try:
            if self._heard is not None:
                raise Interrupted(self._heard)
            return wait()
        finally:
            self._is_waiting = False

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._heard = number
        if self._is_waiting:
            self._is_waiting = False
            raise Interrupted(number)
