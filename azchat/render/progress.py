"""A line once in a while where nothing may move: so that silence is not taken for the end."""

import threading
from collections.abc import Callable

SECONDS = 20.0


class Progress:
    """Tells ``waiting… 20 s`` or ``thinking… 20 s`` every ``seconds`` until it is stopped."""

    def __init__(self, tell: Callable[[str], None], seconds: float = SECONDS) -> None:
        self._tell, self._seconds = tell, seconds
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._count = 0
        self.word = "waiting"

    def start(self) -> None:
        """Begin to count; while it counts already, that goes on."""
        with self._lock:
            if self._timer is None:
                self._count = 0
                self._arm()

    def stop(self) -> None:
        """Say no more; a line that is being written is waited for."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            self.word = "waiting"

    def _arm(self) -> None:
        self._timer = threading.Timer(self._seconds, self._say)
        self._timer.daemon = True
        self._timer.start()

    def _say(self) -> None:
        with self._lock:
            if self._timer is None:
                return
            self._count += 1
            self._tell(f"{self.word}… {self._count * self._seconds:.0f} s")
            self._arm()
