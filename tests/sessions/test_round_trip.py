"""What is saved comes back as it was."""

import time
from pathlib import Path
from typing import Any

import pytest

from azchat.events import (
    Echoed,
    Event,
    Relabelled,
    RequestSent,
    RetryScheduled,
    TextDelta,
    Timing,
    ToolCalled,
    ToolReturned,
    TurnFinished,
)
from azchat.messages import (
    Echo,
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)
from azchat.sessions.store import Store
from tests.sessions.talk import FINISHED, USAGE, begin, last, receive, say, text, thinking

CALL = ToolCall("call_1", "weather", '{"city": "Köln"}')
ECHO = Echo(("chat", "http://here/v1", "m"), "d1", ({"reasoning": {"x": [1, None]}},))


def test_a_turn_has_its_question_answer_and_thinking(store: Store) -> None:
    say(store, "why?", "because", thought="hmm")
    turn = last(store)
    assert (turn.question.text, turn.answer, turn.reasoning) == ("why?", "because", "hmm")
    assert turn.messages[1].parts == (Reasoning("hmm"), Text("because"))


@pytest.mark.parametrize(
    "part",
    [
        Text("words"),
        Text(""),
        Image("data:image/png;base64,AAAA"),
        Image("https://example.com/a.png", "low"),
        File("notes.txt", "what is in it"),
        ToolResult("call_1", "sunny"),
        Reasoning("secret"),
    ],
    ids=lambda part: part.type,
)
def test_every_part_of_a_question_comes_back(store: Store, part: Part) -> None:
    question = Message.user(Text("look"), part, Text("well?"))
    store.begin(question, model="m").finish()
    assert last(store).question == question


@pytest.mark.parametrize(
    "words",
    [
        "a\0b",
        "\r\n\t",
        "\ufeffbom",
        "e\u0301 \u202e \U000e0041 👩‍👩‍👧",
        "'; DROP TABLE turns; --",
        "\x1b[31m",
    ],
    ids=ascii,
)
def test_any_text_comes_back(store: Store, words: str) -> None:
    say(store, words, f"{words}|", thought=words)
    turn = last(store)
    assert (turn.question.text, turn.answer, turn.reasoning) == (words, f"{words}|", words)


def test_half_a_character_is_replaced(store: Store) -> None:
    say(store, "a\ud800b", "c\udfffd", model="m\ud800", thought="\ud83d")
    turn = last(store)
    assert (turn.question.text, turn.answer, turn.reasoning) == ("a\ufffdb", "c\ufffdd", "\ufffd")


def test_the_settings_of_a_turn_come_back(store: Store) -> None:
    settings: dict[str, Any] = {"system": "Be brief.", "temperature": 0.0, "stop": ["a", "b"]}
    begin(store, settings=settings | {"extras": {"k": [1, {"x": None}]}}).finish()
    assert last(store).settings == settings | {"extras": {"k": [1, {"x": None}]}}


def test_usage_and_times_come_back(store: Store) -> None:
    receive(journal := begin(store), [*thinking("a", "b", "c"), *text("d"), FINISHED]).finish()
    turn = last(store)
    assert (turn.usage, turn.seconds, turn.thought) == (USAGE, 2.5, 2.0)
    assert (turn.model, turn.state, turn.reason) == ("served-model", "complete", None)
    assert abs(turn.began - time.time()) < 60
    assert journal.failure is None


def test_a_turn_without_usage_has_none(store: Store) -> None:
    end = TurnFinished("stop", None, Timing(1.0), None)
    receive(begin(store), [*text("a"), end]).finish()
    assert last(store).usage is None
    assert last(store).model == "m"


def test_a_session_counts_its_tokens(store: Store) -> None:
    session = say(store).session
    part = TurnFinished("stop", Usage(prompt=3, completion=4), Timing(1.0), None)
    receive(begin(store, session=session), [*text("a"), part]).finish()
    assert store.load(session).info.tokens == 12 + 7


def test_tool_calls_and_results_come_back_in_their_order(store: Store) -> None:
    events: list[Event] = [
        *(RequestSent(0.0), *thinking("look it up"), ToolCalled(CALL)),
        *(ToolReturned(ToolResult("call_1", "sunny")), RequestSent(1.0), *text("It is sunny.")),
    ]
    receive(begin(store), events).finish()
    assert last(store).messages[1:] == (
        Message("assistant", (Reasoning("look it up"), CALL)),
        Message("tool", (ToolResult("call_1", "sunny"),)),
        Message("assistant", (Text("It is sunny."),)),
    )


def test_what_a_service_wants_back_unread_comes_back(store: Store) -> None:
    receive(begin(store), [*text("a"), Echoed(ECHO)]).finish()
    assert last(store).messages[1] == Message("assistant", (Text("a"),), ECHO)
    copy = store.load(store.fork(store.sessions()[0].id))
    assert copy.messages[1].echo == ECHO


def test_what_it_wants_back_is_known_while_the_turn_goes_on(store: Store) -> None:
    receive(begin(store), [*text("a"), Echoed(ECHO)])
    assert last(store).messages[1].echo == ECHO


def test_an_answer_that_was_thinking_is_thinking(store: Store) -> None:
    events = [*text("hm", "mm"), Relabelled("reasoning", 14.0), *text("yes"), FINISHED]
    receive(begin(store), events).finish()
    turn = last(store)
    assert (turn.reasoning, turn.answer, turn.thought) == ("hmmm", "yes", 4.0)


def test_thinking_that_was_the_answer_is_the_answer(store: Store) -> None:
    receive(begin(store), [*thinking("it ", "is"), Relabelled("text", 3.0), FINISHED]).finish()
    turn = last(store)
    assert (turn.reasoning, turn.answer, turn.thought) == ("", "it is", None)


def test_the_thinking_of_all_responses_is_counted_and_nothing_between(store: Store) -> None:
    asked = [RequestSent(0.0), *thinking("a", "b", "c"), ToolCalled(CALL)]
    events = [*asked, RequestSent(60.0), *thinking("it ", "is"), Relabelled("text", 3.0)]
    receive(begin(store), events).finish()
    assert last(store).thought == 2.0


def test_relabelling_ends_at_the_request_before(store: Store) -> None:
    events = [*text("one"), RequestSent(2.0), *text("two"), Relabelled("reasoning", 3.0)]
    receive(begin(store), events).finish()
    assert (last(store).answer, last(store).reasoning) == ("one", "two")


def test_requests_that_were_tried_again_leave_no_empty_message(store: Store) -> None:
    events: list[Event] = [
        *(RequestSent(0.0), RetryScheduled("HTTP 503", 0.1, 1, 3), RequestSent(1.0, 2)),
        *(RetryScheduled("HTTP 503", 0.1, 2, 3), RequestSent(2.0, 3), *text("a")),
    ]
    receive(begin(store), events).finish()
    assert last(store).messages[1:] == (Message("assistant", (Text("a"),)),)


def test_a_turn_without_a_word_is_a_turn(store: Store) -> None:
    receive(begin(store), [RequestSent(0.0), TextDelta("", 0, 1.0), FINISHED]).finish()
    turn = last(store)
    assert (turn.state, turn.messages[1:], turn.can_be_sent) == ("complete", (), False)


def test_another_process_sees_an_answer_while_it_comes(store: Store, folder: Path) -> None:
    receive(begin(store), [*thinking("hmm"), *text("so ", "far")])
    other = Store(folder, print)
    turn = last(other)
    other.close()
    assert (turn.state, turn.answer, turn.reasoning) == ("streaming", "so far", "hmm")


def test_without_a_folder_all_is_in_memory(told: list[str]) -> None:
    store = Store(None, told.append)
    say(store, "why?", "because")
    assert last(store).answer == "because"
    assert [found.type for found in store.search("because")] == ["text"]
    store.close()
