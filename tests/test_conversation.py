import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.conversation import (
    MAX_KEPT_CHARACTERS,
    Conversation,
    ModelSettings,
    fold,
)
from azchat.events import (
    Echoed,
    Event,
    NoticeRaised,
    ReasoningDelta,
    Relabelled,
    RequestSent,
    RetryScheduled,
    TextDelta,
    ToolCalled,
    UsageReported,
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

CALL = ToolCall("a", "f", "{}")
ECHO = Echo(("chat", "http://here/v1", "m"), "d1", ({"a": 1},))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
WORDS = st.text(max_size=20)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, WORDS),
    st.builds(Reasoning, WORDS),
    st.builds(Image, WORDS, st.none() | st.sampled_from(["low", "high"])),
    st.builds(File, WORDS, WORDS),
    st.builds(ToolCall, WORDS, WORDS, WORDS),
    st.builds(ToolResult, WORDS, WORDS),
)
ITEMS = st.lists(st.dictionaries(WORDS, JSON, max_size=3), max_size=3).map(tuple)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(PARTS, max_size=5).map(tuple),
    st.none() | st.builds(Echo, st.tuples(WORDS, WORDS, WORDS), WORDS, ITEMS),
)
NOT_CONTENT: list[Event] = [
    RequestSent(0.0),
    RetryScheduled("busy", 1.0, 1, 3),
    UsageReported(Usage()),
    NoticeRaised("repair", "x"),
]


def text(words: str) -> TextDelta:
    return TextDelta(words, 1, 0.0)


def thought(words: str) -> ReasoningDelta:
    return ReasoningDelta(words, 1, 0.0)


def kinds(parts: Iterable[Part]) -> list[type]:
    return [type(part) for part in parts]


# Folding


def test_no_events_make_an_empty_message() -> None:
    assert fold([]) == Message("assistant", ())


def test_deltas_of_one_kind_are_one_part() -> None:
    message = fold([thought("H"), thought("m."), text("Y"), text("es.")])
    assert message.parts == (Reasoning("Hm."), Text("Yes."))
    assert kinds(message.parts) == [Reasoning, Text]


def test_parts_keep_the_order_in_which_they_came() -> None:
    message = fold([text("a"), thought("b"), text("c")])
    assert kinds(message.parts) == [Text, Reasoning, Text]
    assert (message.text, message.reasoning) == ("ac", "b")


def test_calls_stand_last() -> None:
    assert fold([ToolCalled(CALL), text("a")]).parts == (Text("a"), CALL)


def test_empty_deltas_make_no_part() -> None:
    assert fold([text(""), thought("")]).parts == ()


@pytest.mark.parametrize("event", NOT_CONTENT)
def test_what_carries_no_content_changes_nothing(event: Event) -> None:
    assert fold([text("a"), event, text("b")]).parts == (Text("ab"),)


def test_what_was_said_can_turn_out_to_be_thinking() -> None:
    message = fold([text("Hm"), text("."), Relabelled("reasoning", 0.0), text("Yes.")])
    assert message.parts == (Reasoning("Hm."), Text("Yes."))
    assert kinds(message.parts) == [Reasoning, Text]


def test_what_was_thought_can_turn_out_to_be_the_answer() -> None:
    message = fold([thought("Yes"), thought("."), Relabelled("text", 0.0)])
    assert (message.text, message.reasoning) == ("Yes.", "")


def test_what_is_to_be_echoed_is_no_part() -> None:
    message = fold([text("Y"), Echoed(ECHO), text("es.")])
    assert message == Message("assistant", (Text("Yes."),), ECHO)
    assert Message.from_dict(json.loads(json.dumps(message.to_dict()))) == message


def test_all_that_is_to_be_echoed_is_kept() -> None:
    echo = fold([Echoed(ECHO), text("Yes."), Echoed(ECHO._replace(items=({"b": 2},)))]).echo
    assert echo == ECHO._replace(items=({"a": 1}, {"b": 2}))


def test_an_answer_without_end_is_not_kept_without_end() -> None:
    block = "x" * (1024 * 1024)
    kept = fold(text(block) for _ in range(20)).text
    assert 0 < len(kept) <= MAX_KEPT_CHARACTERS


@settings(max_examples=100, deadline=None)
@given(pieces=st.lists(st.tuples(st.booleans(), WORDS), max_size=12))
def test_nothing_of_text_or_thinking_is_lost(pieces: list[tuple[bool, str]]) -> None:
    message = fold(text(words) if is_text else thought(words) for is_text, words in pieces)
    assert message.text == "".join(words for is_text, words in pieces if is_text)
    assert message.reasoning == "".join(words for is_text, words in pieces if not is_text)


# Messages


@settings(max_examples=200, deadline=None)
@given(message=MESSAGES)
def test_a_message_comes_back_from_json_as_it_was(message: Message) -> None:
    again = Message.from_dict(json.loads(json.dumps(message.to_dict())))
    assert again == message
    assert kinds(again.parts) == kinds(message.parts)


def test_a_field_that_came_later_is_ignored() -> None:
    part = {"type": "text", "text": "Hi", "colour": "red"}
    data = {"role": "user", "parts": [part], "mood": "good"}
    assert Message.from_dict(data) == Message.user(Text("Hi"))


def test_a_field_that_came_later_may_be_missing() -> None:
    data = {"role": "user", "parts": [{"type": "image", "url": "u"}]}
    assert Message.from_dict(data) == Message.user(Image("u"))


@settings(max_examples=50, deadline=None)
@given(message=MESSAGES)
def test_the_sides_of_a_message_are_its_parts_joined(message: Message) -> None:
    assert message.text == "".join(p.text for p in message.parts if type(p) is Text)
    assert message.reasoning == "".join(p.text for p in message.parts if type(p) is Reasoning)
    assert all(type(call) is ToolCall for call in message.tool_calls)


# Conversations


def test_a_conversation_grows_by_making_another_one() -> None:
    before = Conversation(ModelSettings(model="m"))
    after = before.with_messages(Message.system("a"), Message.user(Text("b")))
    assert before.messages == ()
    assert [message.role for message in after.messages] == ["system", "user"]
    assert after.settings.model == "m"


# Usage


def test_usage_adds_up_and_unknown_stays_unknown() -> None:
    total = Usage(1, 2, reasoning=None, cached=3).plus(Usage(10, None, reasoning=None, cached=30))
    assert total == Usage(11, 2, None, 33, None)


def test_usage_goes_under_the_names_of_the_json_outputs() -> None:
    assert Usage(1, 2, 3, 4, 5, 6).to_dict() == {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "reasoning_tokens": 3,
        "cached_tokens": 4,
        "total_tokens": 5,
        "cache_write_tokens": 6,
    }
