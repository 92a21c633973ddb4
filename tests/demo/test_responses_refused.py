"""What the Responses API refuses, with the words of the real service."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.demo.responder import respond
from azchat.demo.server import DemoServer
from tests.demo.over_http import FLIGHT, FLIGHTS, RESPONSES, TOOL, Json, call, create

STATELESS: Json = {"store": False, "tools": [TOOL]}
USER = {"role": "user", "content": FLIGHTS}


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


def said(*items: Any) -> Json:
    return {"asked": [USER, *items]}


def parts(*content: Any, role: str = "user") -> Json:
    return {"asked": [{"role": role, "content": list(content)}]}


# Each: what is sent, and the param, the code and a piece of the words of the 400.
FIELDS: list[tuple[Json, str | None, str | None, str]] = [
    ({"messages": []}, "messages", "unsupported_parameter", "has moved to 'input'. Try again"),
    ({"max_tokens": 5}, "max_tokens", "unsupported_parameter", "moved to 'max_output_tokens'"),
    ({"max_completion_tokens": 5}, "max_completion_tokens", "unsupported_parameter", "has moved"),
    ({"response_format": {}}, "response_format", "unsupported_parameter", "to 'text.format'"),
    (
        {"reasoning_effort": "low"},
        "reasoning_effort",
        "unsupported_parameter",
        "'reasoning.effort'",
    ),
    *(
        ({name: value}, name, "unknown_parameter", f"Unknown parameter: '{name}'.")
        for name, value in {
            "stop": ["a"],
            "seed": 1,
            "n": 1,
            "logit_bias": {},
            "presence_penalty": 0.5,
            "frequency_penalty": 0.5,
            "top_k": 3,
            "logprobs": True,
            "safe_mode": True,
        }.items()
    ),
    (
        {"stream_options": {"include_usage": True}},
        *("stream_options.include_usage", "unknown_parameter", "Unknown parameter"),
    ),
    ({"asked": ...}, "input", "missing_required_parameter", "Missing required parameter: 'input'."),
    ({"model": ...}, "model", "missing_required_parameter", "Missing required"),
    ({"asked": []}, "input", "empty_array", "Expected an array with minimum length 1"),
    ({"asked": 5}, "input", "invalid_type", "expected a string or an array, but got an integer"),
    ({"stream": "yes"}, "stream", "invalid_type", "expected a boolean, but got a string"),
    ({"store": 1}, "store", "invalid_type", "expected a boolean, but got an integer"),
    (
        {"max_output_tokens": 15},
        *("max_output_tokens", "integer_below_min_value", "Expected a value >= 16, but got 15"),
    ),
    ({"model": "gpt-4o", "top_p": 2}, "top_p", "decimal_above_max_value", "value <= 1, but got 2"),
    ({"temperature": 1}, "temperature", "unsupported_parameter", "not supported with this model."),
    ({"top_p": 1}, "top_p", "unsupported_parameter", "not supported with this model."),
    (
        {"truncation": "yes"},
        "truncation",
        "invalid_value",
        "Supported values are: 'auto' and 'disabl",
    ),
    ({"include": ["all"]}, "include[0]", "invalid_value", "'reasoning.encrypted_content', "),
    ({"text": {"format": {"type": "xml"}}}, "text.format", "invalid_value", "'json_schema'."),
    (
        {"text": {"format": {"type": "json_schema", "schema": {}}}},
        *("text.format.name", "missing_required_parameter", "'text.format.name'"),
    ),
    (
        {"text": {"format": {"type": "json_schema", "json_schema": {"schema": {}}}}},
        *("text.format.name", "missing_required_parameter", "'text.format.name'"),
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f"}}]},  # the envelope of chat
        *("tools[0].name", "missing_required_parameter", "'tools[0].name'"),
    ),
    ({"tools": [{"type": "custom"}]}, "tools[0]", "invalid_value", "Invalid value: 'custom'"),
    ({"tools": [{"name": "f"}]}, "tools[0].type", "missing_required_parameter", "tools[0].type"),
    (
        {"tools": [TOOL], "tool_choice": {"type": "function", "name": "g"}},
        *("tool_choice", "invalid_value", "Tool choice 'g' not found in 'tools' parameter."),
    ),
    ({"tool_choice": "required"}, "tool_choice", "invalid_value", "not found in 'tools'"),
    ({"background": True, "store": False}, "background", "invalid_value", "requires 'store'"),
    (
        {"previous_response_id": "resp_0"},
        *("previous_response_id", "previous_response_not_found", "response with id 'resp_0' not f"),
    ),
]
EFFORTS: list[tuple[Json, str | None, str | None, str]] = [
    ({"model": model, "reasoning": reasoning}, f"reasoning.{param}", f"{code}", words)
    for model, reasoning, param, code, words in (
        ("gpt-4o", {"effort": "low"}, "effort", "unsupported_parameter", "'reasoning.effort' is n"),
        ("gpt-4.1", {"summary": "auto"}, "summary", "unsupported_parameter", "'reasoning.summary'"),
        ("gpt-5-chat", {"effort": "low"}, "effort", "unsupported_parameter", "not supported with"),
        ("gpt-5.6", {"effort": "huge"}, "effort", "invalid_value", "Invalid value: 'huge'"),
        ("gpt-5.6", {"effort": "minimal"}, "effort", "unsupported_value", "'none', 'low', 'medium"),
        ("gpt-5-mini", {"effort": "none"}, "effort", "unsupported_value", "'none' is not supporte"),
        ("gpt-5.5", {"effort": "max"}, "effort", "unsupported_value", "'high', and 'xhigh'."),
        ("gpt-6-astra", {"effort": "max"}, "effort", "unsupported_value", "the 'gpt-6-astra' mod"),
        ("gpt-5.1-codex", {"effort": "xhigh"}, "effort", "unsupported_value", "and 'high'."),
        ("gpt-5-pro", {"effort": "low"}, "effort", "unsupported_value", "values are: 'high'."),
        ("o3", {"effort": "none"}, "effort", "unsupported_value", "'low', 'medium', and 'high'."),
        ("o3-mini", {"summary": "auto"}, "summary", "unsupported_value", "must be verified to gen"),
        ("o3-pro", {"summary": "auto"}, "summary", "unsupported_value", "reasoning summaries"),
        ("gpt-5", {"summary": "concise"}, "summary", "unsupported_value", "'auto' and 'detailed'."),
        ("gpt-5.6-no-summary", {"summary": "auto"}, "summary", "unsupported_value", "verified"),
        ("gpt-5.6", {"loud": True}, "loud", "unknown_parameter", "'reasoning.loud'"),
    )
]
MODELS: list[tuple[Json, str | None, str | None, str]] = [
    *(
        ({"model": name}, "model", None, "This model is not supported by the Responses API.")
        for name in ("DeepSeek-V4-Pro", "Kimi-K2.5", "mistral-large", "Phi-4-reasoning", "gpt-4")
    ),
    (
        {"model": "gpt-4o", "include": ["reasoning.encrypted_content"]},
        *("include", None, "Encrypted content is not supported with this model."),
    ),
    (
        {"model": "gpt-5.6-no-encryption", "include": ["reasoning.encrypted_content"]},
        *("include", None, "Encrypted content is not supported with this model."),
    ),
    ({"model": "gpt-5-pro", "stream": True}, "stream", "unsupported_value", "values are: false."),
    (
        {"model": "gpt-4o", "text": {"verbosity": "low"}},
        "text.verbosity",
        "unsupported_value",
        "'m",
    ),
    ({"model": "m-no-tools", "tools": [TOOL]}, "tools", "unsupported_parameter", "not supported"),
]
ITEMS: list[tuple[Json, str | None, Any, str]] = [
    (
        parts({"type": "text", "text": "a"}),
        "input[0].content[0]",
        "invalid_value",
        "'input_text', ",
    ),
    (
        parts({"type": "input_text", "text": "a"}, role="assistant"),
        *(
            "input[0].content[0]",
            "invalid_value",
            "Supported values are: 'output_text' and 'refusal'.",
        ),
    ),
    (
        parts({"type": "input_image", "image_url": {"url": "https://example.com/a.png"}}),
        *("input[0].content[0].image_url", "invalid_type", "expected a string, but got an object"),
    ),
    (
        parts({"type": "input_image"}),
        "input[0].content[0].image_url",
        "missing_required_parameter",
        "",
    ),
    (
        parts({"type": "input_file", "file_data": "JVBERi0="}),
        *("input[0].content[0].file_data", "invalid_value", "without the 'data:' prefix."),
    ),
    (
        parts({"type": "input_file", "file_data": "data:application/pdf;base64,aGVsbG8="}),
        *("input[0].content[0].file_data", "invalid_value", "application/pdf MIME type"),
    ),
    (
        parts({"type": "input_file", "file_data": "data:text/plain;base64,aGVsbG8="}),
        *("input[0].content[0].file_data", "invalid_value", "MIME type 'text/plain'"),
    ),
    (parts({"type": "input_file", "file_id": "f-1"}), "input[0].content[0].file_id", None, "f-1"),
    (
        said({"role": "tool", "content": "x"}),
        "input[1]",
        "invalid_value",
        "'assistant', 'system', ",
    ),
    (said({"type": "thinking"}), "input[1]", "invalid_value", "'function_call_output'"),
    (said({"type": "function_call", "call_id": "c", "arguments": "{}"}), "input[1].name", ..., ""),
    (
        said({"role": "assistant", "content": "x", "reasoning_content": "y"}),
        *("input[1].reasoning_content", "unknown_parameter", "Unknown parameter: 'input[1]."),
    ),
    (
        said({"role": "assistant", "content": "x", "id": "chatcmpl-1"}),
        *("input[1].id", "invalid_value", "'chatcmpl-1'. Expected an ID that begins with 'msg'."),
    ),
    (
        said({"role": "assistant", "content": "x", "id": "msg_" + "a" * 425}),
        *("input[1].id", "string_above_max_length", "maximum length 64, but got a string with le"),
    ),
    (
        said({"type": "function_call_output", "call_id": "c" * 65, "output": ""}),
        *("input[1].call_id", "string_above_max_length", "length 65"),
    ),
    (
        said({"type": "function_call_output", "call_id": "call_0", "output": ""}),
        *("input", None, "No tool call found for function call output with call_id call_0."),
    ),
    (
        said({"type": "function_call", "call_id": "call_0", "name": "f", "arguments": "{}"}),
        *("input", None, "No tool output found for function call call_0."),
    ),
    (
        said({"type": "reasoning", "summary": [], "encrypted_content": "gAAAAABforeign=="}),
        *(None, "invalid_encrypted_content", "gAAA...gn== could not be verified. Reason: Encr"),
    ),
]


@pytest.mark.parametrize(
    ("body", "param", "code", "words"), [*FIELDS, *EFFORTS, *MODELS, *ITEMS], ids=str
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_wrong_is_a_400_with_the_words_of_the_service(
    server: DemoServer, stream: bool, body: Json, param: str | None, code: Any, words: str
) -> None:
    sent = dict(body)
    sent.setdefault("stream", stream or ...)
    came = create(server, sent.pop("asked", "hi"), **sent)
    assert came.status == 400
    assert came.error["param"] == param
    assert code in (..., came.error["code"])
    assert words in came.error["message"]
    assert came.error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("model", "code"),
    [("claude-opus-5", "api_not_supported"), ("missing-model", "DeploymentNotFound")],
)
@pytest.mark.parametrize("path", [RESPONSES, "/openai/v1/chat/completions"])
def test_what_speaks_neither_dialect_is_a_404(
    server: DemoServer, path: str, model: str, code: str
) -> None:
    asked = {"input": "hi"} if path == RESPONSES else {"messages": [USER]}
    came = call(server, "POST", path, {"model": model, **asked})
    assert (came.status, came.error["code"]) == (404, code)


@pytest.mark.parametrize(
    ("model", "more", "code", "words"),
    [
        ("gpt-5.3-codex", {}, "OperationNotSupported", "chatCompletion operation does not work"),
        ("gpt-5-pro", {}, "OperationNotSupported", "with the specified model, gpt-5-pro."),
        ("o3-pro", {}, "OperationNotSupported", "chatCompletion"),
        ("gpt-5.5", {"reasoning_effort": "low"}, None, "Please use /v1/responses instead."),
        ("gpt-5.6", {}, None, "use /v1/responses or set reasoning_effort to 'none'."),
        ("gpt-5.6", {"reasoning_effort": "low"}, None, "are not supported for gpt-5.6"),
    ],
)
def test_chat_says_where_a_model_is_to_be_asked(
    server: DemoServer, model: str, more: Json, code: str | None, words: str
) -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    body = {"model": model, "messages": [USER], "tools": [tool], **more}
    came = call(server, "POST", "/openai/v1/chat/completions", body)
    assert (came.status, came.error["code"]) == (400, code)
    assert words in came.error["message"]


@pytest.mark.parametrize(
    ("model", "more"),
    [("gpt-5.5", {}), ("gpt-5.6", {"reasoning_effort": "none"}), ("gpt-5-mini", {})],
)
def test_chat_takes_tools_where_the_model_does(server: DemoServer, model: str, more: Json) -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    body = {"model": model, "messages": [USER], "tools": [tool], **more}
    assert call(server, "POST", "/openai/v1/chat/completions", body).status == 200


def test_an_api_version_has_no_place_there(server: DemoServer) -> None:
    came = call(server, "POST", f"{RESPONSES}?api-version=2025-04-01-preview", {"input": "hi"})
    assert (came.status, came.error["code"]) == (400, "BadRequest")


# -- what goes back --------------------------------------------------------------------


@pytest.fixture(scope="module")
def turn(server: DemoServer) -> list[Json]:
    """A question, and a turn with thinking, a comment, two calls and their results."""
    items: list[Json] = create(server, [USER], **STATELESS).json["output"]
    assert [item["type"] for item in items] == [
        *("reasoning", "message", "function_call", "function_call")
    ]
    calls = [item["call_id"] for item in items if item["type"] == "function_call"]
    results = [{"type": "function_call_output", "call_id": one, "output": "x"} for one in calls]
    return [USER, *items, *results]


def without(*keys: str) -> Callable[[Json], Json]:
    return lambda item: {key: value for key, value in item.items() if key not in keys}


def every(change: Callable[[Json], Json], *kinds: str) -> Callable[[list[Json]], list[Json]]:
    return lambda turn: [change(one) if one.get("type") in kinds else one for one in turn]


def moved(order: str) -> Callable[[list[Json]], list[Json]]:
    """The turn in another order: ``order`` has the places, 0 to 6."""
    return lambda turn: [turn[int(place)] for place in order]


OUTPUT = ("reasoning", "message", "function_call")
TAKEN: dict[str, Callable[[list[Json]], list[Json]]] = {
    "as it came": lambda turn: turn,
    "results between the calls": moved("0123546"),
    "without ids": every(without("id"), *OUTPUT),
    "without ids and thinking": lambda turn: [
        every(without("id"), *OUTPUT)(turn)[i] for i in (0, 2, 3, 4, 5, 6)
    ],
    "thinking without its id": every(without("id"), "reasoning"),
    "without phase and status": every(without("phase", "status"), *OUTPUT),
}
NO_REASONING = "was provided without its required 'reasoning' item: 'rs_"
REFUSED: dict[str, tuple[Callable[[list[Json]], list[Json]], int, str | None, str]] = {
    "thinking dropped": (moved("023456"), 400, None, NO_REASONING),
    "comment dropped, thinking at the end": (moved("034561"), 400, None, NO_REASONING),
    "thinking behind its calls": (moved("0234156"), 400, None, NO_REASONING),
    "thinking before another message": (moved("1023456"), 400, None, "following item"),
    "thinking alone": (moved("01"), 400, None, "of type 'reasoning' was provided without its req"),
    "thinking twice": (moved("01123456"), 400, None, "Duplicate item found with id rs_"),
    "a call twice": (moved("01233456"), 400, None, "Duplicate item found with id fc_"),
    "a result missing": (
        moved("012345"),
        400,
        None,
        "No tool output found for function call call_",
    ),
    "a result before its call": (
        moved("0612345"),
        400,
        None,
        "No tool call found for function call",
    ),
    "a call missing": (moved("012356"), 400, None, "No tool call found for function call output"),
    "not sealed": (
        *(every(without("encrypted_content"), "reasoning"), 404, None),
        "not found. Items are not persisted when `store` is set to false. Try again with `store`",
    ),
    "sealed half": (
        every(lambda one: one | {"encrypted_content": one["encrypted_content"][:60]}, "reasoning"),
        *(400, "invalid_encrypted_content", "could not be decrypted or parsed."),
    ),
    "sealed for another id": (
        every(lambda one: one | {"id": "rs_0"}, "reasoning"),
        *(400, "invalid_encrypted_content", "did not match the target item id."),
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_turn_is_taken_back(server: DemoServer, turn: list[Json], name: str) -> None:
    assert create(server, TAKEN[name](turn), **STATELESS).status == 200


@pytest.mark.parametrize("name", REFUSED)
def test_a_turn_that_was_tampered_with_is_not(
    server: DemoServer, turn: list[Json], name: str
) -> None:
    change, status, code, words = REFUSED[name]
    came = create(server, change(turn), **STATELESS)
    assert (came.status, came.error["code"]) == (status, code)
    assert words in came.error["message"]


@pytest.mark.parametrize("model", ["gpt-5.5", "GPT-5.6-eu", "o3"])
def test_thinking_of_another_model_is_foreign(
    server: DemoServer, turn: list[Json], model: str
) -> None:
    error = create(server, turn, model=model, **STATELESS).error
    assert error["code"] == "invalid_encrypted_content"
    assert "could not be verified" in error["message"]


def test_another_server_of_the_same_service_knows_its_own(turn: list[Json]) -> None:
    with DemoServer() as other:
        assert create(other, turn, **STATELESS).status == 200


def test_what_is_stored_need_not_be_sealed(server: DemoServer) -> None:
    items = create(server, FLIGHT).json["output"]
    asked = [USER, *items, {"role": "user", "content": "and?"}]
    assert "encrypted_content" not in items[0]
    assert create(server, asked, store=True).status == 200
    assert create(server, asked, store=False).status == 200
    by_id = [{"type": "item_reference", "id": item["id"]} for item in items]
    assert create(server, [USER, *by_id, {"role": "user", "content": "and?"}]).status == 200
    with DemoServer() as other:
        error = create(other, asked, store=True).error
        assert error["message"] == f"Item with id '{items[0]['id']}' not found."
        assert create(other, [USER, *by_id]).status == 404


def test_items_of_foreign_services_without_thinking_are_taken(server: DemoServer) -> None:
    asked = [
        {"role": "user", "content": "hi"},
        {"type": "message", "role": "assistant", "id": "msg_1f3b", "content": "ho"},
        {"type": "function_call", "call_id": "a-1", "name": "f", "arguments": "{}", "id": "fc_9"},
        {
            "type": "function_call_output",
            "call_id": "a-1",
            "output": [{"type": "input_text", "text": "done well"}],
        },
    ]
    came = create(server, asked)
    assert came.status == 200
    assert "done well" in json.dumps(came.json["output"])


# -- anything at all -------------------------------------------------------------------

KEYS = st.sampled_from(
    [
        *("model", "input", "role", "content", "type", "text", "image_url", "tools", "name"),
        *("tool_choice", "parameters", "strict", "reasoning", "effort", "summary", "id", "include"),
        *("call_id", "output", "arguments", "encrypted_content", "format", "schema", "stream"),
        *("store", "background", "file_data", "filename", "instructions", "stream_options"),
        *("previous_response_id", "max_output_tokens", "function", "mode", "metadata"),
    ]
)
SCALARS = st.sampled_from(
    [
        *(None, True, False, 0, 20, 1.5, "user", "assistant", "function", "function_call"),
        *("function_call_output", "reasoning", "message", "item_reference", "input_text", "low"),
        *("input_image", "input_file", "json_schema", "required", "allowed_tools", "auto", "hi"),
        *("data:application/pdf;base64,AA==", "gAAAAA", "gAAAAA" + base64.b64encode(b"5").decode()),
    ]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12
)


@settings(deadline=None)
@given(body=st.dictionaries(KEYS, VALUES), items=st.lists(st.dictionaries(KEYS, VALUES)))
def test_any_json_gets_an_answer(body: Json, items: list[Json]) -> None:
    content = json.dumps({"model": "gpt-5.6", **body, "input": [USER, *items]}).encode()
    reply = respond("POST", RESPONSES, {}, content)
    assert b"".join(data for _, data in reply.pieces)
    assert reply.status in (200, 400, 404)
