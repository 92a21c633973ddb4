"""How many questions go at once: against a service of which each moment is known."""

from heapq import heappop, heappush
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.batch.governor import Governor, Ticket
from azchat.events import Headroom


class Service:
    """Answers after ``seconds``; a bucket of ``rpm`` requests a minute, ten seconds' worth deep."""

    def __init__(
        self, rpm: float, seconds: float, *, tells: bool = True, asks: bool = True
    ) -> None:
        self.rpm, self.seconds, self.tells, self.asks = rpm, seconds, tells, asks
        self._most = self._level = max(1.0, rpm / 6)
        self._at = 0.0
        self.answered = self.refused = self.most = 0

    def takes(self, now: float) -> bool:
        self._level = min(self._most, self._level + (now - self._at) * self.rpm / 60)
        self._at = now
        if self._level < 1:
            self.refused += 1
            return False
        self._level -= 1
        return True

    def run(self, governor: Governor, until: float, tokens: int = 100) -> None:
        now, back = 0.0, list[tuple[float, int, Ticket, bool]]()
        while now < until:
            wait = governor.wait(len(back), 10, now)
            if wait == 0:
                ticket = governor.go(10)
                taken = self.takes(now)
                when = now + (self.seconds if taken else 0.01)
                heappush(back, (when, ticket.number, ticket, taken))
                self.most = max(self.most, len(back))
                continue
            due = back[0][0] if back else inf
            now = min(now + wait, due)
            while back and back[0][0] <= now:
                _, _, ticket, taken = heappop(back)
                if self.tells:
                    governor.hear(Headroom(0, int(self.rpm), None, None))
                if taken:
                    self.answered += 1
                    governor.answered(ticket, tokens, tokens - 10)
                else:
                    governor.refused(ticket, 60 / self.rpm if self.asks else None, now)


def governor(jobs: int = 64, rpm: float | None = None, tpm: float | None = None) -> Governor:
    return Governor(jobs, rpm, tpm, 0.0)


def test_it_begins_with_four_and_takes_more() -> None:
    service, one = Service(1e9, 1.0, tells=False), governor()
    assert [one.wait(running, 0, 0.0) for running in (3, 4)] == [0.0, inf]
    service.run(one, 60)
    assert service.most == 64


def test_it_never_takes_more_than_it_may() -> None:
    service = Service(1e9, 1.0, tells=False)
    service.run(governor(jobs=2), 20)
    assert service.most == 2


def test_a_refusal_halves_once_however_many_were_under_way() -> None:
    one = governor()
    one.limit = 16.0
    tickets = [one.go(0) for _ in range(16)]
    for ticket in tickets:
        one.refused(ticket, 1.0, 0.0)
    assert (one.limit, one.refusals) == (8.0, 1)
    one.refused(one.go(0), 1.0, 2.0)
    assert (one.limit, one.refusals) == (4.0, 2)


def test_after_a_refusal_a_clean_round_adds_one() -> None:
    one = governor()
    one.limit = 16.0
    one.refused(one.go(0), 0.0, 0.0)
    for _ in range(8):
        one.answered(one.go(0), None, None)
    assert 8.9 < one.limit < 9.1


def test_all_wait_together_for_what_the_service_asks() -> None:
    one = governor()
    one.refused(one.go(0), 12.0, 100.0)
    assert one.wait(0, 0, 100.0) == 12.0
    assert one.wait(0, 0, 112.0) == 0.0


def test_where_it_asks_nothing_the_wait_doubles_up_to_a_minute() -> None:
    one = governor()
    waits = [one.refused(one.go(0), None, 1000.0 * number) for number in range(9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_limit_that_is_told_is_used_and_hardly_ever_run_into() -> None:
    service = Service(600, 0.5)
    service.run(governor(), 300)
    assert service.answered >= 0.95 * 600 * 5
    assert service.refused <= 0.01 * service.answered


@settings(max_examples=30, deadline=None)
@given(st.integers(60, 6000), st.floats(0.05, 5), st.booleans())
def test_a_limit_is_never_run_into_much(rpm: int, seconds: float, asks: bool) -> None:
    service = Service(rpm, seconds, asks=asks)
    service.run(governor(), 120)
    assert service.refused <= 0.02 * service.answered + 2


def test_the_users_own_limit_counts_and_not_the_services() -> None:
    service = Service(6000, 0.1)
    service.run(governor(rpm=120), 60)
    assert 110 <= service.answered <= 126


def test_headers_of_nothing_mean_nothing() -> None:
    one = governor()
    for limit in (0, -1, None):
        one.hear(Headroom(None, limit, None, limit))
    assert one.wait(0, 1e6, 0.0) == 0.0


def test_tokens_are_guessed_from_what_was_answered() -> None:
    """A prompt of ten tokens that makes a model think for a thousand."""
    service = Service(1e9, 0.1, tells=False)
    service.run(governor(tpm=60_000), 120, tokens=1000)
    assert 100 <= service.answered <= 130


def test_a_question_larger_than_the_limit_goes_when_all_of_it_is_there() -> None:
    one = governor(tpm=600)
    assert one.wait(0, 10_000, 0.0) == 0.0
    one.go(10_000)
    assert one.wait(1, 1, 1.0) > 60
