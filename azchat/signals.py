"""Signals become an exception in the main thread; after cleaning up they are raised again."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

from azchat.errors import Interrupted

_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_SOON = 0.01  # seconds
_WAKES = 20
_Handler = Callable[[int, FrameType | None], None]


def raise_on_signals() -> None:
    """Let the signals that stop a program raise ``Interrupted``; those that are ignored stay so."""
    for name in _STOPPING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    sys.unraisablehook = partial(_deliver_again, _interrupt)


def raise_on_signals_again() -> None:
    """Do so for what goes on after Ctrl-C: until the next call another one does nothing."""
    raise_on_signals()
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, _interrupt_once)
        sys.unraisablehook = partial(_deliver_again, _interrupt_once)


def die_by(number: int) -> int:
    """End by the signal itself, as shells expect; without such deaths return the shell's code."""
    if os.name == "posix":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return 128 + number


def _interrupt(number: int, frame: FrameType | None) -> None:
    try:
        _interrupt_once(number, frame)
    except Interrupted:
        signal.signal(number, signal.SIG_DFL)  # a second one ends at once
        raise


def _interrupt_once(number: int, frame: FrameType | None) -> None:
    # In the import system an exception leaves a lock held that every later import waits for.
    if frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        _send_soon(number)
        return
    _tidy_up_in_peace()
    raise Interrupted(number)


def _tidy_up_in_peace() -> None:
    """Let no signal break into what the first one set off, until they are raised again."""
    for name in _STOPPING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (_interrupt, _interrupt_once):
            signal.signal(number, lambda *_: None)


def _deliver_again(hear: _Handler, unraisable: "sys.UnraisableHookArgs") -> None:
    """Hear a signal once more that came where Python lets no exception through."""
    error = unraisable.exc_value
    if not isinstance(error, Interrupted):
        sys.__unraisablehook__(unraisable)
        return
    signal.signal(error.signal, hear if error.signal == signal.SIGINT else _interrupt)
    _send_soon(error.signal)


def _send_soon(number: int) -> None:
    """Send a signal to this process again, which is in its main thread now."""
    if os.name == "posix":
        signal.signal(signal.SIGURG, lambda *_: None)
    threading.Thread(target=_send, args=(number,), daemon=True).start()


def _send(number: int) -> None:
    time.sleep(_SOON)
    os.kill(os.getpid(), number)
    if os.name == "posix":
        # Python looks at signals between two steps, and one that comes behind the last look before
        # a system call that waits would be heard when that ends: another one ends it.
        for _ in range(_WAKES):
            time.sleep(_SOON)
            os.kill(os.getpid(), signal.SIGURG)
