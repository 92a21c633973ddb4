import json
from collections.abc import Callable, Generator, Iterator, Mapping
from itertools import chain
from math import inf
from typing import Any

import pytest

from azchat.conversation import Conversation, ModelSettings
from azchat.dialects import named
from azchat.dialects.asked import Asked, Request
from azchat.engine.chat import Chat, Outside
from azchat.engine.limits import TurnLimits
from azchat.engine.retry import RetryPolicy
from azchat.engine.transport import ReplayTransport, Reply
from azchat.engine.turn import Turn
from azchat.errors import (
    AuthError,
    AzchatError,
    IncompleteError,
    Interrupted,
    NetworkError,
    ServiceError,
)
from azchat.events import (
    Event,
    NoticeRaised,
    ReasoningDelta,
    Relabelled,
    RequestSent,
    RetryScheduled,
    TextDelta,
    ToolCalled,
    TurnFinished,
    TurnInterrupted,
)
from azchat.messages import Message, Reasoning, Text, Usage
from azchat.wire.status import Destination

HI = Message.user(Text("Hi"))
DONE = b"data: [DONE]\n\n"
BUSY = b'HTTP/1.1 503 Busy\r\n\r\n{"error":{"message":"Come later"}}'
REFUSED = b'HTTP/1.1 401 Unauthorized\r\n\r\n{"error":{"message":"Who are you?"}}'


def delta(finish: str | None = None, **fields: object) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def said(text: str, finish: str | None = None) -> bytes:
    return delta(finish, content=text)


WHOLE = said("Hello") + said(" you", "stop") + DONE
HALF = said("Hel") + said("lo")


class Clock:
    """A time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


# What a reply does when it is read: give bytes, raise, or wait so many seconds first.
Step = bytes | BaseException | tuple[float, bytes]


class ScriptedReply:
    """A reply that follows its script; after the end it is silent for ever."""

    headers: Mapping[str, str] = {}

    def __init__(self, clock: Clock, steps: Iterator[Step], status: int) -> None:
        self.status = status
        self._clock, self._steps = clock, steps
        self._late: tuple[float, bytes] | None = None
        self.is_closed = False

    def read(self, timeout: float) -> bytes:
        step = self._late or next(self._steps, (1e9, b""))
        self._late = None
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, bytes):
            return step
        wait, data = step
        if wait > timeout:
            self._late = (wait - timeout, data)
            self._clock.now += timeout
            raise TimeoutError
        self._clock.now += wait
        return data

    def close(self) -> None:
        self.is_closed = True


class ScriptedTransport:
    """Each request gets the next reply; an exception instead of a script is raised."""

    destination = Destination("host")

    def __init__(
        self, clock: Clock, replies: tuple[Iterator[Step] | BaseException, ...], status: int
    ) -> None:
        self._clock, self._script, self._status = clock, iter(replies), status
        self.replies: list[ScriptedReply] = []
        self.bodies: list[Mapping[str, Any]] = []

    def send(self, request: Request, timeout: float = inf) -> Reply:
        self.bodies.append(request.body)
        script = next(self._script)
        if isinstance(script, BaseException):
            raise script
        self.replies.append(ScriptedReply(self._clock, script, self._status))
        return self.replies[-1]

    def mend(self, error: AzchatError) -> None:
        """Nobody signs in."""

    def close(self) -> None:
        """Nothing is open."""


class Talk:
    """A chat over a script, what it said, and how it ended."""

    def __init__(
        self,
        *replies: Iterator[Step] | BaseException,
        clock: Clock | None = None,
        status: int = 200,
        total: float | None = None,
        stream: bool = True,
    ) -> None:
        self.clock = clock or Clock()
        self.transport = ScriptedTransport(self.clock, replies, status)
        self.chat = Chat(
            self.transport,
            Asked(Conversation(), stream=stream),
            named("chat"),
            limits=TurnLimits(idle=10.0, total=total, retry=RetryPolicy(3, 1.0)),
            outside=Outside(clock=self.clock, sleep=self.clock.sleep),
        )
        self.events: list[Event] = []

    def send(self) -> AzchatError | None:
        """Run a turn and return the error that it ended with."""
        try:
            self.listen(self.chat.send(HI))
        except AzchatError as error:
            return error
        return None

    def listen(self, turn: Generator[Event, None, None]) -> None:
        for event in turn:
            self.events.append(event)  # not a list of all: those before an error count

    @property
    def answer(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, TextDelta))

    @property
    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


def script(*steps: Step) -> Iterator[Step]:
    return iter(steps)


def replay(
    *recordings: bytes, limits: TurnLimits | None = None, redact: Callable[[str], str] = str
) -> tuple[Chat, list[Event], AzchatError | None]:
    """Run one turn over recordings."""
    outside = Outside(redact, sleep=lambda _: None)
    chat = Chat(
        ReplayTransport(recordings),
        Asked(Conversation()),
        named("chat"),
        limits=limits,
        outside=outside,
    )
    events: list[Event] = []
    try:
        for event in chat.send(HI):
            events.append(event)  # not a list of all: those before an error count
    except AzchatError as error:
        return chat, events, error
    return chat, events, None


def roles(chat: Chat) -> list[str]:
    return [message.role for message in chat.conversation.messages]


# A turn that goes well


def test_a_turn_tells_what_happens_in_order() -> None:
    talk = Talk(script(WHOLE))
    assert talk.send() is None
    assert talk.kinds == ["RequestSent", "TextDelta", "TurnFinished"]


def test_question_and_answer_become_part_of_the_conversation() -> None:
    chat, _, _ = replay(WHOLE)
    assert chat.conversation.messages == (HI, Message("assistant", (Text("Hello you"),)))


def test_the_next_turn_sends_what_was_said_before() -> None:
    talk = Talk(script(WHOLE), script(WHOLE))
    talk.send()
    talk.send()
    contents = [message["content"] for message in talk.transport.bodies[1]["messages"]]
    assert contents == ["Hi", "Hello you", "Hi"]


def test_thinking_is_kept_and_not_sent_again() -> None:
    thinking = delta(reasoning_content="Hm.") + WHOLE
    talk = Talk(script(thinking), script(WHOLE))
    talk.send()
    talk.send()
    assert talk.chat.conversation.messages[1].reasoning == "Hm."
    assert "Hm." not in json.dumps(talk.transport.bodies[1])


def test_the_end_of_a_turn_tells_its_tokens_model_and_reason() -> None:
    usage = b'data: {"choices":[],"model":"m","usage":{"completion_tokens":5}}\n\n'
    _, events, _ = replay(said("a", "stop") + usage + DONE)
    last = events[-1]
    assert isinstance(last, TurnFinished)
    assert (last.finish_reason, last.usage, last.model) == ("stop", Usage(completion=5), "m")


def test_the_end_of_a_turn_tells_its_times() -> None:
    talk = Talk(script((2.0, delta(reasoning_content="Hm.")), (3.0, WHOLE)))
    talk.send()
    timing = getattr(talk.events[-1], "timing")  # noqa: B009
    assert (timing.first_reasoning, timing.first_text, timing.total) == (2.0, 5.0, 5.0)


def test_text_that_turns_out_to_be_thinking_turns_its_time_too() -> None:
    talk = Talk(script((2.0, said("Hm.")), (3.0, said("</think>Yes.", "stop") + DONE)))
    talk.send()
    timing = getattr(talk.events[-1], "timing")  # noqa: B009
    assert (timing.first_reasoning, timing.first_text) == (2.0, 5.0)


def test_text_of_an_earlier_response_keeps_its_time() -> None:
    turn = Turn(lambda: 0.0)
    responses: list[list[Event]] = [
        [TextDelta("I look it up.", 4, 1.0)],
        [TextDelta("Hm.", 1, 5.0), Relabelled("reasoning", 6.0), TextDelta("Noon.", 2, 7.0)],
    ]
    for events in responses:
        turn.begin_response()
        for event in events:
            turn.receive(event)
    timing = turn.interrupted("").timing
    assert (timing.first_reasoning, timing.first_text) == (5.0, 1.0)


def test_a_reply_is_closed_after_its_turn() -> None:
    talk = Talk(script(WHOLE))
    talk.send()
    assert talk.transport.replies[0].is_closed


def test_nothing_is_read_behind_the_end_marker() -> None:
    talk = Talk(script(WHOLE, AssertionError("read on")))
    assert talk.send() is None


def test_after_the_finish_reason_only_a_moment_is_waited_for_more() -> None:
    talk = Talk(script(said("Hello", "stop")))
    assert talk.send() is None
    assert talk.clock.now - 100.0 < 1.0


def test_a_connection_that_breaks_after_the_finish_reason_does_no_harm() -> None:
    talk = Talk(script(said("Hello", "stop"), NetworkError("reset")))
    assert talk.send() is None
    assert talk.answer == "Hello"


def test_usage_that_comes_a_moment_after_the_finish_reason_is_told() -> None:
    usage = b'data: {"choices":[],"usage":{"completion_tokens":5}}\n\n'
    talk = Talk(script(said("a", "stop"), (0.3, usage), (0.3, DONE)))
    talk.send()
    assert "UsageReported" in talk.kinds


def test_a_whole_reply_is_a_turn_too() -> None:
    body = b'{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}'
    chat, _, error = replay(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)
    assert error is None
    assert chat.conversation.messages[-1].text == "Hello"


def test_the_wish_not_to_stream_is_sent() -> None:
    talk = Talk(script(WHOLE), stream=False)
    talk.send()
    assert "stream" not in talk.transport.bodies[0]
    assert "stream_options" not in talk.transport.bodies[0]


# Retries


def test_a_retry_is_told_before_it_waits() -> None:
    talk = Talk(NetworkError("cut", retryable=True), script(WHOLE))
    turn = talk.chat.send(HI)
    assert type(next(turn)) is RequestSent
    scheduled = next(turn)
    assert isinstance(scheduled, RetryScheduled)
    assert (scheduled.reason, scheduled.attempt, scheduled.attempts) == ("cut", 1, 3)
    assert talk.clock.slept == []
    talk.listen(turn)
    assert talk.clock.slept == [scheduled.delay]


def test_a_retry_brings_the_answer_once() -> None:
    chat, events, error = replay(BUSY, BUSY, WHOLE)
    assert error is None
    assert [e.attempt for e in events if isinstance(e, RequestSent)] == [1, 2, 3]
    assert roles(chat) == ["user", "assistant"]


def test_after_the_last_attempt_the_error_is_told() -> None:
    _, events, error = replay(BUSY, BUSY, BUSY, WHOLE)
    assert isinstance(error, ServiceError)
    assert len([e for e in events if isinstance(e, RequestSent)]) == 3
    assert isinstance(events[-1], TurnInterrupted)


def test_a_refused_sign_in_is_not_tried_again() -> None:
    _, events, error = replay(REFUSED, WHOLE)
    assert isinstance(error, AuthError)
    assert len([e for e in events if isinstance(e, RequestSent)]) == 1


@pytest.mark.parametrize(
    "failure",
    [NetworkError("reset"), b'data: {"error":{"message":"x"}}\n\n', (1e9, b""), b""],
    ids=["network", "error event", "silence", "end"],
)
@pytest.mark.parametrize(
    "word", [said("Hel"), delta(reasoning_content="Hm")], ids=["text", "thinking"]
)
def test_after_the_first_word_nothing_is_tried_again(word: bytes, failure: Step) -> None:
    talk = Talk(script(word, failure), script(WHOLE))
    assert isinstance(talk.send(), IncompleteError)
    assert len(talk.transport.bodies) == 1


def test_an_error_behind_a_tool_call_leaves_the_call_unmade() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "rm", "arguments": "{}"}}
    error = b'data: {"error":{"message":"gone"}}\n\n'
    _, events, failure = replay(said("So") + delta("tool_calls", tool_calls=[call]) + error)
    assert not [event for event in events if isinstance(event, ToolCalled)]
    assert isinstance(failure, IncompleteError)


def test_a_connection_that_breaks_before_the_first_word_is_tried_again() -> None:
    talk = Talk(script(b": ping\n\n", NetworkError("reset")), script(WHOLE))
    assert talk.send() is None
    assert talk.answer == "Hello you"


def test_an_error_event_before_the_first_word_is_tried_again() -> None:
    talk = Talk(script(b'data: {"error":{"message":"busy"}}\n\n'), script(WHOLE))
    assert talk.send() is None
    assert "RetryScheduled" in talk.kinds


def test_a_wait_that_is_too_long_is_told_and_not_waited() -> None:
    _, _, error = replay(b"HTTP/1.1 429 Busy\r\nRetry-After: 3600\r\n\r\n{}", WHOLE)
    assert isinstance(error, ServiceError)
    assert "retry after 3600 s" in error.what


def test_a_wait_beyond_the_turns_total_is_not_begun() -> None:
    failure = ServiceError("busy", retryable=True, retry_after=30.0)
    talk = Talk(failure, script(WHOLE), total=20.0)
    error = talk.send()
    assert error
    assert talk.clock.slept == []


def test_what_a_service_repeats_of_a_key_is_masked() -> None:
    body = b'HTTP/1.1 400 Bad\r\n\r\n{"error":{"message":"bad key sk-SECRET"}}'
    _, events, error = replay(body, redact=lambda text: text.replace("sk-SECRET", "***"))
    assert error
    assert "sk-SECRET" not in f"{error.what}{events}"


# A service that does not know stream_options

UNKNOWN = b'HTTP/1.1 %d Bad\r\n\r\n{"error":{"message":"Unknown parameter: stream_options"}}'


@pytest.mark.parametrize("status", [400, 422])
def test_the_question_for_the_usage_is_dropped_once_it_is_refused(status: int) -> None:
    transport = ReplayTransport([UNKNOWN % status, WHOLE, WHOLE])
    chat = Chat(transport, Asked(Conversation()), named("chat"))
    notices = [event for event in chat.send(HI) if isinstance(event, NoticeRaised)]
    assert [notice.kind for notice in notices] == ["repair"]
    list(chat.send(HI))
    assert ["stream_options" in request.body for request in transport.requests] == [
        True,
        False,
        False,
    ]
    assert [repair.name for repair in chat.repairs] == ["stream_options"]


def test_the_question_for_the_usage_is_dropped_only_once() -> None:
    _, events, error = replay(UNKNOWN % 400, UNKNOWN % 400, WHOLE)
    assert isinstance(error, ServiceError)
    assert len([e for e in events if isinstance(e, RequestSent)]) == 2


def test_a_repair_costs_no_attempt() -> None:
    _, events, error = replay(BUSY, UNKNOWN % 400, BUSY, WHOLE)
    assert error is None
    assert [e.attempt for e in events if isinstance(e, RequestSent)] == [1, 2, 2, 3]


def test_another_refusal_is_no_reason_to_ask_again() -> None:
    _, events, error = replay(b'HTTP/1.1 400 Bad\r\n\r\n{"error":{"message":"Unknown: top_k"}}')
    assert isinstance(error, ServiceError)
    assert len([e for e in events if isinstance(e, RequestSent)]) == 1


# Time


def test_silence_ends_the_turn_and_keeps_what_came() -> None:
    talk = Talk(script(HALF))
    error = talk.send()
    assert isinstance(error, IncompleteError)
    assert error.what == "no more came for 10 s"
    assert talk.chat.conversation.messages[-1].text == "Hello"


def test_slow_words_are_no_silence() -> None:
    steps: list[Step] = [(9.0, said("x")) for _ in range(20)]
    talk = Talk(script(*steps, (9.0, said("", "stop"))))
    assert talk.send() is None


def test_comments_do_not_break_a_silence() -> None:
    steps: list[Step] = [(1.0, b": keep-alive\n\n") for _ in range(100)]
    talk = Talk(script(HALF, *steps, WHOLE))
    assert isinstance(talk.send(), IncompleteError)
    assert talk.clock.now < 115.0


def flood(clock: Clock, data: bytes) -> Iterator[Step]:
    """Always something to read, so that no read ever waits."""
    for _ in range(500):
        clock.now += 0.5
        yield data
    raise AssertionError("the flood was read to its end")


def test_comments_that_never_pause_do_not_break_a_silence() -> None:
    clock = Clock()
    talk = Talk(chain([HALF], flood(clock, b": keep-alive\n\n")), clock=clock)
    assert isinstance(talk.send(), IncompleteError)
    assert clock.now < 115.0


def test_words_that_never_pause_end_at_the_turns_total() -> None:
    clock = Clock()
    talk = Talk(flood(clock, said("x")), clock=clock, total=30.0)
    error = talk.send()
    assert error
    assert "longer than 30 s" in error.what
    assert clock.now < 135.0


def test_a_turn_takes_no_longer_than_its_total() -> None:
    steps: list[Step] = [(9.0, said("x")) for _ in range(20)]
    talk = Talk(script(*steps), total=30.0)
    error = talk.send()
    assert isinstance(error, IncompleteError)
    assert "the turn took longer than 30 s" in error.what
    assert talk.clock.now == 130.0


def test_the_total_runs_on_over_retries() -> None:
    failure = ServiceError("busy", retryable=True, retry_after=8.0)
    talk = Talk(failure, failure, script((9.0, WHOLE)), total=20.0)
    assert talk.send()
    assert talk.clock.now <= 120.0


def test_a_silent_refusal_is_told_by_its_status() -> None:
    error = Talk(script(), status=404).send()
    assert error
    assert error.http_status == 404


# Interruptions


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), Interrupted(15)])
def test_an_interrupted_turn_keeps_what_came(interruption: BaseException) -> None:
    talk = Talk(script(HALF, interruption), script(WHOLE))
    with pytest.raises(type(interruption)):
        talk.listen(talk.chat.send(HI))
    last = talk.events[-1]
    assert isinstance(last, TurnInterrupted)
    assert last.reason == "interrupted"
    assert talk.chat.conversation.messages[-1].text == "Hello"


def test_an_interrupted_turn_closes_its_reply() -> None:
    talk = Talk(script(HALF, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        talk.listen(talk.chat.send(HI))
    assert talk.transport.replies[0].is_closed


def test_an_interrupted_turn_keeps_what_was_held_back_for_a_tag() -> None:
    talk = Talk(script(said("if a <"), KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        talk.listen(talk.chat.send(HI))
    assert talk.chat.conversation.messages[-1].text == "if a <"


def test_after_an_interruption_the_next_turn_works() -> None:
    talk = Talk(script(HALF, KeyboardInterrupt()), script(WHOLE))
    with pytest.raises(KeyboardInterrupt):
        talk.listen(talk.chat.send(HI))
    assert talk.send() is None
    assert roles(talk.chat) == ["user", "assistant", "user", "assistant"]


def test_an_interruption_before_the_reply_is_told_too() -> None:
    talk = Talk(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        talk.listen(talk.chat.send(HI))
    assert talk.kinds == ["RequestSent", "TurnInterrupted"]


class ImpatientClock(Clock):
    """The user presses Ctrl-C as soon as somebody sleeps."""

    def sleep(self, seconds: float) -> None:
        raise KeyboardInterrupt


def test_an_interruption_while_waiting_for_a_retry_is_told_too() -> None:
    talk = Talk(NetworkError("cut", retryable=True), clock=ImpatientClock())
    with pytest.raises(KeyboardInterrupt):
        talk.listen(talk.chat.send(HI))
    assert talk.kinds == ["RequestSent", "RetryScheduled", "TurnInterrupted"]


def test_a_turn_that_nobody_listens_to_any_more_keeps_what_came() -> None:
    talk = Talk(script(HALF, WHOLE))
    turn = talk.chat.send(HI)
    assert type(next(turn)) is RequestSent
    assert type(next(turn)) is TextDelta
    turn.close()
    assert talk.chat.conversation.messages[-1].text == "Hello"
    assert talk.transport.replies[0].is_closed


def test_a_turn_closed_before_it_began_changes_nothing() -> None:
    talk = Talk(script(WHOLE))
    talk.chat.send(HI).close()
    assert talk.chat.conversation.messages == ()
    assert talk.transport.bodies == []


def test_an_answer_is_kept_once_however_late_the_listener_leaves() -> None:
    talk = Talk(script(HALF, KeyboardInterrupt()))
    turn = talk.chat.send(HI)
    while not isinstance(next(turn), TurnInterrupted):
        pass
    turn.close()
    assert roles(talk.chat) == ["user", "assistant"]


# Failures


def test_a_failed_turn_ends_with_its_reason_and_raises_it() -> None:
    talk = Talk(script(HALF, b'data: {"error":{"message":"overloaded"}}\n\n'))
    error = talk.send()
    assert error
    last = talk.events[-1]
    assert isinstance(last, TurnInterrupted)
    assert last.reason == error.what == "service error: overloaded"


def test_a_failed_turn_keeps_what_came() -> None:
    chat, _, error = replay(HALF)
    assert isinstance(error, IncompleteError)
    assert chat.conversation.messages == (HI, Message("assistant", (Text("Hello"),)))


def test_a_broken_connection_brings_what_was_held_back_first() -> None:
    talk = Talk(script(said("if a <"), NetworkError("reset")))
    assert isinstance(talk.send(), IncompleteError)
    assert talk.answer == "if a <"


def test_a_silence_brings_what_was_held_back_first() -> None:
    talk = Talk(script(said("if a <")))
    assert isinstance(talk.send(), IncompleteError)
    assert talk.answer == "if a <"


def test_an_error_event_brings_what_was_held_back_first() -> None:
    talk = Talk(script(said("if a <") + b'data: {"error":{"message":"x"}}\n\n'))
    assert isinstance(talk.send(), IncompleteError)
    assert talk.answer == "if a <"


def test_a_turn_that_brought_nothing_leaves_the_question_alone() -> None:
    chat, _, error = replay(REFUSED)
    assert error
    assert roles(chat) == ["user"]


def test_thinking_without_an_answer_is_kept_as_thinking() -> None:
    chat, _, error = replay(delta(reasoning_content="Hm.") + delta("length"))
    assert error
    assert chat.conversation.messages[-1].parts == (Reasoning("Hm."),)


def test_the_tokens_of_a_failed_turn_are_told() -> None:
    usage = b'data: {"choices":[],"usage":{"completion_tokens":5}}\n\n'
    _, events, _ = replay(said("a", "length") + usage + DONE)
    last = events[-1]
    assert isinstance(last, TurnInterrupted)
    assert last.usage == Usage(completion=5)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 418, 500])
def test_every_status_but_success_is_an_error(status: int) -> None:
    _, _, error = replay(b"HTTP/1.1 %d X\r\n\r\n" % status, limits=TurnLimits(retry=RetryPolicy(1)))
    assert error
    assert error.http_status == status


def test_the_model_in_question_is_named_when_it_is_not_found() -> None:
    conversation = Conversation(ModelSettings(model="gpt-9"))
    chat = Chat(ReplayTransport([b"HTTP/1.1 404 X\r\n\r\n"]), Asked(conversation), named("chat"))
    with pytest.raises(ServiceError, match="model gpt-9"):
        list(chat.send(HI))


def test_an_error_body_that_is_cut_is_told_by_its_status() -> None:
    error = Talk(script(b'{"error":', NetworkError("cut")), status=404).send()
    assert error
    assert error.http_status == 404


def test_thinking_comes_through_as_it_arrives() -> None:
    talk = Talk(
        script((1.0, delta(reasoning_content="Hm")), (1.0, delta(reasoning_content=".")), WHOLE)
    )
    talk.send()
    thoughts = [(e.text, e.at) for e in talk.events if isinstance(e, ReasoningDelta)]
    assert thoughts == [("Hm", 101.0), (".", 102.0)]
