"""Renderers: each consumes events and owns one output form."""

from contextlib import AbstractContextManager, nullcontext

from azchat.errors import AzchatError
from azchat.events import Event


class Renderer:
    """Shows a turn. It learns everything from events, and never asks the clock.

    Itself it shows nothing.
    """

    def prepare(self) -> None:
        """Import what showing takes; called while the service works on the answer."""

    def show(self, event: Event) -> None:
        """Show one event; raises what the output raises."""

    def paused(self) -> AbstractContextManager[object]:
        """Leave the terminal to a question: what came is on it, and nothing is drawn or read.

        It gives True where the thinking stands on it, whole.
        """
        return nullcontext()

    def fail(self, error: AzchatError) -> None:
        """Show how the turn failed, where the output form has a place for it."""

    def close(self) -> None:
        """Leave the outputs tidy: an unfinished line is ended; called however it ended."""
