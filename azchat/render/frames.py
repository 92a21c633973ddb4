"""Draws frames in a thread of its own, so that the screen lives while the service is silent.

The main thread waits in the socket, and must: a signal is heard there, and what comes is saved
before it is drawn. A frame that nothing changed for is not drawn at all.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from enum import IntEnum
from typing import Protocol

from azchat.events import Event, ReasoningDelta, TextDelta

INTERVAL = 0.044  # seconds between two frames
TICK = 0.1  # seconds between two looks at the keys, the size, the spinner
_MARGIN = 0.002  # seconds before a frame when what came since the last is read
_SHARE = 4  # a frame that costs much makes the next wait this many times as long
_SLOW = 16  # tokens in one delta: with fewer, reading is as often as drawing
_BURST = 8 * 1024  # characters that may pile up before a frame
_PATIENCE = 0.5  # seconds


class Due(IntEnum):
    """When a frame is to be drawn: ``NOW`` is for what somebody types."""

    NOT = 0
    SOON = 1
    NOW = 2


class View(Protocol):
    """What is drawn. Every method is called by the thread, one at a time."""

    def show(self, event: Event) -> None:
        """Take an event; nothing is drawn yet."""

    def draw(self) -> None:
        """Draw what there is to see."""

    def tick(self) -> Due:
        """Look at keys and sizes; return whether a frame is due although no event came."""

    def close(self) -> None:
        """Draw the last frame."""


class Frames:
    """Hands events to a view, and lets it draw at most one frame every ``INTERVAL`` seconds."""

    def __init__(self, view: View, clock: Callable[[], float], tick: float = TICK) -> None:
        self._view, self._clock, self._tick = view, clock, tick
        self._events: deque[Event] = deque()
        self._waiting = 0  # characters in the events
        self._next = 0.0  # the clock's reading when the next frame may come
        self._wake, self._taken = threading.Event(), threading.Event()
        self._closing = threading.Event()
        self._queue = threading.Lock()  # held while an event comes or goes
        self._using = threading.RLock()  # held while the view is used
        self._pool = ThreadPoolExecutor(1)
        self._thread: Future[None] | None = None

    def put(self, event: Event) -> None:
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
    def still(self) -> Iterator[None]:
        """Keep the thread from drawing; for a signal's handler.

        It may have interrupted what the thread waits for, and does not wait for ever.
        """
        is_still = self._using.acquire(timeout=_PATIENCE)
        try:
            yield
        finally:
            if is_still:
                self._using.release()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Draw what came; nothing more is drawn until the end."""
        with self._using:
            self._take()
            self._view.draw()
            yield

    def close(self) -> None:
        """Draw what is left, and end; raises what drawing raised."""
        self._closing.set()
        self._wake.set()
        if self._thread is None:
            self._view.close()
        else:
            self._thread.result()
        self._pool.shutdown()

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
