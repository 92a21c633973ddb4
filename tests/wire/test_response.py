import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.conversation import fold
from azchat.dialects.chat.reader import ChatReader
from azchat.engine.transport import parse_recording
from azchat.errors import AzchatError, IncompleteError, ServiceError
from azchat.events import (
    Echoed,
    Event,
    NoticeRaised,
    ReasoningDelta,
    TextDelta,
    ToolCalled,
    UsageReported,
)
from azchat.messages import ToolCall, Usage
from azchat.wire.marking import Marking
from azchat.wire.response import ResponseDecoder
from azchat.wire.status import Destination, http_error
from tests.wire.cutting import CUTS, joined, pieces

RECORDINGS = {path.stem: path for path in Path(__file__).parents[1].joinpath("data").glob("*.http")}


MARKINGS: tuple[Marking, ...] = get_args(Marking)


@dataclass(frozen=True)
class Outcome:
    """What a response comes to; ``error`` is its class and words that its line contains."""

    answer: str = ""
    reasoning: str = ""
    finish: str | None = "stop"
    usage: Usage | None = None
    calls: tuple[ToolCall, ...] = ()
    error: tuple[type[AzchatError], str] | None = None
    echo: dict[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def incomplete(words: str) -> tuple[type[AzchatError], str]:
    return IncompleteError, words


def refused(words: str) -> tuple[type[AzchatError], str]:
    return ServiceError, words


R1_USAGE = Usage(11, 886, total=897)
O_USAGE = Usage(20, 1843, reasoning=448, cached=16, total=1863)
ENCRYPTED = {"encrypted_content": "gAAAA", "content": None, "summary": None}
SUMMARY = {"content": None, "summary": [{"type": "summary_text", "text": "Counting."}]}
ENCRYPTED_DETAIL = {
    "reasoning_details": [{"type": "reasoning.encrypted", "data": "gAAAA", "index": 1}]
}
OSLO = ToolCall("call_a", "weather", '{"city":"Oslo"}')
CET = ToolCall("call_b", "clock", '{"zone":"CET"}')
CALLS = "tool_calls"

OUTCOMES = {
    # Azure DeepSeek: one deployment, two routes
    "deepseek-models-route": Outcome(
        "The exact number is unknown.", "Okay, the user asks.\n", usage=R1_USAGE
    ),
    "deepseek-models-route-whole": Outcome(
        "The exact number is unknown.", "Okay, the user asks.\n", usage=R1_USAGE
    ),
    "deepseek-v1-route": Outcome(
        "The exact number is unknown.", "Okay, the user asks.", usage=R1_USAGE
    ),
    "deepseek-v1-route-whole": Outcome(
        "The exact number is unknown.", "Okay, the user asks.\n", usage=R1_USAGE
    ),
    "deepseek-own-api": Outcome("Yes", "Hmm.", usage=Usage(5, 9, reasoning=7, total=14)),
    "deepseek-own-api-whole": Outcome("Yes", "Hmm."),
    # Azure OpenAI and others that show no thinking
    "openai-o-series": Outcome("Four.", usage=O_USAGE),
    "openai-gpt5-whole": Outcome("Four.", usage=O_USAGE),
    "openai-refusal": Outcome("I cannot help with that."),
    "openai-length-in-thinking": Outcome(
        finish="length",
        usage=Usage(20, 100, reasoning=100, cached=16, total=1863),
        error=incomplete("length limit: all 100 tokens went to thinking, none to the answer"),
    ),
    "openai-length-in-answer": Outcome(
        "One two",
        finish="length",
        usage=Usage(3, 2, total=5),
        error=incomplete("length limit reached"),
    ),
    "grok-on-azure": Outcome("Forty-two.", usage=Usage(2, 30, reasoning=27, total=32)),
    # counted apart: https://github.com/vercel/ai/issues/11487
    "grok-of-xai": Outcome("Forty-two.", usage=Usage(279, 95, reasoning=89, cached=149, total=374)),
    # MAI
    "mai-thinking": Outcome(
        "1\n2", usage=Usage(19, 76, cached=2, total=95), echo={"reasoning": ENCRYPTED}
    ),
    "mai-thinking-whole": Outcome(
        "1\n2", usage=Usage(19, 76, cached=2, total=95), echo={"reasoning": ENCRYPTED}
    ),
    "mai-summary": Outcome("1\n2", "Counting.", echo={"reasoning": SUMMARY}),
    "mai-safety-blocked": Outcome("1\n", finish=None, error=incomplete("The output was blocked.")),
    # The field and the tags of other servers
    "phi4-space-after-tag": Outcome("Paris.", "User asks. ", usage=Usage(9, 8, total=17)),
    "vllm-old-field": Outcome("\n\n9.8", "Let me see.", usage=Usage(4, 6, total=10)),
    "vllm-new-field": Outcome("9.8", "Let me see."),
    "vllm-new-field-whole": Outcome("9.8", "Let me see."),
    "vllm-continuous-usage": Outcome("one two three", usage=Usage(4, 3, total=7)),
    "qwen3-closing-tag-only": Outcome("9.8 is larger.", "Okay, so 9.8.\n"),
    "sglang": Outcome("Blue.", "Hm, easy."),
    "sglang-one-delta": Outcome("Blue.", "Hm, easy."),
    "sglang-no-parser": Outcome("Blue.", "Hm, easy.\n"),
    "llamacpp": Outcome("Red.", "Look.", usage=Usage(7, 12, total=19)),
    "llamacpp-legacy": Outcome("Red.", "Look.", usage=Usage(7, 12, total=19)),
    "llamacpp-legacy-tag-first": Outcome("Red.", "Look.", usage=Usage(7, 12, total=19)),
    "llamacpp-legacy-whole": Outcome("Red.", "Look."),
    "llamacpp-closing-tag-only": Outcome("Red.", "Look.", usage=Usage(7, 12, total=19)),
    "llamacpp-raw-tags": Outcome("Red.", "Look.\n"),
    "llamacpp-error-line": Outcome("Re", finish=None, error=incomplete("Slot unavailable")),
    "ollama": Outcome("Grey.", "Thinking.", usage=Usage(3, 5, total=8)),
    "lmstudio": Outcome("Grey.", "Thinking."),
    "lmstudio-raw-tags": Outcome("Grey."),
    "mistral-lists": Outcome("Answer", "Hmm…", usage=Usage(3, 5, total=8)),
    "mistral-lists-whole": Outcome("Answer", "Hmm…"),
    "mistral-open-weights": Outcome("Answer", "Hmm…"),
    "mistral-model-length": Outcome(
        "Ans", finish="model_length", error=incomplete("length limit reached")
    ),
    "openrouter": Outcome("Done.", "First thought.", usage=Usage(6, 4, total=10)),
    "openrouter-details-only": Outcome("Done.", "In short."),
    "openrouter-three-names": Outcome("Done.", "Once."),
    "openrouter-encrypted": Outcome("Done.", "A thought.", echo=ENCRYPTED_DETAIL),
    "openrouter-error": Outcome(
        "Do", finish="error", error=incomplete("Provider disconnected unexpectedly")
    ),
    "kimi-raw-tags": Outcome("Sun.", "Moon."),
    "gpt-oss-harmony": Outcome("Four.", "Two and two."),
    # What only looks like thinking, and thinking that goes wrong
    "literal-tag-in-answer": Outcome("Write <think> and </think> around it."),
    "literal-closing-tag-in-backticks": Outcome("It ends with `</think>` always."),
    "unclosed-thinking": Outcome(
        reasoning="Round and round", error=incomplete("the thinking never ended")
    ),
    # The content filter
    "filter-prompt": Outcome(
        finish=None,
        error=refused("content filter refused the prompt (violence (medium), jailbreak"),
    ),
    "filter-async": Outcome("Fine.", usage=Usage(3, 2, total=5)),
    "filter-async-flag-after-stop": Outcome(
        "Imagine", notices=("content filter: protected material text",)
    ),
    "filter-blocked": Outcome(
        "Imagine",
        finish="content_filter",
        error=incomplete("content filter stopped the answer: protected material text"),
    ),
    "filter-blocked-without-done": Outcome(
        "Imagine", finish="content_filter", error=incomplete("violence (high)")
    ),
    # Errors in a stream that began with 200
    "error-vllm": Outcome("One", finish=None, error=incomplete("service error: TimeoutError")),
    "error-vllm-old": Outcome("One", finish=None, error=incomplete("engine is dead")),
    "error-named-event": Outcome("One", finish=None, error=incomplete("Overloaded")),
    "error-before-the-answer": Outcome(finish=None, error=refused("The server had an error")),
    "error-after-held-text": Outcome(
        "if a <", finish=None, error=incomplete("The server had an error")
    ),
    "error-in-200": Outcome(finish=None, error=refused("No capacity now")),
    # Ends
    "no-done": Outcome("Whole."),
    "done-without-newline": Outcome("Whole."),
    "no-finish-reason": Outcome("Whole.", finish=None),
    "cut-between-events": Outcome("Half", finish=None, error=incomplete("connection closed")),
    "cut-inside-event": Outcome("Half", finish=None, error=incomplete("connection closed")),
    "malformed-event": Outcome("Half", finish=None, error=incomplete("malformed event")),
    "event-is-no-object": Outcome("Halfnever"),
    "finish-abort": Outcome("Half", finish="abort", error=incomplete("finish reason abort")),
    "empty-body": Outcome(finish=None, error=incomplete("empty answer")),
    "empty-answer": Outcome(error=incomplete("empty answer")),
    "captive-portal": Outcome(finish=None, error=refused("answered text/html")),
    "whole-although-stream-asked": Outcome("Whole.", usage=Usage(1, 2, total=3)),
    "whole-cut": Outcome(finish=None, error=incomplete("not valid JSON")),
    "whole-with-bom": Outcome("Whole."),
    # Every liberty an event stream may take
    "crlf": Outcome("Räder 🙂"),
    "cr-only": Outcome("Räder 🙂"),
    "bom-and-no-space": Outcome("Räder"),
    "id-event-retry": Outcome("Räder"),
    "several-data-lines": Outcome("Räder"),
    "surrogates": Outcome("a🙂 b\ufffdc"),
    "second-choice": Outcome(
        "yes", notices=("2 answers came, of which this is the first; --json has them all",)
    ),
    # Tool calls
    "tools-interleaved": Outcome(finish=CALLS, calls=(OSLO, CET)),
    "tools-one-delta": Outcome(finish=CALLS, calls=(OSLO,)),
    "tools-no-index": Outcome(finish=CALLS, calls=(OSLO, CET)),
    "tools-no-id": Outcome(
        finish=CALLS,
        calls=(
            ToolCall("call00000", "weather", '{"city":"Oslo"}'),
            ToolCall("call00001", "weather", '{"city":"Bergen"}'),
        ),
    ),
    "tools-name-repeated": Outcome(finish=CALLS, calls=(OSLO,)),
    "tools-id-changes": Outcome(finish=CALLS, calls=(OSLO, CET)),
    "tools-object-arguments": Outcome(
        finish=CALLS, calls=(ToolCall("call_a", "weather", '{"city": "Oslo"}'),)
    ),
    "tools-null-arguments": Outcome(finish=CALLS, calls=(ToolCall("call_a", "now", "{}"),)),
    "tools-same-id-twice": Outcome(
        finish=CALLS, calls=(OSLO, ToolCall("call00000", "clock", "{}"))
    ),
    "tools-mai-stop": Outcome("I look.", calls=(OSLO,), echo={"reasoning": ENCRYPTED}),
    "tools-cut-by-length": Outcome(finish="length", error=incomplete("length limit")),
    "tools-whole": Outcome(finish=CALLS, calls=(OSLO, ToolCall("call_b", "clock", "{}"))),
    # Refusals with a status
    "azure-429": Outcome(finish=None, error=refused("too many requests (HTTP 429)")),
    "azure-v1-with-api-version": Outcome(
        finish=None, error=refused("api-version query parameter is not allowed")
    ),
    "azure-401-gateway": Outcome(finish=None, error=(AzchatError, "refused the credential")),
    "llamacpp-loading": Outcome(finish=None, error=refused("Loading model")),
}


@dataclass(frozen=True)
class Played:
    """All that came out of a decoder, the error last."""

    events: tuple[Event, ...]
    finish: str | None
    error: AzchatError | None

    @property
    def comparable(self) -> object:
        error = self.error and (type(self.error), self.error.what)
        return joined(self.events), self.finish, error


def play(name: str, cuts: Iterable[int] = (), marking: Marking = "auto") -> Played:
    """Decode a recording, cut as told, as the engine does it."""
    status, headers, body = parse_recording(RECORDINGS[name].read_bytes())
    if status >= 300:
        error = http_error(status, headers, body, destination=Destination("host"))
        return Played((), None, error)
    return decode(body, cuts, headers["content-type"], marking)


def decode(
    body: bytes, cuts: Iterable[int] = (), kind: str = "", marking: Marking = "auto"
) -> Played:
    decoder, events, error = ResponseDecoder(ChatReader, kind, marking), list[Event](), None
    try:
        for event in _run(decoder, pieces(body, cuts)):
            events.append(event)  # not a list of all: those before an error count
    except AzchatError as caught:
        error = caught
    return Played(tuple(events), decoder.finish_reason, error)


def _run(decoder: ResponseDecoder, data: Iterable[bytes]) -> Iterator[Event]:
    for piece in data:
        yield from decoder.receive(piece, 0.0)
    yield from decoder.close(0.0)


def stream(*chunks: object, end: str = "data: [DONE]\n\n") -> bytes:
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + end.encode()


def delta(finish: str | None = None, **fields: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def of_kind(kind: type[Event], events: Iterable[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


# Each recording


def test_each_recording_has_its_outcome() -> None:
    assert OUTCOMES.keys() == RECORDINGS.keys()


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_recording_comes_to_its_message(name: str) -> None:
    played, outcome = play(name), OUTCOMES[name]
    message = fold(played.events)
    assert (message.text, message.reasoning) == (outcome.answer, outcome.reasoning)
    assert (message.tool_calls, played.finish) == (outcome.calls, outcome.finish)


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_recording_ends_as_it_should(name: str) -> None:
    error, outcome = play(name).error, OUTCOMES[name].error
    assert (error is None) == (outcome is None)
    if error and outcome:
        assert isinstance(error, outcome[0])
        assert outcome[1] in error.what


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_recording_tells_what_else_it_holds(name: str) -> None:
    events, outcome = play(name).events, OUTCOMES[name]
    assert [e.usage for e in events if isinstance(e, UsageReported)] == (
        [outcome.usage] if outcome.usage else []
    )
    assert tuple(e.text for e in events if isinstance(e, NoticeRaised)) == outcome.notices
    items = (item for e in events if isinstance(e, Echoed) for item in e.echo.items)
    sealed = {name: value for item in items for name, value in item.items() if value is not None}
    assert sealed == outcome.echo


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_recording_says_the_same_byte_by_byte(name: str) -> None:
    assert play(name, range(10_000)).comparable == play(name).comparable


@pytest.mark.parametrize("name", OUTCOMES)
@settings(max_examples=15, deadline=None)
@given(cuts=CUTS)
def test_a_recording_says_the_same_in_any_cuts(name: str, cuts: list[int]) -> None:
    assert play(name, cuts).comparable == play(name).comparable


@pytest.mark.parametrize("name", OUTCOMES)
@settings(max_examples=5, deadline=None)
@given(cuts=CUTS)
def test_what_a_model_is_known_to_do_changes_nothing_about_cuts(name: str, cuts: list[int]) -> None:
    for marking in MARKINGS:
        whole = play(name, marking=marking)
        assert play(name, cuts, marking).comparable == whole.comparable


WORDS = st.sampled_from(
    ["<think>", "</think>", "<th", "ink>", "a", " ", "\n", "b `", "ä🙂", "\ud83d"]
)
FIELDS = st.one_of(
    st.fixed_dictionaries({"content": WORDS}),
    st.fixed_dictionaries({"reasoning_content": WORDS}, optional={"content": WORDS}),
    st.fixed_dictionaries({"reasoning": st.just(ENCRYPTED), "content": st.none() | WORDS}),
    st.fixed_dictionaries({"tool_calls": st.just([{"index": 0, "function": {"name": "f"}}])}),
)
CHUNKS = st.builds(
    lambda fields, finish: delta(finish, **fields),
    FIELDS,
    st.sampled_from([None, None, None, "stop", "length"]),
) | st.sampled_from([{"error": {"message": "x"}}, {"choices": [], "usage": {"total_tokens": 1}}])


@settings(max_examples=400, deadline=None)
@given(chunks=st.lists(CHUNKS, max_size=8), cuts=CUTS, marking=st.sampled_from(MARKINGS))
def test_any_stream_says_the_same_in_any_cuts(
    chunks: list[dict[str, Any]], cuts: list[int], marking: Marking
) -> None:
    body = stream(*chunks)
    assert decode(body, cuts, "", marking).comparable == decode(body, (), "", marking).comparable


# The end


@pytest.mark.parametrize("finish", ["stop", "tool_calls", "eos_token", "function_call"])
def test_a_finish_reason_alone_is_an_end(finish: str) -> None:
    assert decode(stream(delta(finish, content="a"), end="")).error is None


def test_the_end_marker_alone_is_an_end() -> None:
    assert decode(stream(delta(content="a"))).error is None


def test_neither_of_them_is_no_end() -> None:
    played = decode(stream(delta(content="a"), end=""))
    assert isinstance(played.error, IncompleteError)
    assert fold(played.events).text == "a"


def test_what_comes_behind_the_end_marker_is_not_read() -> None:
    body = stream(delta("stop", content="a")) + stream(delta(content="b")) + b"garbage\n\n"
    assert fold(decode(body).events).text == "a"


def test_nothing_more_needs_to_be_read_behind_the_end_marker() -> None:
    decoder = ResponseDecoder(ChatReader)
    list(decoder.receive(stream(delta("stop", content="a"), end=""), 0.0))
    assert not decoder.finished
    list(decoder.receive(b"data: [DONE]\n", 0.0))
    list(decoder.receive(b"\n", 0.0))
    assert decoder.finished


@pytest.mark.parametrize("finish", ["length", "model_length", "max_tokens"])
def test_every_name_of_the_length_limit_is_understood(finish: str) -> None:
    error = decode(stream(delta(finish, content="a"))).error
    assert error
    assert "length limit" in error.what
    assert "--max-tokens" in error.hint


def test_a_tool_call_cut_by_the_length_limit_is_not_called_thinking() -> None:
    error = play("tools-cut-by-length").error
    assert error
    assert "thinking" not in error.what


@pytest.mark.parametrize("finish", ["error", "abort", "insufficient_system_resource"])
def test_a_finish_reason_that_means_failure_is_one(finish: str) -> None:
    assert isinstance(decode(stream(delta(finish, content="a"))).error, IncompleteError)


def test_only_thinking_is_no_answer() -> None:
    error = decode(stream(delta(reasoning_content="Hm."), delta("stop"))).error
    assert error
    assert error.what == "empty answer: only thinking came"


def test_comments_alone_are_no_answer() -> None:
    assert isinstance(decode(b": keep-alive\n\n" * 3).error, IncompleteError)


@pytest.mark.parametrize("body", [b"", b"\n\n\n", b"   "])
def test_nothing_but_white_space_is_an_empty_answer(body: bytes) -> None:
    error = decode(body, kind="application/json").error
    assert error
    assert error.what == "empty answer"


# Errors come after everything before them

PARTS = ["1 <", "see </thin", "\n\n", "a\ud83d", "[THI"]
FAULTS = [b'data: {"error":{"message":"x"}}\n\n', b"data: {]\n\n", b"data: 7\n\n", b""]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("part", PARTS)
def test_what_was_held_back_comes_before_the_error(part: str, fault: bytes) -> None:
    played = decode(stream(delta(content="Say: "), delta(content=part), end="") + fault)
    assert played.error
    assert fold(played.events).text == "Say: " + part.replace("\ud83d", "\ufffd")


def test_what_was_held_back_comes_before_an_error_that_lacks_its_blank_line() -> None:
    played = decode(stream(delta(content="a <"), end="") + b'data: {"error":{"message":"x"}}')
    assert isinstance(played.error, IncompleteError)
    assert fold(played.events).text == "a <"


def test_the_events_of_one_read_come_before_the_error_in_it() -> None:
    played = decode(stream(delta(content="a"), delta(content="b"), {"error": {"message": "x"}}))
    assert joined(played.events) == [("TextDelta", "ab")]


def test_an_error_before_the_answer_may_be_tried_again() -> None:
    error = play("error-before-the-answer").error
    assert error
    assert (error.retryable, error.service_code) == (True, "server_error")


def test_an_error_event_in_plain_words_is_told() -> None:
    error = decode(b"event: error\ndata: the backend is gone\n\n").error
    assert error
    assert "the backend is gone" in error.what


# What a read costs and counts


def test_the_increments_of_one_read_are_one_event_that_counts_them() -> None:
    body = stream(*(delta(content=word) for word in ("a", "b", "c")), delta("stop"))
    assert of_kind(TextDelta, decode(body).events) == [TextDelta("abc", 3, 0.0)]


@pytest.mark.parametrize("text", ["\n\nHello", "<think>Hm.</think>Hello", "1 < 2"])
def test_increments_are_counted_however_they_were_cut(text: str) -> None:
    body = stream(*(delta(content=character) for character in text), delta("stop"))
    counts = {
        sum(e.tokens for e in played.events if isinstance(e, TextDelta | ReasoningDelta))
        for played in (decode(body), decode(body, range(len(body))))
    }
    assert counts == {len(text)}


def test_deltas_carry_the_time_of_their_bytes() -> None:
    decoder = ResponseDecoder(ChatReader)
    first = list(decoder.receive(stream(delta(content="x"), end=""), 1.5))
    second = list(decoder.receive(stream(delta(content="y"), end=""), 2.5))
    assert [*first, *second] == [TextDelta("x", 1, 1.5), TextDelta("y", 1, 2.5)]


def test_an_answer_shows_before_its_event_stream_ends() -> None:
    decoder = ResponseDecoder(ChatReader)
    assert list(decoder.receive(stream(delta(content="Hi"), end=""), 0.0)) == [
        TextDelta("Hi", 1, 0.0)
    ]


def test_comments_are_no_payloads() -> None:
    decoder = ResponseDecoder(ChatReader)
    list(decoder.receive(b": ping\n\n: ping\n\n" + stream(delta(content="a"), end=""), 0.0))
    assert decoder.payloads == 1


def test_one_object_is_known_as_such_from_its_first_byte() -> None:
    decoder = ResponseDecoder(ChatReader, "application/json")
    list(decoder.receive(b" \n {", 0.0))
    assert decoder.is_one_object


def test_a_body_without_end_is_given_up() -> None:
    decoder = ResponseDecoder(ChatReader)
    list(decoder.receive(b"{", 0.0))
    with pytest.raises(IncompleteError, match="exceeds 64 MiB"):
        list(decoder.receive(b" " * (64 * 1024 * 1024), 0.0))


# Usage, model, filters


def test_the_last_usage_wins() -> None:
    body = stream(
        {"choices": [], "usage": {"completion_tokens": 1}},
        delta("stop", content="a"),
        {"choices": [], "usage": {"completion_tokens": 5}},
    )
    assert of_kind(UsageReported, decode(body).events) == [UsageReported(Usage(completion=5))]


def test_a_later_null_does_not_take_the_usage_away() -> None:
    chunk = delta("stop", content="a") | {"usage": {"completion_tokens": 1}}
    assert of_kind(UsageReported, decode(stream(chunk, delta() | {"usage": None})).events)


@pytest.mark.parametrize("usage", [[], "x", {"completion_tokens": "many"}, {"prompt_tokens": None}])
def test_a_usage_that_makes_no_sense_does_no_harm(usage: object) -> None:
    played = decode(stream(delta("stop", content="a") | {"usage": usage}))
    assert played.error is None


def test_the_usage_is_told_even_when_the_answer_is_not_whole() -> None:
    assert of_kind(UsageReported, play("openai-length-in-answer").events)


def test_the_model_is_the_first_that_was_named() -> None:
    decoder = ResponseDecoder(ChatReader)
    chunks = [{"choices": [], "model": ""}, delta(content="a") | {"model": "gpt-5"}]
    list(decoder.receive(stream(*chunks, delta() | {"model": "other"}), 0.0))
    assert decoder.facts().model == "gpt-5"


def test_a_filter_that_only_annotates_is_not_told() -> None:
    flag = {"profanity": {"filtered": False, "detected": True}}
    choice = {"index": 0, "delta": {"content": "a"}, "content_filter_results": flag}
    played = decode(stream({"choices": [choice]}, delta("stop")))
    assert not of_kind(NoticeRaised, played.events)


def test_tool_calls_are_told_once_and_at_the_end() -> None:
    kinds = [type(event) for event in play("tools-mai-stop").events]
    assert kinds.index(ToolCalled) > kinds.index(TextDelta)
    assert kinds.count(ToolCalled) == 1


@pytest.mark.parametrize("name", ["filter-blocked", "finish-abort", "error-vllm"])
def test_a_tool_call_of_an_answer_that_failed_is_not_made(name: str) -> None:
    call = stream(delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "rm"}}]), end="")
    _, headers, body = parse_recording(RECORDINGS[name].read_bytes())
    assert not of_kind(ToolCalled, decode(call + body, kind=headers["content-type"]).events)


# Bodies that are no answer


@pytest.mark.parametrize("body", [b'{"id":"x"}', b"[]", b"[1]", b'{"choices":[]}', b"{}"])
def test_an_object_without_choices_is_no_chat_completion(body: bytes) -> None:
    error = decode(body, kind="application/json").error
    assert isinstance(error, ServiceError)
    assert "no chat completion" in error.what


def test_an_object_that_tells_an_error_is_quoted() -> None:
    error = decode(b'{"object":"error","message":"no such model"}').error
    assert error
    assert "no such model" in error.what


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "text/plain", ""])
def test_a_web_page_is_known_by_its_first_character(kind: str) -> None:
    error = decode(b"\n <!DOCTYPE html><html>", kind=kind).error
    assert isinstance(error, ServiceError)
    assert "not an API answer" in error.what


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "", "application/octet-stream"])
def test_a_stream_is_known_by_its_first_character_whatever_its_type(kind: str) -> None:
    assert fold(decode(stream(delta("stop", content="a")), kind=kind).events).text == "a"


@pytest.mark.parametrize("body", [b'{"choices":[{"message":{"content":"a"}}]}', b"<html>"])
def test_a_byte_order_mark_before_a_body_may_be_cut(body: bytes) -> None:
    body = b"\xef\xbb\xbf" + body
    assert decode(body, range(len(body))).comparable == decode(body).comparable


@pytest.mark.parametrize(
    "choices", [None, {}, "x", [None], [7], [{"delta": None}], [{"delta": []}]]
)
def test_choices_that_make_no_sense_are_passed_over(choices: object) -> None:
    body = stream({"choices": choices}, delta("stop", content="a"))
    assert fold(decode(body).events).text == "a"


@pytest.mark.parametrize("content", [None, 7, {}, [], [None], [{"type": "image"}], {"text": "x"}])
def test_content_that_makes_no_sense_is_passed_over(content: object) -> None:
    body = stream(delta(content=content), delta("stop", content="a"))
    assert fold(decode(body).events).text == "a"


@pytest.mark.parametrize("before", [b"data:  ", b"data:\t", b"data:\ndata: "])
@pytest.mark.parametrize("after", [b"", b" ", b"\t\ndata:"])
def test_white_space_around_the_json_of_an_event_does_no_harm(before: bytes, after: bytes) -> None:
    body = before + json.dumps(delta("stop", content="a")).encode() + after + b"\n\n"
    assert fold(decode(body).events).text == "a"


@pytest.mark.parametrize("data", ["{} {}", '{"choices":[]}x', "[DONE", "nul", "'x'", "NaN", '"x"'])
def test_an_event_that_is_more_or_less_than_one_object_costs_nothing(data: str) -> None:
    odd = f"data: {data}\n\n".encode()
    body = odd + stream(delta(content="a"), end="") + odd + stream(delta("stop", content="b"))
    played = decode(body)
    assert (played.error, fold(played.events).text) == (None, "ab")


def test_json_nested_too_deeply_is_a_malformed_event() -> None:
    error = decode(b"data: " + b"[" * 200_000 + b"\n\n").error
    assert isinstance(error, IncompleteError)


def test_a_whole_answer_with_several_tags_keeps_its_text() -> None:
    message = {"content": "<think>Hm.</think>Say <think>."}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    folded = fold(decode(body, kind="application/json").events)
    assert (folded.reasoning, folded.text) == ("Hm.", "Say <think>.")
