"""The work itself: lets questions go, takes what comes back, writes it, and knows when to stop.

It runs in a thread of its own, so that Ctrl-C never falls between a line that was written and the
count of it; who waits for it reads the ``tally`` and sets ``stopped_by``, a signal.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from statistics import median
from typing import NamedTuple

from azchat.batch.asking import Asker, Outcome, Ways
from azchat.batch.governor import Governor, Ticket
from azchat.batch.questions import Question
from azchat.batch.results import Record, Results
from azchat.engine.retry import RetryPolicy
from azchat.errors import AuthError, AzchatError, ConfigError, LocalError, NetworkError
from azchat.events import counted
from azchat.messages import Usage
from azchat.net.opening import Background
from azchat.prices import Cost

_LONGEST_WAIT = 300.0  # seconds: what is longer is a quota that is gone
_MOST_REFUSALS = 12  # in a row, nothing answered between
_OF_ALL = (401, 403, 404)  # as the first answer, these are meant for all that would be asked
_USED_UP = ("account", "quota")
_TICK = 0.25  # seconds
_ENDING = 60.0  # seconds that a thread may take to end which said that it did
_OF_LATE = 100  # answers, of which the median counts


class Tally:
    """What has come of the questions: of ``total``, ``done`` and ``failed`` in earlier runs."""

    def __init__(self, total: int, done: int, failed: int) -> None:
        self.total, self.done_before, self.failed_before = total, done - failed, failed
        self.whole = self.failed = self.running = 0
        self.usage = Usage()
        self.cost: Cost | None = None
        self.until = 0.0  # when the pause of all ends, by the monotonic clock
        self.began = time.monotonic()
        self.seconds: deque[float] = deque(maxlen=_OF_LATE)  # that answers took

    @property
    def left(self) -> int:
        """How many are not done."""
        before = self.done_before + self.failed_before
        return self.total - before - self.whole - self.failed

    @property
    def rate(self) -> float:
        """How many came back in a second."""
        return (self.whole + self.failed) / max(0.001, time.monotonic() - self.began)

    @property
    def to_come(self) -> float | None:
        """Seconds until all are done, by the median of late: a few slow ones say little."""
        if not self.seconds or not self.running:
            return None
        return max(self.left / self.rate, median(self.seconds)) if self.left else 0.0

    def count(self, outcome: Outcome) -> None:
        """Add what it took."""
        end = outcome.end
        if used := counted(end):
            self.usage = self.usage.plus(used)
        if end and end.cost:
            self.cost = end.cost.plus(self.cost)


class _Turn(NamedTuple):
    """A question, how often it was sent, and how many were answered when it was sent first."""

    question: Question
    sent: int = 0
    answered: int = 0


class _Job(NamedTuple):
    turn: _Turn
    ticket: Ticket
    asker: Asker
    result: Background[Outcome]
    began: float


class Work:
    """Asks all ``questions``, of which ``digests`` has those of the lines.

    ``ended`` is why no more are sent: what is left stays unsent. ``most_failed``: more of them
    stop it too (``is_halted``).
    """

    def __init__(
        self,
        questions: Iterator[Question],
        ways: Ways,
        results: Results,
        digests: Sequence[int],
        governor: Governor,
        tally: Tally,
        *,
        new_asker: Callable[[], Asker],
        most_failed: float = inf,
    ) -> None:
        self.tally, self.is_halted, self.stopped_by = tally, False, 0
        self.ended: AzchatError | None = None
        self._questions, self._ways = questions, ways
        self._results, self._digests = results, digests
        self._governor, self._new_asker = governor, new_asker
        self._policy, self._most_failed = RetryPolicy(ways.retries + 1), most_failed
        self._again: deque[_Turn] = deque()
        self._running: dict[int, _Job] = {}
        self._back: SimpleQueue[int] = SimpleQueue()
        self._idle: list[Asker] = []

    def run(self) -> None:
        """Work until all is done, or no more is to be sent and what was has come back."""
        whole = False
        try:
            while True:
                seconds = self._let_go()
                if not self._running and (self._is_ending or seconds is None):
                    break
                self._take_back(_TICK if seconds is None else min(seconds, _TICK))
            whole = self.tally.left == 0
        finally:
            self._results.close(is_whole=whole)

    @property
    def _is_ending(self) -> bool:
        return bool(self.stopped_by) or self.is_halted or self.ended is not None

    def _let_go(self) -> float | None:
        """Ask as many as may go; return the seconds until the next may, None: there is none."""
        while not self._is_ending and (turn := self._next()):
            prompt = self._ways.prompt(turn.question)
            wait = self._governor.wait(len(self._running), prompt, time.monotonic())
            if wait > 0:
                self._again.appendleft(turn)
                return wait
            ticket = self._governor.go(prompt)
            asker = self._idle.pop() if self._idle else self._new_asker()
            turn = turn._replace(sent=turn.sent + 1)
            work = partial(self._ask, asker, turn.question, ticket.number)
            job = _Job(turn, ticket, asker, Background(work), time.monotonic())
            self._running[ticket.number] = job
            self.tally.running = len(self._running)
        return None

    def _ask(self, asker: Asker, question: Question, number: int) -> Outcome:
        try:
            return asker.ask(question)
        finally:
            self._back.put(number)

    def _next(self) -> _Turn | None:
        if self._again:
            return self._again.popleft()
        question = next(self._questions, None)
        return _Turn(question, answered=self.tally.whole) if question else None

    def _take_back(self, seconds: float) -> None:
        """Write all that came back meanwhile, with one wait for the disk."""
        numbers: list[int] = []
        try:
            numbers.append(self._back.get(timeout=max(0.001, seconds)))
            while True:
                numbers.append(self._back.get_nowait())
        except Empty:
            pass
        jobs = [self._running[number] for number in numbers]
        judged = [self._judge(job, job.result.result(_ENDING)) for job in jobs]
        if records := [record for record in judged if record]:
            self._results.add(records)
        for job in jobs:
            del self._running[job.ticket.number]
            self._idle.append(job.asker)
        self.tally.running, self.tally.until = len(self._running), self._governor.pause

    def _judge(self, job: _Job, outcome: Outcome) -> Record | None:
        """Return the line of the output; None where the question is asked again, or not now."""
        error, end, now = outcome.error, outcome.end, time.monotonic()
        self.tally.count(outcome)
        self._governor.hear(end.headroom if end else None)
        if error is None:
            used = counted(end) or Usage()
            total = used.total or (used.prompt or 0) + (used.completion or 0)
            self._governor.answered(job.ticket, total or None, used.completion)
            self.tally.whole += 1
            self.tally.seconds.append(now - job.began)
            return self._record(job.turn, outcome)
        if isinstance(error, LocalError):
            raise error
        if self._is_for_all(error, job.turn):
            self.ended = self.ended or error
            return None
        if error.http_status == 429 or (error.retryable and error.retry_after is not None):
            self._governor.refused(job.ticket, error.retry_after, now)
            if self._governor.refusals > _MOST_REFUSALS:
                self.ended = self.ended or error
            self._again.append(job.turn)
            return None
        if error.may_pass and (delay := self._delay(error, job.turn)) is not None:
            self._governor.hold(now + delay)
            self._again.append(job.turn)
            return None
        self.tally.failed += 1
        self.is_halted = self.is_halted or self.tally.failed > self._most_failed
        return self._record(job.turn, outcome)

    def _delay(self, error: AzchatError, turn: _Turn) -> float | None:
        """Return how long all wait before it is tried again; None: it was tried often enough."""
        if turn.sent >= self._policy.attempts:
            return None
        is_of_service = isinstance(error, NetworkError) or (error.http_status or 0) >= 500
        return (self._policy.delay(error, turn.sent) or 0.0) if is_of_service else 0.0

    def _is_for_all(self, error: AzchatError, turn: _Turn) -> bool:
        """Whether it is no failure of this question: nothing of what is left would be answered."""
        if error.code == "cost" or isinstance(error, AuthError):
            return True
        is_used_up = error.http_status in (402, 429) or error.cause in _USED_UP
        if is_used_up and (not error.retryable or (error.retry_after or 0.0) > _LONGEST_WAIT):
            return True
        if isinstance(error, ConfigError) or error.http_status in _OF_ALL:
            return self.tally.whole == 0
        is_out = isinstance(error, NetworkError) or (error.http_status or 0) >= 500
        is_tried = turn.sent >= self._policy.attempts
        return is_out and is_tried and self.tally.whole == turn.answered

    def _record(self, turn: _Turn, outcome: Outcome) -> Record:
        question, reply = turn.question, outcome.reply
        own: Record = {"id": question.id, "line": question.number, "attempts": turn.sent}
        own["hash"] = f"{self._digests[question.number]:016x}"
        if question.metadata is not None:
            own["metadata"] = question.metadata
        return own | {name: value for name, value in reply.items() if name != "id"}
