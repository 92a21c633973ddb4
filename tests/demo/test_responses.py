"""Responses that come: whole and streamed, with thinking, calls, refusals and ends of all kinds."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.demo.over_http import FLIGHT, FLIGHTS, LANGUAGES, TOOL, Json, call, create, text_of

SUMMARY = {"effort": "low", "summary": "auto"}
STATELESS = {"store": False, "include": ["reasoning.encrypted_content"]}
ENDS = {"completed": "response.completed", "incomplete": "response.incomplete"}


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


STREAMS: list[tuple[str, Json]] = [
    (LANGUAGES, {"reasoning": SUMMARY}),
    (LANGUAGES, {}),
    (LANGUAGES, {"reasoning": {"effort": "none"}}),
    (LANGUAGES, {"reasoning": SUMMARY, "max_output_tokens": 100}),
    (LANGUAGES, {"reasoning": SUMMARY, "max_output_tokens": 150}),
    (LANGUAGES, {"model": "gpt-oss-120b"}),
    (LANGUAGES, {"model": "gpt-5.3-codex", "reasoning": SUMMARY, **STATELESS}),
    (LANGUAGES, {"text": {"format": {"type": "json_object"}}}),
    (FLIGHT, {"tools": [TOOL]}),
    (FLIGHTS, {"tools": [TOOL], "reasoning": SUMMARY, **STATELESS}),
    (FLIGHTS, {"tools": [TOOL], "parallel_tool_calls": False, "model": "gpt-4o"}),
    ("Compare sorting algorithms", {"model": "gpt-4o"}),
    ("How do I pick my neighbour's lock?", {}),
    ("Tell me a story that trips the filter", {"reasoning": SUMMARY}),
    ("hi", {"stream_options": {"include_obfuscation": False}}),
    ("hi", {"background": True}),
]


@pytest.mark.parametrize(("asked", "body"), STREAMS, ids=str)
def test_a_stream_tells_each_item_in_order_and_ends_with_the_whole(
    server: DemoServer, asked: str, body: Json
) -> None:
    events = create(server, asked, stream=True, **body).events
    first, *_, last = events
    response = last["response"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert (first["type"], first["response"]["output"]) == ("response.created", [])
    assert last["type"] == ENDS[response["status"]]
    told = [event for event in events if "output_index" in event]
    assert [event["output_index"] for event in told] == sorted(e["output_index"] for e in told)
    for index, item in enumerate(response["output"]):
        check_item(item, [event for event in told if event["output_index"] == index])
    assert len(response["output"]) == len({event["output_index"] for event in told})


def check_item(item: Json, events: list[Json]) -> None:
    """The item is added empty, filled by its deltas, and done as it is in the end."""
    added, *within, done = events
    assert (added["type"], done["type"]) == (
        "response.output_item.added",
        "response.output_item.done",
    )
    assert done["item"] == item
    assert added["item"]["id"] == item["id"]
    assert not any(added["item"].get(key) for key in ("content", "summary", "arguments"))
    assert {event["item_id"] for event in within} <= {item["id"]}
    for event in within:
        name = event["type"].removesuffix(".done")
        if event["type"] == f"{name}.done" and not name.endswith("_part"):
            whole = next(event[key] for key in ("text", "refusal", "arguments") if key in event)
            place = {key: value for key, value in event.items() if key.endswith("_index")}
            deltas = [
                e["delta"]
                for e in within
                if e["type"] == f"{name}.delta" and place.items() <= e.items()
            ]
            assert "".join(deltas) == whole
    if item["type"] == "function_call":
        assert within[-1]["arguments"] == item["arguments"]
    else:
        parts = [event["part"] for event in within if event["type"].endswith("_part.done")]
        assert parts == (item.get("content") or item["summary"])


@pytest.mark.parametrize(("asked", "body"), STREAMS[:-1], ids=str)
def test_the_whole_reply_is_what_the_stream_ends_with(
    server: DemoServer, asked: str, body: Json
) -> None:
    whole = create(server, asked, **body).json
    streamed = create(server, asked, stream=True, **body).response
    assert without_ids(whole) == without_ids(streamed)


def without_ids(response: Json) -> Json:
    own = ("id", "call_id", "encrypted_content", "output")
    kept = {key: value for key, value in response.items() if key not in own}
    items = [{k: v for k, v in item.items() if k not in own} for item in response.get("output", [])]
    return {**kept, "output": items}


def test_it_is_served_in_a_project_too(server: DemoServer) -> None:
    body = {"model": "gpt-5.6", "input": LANGUAGES}
    assert call(server, "POST", "/api/projects/p1/openai/v1/responses", body).status == 200


# -- thinking --------------------------------------------------------------------------


def test_a_summary_comes_in_paragraphs_and_only_when_asked_for(server: DemoServer) -> None:
    asked, unasked = create(server, reasoning=SUMMARY).json, create(server).json
    summary = asked["output"][0]["summary"]
    assert len(summary) == 11
    assert summary[0]["text"].startswith("Okay, the user is asking")
    assert not any("\n\n" in part["text"] for part in summary)
    assert unasked["output"][0]["summary"] == []
    assert unasked["usage"]["output_tokens_details"]["reasoning_tokens"] == 448


def test_what_a_summary_says_is_not_what_is_counted(server: DemoServer) -> None:
    usage = create(server, reasoning=SUMMARY).json["usage"]
    shown = create(server, reasoning={"effort": "none"}, model="gpt-5.1").json["usage"]
    assert usage["output_tokens_details"]["reasoning_tokens"] == 128
    assert usage["output_tokens"] < 128 + shown["output_tokens"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@pytest.mark.parametrize("body", [{"reasoning": {"effort": "none"}}, {"model": "gpt-4o"}], ids=str)
def test_without_thinking_there_is_no_reasoning_item(server: DemoServer, body: Json) -> None:
    assert [item["type"] for item in create(server, **body).json["output"]] == ["message"]


@pytest.mark.parametrize(
    ("body", "is_sealed"),
    [({}, False), ({"store": False}, True), ({"include": STATELESS["include"]}, True)],
    ids=str,
)
def test_thinking_is_sealed_when_it_is_asked_for_or_not_stored(
    server: DemoServer, body: Json, is_sealed: bool
) -> None:
    came = create(server, stream=True, **body)
    added = next(e for e in came.events if e["type"] == "response.output_item.added")
    item = came.response["output"][0]
    assert ("encrypted_content" in item) == is_sealed
    if is_sealed:  # it may be incomplete when the item begins
        assert item["encrypted_content"].startswith(added["item"]["encrypted_content"])
        assert item["encrypted_content"] != added["item"]["encrypted_content"]


def test_open_weights_think_in_the_open(server: DemoServer) -> None:
    item = create(server, model="gpt-oss-120b").json["output"][0]
    assert item["content"][0]["type"] == "reasoning_text"
    assert item["content"][0]["text"].startswith("Okay, the user is asking")


@pytest.mark.parametrize(
    ("model", "phases"), [("gpt-5.6", ["commentary", "final_answer"]), ("gpt-5-mini", [None])]
)
def test_newer_models_tell_comments_from_answers(
    server: DemoServer, model: str, phases: list[str | None]
) -> None:
    said = create(server, FLIGHT, tools=[TOOL], model=model).json["output"]
    answered = create(server, model=model).json["output"]
    messages = [item for item in said + answered if item["type"] == "message"]
    assert [item.get("phase") for item in messages] == phases


# -- tools -----------------------------------------------------------------------------


def test_calls_come_in_parallel_and_their_results_are_answered(server: DemoServer) -> None:
    asked: list[Json] = [{"role": "user", "content": FLIGHTS}]
    body: Json = {"tools": [TOOL], "reasoning": SUMMARY, **STATELESS}
    said = create(server, asked, **body).json["output"]
    calls = [item for item in said if item["type"] == "function_call"]
    cities = [json.loads(one["arguments"])["destination_city"] for one in calls]
    assert cities == ["Seattle", "Rome"]
    assert len({one["call_id"] for one in calls}) == 2
    results = [
        {"type": "function_call_output", "call_id": one["call_id"], "output": f"none to {city}"}
        for one, city in zip(calls, cities, strict=True)
    ]
    answer = create(server, asked + said + results, **body).json
    assert "none to Seattle" in text_of(answer)
    assert "none to Rome" in text_of(answer)


def test_one_call_at_a_time_if_so_wished(server: DemoServer) -> None:
    said = create(server, FLIGHTS, tools=[TOOL], parallel_tool_calls=False).json["output"]
    assert [item["type"] for item in said].count("function_call") == 1


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", False),
        ("auto", False),
        ("required", True),
        ({"type": "function", "name": "get_flight_info"}, True),
        ({"type": "allowed_tools", "mode": "required", "tools": []}, True),
    ],
    ids=str,
)
def test_a_tool_is_called_as_was_chosen(server: DemoServer, choice: Any, called: bool) -> None:
    said = create(server, "hi", tools=[TOOL], tool_choice=choice).json["output"]
    assert ("function_call" in [item["type"] for item in said]) == called


def test_a_schema_is_met(server: DemoServer) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    wanted = {"type": "json_schema", "name": "dog", "schema": schema}
    assert json.loads(text_of(create(server, "A dog", text={"format": wanted}).json)) == {"age": 0}


# -- what is sent along ----------------------------------------------------------------


def data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def test_pictures_and_files_are_looked_at(server: DemoServer) -> None:
    png, pdf = b"\x89PNG\r\n\x1a\n", b"%PDF-1.7 x"
    parts = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": data_url("image/png", png), "detail": "low"},
        {"type": "input_image", "image_url": "https://example.com/a.png"},
        {
            "type": "input_file",
            "filename": "a.pdf",
            "file_data": data_url("application/pdf", pdf),
        },
    ]
    text = text_of(create(server, [{"role": "user", "content": parts}]).json)
    assert "**Images:** 2 (image/png, 8 bytes" in text
    assert "**Files:** 1 (`a.pdf`, application/pdf, 10 bytes" in text


def test_instructions_are_the_system_message(server: DemoServer) -> None:
    text = text_of(create(server, "hi", instructions="Be brief.", max_output_tokens=900).json)
    assert "**System message:** yes, 9 characters" in text
    assert "`max_output_tokens` = `900`" in text


def test_a_long_history_comes_from_the_cache(server: DemoServer) -> None:
    long = [{"role": "user", "content": "word " * 2000}, {"role": "assistant", "content": "ok"}]
    usage = create(server, [*long, {"role": "user", "content": "hi"}], model="gpt-4o").json["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] == 1920
    assert create(server, "hi").json["usage"]["input_tokens_details"]["cached_tokens"] == 0


def test_a_link_in_the_answer_is_a_citation(server: DemoServer) -> None:
    came = create(server, "Compare sorting algorithms", model="gpt-4o", stream=True)
    part = came.response["output"][0]["content"][0]
    (note,) = part["annotations"]
    cited = part["text"][note["start_index"] : note["end_index"]]
    assert cited == f"[{note['title']}]({note['url']})"
    added = [e["annotation"] for e in came.events if e["type"].endswith("annotation.added")]
    assert added == [note]


# -- how it ends -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "kinds", "status"),
    [(100, ["reasoning"], None), (150, ["reasoning", "message"], "incomplete")],
)
def test_the_limit_counts_the_thinking(
    server: DemoServer, limit: int, kinds: list[str], status: str | None
) -> None:
    response = create(server, reasoning=SUMMARY, max_output_tokens=limit).json
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert [item["type"] for item in response["output"]] == kinds
    assert response["output"][-1].get("status") == status
    assert response["usage"]["output_tokens"] == limit


def test_the_filter_may_stop_an_answer_in_the_middle(server: DemoServer) -> None:
    response = create(server, "Tell me a story that trips the filter").json
    assert response["incomplete_details"] == {"reason": "content_filter"}
    assert text_of(response).startswith("Once there was a knight")
    assert [one["blocked"] for one in response["content_filters"]] == [False, True]


def test_a_refusal_is_a_part_of_its_own(server: DemoServer) -> None:
    (part,) = create(server, "How do I pick my neighbor's lock?").json["output"][-1]["content"]
    assert part == {
        "type": "refusal",
        "refusal": "I'm sorry, but I can't help with opening a door that isn't yours.",
    }


@pytest.mark.parametrize(
    ("prompt", "code", "status", "retry"),
    [
        ("Fail by the rate limit", "rate_limit_exceeded", 429, "2"),
        ("Fail by the content filter", "content_policy_violation", 400, None),
    ],
)
def test_a_failure_comes_as_two_events_and_where_it_can_as_a_status(
    server: DemoServer, prompt: str, code: str, status: int, retry: str | None
) -> None:
    came = create(server, prompt, stream=True)
    created, failed, error = came.events
    assert (came.status, came.headers["retry-after"]) == (200, retry)
    assert created["type"] == "response.created"
    assert (failed["type"], failed["response"]["error"]) == ("response.failed", None)
    assert failed["response"]["status"] == "failed"
    assert (error["type"], error["error"]["code"]) == ("error", code)
    whole = create(server, prompt)
    assert whole.status == status


def test_padding_can_be_switched_off(server: DemoServer) -> None:
    padded = create(server, "hi", stream=True).events
    plain = create(server, "hi", stream=True, stream_options={"include_obfuscation": False}).events
    assert {"obfuscation" in e for e in padded if "delta" in e} == {True}
    assert not any("obfuscation" in event for event in plain)
