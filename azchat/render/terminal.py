"""Shows a turn on a terminal, where a thread draws it and a key folds the thinking."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from azchat.errors import AzchatError, LocalError
from azchat.events import Event
from azchat.render.frames import TICK, Frames
from azchat.render.turn_view import TurnView
from azchat.terminal.keyboard import Keyboard

_TYPING_TICK = 0.02  # seconds: what is typed is seen at once


class TerminalRenderer:
    """Shows a turn; a thread draws, in silence too. A given ``keyboard`` is used on afterwards."""

    def __init__(
        self,
        view: TurnView,
        clock: Callable[[], float],
        prepare: Callable[[], object],
        *,
        stdin_is_terminal: bool,
        keyboard: Keyboard | None = None,
    ) -> None:
        self._view, self._prepare = view, prepare
        self._frames = Frames(view, clock, _TYPING_TICK if keyboard else TICK)
        self._has_failed = False
        self._is_own = keyboard is None
        view.keyboard = keyboard or Keyboard(is_stdin=stdin_is_terminal)
        view.keyboard.on_stop, view.keyboard.on_continue = self._stop, self._continue

    def prepare(self) -> None:
        """Import what showing takes."""
        import azchat.render.usage  # noqa: F401

        self._prepare()

    def show(self, event: Event) -> None:
        """Show one event; raises what the terminal raised."""
        self._frames.put(event)

    @contextmanager
    def paused(self) -> Iterator[bool]:
        """Leave the terminal to a question: its modes are the shell's meanwhile."""
        keyboard = self._view.keyboard
        with self._frames.paused():
            is_listening = keyboard.is_listening
            keyboard.ignore()
            self._view.leave()
            try:
                yield self._view.shows_thinking
            finally:
                self._view.come_back()
                if is_listening:
                    keyboard.listen()

    def fail(self, error: AzchatError) -> None:
        """Remember that there is something more important to tell than a lost terminal."""
        del error
        self._has_failed = True

    def close(self) -> None:
        """Draw the last frame and restore the terminal."""
        if self._is_own:
            self._view.keyboard.close()
        else:  # what is typed from now on is for who comes next
            self._view.keyboard.on_stop = self._view.keyboard.on_continue = bool
        is_drawn = False
        try:
            self._frames.close()
            is_drawn = True
        except LocalError:
            if not self._has_failed:  # else that is what the user should hear of
                raise
        finally:
            if not is_drawn:
                self._view.break_off()

    def _stop(self) -> None:
        with self._frames.still():
            self._view.leave()

    def _continue(self) -> None:
        with self._frames.still():
            self._view.come_back()
