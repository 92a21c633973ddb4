"""What a turn may take: how long, how often a request is tried, and what it may cost."""

from collections.abc import Callable
from typing import NamedTuple

from azchat.engine.retry import RetryPolicy
from azchat.errors import AzchatError, IncompleteError
from azchat.prices import Price, money


class Purse:
    """Money for turns, of one thread or several: ``most`` is what may be spent, None: any sum."""

    def __init__(self, most: float | None = None) -> None:
        self.most = most
        self.spent = 0.0

    def check(self, more: float, *, goes_on: bool) -> None:
        """Raise ``IncompleteError`` where ``more`` is too much; ``goes_on``: an answer is cut."""
        if self.most is None or self.spent + more <= self.most:
            return
        what = f"stopped at about {money(self.spent + more)}" if goes_on else "nothing was sent"
        hint = "raise --max-cost, or think less with --effort low"
        raise IncompleteError(f"{what}: --max-cost is {money(self.most)}", hint, code="cost")


class TurnLimits(NamedTuple):
    """How long a turn may take, in seconds, and how often a request is tried.

    ``idle``: silence of real events; comments that keep a connection alive do not count.
    ``total``: the whole turn. ``price_of`` a model, by the service's name for it, is what it costs;
    the ``purse`` is what it may.
    """

    idle: float = 300.0
    total: float | None = None
    retry: RetryPolicy = RetryPolicy()
    price_of: Callable[[str | None], Price | None] = lambda _: None
    purse: Purse | None = None

    def time_left(self, deadline: float, start: float, now: float) -> float:
        """Return the seconds up to a deadline, or to that of the turn, which began at ``start``."""
        if self.total is not None:
            deadline = min(deadline, start + self.total)
        return max(0.0, deadline - now)

    def is_over(self, start: float, at: float) -> bool:
        """Return whether the turn took too long."""
        return self.total is not None and at >= start + self.total

    def over(self) -> tuple[str, str]:
        """Return what is told of a turn that took too long, and the hint."""
        what = f"the turn took longer than {self.total:g} s"
        return what, "raise --max-time, or ask again"

    def silence(self, start: float, at: float) -> AzchatError:
        """Return why nothing more is waited for."""
        if self.is_over(start, at):
            return IncompleteError(*self.over(), code="timeout")
        what = f"no more came for {self.idle:g} s"
        hint = "ask again, or wait longer with --idle-timeout"
        error = IncompleteError(what, hint, code="stall")
        error.cause = "silence"
        return error
