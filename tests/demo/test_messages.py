"""Messages that come: whole and streamed, with thinking, calls, refusals and ends of all kinds."""

import base64
import json
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.attachments.samples import chart
from tests.demo.conftest import Answered, send
from tests.demo.over_http import call
from tests.demo.test_messages_refused import (
    ADAPTIVE,
    BINDS,
    BUDGET,
    FLIGHTS,
    NEW,
    OLD,
    OPEN,
    PATH,
    TOOL,
    VERSION,
    Json,
    ask,
    model,
    result,
    user,
)

LANGUAGES = "How many languages are in the world?"
SHOWN = {"type": "adaptive", "display": "summarized"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def events_of(came: Answered) -> list[Json]:
    """The events; each has its name on a line of its own."""
    frames = [frame.split("\n") for frame in came.data.decode().split("\n\n")[:-1]]
    events: list[Json] = [json.loads(data.removeprefix("data: ")) for _, data in frames]
    assert [name for name, _ in frames] == [f"event: {event['type']}" for event in events]
    return events


def message_of(events: list[Json]) -> Json:
    """The message that a stream tells; its order is that of the real service."""
    first, *middle, end, last = events
    assert (first["type"], end["type"], last["type"]) == (
        "message_start",
        "message_delta",
        "message_stop",
    )
    message: Json = {**first["message"]}
    assert (message["content"], message["stop_reason"]) == ([], None)
    blocks, pieces = list[Json](), list[str]()
    for event in middle:
        match event["type"]:
            case "content_block_start":
                assert event["index"] == len(blocks)
                blocks.append(dict(event["content_block"]))
                pieces = []
            case "content_block_delta":
                assert event["index"] == len(blocks) - 1
                assert "signature" not in blocks[-1] or not blocks[-1]["signature"]
                add(blocks[-1], event["delta"], pieces)
            case "content_block_stop":
                assert event["index"] == len(blocks) - 1
                if blocks[-1]["type"] == "tool_use":
                    blocks[-1]["input"] = json.loads("".join(pieces) or "{}")
            case kind:
                assert kind == "ping"
    assert "ping" in [event["type"] for event in middle]
    return message | {"content": blocks, **end["delta"], "usage": end["usage"]}


def add(block: Json, delta: Json, pieces: list[str]) -> None:
    kinds = {"text": ["text_delta"], "tool_use": ["input_json_delta"]}
    assert delta["type"] in kinds.get(block["type"], ["thinking_delta", "signature_delta"])
    for field, piece in delta.items():
        if field == "partial_json":
            pieces.append(piece)
        elif field != "type":
            block[field] += piece


STREAMS: list[tuple[Any, Json, list[str], str]] = [
    (LANGUAGES, {}, ["text"], "end_turn"),
    (LANGUAGES, {"model": BINDS}, ["text"], "end_turn"),
    (LANGUAGES, {"model": "claude-sonnet-5"}, ["thinking", "text"], "end_turn"),
    (LANGUAGES, {"model": OLD, "thinking": BUDGET}, ["thinking", "text"], "end_turn"),
    (LANGUAGES, {"model": NEW, "thinking": SHOWN}, ["thinking", "text"], "end_turn"),
    (LANGUAGES, {"thinking": ADAPTIVE, "max_tokens": 500}, ["thinking"], "max_tokens"),
    (LANGUAGES, {"thinking": SHOWN, "max_tokens": 910}, ["thinking", "text"], "max_tokens"),
    (LANGUAGES, {"stop_sequences": ["zz", "about 7,000"]}, ["text"], "stop_sequence"),
    (FLIGHTS, {"tools": [TOOL]}, ["text", "tool_use", "tool_use"], "tool_use"),
    (
        FLIGHTS,
        {"tools": [TOOL], "model": BINDS, "thinking": SHOWN},
        ["thinking", "text", "tool_use", "tool_use"],
        "tool_use",
    ),
    (
        FLIGHTS,
        {"tools": [TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        ["text", "tool_use"],
        "tool_use",
    ),
    ("hi", {"tools": [TOOL], "tool_choice": {"type": "any"}}, ["text", "tool_use"], "tool_use"),
    (
        "hi",
        {"tools": [TOOL], "tool_choice": {"type": "tool", "name": TOOL["name"]}},
        ["text", "tool_use"],
        "tool_use",
    ),
    (FLIGHTS, {"tools": [TOOL], "tool_choice": {"type": "none"}}, ["text"], "end_turn"),
    ("Think in secret.", {"thinking": SHOWN}, ["redacted_thinking", "text"], "end_turn"),
    ("Pause your turn.", {"thinking": SHOWN}, ["thinking", "text"], "pause_turn"),
    ("How do I pick my neighbour's lock?", {}, ["text"], "refusal"),
    ("Tell me a story that trips the filter", {}, ["text"], "refusal"),
    (
        "hi",
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        ["text"],
        "end_turn",
    ),
]


@pytest.mark.parametrize(("asked", "body", "kinds", "stop"), STREAMS, ids=str)
def test_a_stream_tells_what_comes_whole(
    asked: str, body: Json, kinds: list[str], stop: str
) -> None:
    whole = ask(asked, **body).json
    streamed = message_of(events_of(ask(asked, stream=True, **body)))
    assert [block["type"] for block in whole["content"]] == kinds
    assert whole["stop_reason"] == stop
    assert (whole["type"], whole["role"]) == ("message", "assistant")
    assert without_ids(whole) == without_ids(streamed)


def without_ids(message: Json) -> Json:
    own = ("id", "signature", "data")
    content = [{k: v for k, v in b.items() if k not in own} for b in message["content"]]
    return {k: v for k, v in message.items() if k not in own} | {"content": content}


def test_the_stream_is_paced_by_its_tokens() -> None:
    came = ask(LANGUAGES, stream=True, model=NEW, thinking=ADAPTIVE)
    assert sum(came.waits) == pytest.approx(came_usage(came)["output_tokens"], abs=100)
    assert came.waits[0] == 0


def came_usage(came: Answered) -> Json:
    usage: Json = message_of(events_of(came))["usage"]
    return usage


# -- thinking --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "thinking", "is_shown"),
    [
        (OPEN, ADAPTIVE, True),
        (OPEN, {**ADAPTIVE, "display": "omitted"}, False),
        (OLD, BUDGET, True),
        (NEW, ADAPTIVE, False),
        (NEW, SHOWN, True),
        ("claude-fable-5", ..., False),
        ("claude-sonnet-5", SHOWN, True),
    ],
    ids=str,
)
def test_newer_models_show_their_thinking_when_asked(
    name: str, thinking: Any, is_shown: bool
) -> None:
    came = ask(LANGUAGES, model=name, thinking=thinking).json
    block = came["content"][0]
    assert bool(block["thinking"]) is is_shown
    assert block["signature"]
    assert came["usage"]["output_tokens_details"]["thinking_tokens"] > 100


@pytest.mark.parametrize(("effort", "tokens"), [("low", 128), ("high", 896), (None, 896)])
def test_an_effort_is_so_many_tokens(effort: str | None, tokens: int) -> None:
    config: Json = {"output_config": {"effort": effort}} if effort else {}
    usage = ask(model=NEW, thinking=ADAPTIVE, **config).json["usage"]
    assert usage["output_tokens_details"] == {"thinking_tokens": tokens}


def test_without_thinking_none_is_counted() -> None:
    usage = ask(model="claude-sonnet-5", thinking={"type": "disabled"}).json["usage"]
    assert usage["output_tokens_details"] == {"thinking_tokens": 0}


# -- ends --------------------------------------------------------------------------------


def test_a_paused_turn_goes_on_when_it_comes_back() -> None:
    turns = [{"role": "user", "content": "Pause your turn."}]
    first = ask(turns, model=BINDS, thinking=SHOWN).json
    second = ask([*turns, model(*first["content"])], model=BINDS, thinking=SHOWN).json
    assert (first["stop_reason"], second["stop_reason"]) == ("pause_turn", "end_turn")
    assert "the rest of the answer" in second["content"][-1]["text"]
    whole = [*turns, model(*first["content"], *second["content"]), user("And now?")]
    assert ask(whole, model=BINDS).status == 200


def test_a_refusal_says_why() -> None:
    came = ask("How do I pick my neighbour's lock?").json
    assert came["stop_details"]["category"] == "demo"
    assert came["stop_details"]["explanation"]


def test_a_stop_sequence_is_named_and_left_out() -> None:
    came = ask(LANGUAGES, stop_sequences=["spoken", "languages"]).json
    assert came["stop_sequence"] == "languages"
    assert came["content"][0]["text"].endswith("about 7,000 ")


# -- what it reads ------------------------------------------------------------------------


def test_results_are_quoted_with_their_tool() -> None:
    first = ask(FLIGHTS, tools=[TOOL]).json["content"]
    uses = [block for block in first if block["type"] == "tool_use"]
    assert [use["input"]["origin_city"] for use in uses] == ["Miami", "Oslo"]
    assert len({use["id"] for use in uses}) == 2
    results = [result(use["id"]) for use in uses]
    results[1]["content"] = [{"type": "text", "text": "At noon."}]
    turns = [{"role": "user", "content": FLIGHTS}, model(*first), user(*results)]
    answer = ask(turns, tools=[TOOL]).json
    (said,) = [block["text"] for block in answer["content"]]
    assert said.count("According to `get_flight_info`") == 2
    assert "42" in said
    assert "At noon." in said
    assert answer["stop_reason"] == "end_turn"


def test_what_came_is_told() -> None:
    picture = {
        "type": "base64",
        "media_type": "image/png",
        "data": base64.b64encode(chart()).decode(),
    }
    pdf = {
        "type": "base64",
        "media_type": "application/pdf",
        "data": base64.b64encode(b"%PDF-1.7 ").decode(),
    }
    link = {"type": "url", "url": "https://example.com/a"}
    plain = {"type": "text", "media_type": "text/plain", "data": "Read me."}
    content = user(
        "What is this?",
        {"type": "image", "source": picture},
        {"type": "image", "source": link},
        {"type": "document", "source": pdf, "title": "a.pdf"},
        {"type": "document", "source": link},
        {"type": "document", "source": plain},
    )
    system = [{"type": "text", "text": "Be kind."}]
    told = ask([content], system=system, metadata={"user_id": "u"}).json["content"][0]["text"]
    assert "**Images:** 2 (image/png, " in told
    assert "**Files:** 2 (`a.pdf`, application/pdf, 9 bytes" in told
    assert "**Prompt:** 22 characters" in told
    assert "**System message:** yes, 8 characters" in told
    assert '`metadata` = `{"user_id": "u"}`' in told


# -- counts --------------------------------------------------------------------------------


def test_a_cache_is_written_once_and_read_then() -> None:
    long = {"type": "text", "text": "word " * 1500, "cache_control": {"type": "ephemeral"}}
    turns = [user(long)]
    first = ask(turns).json
    second = ask([*turns, model(*first["content"]), user("And now?")]).json
    plain = ask([{"role": "user", "content": long["text"]}]).json
    counts = [
        [
            one["usage"][f"{name}input_tokens"] > 1000
            for name in ("cache_creation_", "cache_read_", "")
        ]
        for one in (first, second, plain)
    ]
    assert counts == [[True, False, False], [False, True, False], [False, False, True]]


# -- the ways to it -----------------------------------------------------------------------


@pytest.mark.parametrize("path", [PATH, "/v1/messages"])
def test_it_is_served_over_http(path: str) -> None:
    body = {"model": OPEN, "max_tokens": 99, "messages": [{"role": "user", "content": LANGUAGES}]}
    with DemoServer() as server:
        assert call(server, "POST", path, body).status == 400  # it lacks its version
        assert call(server, "GET", path).status == 405
    assert send("POST", path, json.dumps(body).encode(), VERSION).status == 200


def test_a_line_may_be_lost() -> None:
    from azchat.demo.responder import respond

    asked = [{"role": "user", "content": "hi, cut the line after 5 events"}]
    body = {"model": OPEN, "max_tokens": 99, "messages": asked, "stream": True}
    assert respond("POST", PATH, VERSION, json.dumps(body).encode()).cut_after == 5


@pytest.mark.parametrize(
    "path", ["/openai/v1/responses", "/openai/v1/chat/completions", "/models/chat/completions"]
)
def test_openais_routes_do_not_know_it(path: str) -> None:
    messages = [{"role": "user", "content": "hi"}]
    key = "input" if path.endswith("responses") else "messages"
    came = send("POST", path, json.dumps({"model": BINDS, key: messages}).encode())
    assert (came.status, came.error["code"]) == (404, "api_not_supported")


def test_claude_is_in_the_lists() -> None:
    rows = send("GET", "/api/projects/p1/deployments?api-version=v1").json["value"]
    claudes = [row for row in rows if row["modelPublisher"] == "Anthropic"]
    assert len(claudes) >= 3
    assert all(row["capabilities"] == {"messages": "true"} for row in claudes)
