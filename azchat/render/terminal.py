"""Shows a turn on a terminal, where a thread draws it and a key folds the thinking.

So the screen lives while the service is silent. The main thread waits in the socket, and must: a
signal is heard there, and what comes is saved before it is drawn. A frame that nothing changed
for is not drawn at all.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from azchat.errors import AzchatError, LocalError
from azchat.events import Event, ReasoningDelta, TextDelta
from azchat.render import Renderer
from azchat.render.turn_view import Due, TurnView
from azchat.terminal.keyboard import Keyboard

INTERVAL = 0.044  # seconds between two frames
TICK = 0.1  # seconds between two looks at the keys, the size, the spinner
_TYPING_TICK = 0.02  # the same: what is typed is seen at once
_MARGIN = 0.002  # seconds before a frame when what came since the last is read
_SHARE = 4  # a frame that costs much makes the next wait this many times as long
_SLOW = 16  # tokens in one delta: with fewer, reading is as often as drawing
_BURST = 8 * 1024  # characters that may pile up before a frame
_PATIENCE = 0.5  # seconds


class TerminalRenderer(Renderer):
    """Lets a view draw at most one frame every ``INTERVAL`` seconds, in a thread, in silence too.

    Every method of the view is called by the thread, one at a time. A given ``keyboard`` is used
    on afterwards.
    """

    def __init__(
        self,
        view: TurnView,
        clock: Callable[[], float],
        prepare: Callable[[], object],
        *,
        stdin_is_terminal: bool,
        keyboard: Keyboard | None = None,
    ) -> None:
        self._view, self._clock, self._prepare = view, clock, prepare
        self._tick = _TYPING_TICK if keyboard else TICK
        self._has_failed = False
        self._is_own = keyboard is None
        self._events: deque[Event] = deque()
        self._waiting = 0  # characters in the events
        self._next = 0.0  # the clock's reading when the next frame may come
        self._wake, self._taken = threading.Event(), threading.Event()
        self._closing = threading.Event()
        self._queue = threading.Lock()  # held while an event comes or goes
        self._using = threading.RLock()  # held while the view is used
        self._pool = ThreadPoolExecutor(1)
        self._thread: Future[None] | None = None
        view.keyboard = keyboard or Keyboard(is_stdin=stdin_is_terminal)
        view.keyboard.on_stop = lambda: self._undisturbed(view.leave)
        view.keyboard.on_continue = lambda: self._undisturbed(view.come_back)

    def prepare(self) -> None:
        """Import what showing takes."""
        import azchat.render.usage  # noqa: F401

        self._prepare()

    def show(self, event: Event) -> None:
        """Let the view show ``event``, soon; raises what drawing raised."""
        if self._thread is None:
            self._thread = self._pool.submit(self._run)
        elif self._thread.done():
            self._thread.result()
        with self._queue:
            self._events.append(event)
            if isinstance(event, TextDelta | ReasoningDelta):
                self._waiting += len(event.text)
            self._taken.clear()
        self._wake.set()
        if isinstance(event, TextDelta | ReasoningDelta):
            self._keep_pace(event)

    @contextmanager
    def paused(self) -> Iterator[bool]:
        """Leave the terminal to a question: its modes are the shell's meanwhile."""
        keyboard = self._view.keyboard
        with self._using:
            self._take()
            self._view.draw()
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
            self._closing.set()
            self._wake.set()
            if self._thread is None:
                self._view.close()
            else:
                self._thread.result()
            self._pool.shutdown()
            is_drawn = True
        except LocalError:
            if not self._has_failed:  # else that is what the user should hear of
                raise
        finally:
            if not is_drawn:
                self._view.break_off()

    def _undisturbed(self, work: Callable[[], None]) -> None:
        """Work while the thread does not draw; for a signal's handler.

        It may have interrupted what the thread waits for, and does not wait for ever.
        """
        is_still = self._using.acquire(timeout=_PATIENCE)
        try:
            work()
        finally:
            if is_still:
                self._using.release()

    def _keep_pace(self, event: TextDelta | ReasoningDelta) -> None:
        """Come back when it is worth reading more: to read more often than to draw only costs."""
        assert self._thread
        while self._waiting >= _BURST and not self._thread.done():
            self._taken.wait(TICK)
        if event.tokens < _SLOW:
            self._closing.wait(max(0.0, self._next - _MARGIN - self._clock()))

    def _run(self) -> None:
        due = Due.NOT
        while True:
            now = self._clock()
            pause = min(self._tick, max(0.0, self._next - now)) if due else self._tick
            if not self._closing.is_set() and self._waiting < _BURST:
                self._wake.wait(pause)
            self._wake.clear()
            with self._using:
                if self._closing.is_set():
                    self._take()
                    self._view.close()
                    return
                due = max(due, self._view.tick(), Due.SOON if self._events else Due.NOT)
                is_time = due is Due.NOW or self._clock() >= self._next or self._waiting >= _BURST
                if due and is_time:
                    self._frame()
                    due = Due.NOT

    def _frame(self) -> None:
        begin = self._clock()
        self._take()
        self._view.draw()
        self._next = begin + max(INTERVAL, _SHARE * (self._clock() - begin))

    def _take(self) -> None:
        with self._queue:
            events = list(self._events)
            self._events.clear()
            self._waiting = 0
            self._taken.set()
        for event in events:
            self._view.show(event)
