"""Text that is kept while it streams, as it may have to be shown in another way; what is told."""

from azchat.events import RetryScheduled
from azchat.terminal.safe import shortened

LIMIT = 8 * 1024 * 1024  # characters: text without end must not fill the memory
RELABELLED = (
    "the text above was the model's thinking, which came without an opening tag; "
    "--reasoning implicit tells it beforehand"
)
NOT_THINKING = "the text above was the answer, not thinking"
UNTOLD = ("known", "skipped", "denied")
"""Notices that were told today, are for --debug, or known to whoever was asked."""


def retrying(event: RetryScheduled) -> str:
    """Return what is told of an attempt that failed."""
    which = f"(attempt {event.attempt + 1} of {event.attempts})"
    why = shortened(event.reason).rstrip(".")
    return f"azchat: {why}; trying again in {event.delay:.1f} s {which}"


class KeptText:
    """Pieces of text, up to a limit; what comes behind it is not kept."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.size = 0  # characters

    def add(self, text: str) -> bool:
        """Keep more; return whether it was kept."""
        if self.size >= LIMIT:
            return False
        self._pieces.append(text)
        self.size += len(text)
        return True

    @property
    def text(self) -> str:
        """All that is kept."""
        return "".join(self._pieces)

    def clear(self) -> None:
        """Forget it."""
        self._pieces, self.size = [], 0

    def take(self) -> str:
        """Return it and forget it."""
        text = self.text
        self.clear()
        return text
