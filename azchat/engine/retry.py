"""When a failed request is tried again, and after how long."""

import random
from typing import NamedTuple

from azchat.errors import AzchatError


class RetryPolicy(NamedTuple):
    """How patient azchat is. Seconds; ``attempts`` includes the first one."""

    attempts: int = 3
    first_delay: float = 0.8
    longest_delay: float = 60.0

    def delay(self, error: AzchatError, attempt: int) -> float | None:
        """Return how long to wait after attempt number ``attempt``; None to give up.

        What the service asks for is honoured, unless it is longer than ``longest_delay``:
        then waiting is the user's decision. Otherwise the delay doubles, with jitter so that
        many clients do not come back at once.
        """
        if attempt >= self.attempts or not error.retryable:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.longest_delay else None
        backoff = self.first_delay * float(2 ** (attempt - 1))
        return min(self.longest_delay, backoff * random.uniform(0.75, 1.25))


def told(error: AzchatError, policy: RetryPolicy) -> AzchatError:
    """Add to the error what the user cannot see: a wait that was too long."""
    if error.retryable and error.retry_after and error.retry_after > policy.longest_delay:
        error.what = f"{error.what.rstrip('.')}; retry after {error.retry_after:.0f} s"
    return error
