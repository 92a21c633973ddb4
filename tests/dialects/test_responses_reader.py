"""Every event of the Responses API, in every way that servers send, repeat and lose them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.conversation import fold
from azchat.dialects import named as dialect_named
from azchat.errors import AzchatError, IncompleteError, ServiceError
from azchat.events import Echoed, Event, NoticeRaised, ToolCalled, UsageReported
from azchat.messages import Usage
from azchat.wire.response import ResponseDecoder
from tests.faults.response_payloads import (
    JSON,
    added,
    arguments,
    call,
    created,
    done,
    ended,
    message,
    named,
    of,
    reasoning,
    refusal,
    response,
    summary,
    summary_done,
    text,
    text_done,
    thought,
    unnamed,
)
from tests.wire.cutting import CUTS, joined, pieces


class Read(NamedTuple):
    """What a stream came to."""

    answer: str
    thinking: str
    calls: list[tuple[str, str, str]]
    echo: list[JSON]
    usage: Usage | None
    notices: list[tuple[str, str]]
    finish: str | None
    error: AzchatError | None
    events: list[Event]

    @property
    def said(self) -> tuple[str, str]:
        """Answer and thinking."""
        return self.answer, self.thinking


def read_bytes(body: Iterable[bytes], kind: str = "text/event-stream") -> Read:
    decoder = ResponseDecoder(dialect_named("responses").reader, kind, tools=["weather", "clock"])
    events: list[Event] = []
    error = None
    try:
        for data in body:
            events += decoder.receive(data, 1.0)
    except AzchatError as raised:
        error = raised
    try:
        events += decoder.close(2.0)
    except AzchatError as raised:
        error = error or raised
    folded = fold(events)
    return Read(
        folded.text,
        folded.reasoning,
        [(e.call.id, e.call.name, e.call.arguments) for e in events if isinstance(e, ToolCalled)],
        [dict(item) for e in events if isinstance(e, Echoed) for item in e.echo.items],
        next((e.usage for e in events if isinstance(e, UsageReported)), None),
        [(e.kind, e.text) for e in events if isinstance(e, NoticeRaised)],
        decoder.finish_reason,
        error,
        events,
    )


def read(*payloads: JSON, frame: Any = named, end: bytes = b"") -> Read:
    return read_bytes([b"".join(map(frame, payloads)) + end])


def read_whole(reply: JSON) -> Read:
    return read_bytes([json.dumps(reply).encode()], "application/json")


SEALED = reasoning(0, "Let me see.", "Found.", encrypted_content="gAAAAA")
ANSWER = message(1, "Seven it is.")
FULL: list[JSON] = [
    created(),
    of("in_progress", response=response("in_progress")),
    added(0, reasoning(0)),
    of("reasoning_summary_part.added", item_id="rs_0", output_index=0, summary_index=0, part={}),
    summary(0, "Let me "),
    summary(0, "see."),
    summary_done(0, "Let me see."),
    of("reasoning_summary_part.done", item_id="rs_0", output_index=0, summary_index=0, part={}),
    summary(0, "Found.", 1),
    summary_done(0, "Found.", 1),
    done(0, SEALED),
    added(1, message(1)),
    of("content_part.added", item_id="msg_1", output_index=1, content_index=0, part={}),
    text(1, "Seven "),
    text(1, "it is."),
    text_done(1, "Seven it is."),
    of("content_part.done", item_id="msg_1", output_index=1, content_index=0, part={}),
    done(1, ANSWER),
    ended("completed", SEALED, ANSWER),
]
SAID = ("Seven it is.", "Let me see.\n\nFound.")


@pytest.mark.parametrize("frame", [named, unnamed])
@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"])
def test_a_whole_stream(frame: Any, end: bytes) -> None:
    got = read(*FULL, frame=frame, end=end)
    assert got.error is None
    assert got.said == SAID
    assert got.echo == [SEALED, ANSWER]
    assert got.usage == Usage(11, 10, reasoning=0, cached=0, total=21)
    assert (got.finish, got.notices) == ("stop", [])


def test_a_whole_reply_says_the_same() -> None:
    got = read_whole(response("completed", SEALED, ANSWER))
    assert (got.error, got.said, got.echo) == (None, SAID, [SEALED, ANSWER])


@given(CUTS)
def test_however_it_is_cut_it_says_the_same(cuts: list[int]) -> None:
    whole = b"".join(map(named, FULL))
    assert joined(read_bytes(pieces(whole, cuts)).events) == joined(read_bytes([whole]).events)


# -- told once, told late, told in turns ---------------------------------------------------------


def without(*kinds: str) -> list[JSON]:
    return [one for one in FULL if not any(kind in one["type"] for kind in kinds)]


def lacking(*names: str, of_items: Sequence[str] = ()) -> list[JSON]:
    def bare(event: JSON) -> JSON:
        event = {name: it for name, it in event.items() if name not in names}
        if "item" in event:
            kept = {name: it for name, it in event["item"].items() if name not in of_items}
            event = event | {"item": kept}
        return event

    return [bare(event) for event in FULL]


def sloppy_ids() -> list[JSON]:
    """Ids that change with each event, as a gateway of Copilot's makes them up."""
    return [
        event | {"item_id": f"x{n}"} if "item_id" in event
        else event | {"item": event["item"] | {"id": f"x{n}"}} if "item" in event
        else event
        for n, event in enumerate(FULL)
    ]  # fmt: skip


def shifted() -> list[JSON]:
    """Places that begin with 1 in the stream, and with 0 in the response's list."""
    return [
        event | {"output_index": event["output_index"] + 1} if "output_index" in event else event
        for event in FULL
    ]


VARIANTS: dict[str, list[JSON]] = {
    "no deltas": without("delta"),
    "no done events": without("text.done"),
    "deltas and the end": without("text.done", "item.done", "added"),
    "items alone": without("delta", "text.done"),
    "the completed response alone": FULL[-1:],
    "an empty list at the end": [*FULL[:-1], ended("completed")],
    "never announced": without("item.added"),
    "announced and told, items never whole": without("item.done"),
    "no indexes": lacking("output_index", "content_index"),
    "no ids": lacking("item_id", of_items=["id"]),
    "neither indexes nor ids": lacking(
        "output_index", "content_index", "item_id", of_items=["id"]
    ),
    "indexes of items alone": [
        {n: it for n, it in event.items() if n != "output_index" or "item" in event}
        for event in FULL
    ],
    "ids that change": sloppy_ids(),
    "one id for all": [e | {"item_id": "same"} if "item_id" in e else e for e in FULL],
    "places from 1": shifted(),
    "numbered": [event | {"sequence_number": n} for n, event in enumerate(FULL)],
    "keepalives": [one for event in FULL for one in (event, {"type": "keepalive"})],
    "in progress again": [one for e in FULL for one in (e, FULL[1])][:-1],
    "litellm's": [
        {n: it for n, it in e.items() if n != "summary_index"} | {"model": "x"}
        for e in FULL if "part" not in e["type"] and e.get("summary_index") != 1
    ],
    "a float for a date": [created() | {"response": response("x", created_at=1.5)}, *FULL[1:]],
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_says_the_same_once(name: str) -> None:
    got = read(*VARIANTS[name])
    assert got.error is None
    assert got.said == SAID
    assert got.finish == "stop"
    assert got.notices == []
    known = {"an empty list at the end", "ids that change"}
    assert [item["type"] for item in got.echo] in ([], ["reasoning", "message"])
    if name in known:
        assert len(got.echo) == 2


def test_what_is_encrypted_may_be_whole_in_the_completed_response_alone() -> None:
    early = reasoning(0, "Let me see.", "Found.", encrypted_content="gA")
    events = [done(0, early) if event == done(0, SEALED) else event for event in FULL]
    assert read(*events).echo == [SEALED, ANSWER]


def test_a_final_item_of_another_shape_changes_nothing() -> None:
    odd = {
        "type": "reasoning", "id": "rs_0", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "text": "Let me see.\n\nFound.", "annotations": []}],
    }  # fmt: skip
    got = read(*FULL[:-1], ended("completed", odd, ANSWER))
    assert (got.said, got.echo) == (SAID, [SEALED, ANSWER])


def test_an_answer_in_one_final_item_that_was_never_told() -> None:
    """As litellm's bridge, where the model thinks first (litellm#41185)."""
    got = read(created(), summary(0, "Hm."), ended("completed", reasoning(0, "Hm."), ANSWER))
    assert got.said == ("Seven it is.", "Hm.")


def test_a_part_counted_up_with_each_piece() -> None:
    told = [text(0, piece, n) for n, piece in enumerate(["the ", "cat ", "the "])]
    whole = "the cat the "
    for last in (text_done(0, whole, 2), text_done(0, whole, 3), text_done(0, whole, 0)):
        item = message(0, whole)
        assert read(*told, last, done(0, item), ended("completed", item)).answer == whole


def test_parts_of_an_answer_that_only_the_end_tells() -> None:
    item = message(0, "A", "AB", "C")
    got = read(text(0, "A"), text_done(0, "AB", 1), done(0, item), ended("completed", item))
    assert got.answer == "AABC"


def test_a_done_that_says_less_or_something_else_adds_nothing() -> None:
    item = message(0, "Hello")
    got = read(text(0, "\n\nHello"), text_done(0, "Hello"), done(0, item), ended("completed"))
    assert got.answer == "\n\nHello"
    got = read(text(0, "Good"), text_done(0, "quite another text"), ended("completed"))
    assert got.answer == "Good"


def test_two_messages_that_speak_in_turns_are_told_one_after_the_other() -> None:
    one, two = message(0, "one two"), message(1, "three four")
    in_turns = [text(0, "one"), text(1, "three"), text(0, " two"), text(1, " four")]
    begun = [added(0, message(0)), added(1, message(1))]
    ends = [done(0, one), done(1, two), ended("completed", one, two)]
    assert read(*begun, *in_turns, *ends).answer == "one twothree four"
    assert read(*begun, *in_turns, ended("completed", one, two)).answer == "one twothree four"
    cut = read(*begun, *in_turns)  # what was held back is not lost
    assert cut.answer == "one twothree four"
    assert isinstance(cut.error, IncompleteError)
    failed = read(*begun, *in_turns, {"type": "error", "message": "on fire"})
    assert failed.answer == "one twothree four"


def test_thinking_between_two_texts_goes_on_in_its_own_channel() -> None:
    items = [message(0, "one two"), reasoning(1, "hm")]
    got = read(
        *(added(n, one) for n, one in enumerate([message(0), reasoning(1)])),
        *(text(0, "one"), summary(1, "hm"), text(0, " two")),
        ended("completed", *items),
    )
    assert got.said == ("one two", "hm")


def test_items_are_sent_back_in_the_order_of_their_places() -> None:
    late = [done(1, ANSWER), done(0, SEALED), ended("completed")]
    assert read(*late).echo == [SEALED, ANSWER]


# -- thinking ------------------------------------------------------------------------------------


def test_an_empty_summary_is_thinking_without_words() -> None:
    item = reasoning(0, encrypted_content="gA")
    usage = {"input_tokens": 1, "output_tokens": 70, "output_tokens_details": {}}
    usage["output_tokens_details"] = {"reasoning_tokens": 64}
    got = read(added(0, item), done(0, item), text(1, "a"), ended("completed", usage=usage))
    assert got.said == ("a", "")
    assert got.usage
    assert got.usage.reasoning == 64


@pytest.mark.parametrize(
    "events",
    [
        [thought(0, "Hm, "), thought(0, "seven."), of("reasoning_text.done", text="Hm, seven.")],
        [thought(0, "Hm, "), of("reasoning_text.done", output_index=0, text="Hm, seven.")],
        [of("reasoning_part.added", part={}), thought(0, "Hm, seven.")],
        [],
    ],
)
def test_the_thinking_of_open_weights(events: list[JSON]) -> None:
    parts = [{"type": "reasoning_text", "text": "Hm, seven."}]
    item = reasoning(0, content=parts, encrypted_content="")
    ends = [done(0, item), text(1, "7"), done(1, message(1, "7"))]
    got = read(*events, *ends, ended("completed", item, message(1, "7")))
    assert got.said == ("7", "Hm, seven.")
    assert got.echo[0] == item
    assert got.notices == []


@pytest.mark.parametrize("first", ["summary", "thought"])
def test_one_thought_is_not_told_twice_in_two_ways(first: str) -> None:
    said = {"summary": summary(0, "short"), "thought": thought(0, "the whole of it")}
    other = "thought" if first == "summary" else "summary"
    item = reasoning(0, "short", content=[{"type": "reasoning_text", "text": "the whole of it"}])
    got = read(said[first], said[other], done(0, item), text(1, "a"), ended("completed"))
    assert got.thinking == ("short" if first == "summary" else "the whole of it")


def test_an_empty_summary_does_not_hide_the_thinking_itself() -> None:
    got = read(summary_done(0, ""), thought(0, "Hm."), text(1, "a"), ended("completed"))
    assert got.thinking == "Hm."


def test_between_thoughts_stands_a_blank_line_and_none_before_the_answer() -> None:
    got = read(summary(0, "a"), summary(0, "b", 1), summary(1, "c"), text(2, "d"), FULL[-1])
    assert got.said[1].startswith("a\n\nb\n\nc")
    got = read(thought(0, "a"), text(1, "b"), thought(2, "c"), ended("completed"))
    assert got.said == ("b", "a\n\nc")


def test_a_comment_of_the_model_is_no_answer() -> None:
    """gpt-5.3-codex and later mark what they say beside their calls (``phase``)."""
    remark = message(0, "I look.", phase="commentary")
    got = read(
        summary(5, "Hm."),
        *(added(0, remark | {"content": []}), text(0, "I "), text(0, "look."), done(0, remark)),
        *(text(1, "Yes."), done(1, message(1, "Yes.", phase="final_answer"))),
        ended("completed"),
    )
    assert got.said == ("Yes.", "Hm.\n\nI look.")
    assert read(ended("completed", remark, ANSWER)).said == ("Seven it is.", "I look.")


# -- calls ---------------------------------------------------------------------------------------

OSLO = call(0, "weather", '{"city": "Oslo"}')
CET = call(1, "clock", '{"zone": "CET"}')
CALLED = [("call_0", "weather", '{"city": "Oslo"}'), ("call_1", "clock", '{"zone": "CET"}')]
IN_TURNS = [
    added(0, call(0, "weather", "")),
    added(1, call(1, "clock", "")),
    *(arguments(0, '{"city"'), arguments(1, '{"zone"')),
    *(arguments(0, ': "Oslo"}'), arguments(1, ': "CET"}')),
    of("function_call_arguments.done", output_index=0, arguments=OSLO["arguments"]),
    of("function_call_arguments.done", output_index=1, arguments=CET["arguments"]),
    *(done(0, OSLO), done(1, CET)),
    ended("completed", OSLO, CET),
]
CALLS: dict[str, list[JSON]] = {
    "in turns": IN_TURNS,
    "no deltas": [event for event in IN_TURNS if "delta" not in event["type"]],
    "added and done": [added(0, OSLO), done(0, OSLO), added(1, CET), done(1, CET), IN_TURNS[-1]],
    "done alone": IN_TURNS[-3:],
    "the end alone": IN_TURNS[-1:],
    "by their ids": [{n: v for n, v in e.items() if n != "output_index"} for e in IN_TURNS],
    "an object as arguments": [
        ended("completed", *(one | {"arguments": json.loads(one["arguments"])}
                             for one in (OSLO, CET)))
    ],
    "one after the other, nameless": [
        {n: v for n, v in e.items() if n not in ("output_index", "item_id")}
        for e in (
            added(0, call(0, "weather", "")), arguments(0, '{"city": "Oslo"}'),
            added(1, call(1, "clock", "")), arguments(1, '{"zone": "CET"}'), IN_TURNS[-1],
        )
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_calls_in_every_form(name: str) -> None:
    got = read(*CALLS[name])
    assert got.error is None
    assert got.calls == CALLED
    assert got.finish == "tool_calls"


def test_a_call_is_known_by_its_id_where_it_has_no_other() -> None:
    item = {name: it for name, it in OSLO.items() if name != "call_id"}
    assert read(done(0, item), ended("completed")).calls[0][0] == "fc_0"


# -- how it ends ---------------------------------------------------------------------------------

TOO_MANY = {
    "type": "too_many_requests",
    "code": "rate_limit_exceeded",
    "headers": {"x-ms-fe-error": "true"},
    "message": "Your requests to the deployment have exceeded rate limit.",
    "param": None,
}
NESTED = {"type": "error", "error": TOO_MANY, "sequence_number": 2}
FLAT = {"type": "error", "code": TOO_MANY["code"], "message": TOO_MANY["message"], "param": None}
NOTHING = {"type": "error", "error": None, "sequence_number": 2}
FAILED = ended("failed", error=None, usage=None)
REASON = ended("failed", error={"code": TOO_MANY["code"], "message": TOO_MANY["message"]})


@pytest.mark.parametrize(
    "events",
    [
        *([FAILED, NESTED], [FAILED, FLAT], [NESTED, FAILED], [FLAT, FAILED], [NESTED], [FLAT]),
        *([REASON], [NOTHING, REASON], [REASON, NOTHING], [{"error": TOO_MANY}], [NOTHING, NESTED]),
        [response("failed", error=TOO_MANY)],
    ],
)
@pytest.mark.parametrize("frame", [named, unnamed])
def test_a_failure_has_its_reason_whichever_event_tells_it(events: list[JSON], frame: Any) -> None:
    if frame is named and not all("type" in event for event in events):
        frame = unnamed
    error = read(created(), *events, frame=frame).error
    assert isinstance(error, ServiceError)
    assert "exceeded rate limit" in error.what
    assert error.retryable
    late = read(text(0, "so far"), *events, frame=frame)
    assert late.answer == "so far"
    assert isinstance(late.error, IncompleteError)
    assert "service error: " in late.error.what
    assert "exceeded rate limit" in late.error.what


@pytest.mark.parametrize("events", [[FAILED], [FAILED, NOTHING], [NOTHING], [NOTHING, FAILED]])
def test_a_failure_without_any_reason_is_one(events: list[JSON]) -> None:
    got = read(text(0, "a"), *events)
    assert (got.answer, got.finish) == ("a", "failed")
    assert isinstance(got.error, IncompleteError)


FILTER = {"code": "content_policy_violation", "message": "The response was filtered."}
FOUND = [
    {
        "blocked": True,
        "source_type": "completion",
        "content_filter_results": {"violence": {"filtered": True, "severity": "medium"}},
    }
]


@pytest.mark.parametrize(
    "events",
    [
        [ended("failed", content_filters=FOUND), {"type": "error", "error": FILTER}],
        [ended("failed", content_filters=FOUND), {"type": "error", **FILTER}],
        [ended("failed", content_filters=FOUND, error=FILTER)],
        [ended("incomplete", content_filters=FOUND,
               incomplete_details={"reason": "content_filter"})],
        [of("completed", response=response("incomplete", content_filters=FOUND,
            incomplete_details={"reason": "content_filter"}))],
    ],
)  # fmt: skip
def test_a_filter_in_mid_answer_names_its_category(events: list[JSON]) -> None:
    got = read(text(0, "so far"), *events)
    assert got.answer == "so far"
    assert got.error
    assert got.error.what == "content filter stopped the answer: violence (medium)"
    assert got.error.content_filter[0]["category"] == "violence"
    assert got.echo == []


@pytest.mark.parametrize("events", [[FAILED, {"type": "error", "error": FILTER}], [
    {"type": "error", **FILTER}, FAILED]])  # fmt: skip
def test_a_filter_before_the_answer_is_a_refusal(events: list[JSON]) -> None:
    error = read(created(), *events).error
    assert isinstance(error, ServiceError)
    assert "content filter refused" in error.what
    assert not error.retryable


@pytest.mark.parametrize(
    "code", ["invalid_prompt", "bio_policy", "misalignment_policy_violation", "cyber_policy"]
)
def test_a_prompt_that_is_against_a_policy_is_not_asked_again(code: str) -> None:
    failed = ended("failed", error={"code": code, "message": "Your prompt was refused."})
    error = read(created(), failed).error
    assert error
    assert not error.retryable
    assert "rephrase" in error.hint


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("max_output_tokens", "length limit reached"),
        ("max_tokens", "length limit reached"),
        (None, "length limit reached"),
        ("content_filter", "content filter stopped the answer"),
        ("max_messages", "a finish reason that azchat does not know: max_messages"),
        ("steered", "a finish reason that azchat does not know: steered"),
    ],
)
@pytest.mark.parametrize("kind", ["incomplete", "completed"])
def test_incomplete_for_each_reason(reason: str | None, words: str, kind: str) -> None:
    details = {"reason": reason} if reason else None
    end = of(kind, response=response("incomplete", incomplete_details=details))
    got = read(text(0, "a"), end)
    assert got.answer == "a"
    assert isinstance(got.error, IncompleteError)
    assert words in got.error.what
    assert got.echo == []


def test_all_tokens_that_went_to_thinking_are_named() -> None:
    usage = {"input_tokens": 1, "output_tokens": 64, "output_tokens_details": {}}
    end = ended("incomplete", incomplete_details={"reason": "max_output_tokens"}, usage=usage)
    error = read(summary(0, "Hm."), end).error
    assert error
    assert "all 64 tokens went to thinking" in error.what


@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"])
@pytest.mark.parametrize("upto", range(len(FULL)))
def test_without_its_last_event_a_stream_is_cut(upto: int, end: bytes) -> None:
    got = read(*FULL[:upto], end=end)
    assert isinstance(got.error, IncompleteError)
    assert SAID[0].startswith(got.answer)
    assert got.echo == []


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_reply_as_a_whole_that_failed(status: str) -> None:
    assert isinstance(read_whole(response(status)).error, IncompleteError)
    error = read_whole(response(status, error={"code": "server_error", "message": "Sorry."})).error
    assert isinstance(error, ServiceError)
    assert error.what == "Sorry."


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_a_reply_that_is_not_ready_is_no_answer(status: str) -> None:
    assert isinstance(read_whole(response(status)).error, IncompleteError)


def test_a_reply_of_another_dialect_says_so() -> None:
    error = read_whole({"object": "chat.completion", "choices": []}).error
    assert error
    assert "no response" in error.what
    error = read_whole({"detail": "Not Found"}).error
    assert error
    assert "Not Found" in error.what


# -- refusals, sources, what nobody knows --------------------------------------------------------


def test_a_refusal_is_the_answer() -> None:
    item = message(0) | {"content": [{"type": "refusal", "refusal": "I cannot help."}]}
    told = [refusal(0, "I cannot "), refusal(0, "help.")]
    whole = of("refusal.done", output_index=0, content_index=0, refusal="I cannot help.")
    for events in ([*told, whole], told, [whole], []):
        got = read(*events, done(0, item), ended("completed", item))
        assert (got.answer, got.error) == ("I cannot help.", None)


def test_sources_are_named_once() -> None:
    page = {"type": "url_citation", "url": "https://a.test/b", "title": "B", "start_index": 1}
    book = {"type": "file_citation", "filename": "book.pdf", "file_id": "f"}
    item = message(0) | {"content": [{"type": "output_text", "text": "a", "annotations": [page]}]}
    note = of("output_text.annotation.added", output_index=0, annotation=page)
    other = of("output_text.annotation.added", output_index=0, annotation=book)
    got = read(text(0, "a"), note, other, done(0, item), ended("completed", item))
    assert got.notices == [("source", "B: https://a.test/b"), ("source", "book.pdf")]


def test_kinds_that_nobody_knows_are_counted() -> None:
    new, search = of("hologram.delta", delta="x"), of("web_search_call.searching", output_index=0)
    item = {"type": "hologram", "id": "h"}
    got = read(new, search, text(1, "a"), new, done(0, item), ended("completed"))
    assert got.answer == "a"
    [(kind, words)] = got.notices
    assert kind == "skipped"
    assert "response.hologram.delta (2), item hologram (1)" in words
    assert "web_search" not in words


def test_kinds_without_end_are_not_kept() -> None:
    flood = [of(f"new{n}") for n in range(5000)]
    [(_, words)] = read(text(0, "a"), *flood, ended("completed")).notices
    assert len(words) < 5000


ODD: list[Any] = [0, 7, -1.5, "x", [], [[]], [None], {"a": 1}, True, None, 10**400, {"a": [{}]}]
FIELDS = (
    *("type", "output_index", "content_index", "summary_index", "item_id", "delta", "text", "item"),
    *("response", "annotation", "arguments", "sequence_number", "refusal", "part", "code"),
)


@pytest.mark.parametrize("name", FIELDS)
def test_no_value_of_any_field_is_a_bug(name: str) -> None:
    known = [*FULL[:-1], *IN_TURNS[:-1], refusal(7, "r")]
    for value in ODD:
        odd = [event | {name: value} for event in known]
        read(*odd, FULL[-1], frame=unnamed)


@pytest.mark.parametrize("where", ["item", "response"])
def test_no_value_inside_an_item_or_a_response_is_a_bug(where: str) -> None:
    known = [event for event in (*FULL, *IN_TURNS) if where in event]
    names = {name for event in known for name in event[where]} | {"content_filters"}
    for name in names:
        for value in ODD:
            odd = [event | {where: event[where] | {name: value}} for event in known]
            read(text(0, "a"), *odd)


@given(st.sets(st.integers(0, len(FULL) - 2)))
def test_no_loss_shows_a_text_twice(lost: set[int]) -> None:
    got = read(*(event for n, event in enumerate(FULL) if n not in lost))
    assert got.answer.count("it is.") == 1
    assert got.thinking.count("Found.") == 1
    assert got.error is None
