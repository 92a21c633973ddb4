import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.demo.responder import respond

Ask = Callable[..., Any]

INFERENCE = "/models/chat/completions"
V1 = "/openai/v1/chat/completions"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"a": NaN}', b"\xff", b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_400(send: Ask, body: bytes) -> None:
    reply = send("POST", V1, body)
    assert (reply.status, reply.error["code"]) == (400, "BadRequest")


@pytest.mark.parametrize(
    "messages", [None, [], "hi", [{"role": "nobody"}], [1], [{"role": ["user"]}]]
)
def test_bad_messages_are_422_on_the_inference_route(ask: Ask, messages: Any) -> None:
    reply = ask(messages=messages)
    detail = json.loads(reply.error["message"])["detail"]
    assert (reply.status, reply.error["code"]) == (422, "Invalid input")
    assert detail[0]["loc"] == ["body", "messages"]


@pytest.mark.parametrize("messages", [None, [], [{"role": "user", "content": 5}]])
def test_bad_messages_are_400_on_the_openai_route(ask: Ask, messages: Any) -> None:
    reply = ask(path=V1, messages=messages)
    assert reply.status == 400
    assert reply.error["param"].startswith("messages")


@pytest.mark.parametrize("headers", [{}, {"extra-parameters": "error"}])
def test_extra_parameters_need_their_header(ask: Ask, headers: dict[str, str]) -> None:
    reply = ask(n=1, stream_options={}, headers=headers)
    assert reply.status == 400
    assert reply.json["detail"].startswith(
        "Extra parameters ['n', 'stream_options'] are not allowed"
    )


def test_extra_parameters_are_passed_through(ask: Ask) -> None:
    reply = ask("hi", logprobs=True, headers={"extra-parameters": "pass-through"})
    assert "**Extra parameters:** `logprobs` = `true`" in reply.text


def test_extra_parameters_can_be_dropped(ask: Ask) -> None:
    assert "logprobs" not in ask("hi", logprobs=True, headers={"extra-parameters": "drop"}).text


def test_other_routes_know_no_extra_parameters(ask: Ask) -> None:
    assert ask(path=V1, logprobs=True).status == 200


@pytest.mark.parametrize("name", ["max_tokens", "temperature", "top_p", "presence_penalty"])
def test_hidden_reasoning_models_refuse_what_they_do_not_take(ask: Ask, name: str) -> None:
    reply = ask(path=V1, model="gpt-5", **{name: 1})
    assert reply.status == 400
    assert reply.error["param"] == name
    assert reply.error["code"] == "unsupported_parameter"
    assert reply.error["message"].startswith(f"Unsupported parameter: '{name}'")


def test_mai_refuses_max_tokens(ask: Ask) -> None:
    assert ask(path="/mai/v1/chat/completions", max_tokens=5).error["param"] == "max_tokens"


def test_a_wrong_effort_is_answered_with_the_right_ones(ask: Ask) -> None:
    error = ask(path=V1, model="o3", reasoning_effort="huge").error
    assert error["code"] == "unsupported_value"
    assert "'low', 'medium'" in error["message"]


def test_a_missing_model_is_not_deployed(ask: Ask) -> None:
    reply = ask(model="Missing-model")
    assert (reply.status, reply.error["code"]) == (404, "DeploymentNotFound")


def test_the_limited_model_asks_for_patience(ask: Ask) -> None:
    reply = ask(model="limited")
    assert (reply.status, reply.headers["retry-after"]) == (429, "2")
    assert reply.headers["x-ratelimit-remaining-tokens"] == "0"
    assert "Please retry after 2 seconds" in reply.error["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 3),
        ("temperature", True),
        ("top_p", "1"),
        ("max_tokens", 0),
        ("max_tokens", 1.5),
        ("n", 2),
        ("model", 5),
        ("stream", "yes"),
        ("stop", [1]),
        ("tools", []),
        ("tools", [{"type": "function"}]),
        ("tool_choice", "required"),
        ("reasoning_effort", ["low"]),
        ("response_format", {"type": "xml"}),
        ("response_format", {"type": "json_schema"}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"enum": []}}}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"anyOf": 5}}}),
    ],
)
def test_a_wrong_value_is_400_and_named(ask: Ask, name: str, value: Any) -> None:
    reply = ask(path=V1, **{name: value})
    assert reply.status == 400
    assert reply.error["param"].startswith(name)


@pytest.mark.parametrize("name", ["other", ["add"]])
def test_a_tool_choice_must_name_an_offered_tool(ask: Ask, name: Any) -> None:
    tools = [{"type": "function", "function": {"name": "add"}}]
    choice = {"type": "function", "function": {"name": name}}
    assert ask(tools=tools, tool_choice=choice).error["param"] == "tool_choice"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\xff\xd8\xff\xe0", "image/jpg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"BM\0\0", "image/bmp"),
    ],
)
def test_images_are_known_by_their_bytes(ask: Ask, data: bytes, media_type: str) -> None:
    url = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    text = ask([{"type": "image_url", "image_url": {"url": url}}]).text
    assert f"{len(data)} bytes" in text


def test_a_linked_image_is_not_fetched(ask: Ask) -> None:
    url = "https://example.com/a.png"
    assert "1 (a link)" in ask([{"type": "image_url", "image_url": {"url": url}}]).text


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,%%%",
        "data:image/png;base64,aGVsbG8=",
        "data:image/png;base64,",
        "data:image/png,hello",
        "data:image/jpeg;base64,iVBORw0KGgo=",
        "file:///etc/passwd",
        None,
    ],
)
def test_what_is_no_image_is_400(ask: Ask, url: str | None) -> None:
    reply = ask([{"type": "image_url", "image_url": {"url": url}}])
    assert reply.status == 400
    assert "Invalid image data" in reply.error["message"]


@pytest.mark.parametrize("calls", [5, [1], [{"id": ["x"]}], [{"id": "x", "function": 5}]])
def test_odd_tool_calls_in_the_history_do_no_harm(ask: Ask, calls: Any) -> None:
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "content": "done", "tool_call_id": "x"},
    ]
    assert "done" in ask(messages=messages).text


KEYS = st.sampled_from(
    [
        "model",
        "messages",
        "role",
        "content",
        "type",
        "text",
        "image_url",
        "url",
        "tools",
        "tool_choice",
        "function",
        "name",
        "parameters",
        "properties",
        "required",
        "items",
        "anyOf",
        "$ref",
        "enum",
        "response_format",
        "json_schema",
        "schema",
        "stream",
        "stream_options",
        "max_tokens",
        "stop",
        "reasoning_effort",
        "tool_calls",
        "tool_call_id",
        "id",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(
        ["user", "tool", "required", "json_schema", "json_object", "object", "#", "hi"]
    ),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=10
)


@settings(deadline=None)
@given(body=st.dictionaries(KEYS, VALUES), message=st.dictionaries(KEYS, VALUES))
def test_any_json_gets_an_answer(body: dict[str, Any], message: dict[str, Any]) -> None:
    user = {"role": "user", "content": "hi"}
    content = json.dumps({**body, "messages": [user, {"role": "user", **message}]}).encode()
    reply = respond("POST", V1, {}, content)
    assert b"".join(data for _, data in reply.pieces)
    assert reply.status in (200, 400, 404, 422, 429)
