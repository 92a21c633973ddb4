"""The events of the Messages dialect, as Anthropic sends them and as others do."""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.conversation import fold
from azchat.dialects import named
from azchat.errors import AuthError, AzchatError, IncompleteError, ServiceError
from azchat.events import Echoed, Event, NoticeRaised, UsageReported
from azchat.messages import Message, Usage
from azchat.wire.response import ResponseDecoder
from tests.faults.claude import HIDDEN, call, events, stream, text, thinking, whole
from tests.wire.cutting import CUTS, joined, pieces

BLOCKS = (
    thinking("Let me see."),
    HIDDEN,
    text("Half"),
    text(" and half."),
    call("get_time", {"city": "Oslo"}),
    call("get_time", {}, "toolu_2"),
)
READER = named("messages").reader
Told = list[dict[str, Any]]


def decoded(body: bytes, cuts: Iterable[int] = ()) -> list[Event]:
    decoder = ResponseDecoder(READER, "", "auto", ("get_time",))
    told = [event for piece in pieces(body, cuts) for event in decoder.receive(piece, 0.0)]
    return [*told, *decoder.close(0.0)]


def read(told: Told, *, is_named: bool = True) -> Message:
    return fold(decoded(stream(told, named=is_named)))


def failure(body: bytes, cuts: Iterable[int] = ()) -> AzchatError:
    with pytest.raises(AzchatError) as raised:
        decoded(body, cuts)
    return raised.value


def replaced(told: Told, kind: str, *instead: dict[str, Any]) -> Told:
    """Return events with others in place of those of a kind."""
    found: Told = []
    for event in told:
        found += list(instead) if event["type"] == kind else [event]
    return found


@pytest.mark.parametrize("is_named", [True, False])
def test_thinking_text_and_calls_are_told_and_the_blocks_kept_as_they_came(is_named: bool) -> None:
    message = read(events(*BLOCKS, stop="tool_use"), is_named=is_named)
    assert (message.reasoning, message.text) == ("Let me see.", "Half and half.")
    called = [(one.id, one.name, json.loads(one.arguments)) for one in message.tool_calls]
    assert called == [("toolu_1", "get_time", {"city": "Oslo"}), ("toolu_2", "get_time", {})]
    assert message.echo
    assert message.echo.items == BLOCKS


def test_a_reply_in_one_piece_says_the_same() -> None:
    streamed = read(events(*BLOCKS, stop="tool_use"))
    assert fold(decoded(whole(*BLOCKS, stop="tool_use"))) == streamed


@given(CUTS)
def test_however_it_is_cut_it_says_the_same(cuts: list[int]) -> None:
    body = stream(events(*BLOCKS, stop="tool_use"))
    assert joined(decoded(body, cuts)) == joined(decoded(body))


@given(st.integers(0, 4000))
def test_a_body_that_ends_early_is_not_whole(end: int) -> None:
    told = events(text("Half and half."))
    body = stream(told)
    enough = body.index(b"event: message_delta")  # the stop reason ends it
    cut = body[: min(end, enough)]
    error = failure(cut)
    assert isinstance(error, IncompleteError | ServiceError)


def test_a_stream_without_a_stop_reason_and_without_its_end_was_cut() -> None:
    error = failure(stream(events(text("Half"), stop=None)))
    assert (type(error), "closed before" in error.what) == (IncompleteError, True)
    assert (
        "closed before"
        in failure(stream(events(text("Half"), stop=None)) + b"data: [DONE]\n\n").what
    )


def test_either_end_is_enough() -> None:
    told = events(text("All"))
    assert read(told[:-1]).text == "All"
    assert read(replaced(told, "message_delta")).text == "All"


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("pause_turn", "stop"),
    ],
)
def test_stop_reasons_that_are_ends(stop: str, finish: str) -> None:
    decoder = ResponseDecoder(READER)
    list(decoder.receive(stream(events(text("x"), stop=stop)), 0.0))
    list(decoder.close(0.0))
    assert (decoder.finish_reason, decoder.pauses) == (finish, stop == "pause_turn")


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        ("max_tokens", "length limit reached"),
        ("model_context_window_exceeded", "context is full"),
        ("refusal", "the model refused to answer"),
        ("hiccup", "hiccup"),
    ],
)
def test_stop_reasons_of_what_is_not_whole(stop: str, words: str) -> None:
    for body in (stream(events(text("x"), stop=stop)), whole(text("x"), stop=stop)):
        error = failure(body)
        assert isinstance(error, IncompleteError)
        assert words in error.what


def test_a_refusal_says_why() -> None:
    details = {"category": "cyber", "explanation": "that may harm"}
    error = failure(stream(events(text("Well"), stop="refusal", stop_details=details)))
    assert error.what == "the model refused to answer (cyber): that may harm"
    assert "does not go back" in error.hint


def test_a_message_that_was_cut_has_nothing_for_the_way_back() -> None:
    body = stream(events(thinking("x"), text("y"), stop="max_tokens"))
    decoder = ResponseDecoder(READER)
    told = list(decoder.receive(body, 0.0))
    with pytest.raises(IncompleteError):
        told += list(decoder.close(0.0))
    assert not [event for event in told if isinstance(event, Echoed)]


@pytest.mark.parametrize(
    ("start", "delta", "usage"),
    [
        ({}, {"output_tokens": 20}, Usage(12, 20, None, 3, None, 2)),
        ({}, {"input_tokens": 0, "output_tokens": 20}, Usage(12, 20, None, 3, None, 2)),
        ({}, {"input_tokens": 9, "output_tokens": 20}, Usage(14, 20, None, 3, None, 2)),
        ({}, {"output_tokens_details": {"thinking_tokens": 4}}, Usage(12, 1, 4, 3, None, 2)),
        ({"input_tokens": 0}, {"input_tokens": 5}, Usage(10, 1, None, 3, None, 2)),
        ({}, None, Usage(12, 1, None, 3, None, 2)),
        ({"input_tokens": "7"}, {"output_tokens": -1}, Usage(None, 1, None, 3, None, 2)),
    ],
)
def test_counts_are_of_the_whole_message(
    start: dict[str, Any], delta: dict[str, Any] | None, usage: Usage
) -> None:
    told = events(text("x"))
    told[0]["message"]["usage"] |= start
    told[-2]["usage"] = delta
    assert [one.usage for one in decoded(stream(told)) if isinstance(one, UsageReported)] == [usage]


ERRORS: list[tuple[dict[str, Any], type[AzchatError], bool]] = [
    ({"type": "overloaded_error", "message": "Overloaded"}, ServiceError, True),
    ({"type": "api_error", "message": "Internal server error"}, ServiceError, True),
    ({"type": "rate_limit_error", "message": "slow down"}, ServiceError, True),
    ({"type": "authentication_error", "message": "invalid x-api-key"}, AuthError, False),
    (
        {"code": "api_not_supported", "message": "Requested API is currently not"},
        ServiceError,
        True,
    ),
]


@pytest.mark.parametrize(("said", "kind", "again"), ERRORS)
def test_an_error_in_the_stream(said: dict[str, Any], kind: type[AzchatError], again: bool) -> None:
    event = {"type": "error", "error": said}
    early, late = events(text("Half"))[:2], events(text("Half"), stop=None)
    first = failure(stream([*early, event]))
    assert (type(first), first.retryable) == (kind, again)
    assert said["message"] in first.what
    assert type(failure(stream([*late, event]))) is IncompleteError
    assert said["message"] in failure(stream([*late, event], named=False)).what
    bare = b'event: error\ndata: {"error": ' + json.dumps(said).encode() + b"}\n\n"
    assert type(failure(bare)) is kind


def test_a_filter_in_azures_form_is_told() -> None:
    found = {"violence": {"filtered": True, "severity": "high"}}
    told = events(text("Half"), stop="refusal")
    told[-2]["content_filter_results"] = found
    assert failure(stream(told)).what.startswith("the model refused")
    told[-2]["delta"]["stop_reason"] = "content_filter"
    assert "violence" in failure(stream(told)).what


def test_what_nobody_knows_is_skipped_and_counted() -> None:
    told = events(text("x"), {"type": "server_tool_use", "id": "s", "name": "web", "input": {}})
    odd = {"type": "content_block_delta", "index": 0, "delta": {"type": "tune_delta", "tune": "la"}}
    told[4:4] = [{"type": "weather"}, {"type": "weather"}, odd, {"type": "ping"}, {"kind": 1}]
    (notice,) = [one for one in decoded(stream(told)) if isinstance(one, NoticeRaised)]
    for words in ("weather (2)", "delta tune_delta (1)", "block server_tool_use (1)"):
        assert words in notice.text
    assert "ping" not in notice.text
    assert read(told).text == "x"


def test_blocks_of_kinds_that_nobody_knows_go_back_as_they_came() -> None:
    block = {"type": "server_tool_use", "id": "s", "name": "web", "input": {}}
    told = events(block, text("x"))
    piece = {"type": "input_json_delta", "partial_json": '{"q": 1}'}
    told.insert(3, {"type": "content_block_delta", "index": 0, "delta": piece})
    echo = read(told).echo
    assert echo
    assert echo.items == (block | {"input": {"q": 1}}, text("x"))


def test_sources_are_told_once() -> None:
    cited = {"type": "char_location", "document_title": "Law", "cited_text": "§ 1"}
    at = {"type": "web", "url": "https://a.test/", "title": "A", "cited_text": "b"}
    told = events(text("x"), HIDDEN)
    told[4:4] = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta"} | one}
        for one in ({"citation": cited}, {"citation": at}, {"citation": at}, {"citation": 7})
    ]
    notices = [one.text for one in decoded(stream(told)) if isinstance(one, NoticeRaised)]
    assert notices == ["Law", "A: https://a.test/"]
    echo = read(told).echo
    assert echo
    assert echo.items[0]["citations"] == [cited, at, at]


# What other servers do: litellm, vLLM, llama.cpp, gateways.


def test_a_block_that_never_began_is_one_all_the_same() -> None:
    for kind, block in (("thinking", thinking("Hm.")), ("text", text("So."))):
        told = replaced(events(block, text("x")), "content_block_start")
        message = read(told)
        assert "Hm." in message.reasoning or kind == "text"
        assert message.text.endswith("x")


def test_blocks_that_share_an_index_or_have_none() -> None:
    told = events(*BLOCKS, stop="tool_use")
    for event in told:
        event.pop("index", None)
    assert read(told) == read(events(*BLOCKS, stop="tool_use"))
    for event in told:
        if event["type"].startswith("content_block"):
            event["index"] = 0
    assert read(told) == read(events(*BLOCKS, stop="tool_use"))


def test_a_block_that_does_not_end_ends_with_the_message() -> None:
    told = replaced(events(*BLOCKS, stop="tool_use"), "content_block_stop")
    assert read(told) == read(events(*BLOCKS, stop="tool_use"))


def test_a_text_counts_once_that_a_block_began_with() -> None:
    begun = events(text("Hello"))
    begun[2]["content_block"]["text"] = "Hel"
    assert read(begun).text == "Hello"  # the first piece says it again
    del begun[3:5]
    assert read(begun).text == "Hel"


def test_arguments_may_stand_in_the_blocks_beginning() -> None:
    told = events(call("get_time", {"city": "Oslo"}), stop="tool_use")
    whole_at_once = [event for event in told if event["type"] != "content_block_delta"]
    whole_at_once[2]["content_block"]["input"] = {"city": "Oslo"}
    assert read(whole_at_once) == read(told)


def test_a_beginning_that_comes_twice_is_one_block() -> None:
    told = events(call("get_time", {"city": "Oslo"}), stop="tool_use")
    assert read([*told[:3], told[2], *told[3:]]) == read(told)


def test_thinking_without_a_signature_is_kept_without_one() -> None:
    told = [e for e in events(thinking("Hm."), text("x")) if "signature_delta" not in str(e)]
    del told[2]["content_block"]["signature"]
    echo = read(told).echo
    assert echo
    assert echo.items[0] == {"type": "thinking", "thinking": "Hm."}


def test_thoughts_of_their_own_are_paragraphs_and_hidden_ones_count_as_thinking() -> None:
    assert read(events(thinking("One."), thinking("Two."), text("x"))).reasoning == "One.\n\nTwo."
    error = failure(stream(events(HIDDEN)))
    assert "only thinking came" in error.what


@pytest.mark.parametrize(
    "body",
    [
        b'{"content": "Plain"}',
        b'{"type": "message", "content": [{"type": "text", "text": "Plain"}]}',
    ],
)
def test_a_whole_reply_needs_no_stop_reason(body: bytes) -> None:
    assert fold(decoded(body)).text == "Plain"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}', "Busy"),
        (b'{"error": {"code": "api_not_supported", "message": "no"}}', "no"),
        (b'{"hello": 1}', "no message"),
        (b"{}", "no message"),
        (b'{"choices": []}', "no message"),
    ],
)
def test_a_reply_that_is_no_message(body: bytes, words: str) -> None:
    assert words in failure(body).what


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "index", "delta", "content_block", "message", "usage", "text", "input"]
                ),
                inner | st.sampled_from(["text", "tool_use", "text_delta", "citations_delta"]),
                max_size=4,
            )
        ),
        max_leaves=8,
    ),
    st.sampled_from(sorted({event["type"] for event in events(*BLOCKS)})),
)
def test_no_odd_field_breaks_the_reader(odd: Any, kind: str) -> None:
    event = {"type": kind, **(odd if isinstance(odd, dict) else {"delta": odd})} | {"type": kind}
    body = stream([*events(text("x"))[:-2], event, *events(text("x"))[-2:]])
    with suppress(AzchatError):
        decoded(body)
