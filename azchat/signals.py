"""Signals become an exception in the main thread; after cleaning up they are raised again."""

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from types import FrameType

from azchat.errors import Interrupted

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_STOPPING = [signal.Signals[name] for name in _NAMES if hasattr(signal, name)]
_SOON = 0.01  # seconds
_Handler = Callable[[int, FrameType | None], None]


def raise_on_signals() -> None:
    """Let the signals that stop a program raise ``Interrupted``; those that are ignored stay so."""
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    sys.unraisablehook = partial(_deliver_again, _interrupt)
    if os.name == "posix":
        _wake_when_signalled()


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
    for other in _STOPPING:  # none breaks into the tidying up, until they are raised again
        if signal.getsignal(other) in (_interrupt, _interrupt_once):
            signal.signal(other, lambda *_: None)
    raise Interrupted(number)


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
    threading.Timer(_SOON, os.kill, (os.getpid(), number)).start()


@cache
def _wake_when_signalled() -> None:
    """Let no system call keep a signal from being heard.

    Python looks at signals between two steps, and one that comes behind the last look before
    a system call that waits would be heard when that ends: others end it, until one is heard.
    """
    main, heard = threading.get_ident(), [0]
    receiving, sending = os.pipe()

    def wake() -> None:
        while True:
            if os.read(receiving, 1)[0] != signal.SIGURG:
                heard.clear()
            while not heard:
                time.sleep(_SOON)
                signal.pthread_kill(main, signal.SIGURG)

    signal.signal(signal.SIGURG, lambda number, _: heard.append(number))
    os.set_blocking(sending, False)
    signal.set_wakeup_fd(sending, warn_on_full_buffer=False)
    _thread.start_new_thread(wake, ())  # nobody waits, as for a ``Thread``, until it runs
