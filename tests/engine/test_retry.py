import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.engine.retry import RetryPolicy
from azchat.errors import AzchatError, NetworkError, ServiceError
from azchat.wire.faults import seconds_in, wait_in

POLICY = RetryPolicy(attempts=4, first_delay=1.0, longest_delay=60.0)
PASSING = ServiceError("busy", retryable=True)


def asking(seconds: float) -> AzchatError:
    return ServiceError("busy", retryable=True, retry_after=seconds)


def delays(error: AzchatError, policy: RetryPolicy = POLICY) -> list[float | None]:
    return [policy.delay(error, attempt) for attempt in range(1, policy.attempts + 1)]


def test_what_will_not_pass_is_not_tried_again() -> None:
    assert POLICY.delay(ServiceError("no such model"), 1) is None


def test_what_will_not_pass_is_not_tried_again_even_when_a_wait_is_told() -> None:
    assert POLICY.delay(ServiceError("no", retry_after=1.0), 1) is None


@pytest.mark.parametrize("error", [PASSING, NetworkError("cut", retryable=True), asking(1.0)])
def test_the_last_attempt_is_the_last(error: AzchatError) -> None:
    assert POLICY.delay(error, 4) is None


@pytest.mark.parametrize("attempts", [0, 1])
def test_one_attempt_means_no_retry(attempts: int) -> None:
    assert RetryPolicy(attempts=attempts).delay(PASSING, 1) is None


@pytest.mark.parametrize("seconds", [0.0, 0.25, 3.0, 60.0])
def test_the_wait_that_the_service_asks_for_is_honoured(seconds: float) -> None:
    assert delays(asking(seconds)) == [seconds, seconds, seconds, None]


@pytest.mark.parametrize("seconds", [60.1, 3600.0])
def test_a_wait_that_is_too_long_is_the_users_decision(seconds: float) -> None:
    assert POLICY.delay(asking(seconds), 1) is None


def test_otherwise_the_wait_doubles_but_for_some_jitter() -> None:
    for expected, delay in zip([1.0, 2.0, 4.0], delays(PASSING), strict=False):
        assert delay is not None
        assert 0.75 * expected <= delay <= 1.25 * expected


def test_the_wait_never_exceeds_the_longest() -> None:
    policy = RetryPolicy(attempts=30, first_delay=10.0, longest_delay=12.0)
    assert all(delay <= 12.0 for delay in delays(PASSING, policy) if delay is not None)


def test_many_clients_do_not_come_back_at_once() -> None:
    assert len({POLICY.delay(PASSING, 1) for _ in range(20)}) > 1


# The wait in words


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [
        ("Try again in 3 hours.", 10800.0),
        ("Please try again in 1h20m.", 4800.0),
        ("please wait 1 minute and 30 seconds before the next request", 90.0),
        ("Quota will be replenished in 03:14:05.", 11645.0),
        ("Quota will be replenished in 1.12:00:00", 129600.0),
        ("Your limit resets in 2 days, 3 hours", 183600.0),
        ("Try again in an hour", 3600.0),
        ("Retry after: 30s", 30.0),
        ("available again in about 2 mins", 120.0),
        ("Please wait 250 milliseconds", 0.25),
        ("Try again in 1 week", 604800.0),
        ("try again later", None),
        ("wait a while", None),
        ("limit: 3 requests per 60 s", None),
        ("resets at 12:30:00 UTC", None),
        ("try again in 5 messages", None),
        ("Try again. The limit is 60 s", None),
    ],
)
def test_a_wait_in_words_is_understood(sentence: str, seconds: float | None) -> None:
    assert wait_in(sentence) == seconds


@given(st.integers(0, 9), st.integers(0, 23), st.integers(0, 59), st.integers(1, 59), st.booleans())
def test_any_span_is_read_as_it_was_written(
    days: int, hours: int, minutes: int, seconds: int, short: bool
) -> None:
    parts = zip((days, hours, minutes, seconds), ("day", "hour", "minute", "second"), strict=True)
    said = [f"{n}{unit[0]}" if short else f"{n} {unit}{'s' * (n != 1)}" for n, unit in parts if n]
    span = "".join(said) if short else " and ".join(said)
    total = 86400 * days + 3600 * hours + 60 * minutes + seconds
    assert seconds_in(span) == wait_in(f"Please retry after {span}!") == total
