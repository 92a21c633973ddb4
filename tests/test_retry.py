import pytest

from azchat.errors import AzchatError, NetworkError, ServiceError
from azchat.retry import RetryPolicy

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
