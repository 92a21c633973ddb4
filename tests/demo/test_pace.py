"""The demo on a terminal: slow enough to be seen, quick enough that nobody waits."""

import pytest

from azchat.demo.transport import TYPING_SECONDS, TYPING_SPEED, DemoTransport
from azchat.dialects.asked import Request


class Clock:
    """A clock that only sleeping and working moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def seconds_of(question: str, busy: float = 0.0, **more: object) -> float:
    """Return how long an answer takes, where showing each piece takes ``busy`` seconds."""
    clock = Clock()
    transport = DemoTransport(
        tokens_per_second=TYPING_SPEED, sleep=clock.sleep, clock=clock, within=TYPING_SECONDS
    )
    said = [{"role": "user", "content": question}]
    body = {"model": "DeepSeek-R1", "messages": said, "stream": True, **more}
    reply = transport.send(Request("/chat/completions", body))
    while reply.read(1.0):
        clock.now += busy
    return clock.now


@pytest.mark.parametrize(
    "question",
    ["How many languages are in the world?", "hi", "x" * 5000, "Compare sorting algorithms"],
)
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("busy", [0.0, 0.02], ids=["idle", "busy"])
def test_an_answer_takes_4_to_8_seconds(question: str, stream: bool, busy: float) -> None:
    assert 4 < seconds_of(question, busy, stream=stream) < 7


def test_a_call_leaves_time_for_the_answer() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    assert seconds_of("hi", tools=[tool], tool_choice="required") < 2
