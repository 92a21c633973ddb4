"""Limits of a minute that a client can run into, and what the headers say of them."""

import math
import threading
from collections.abc import Callable, Iterable, Iterator

from azchat.demo.refusals import refused
from azchat.demo.reply import Reply

_MINUTE = 60.0
_SHARE = 1 / 6  # of the minute's worth, which may come at once: Azure looks at ten seconds


class _Bucket:
    def __init__(self, limit: int | None, now: float) -> None:
        self.limit, self._at = limit, now
        self.level = self._most = max(1.0, (limit or 0) * _SHARE)

    def fill(self, now: float) -> None:
        earned = (now - self._at) * (self.limit or 0) / _MINUTE
        self.level, self._at = min(self._most, self.level + earned), now

    def wait(self, amount: float) -> float:
        """Return the seconds until so much is there; what is never there goes when it is full."""
        missing = min(amount, self._most) - self.level
        return missing * _MINUTE / self.limit if self.limit and missing > 0 else 0.0


class Limits:
    """``rpm`` requests and ``tpm`` tokens a minute; None is no limit."""

    def __init__(self, rpm: int | None, tpm: int | None, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._buckets = {"requests": _Bucket(rpm, clock()), "tokens": _Bucket(tpm, clock())}

    def check(self, tokens: float) -> None:
        """Let a request with so many ``tokens`` in its prompt in, or raise Refused."""
        with self._lock:
            wants = {"requests": 1.0, "tokens": tokens}
            for name, bucket in self._buckets.items():
                bucket.fill(self._clock())
                if wait := bucket.wait(wants[name]):
                    refusal = refused("too_many", what=name, seconds=math.ceil(wait))
                    refusal.headers["retry-after-ms"] = f"{math.ceil(1000 * wait)}"
                    refusal.headers |= self.headers()
                    raise refusal
            for name, bucket in self._buckets.items():
                bucket.level -= wants[name]

    def headers(self) -> dict[str, str]:
        """Return what a reply says of the limits there are."""
        told = {}
        for name, bucket in self._buckets.items():
            if bucket.limit is not None:
                told[f"x-ratelimit-limit-{name}"] = str(bucket.limit)
                told[f"x-ratelimit-remaining-{name}"] = str(max(0, int(bucket.level)))
        return told

    def counted(self, reply: Reply) -> Reply:
        """Return the reply, whose tokens count as they are sent."""
        reply.headers.update(self.headers())
        pieces = self._spend(reply.pieces)
        return Reply(reply.status, reply.headers, pieces, cut_after=reply.cut_after)

    def _spend(self, pieces: Iterable[tuple[float, bytes]]) -> Iterator[tuple[float, bytes]]:
        for tokens, data in pieces:
            with self._lock:
                self._buckets["tokens"].level -= tokens
            yield tokens, data
