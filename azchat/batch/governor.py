"""How many questions are asked at once: as many as the service lets, and no more.

It begins with a few and takes more as long as nothing is refused, twice as many a round until the
first refusal and one more a round after it; a refusal halves them, and all wait together for what
the service asks. Limits of a minute are the user's, or what the service's headers tell. What
thinking takes is guessed from what was answered: no prompt tells it.
"""

from math import inf
from typing import NamedTuple

from azchat.events import Headroom

_BEGIN = 4.0
_LONGEST_PAUSE = 60.0  # seconds, where the service names none
_FRESH = 0.2  # of the guess, what the last answer counts
_MINUTE = 60.0
_BURST = 2.0  # seconds' worth that may go out at once
_GRAIN = 1e-6  # below that nothing is missing
_NEAR = 0.98  # of a limit that a service tells: its minute is not ours


class _Bucket:
    """What may be spent in a minute, as it comes in: ``limit`` None is any amount."""

    def __init__(self, limit: float | None, now: float) -> None:
        self.limit, self._at = limit, now
        self._level = self._most

    @property
    def _most(self) -> float:
        return max(1.0, (self.limit or 0.0) * _BURST / _MINUTE)

    def learn(self, limit: float) -> None:
        """Take a limit that is lower than the one that is known."""
        if limit < (self.limit or inf):
            is_new, self.limit = self.limit is None, limit
            self._level = self._most if is_new else min(self._level, self._most)

    def wait(self, amount: float, now: float) -> float:
        """Return the seconds until there is room; one that is too large waits for all of it."""
        if self.limit is None:
            return 0.0
        self._level = min(self._most, self._level + (now - self._at) * self.limit / _MINUTE)
        self._at = now
        missing = min(amount, self._most) - self._level
        return missing * _MINUTE / self.limit if missing > _GRAIN else 0.0

    def take(self, amount: float) -> None:
        """Spend it, or give it back where it is less than nothing."""
        self._level -= amount


class Ticket(NamedTuple):
    """A question that was let go: its number, and the tokens that it may take."""

    number: int
    tokens: float


class Governor:
    """Lets questions go. ``jobs`` at once at most, ``rpm`` requests and ``tpm`` tokens a minute.

    Of one thread alone; ``now`` is the clock's reading in seconds.
    """

    def __init__(self, jobs: int, rpm: float | None, tpm: float | None, now: float) -> None:
        self._jobs = float(jobs)
        self.limit = min(_BEGIN, self._jobs)
        self._requests, self._tokens = _Bucket(rpm, now), _Bucket(tpm, now)
        self._has_own = rpm is not None, tpm is not None
        self._said = 0.0  # tokens of an answer, thinking included, as they are of late
        self._until = 0.0  # when the pause of all ends
        self._sent = self._halved_at = 0
        self._refused = False
        self.refusals = 0  # in a row

    def wait(self, running: int, prompt: float, now: float) -> float:
        """Return the seconds until the next one may go; ``inf``: when another has come back."""
        if running >= int(self.limit):
            return inf
        amount = prompt + self._said
        room = (self._requests.wait(1, now), self._tokens.wait(amount, now))
        return max(self._until - now, *room, 0.0)

    @property
    def pause(self) -> float:
        """When the pause of all ends, by the clock."""
        return self._until

    def go(self, prompt: float) -> Ticket:
        """Let one go."""
        amount = prompt + self._said
        self._requests.take(1)
        self._tokens.take(amount)
        self._sent += 1
        return Ticket(self._sent, amount)

    def answered(self, ticket: Ticket, tokens: int | None, said: int | None) -> None:
        """Count one that was answered, with all its tokens and those of the answer."""
        self.refusals = 0
        if tokens is not None:
            self._tokens.take(tokens - ticket.tokens)
        if said is not None:
            self._said += (said - self._said) * (_FRESH if self._said else 1.0)
        self.limit = min(self._jobs, self.limit + (1 / self.limit if self._refused else 1.0))

    def hear(self, left: Headroom | None) -> None:
        """Take the limits that a service tells; some say 0 or -1 and mean nothing by it."""
        told = (left.requests_limit, left.tokens_limit) if left else (None, None)
        for bucket, limit, own in zip(
            (self._requests, self._tokens), told, self._has_own, strict=True
        ):
            if limit and limit > 0 and not own:
                bucket.learn(limit * _NEAR)

    def hold(self, until: float) -> None:
        """Let nothing go before that moment."""
        self._until = max(self._until, until)

    def refused(self, ticket: Ticket, asked: float | None, now: float) -> float:
        """Count one that was too many; return the seconds that all wait.

        Those that were under way when it was told do not count again.
        """
        self._tokens.take(-ticket.tokens)
        if ticket.number > self._halved_at:
            self._halved_at, self._refused = self._sent, True
            self.limit = max(1.0, self.limit / 2)
            self.refusals += 1
        seconds = asked if asked is not None else min(_LONGEST_PAUSE, 2.0 ** (self.refusals - 1))
        self._until = max(self._until, now + seconds)
        return self._until - now
