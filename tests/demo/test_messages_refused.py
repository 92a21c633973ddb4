"""What the Messages API refuses, with the words of the real service."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.demo.responder import respond
from tests.demo.conftest import Answered, send

Json = dict[str, Any]
PATH = "/anthropic/v1/messages"
VERSION = {"anthropic-version": "2023-06-01"}
FLIGHTS = "When are the next flights from Miami to Seattle and from Oslo to Rome?"
USER = {"role": "user", "content": FLIGHTS}
CITY = {"type": "string"}
TOOL: Json = {
    "name": "get_flight_info",
    "input_schema": {
        "type": "object",
        "properties": {"origin_city": CITY, "destination_city": CITY},
        "required": ["origin_city", "destination_city"],
    },
}
ADAPTIVE = {"type": "adaptive"}
BUDGET = {"type": "enabled", "budget_tokens": 1024}
OLD, NEW, OPEN = "claude-sonnet-4-5", "claude-opus-4-8", "claude-sonnet-4-6"
BINDS = "claude-opus-5-5"


def ask(
    asked: Any = "hi", *, headers: Json | None = None, path: str = PATH, **body: Any
) -> Answered:
    """Ask for a message; a field that is ``...`` is not sent."""
    turns = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    sent = {"model": OPEN, "max_tokens": 4096, "messages": turns, **body}
    kept = {key: value for key, value in sent.items() if value is not ...}
    return send("POST", path, json.dumps(kept).encode(), VERSION if headers is None else headers)


def said(came: Answered) -> str:
    """The words of a 400 in Anthropic's form."""
    error = came.json
    assert (came.status, error["type"]) == (400, "error"), error
    assert error["error"]["type"] == "invalid_request_error"
    return str(error["error"]["message"])


def user(*blocks: Json | str) -> Json:
    return {"role": "user", "content": list(map(text, blocks))}


def model(*blocks: Json | str) -> Json:
    return {"role": "assistant", "content": list(map(text, blocks))}


def text(block: Json | str) -> Json:
    return {"type": "text", "text": block} if isinstance(block, str) else block


def use(name: str = "toolu_1") -> Json:
    return {"type": "tool_use", "id": name, "name": "f", "input": {}}


def result(name: str = "toolu_1") -> Json:
    return {"type": "tool_result", "tool_use_id": name, "content": "42"}


FIELDS: list[tuple[Json, str]] = [
    ({"max_tokens": ...}, "max_tokens: Field required"),
    ({"model": ...}, "model: Field required"),
    ({"messages": ...}, "messages: Field required"),
    ({"messages": []}, "messages: at least one is required"),
    ({"messages": "hi"}, "messages: Input should be an array, but got a string"),
    ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
    ({"max_tokens": "many"}, "max_tokens: Input should be an integer"),
    ({"max_tokens": 64001}, "max_tokens: 64001 > 64000, which is the maximum allowed number of"),
    *(
        ({name: value}, f"{name}: Extra inputs are not permitted")
        for name, value in {
            "max_completion_tokens": 5,
            "response_format": {},
            "reasoning_effort": "low",
            "reasoning": {},
            "stop": ["a"],
            "seed": 1,
            "n": 1,
            "input": "hi",
            "parallel_tool_calls": True,
        }.items()
    ),
    ({"output_config": {"loud": 1}}, "output_config.loud: Extra inputs are not permitted"),
    ({"metadata": {"a": "b"}}, "metadata.a: Extra inputs are not permitted"),
    ({"stream": "yes"}, "stream: Input should be a boolean"),
    ({"temperature": 1.5}, "temperature: Input should be less than or equal to 1"),
    ({"tools": [{"name": "f"}]}, "tools.0.input_schema: Field required"),
    ({"tools": [{"type": "function", "function": {}}]}, "tools.0.name: Field required"),
    ({"tools": [{**TOOL, "parameters": {}}]}, "tools.0.parameters: Extra inputs are not permitted"),
    ({"tools": [{"name": "f", "input_schema": {}}]}, "tools.0.input_schema.type: Field required"),
    ({"tool_choice": "auto"}, "tool_choice: Input should be an object"),
    ({"tool_choice": {"type": "required"}}, "tool_choice: Input should be 'auto', 'any', 'none'"),
    ({"tool_choice": {"type": "tool", "name": "g"}, "tools": [TOOL]}, "Tool 'g' not found in"),
    ({"tool_choice": {"type": "any"}}, "tool_choice: Tool 'required' not found"),
    ({"output_config": {"format": {"type": "json_object"}}}, "Input should be 'json_schema'"),
    (
        {"output_config": {"format": {"type": "json_schema"}}},
        "output_config.format.schema: Field required",
    ),
    (
        {"output_config": {"format": {"type": "json_schema", "schema": {"enum": []}}}},
        "output_config.format.schema: Invalid schema: enum is empty",
    ),
]
NOT_ENABLED = (
    '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
    '"output_config.effort" to control thinking behavior.'
)
THINKING: list[tuple[Json, str]] = [
    (
        {"model": NEW, "thinking": BUDGET},
        NOT_ENABLED,
    ),
    ({"model": BINDS, "thinking": BUDGET}, '"thinking.type.enabled" is not supported'),
    ({"model": OLD, "thinking": ADAPTIVE}, "adaptive thinking is not supported on this model"),
    ({"model": "claude-opus-4-5", "thinking": ADAPTIVE}, "adaptive thinking is not supported"),
    (
        {"model": "claude-fable-5", "thinking": {"type": "disabled"}},
        '"thinking.type.disabled" is not supported for this model.',
    ),
    ({"thinking": {"type": "on"}}, "thinking: Input should be 'enabled', 'adaptive' or"),
    ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens: Field required"),
    (
        {"thinking": {"type": "enabled", "budget_tokens": 1023}},
        "thinking.budget_tokens: Input should be greater than or equal to 1024",
    ),
    (
        {"thinking": BUDGET, "max_tokens": 1024},
        "`max_tokens` must be greater than `thinking.budget",
    ),
    ({"thinking": {**ADAPTIVE, "budget_tokens": 2000}}, "thinking.budget_tokens: Extra inputs"),
    (
        {"thinking": {**ADAPTIVE, "display": "full"}},
        "thinking.display: Input should be 'summarized'",
    ),
    ({"model": OLD, "output_config": {"effort": "low"}}, "does not support the effort parameter"),
    ({"output_config": {"effort": "xhigh"}}, "Input should be 'low', 'medium', 'high' or 'max'"),
    ({"model": "claude-fable-5", "output_config": {"effort": "max"}}, "'high' or 'xhigh'"),
    ({"output_config": {"effort": "minimal"}}, "output_config.effort: Input should be 'low',"),
    *(
        ({"model": name, param: 1}, f"`{param}` is deprecated for this model.")
        for name in ("claude-opus-4-7", NEW, BINDS, "claude-sonnet-5")
        for param in ("temperature", "top_p", "top_k")
    ),
    (
        {"thinking": ADAPTIVE, "temperature": 0.5},
        "`temperature` may only be set to 1 when thinking",
    ),
    ({"thinking": BUDGET, "top_k": 5}, "`top_k` must be unset when thinking is enabled"),
    (
        {"thinking": ADAPTIVE, "tools": [TOOL], "tool_choice": {"type": "any"}},
        "Thinking may not be enabled when tool_choice forces tool use.",
    ),
    (
        {"asked": [USER, model(use()), user(result())], "thinking": BUDGET},
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_u",
    ),
]
MISSING = "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: "
TURNS: list[tuple[list[Any], str]] = [
    (
        [{"role": "system", "content": "Be kind."}, USER],
        'messages: Unexpected role "system". The Me',
    ),
    ([USER, {"role": "system", "content": "Be kind."}], "accepts a top-level `system` parameter"),
    ([{"role": "tool", "content": "42"}], "messages.0: Input should be 'user' or 'assistant'"),
    ([model("ho"), USER], 'messages: first message must use the "user" role'),
    (
        [USER, USER],
        'alternate between "user" and "assistant", but found multiple "user" roles in a',
    ),
    ([USER, model("ho"), model("ho")], 'but found multiple "assistant" roles in a row'),
    ([user(" ")], "messages: text content blocks must contain non-whitespace text"),
    ([{"role": "user", "content": ""}], "text content blocks must contain non-whitespace text"),
    ([{"role": "user"}], "messages.0.content: Field required"),
    ([user()], "messages.0.content: at least one is required"),
    (
        [user({"type": "input_text", "text": "hi"})],
        "messages.0.content.0: Input should be 'text', ",
    ),
    (
        [user(use())],
        "messages.0.content.0: Input should be 'text', 'image', 'document' or 'tool_",
    ),
    ([USER, model(result())], "messages.1.content.0: Input should be 'text', 'thinking', "),
    ([USER, model({"type": "thinking", "thinking": "Hm."})], "content.0.signature: Field required"),
    (
        [USER, {"role": "assistant", "content": "ho", "tool_calls": []}],
        "messages.1.tool_calls: Extra",
    ),
    (
        [USER, model(use("a"))],
        f"{MISSING}a. Each `tool_use` block must have a corresponding `tool_",
    ),
    ([USER, model(use("a")), user("and?")], f"{MISSING}a."),
    ([USER, model(use("a")), user("it is", result("a"))], f"{MISSING}a."),
    ([USER, model(use("a"), use("b")), user(result("a"))], f"{MISSING}b."),
    ([USER, model(use("a"), use("b")), user(result("b"), "and", result("a"))], f"{MISSING}a."),
    (
        [user(result("a"))],
        "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` bl",
    ),
    (
        [USER, model(use("a")), user(result("a"), result("b"))],
        "messages.2.content.1: unexpected `tool_use_id` found in `tool_result` blocks: b. Each",
    ),
    (
        [USER, model(use("a")), user(result("a")), model("ho"), user(result("a"))],
        "messages.4.content.0: unexpected `tool_use_id` found in `tool_result` blocks: a.",
    ),
    (
        [USER, model(use("a")), user(result("a"), result("a"))],
        "messages.2.content.1: each tool_use must have a single result. Found multiple",
    ),
    (
        [USER, model(use("a"), use("a")), user(result("a"))],
        "messages.1: `tool_use` ids must be uniq",
    ),
    (
        [USER, model(use("a")), user(result("a")), model(use("a")), user(result("a"))],
        "messages.3: `tool_use` ids must be unique",
    ),
]
PICTURE = {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "aGVsbG8="}
MEDIA: list[tuple[Json, str]] = [
    ({"type": "image", "source": PICTURE}, "Could not process image: the bytes are no PNG"),
    ({"type": "image", "source": {**PICTURE, "data": "%"}}, "Could not process image"),
    ({"type": "image", "source": {**PICTURE, "media_type": "image/bmp"}}, "'image/webp', but got"),
    (
        {"type": "image", "source": {"type": "file"}},
        "content.0.source: Input should be 'base64' or",
    ),
    ({"type": "image"}, "messages.0.content.0.source: Field required"),
    ({"type": "image_url", "image_url": {}}, "messages.0.content.0: Input should be 'text', "),
    ({"type": "document", "source": PDF}, "The PDF specified was not valid: the data is no PDF."),
    (
        {"type": "document", "source": PICTURE},
        "source.media_type: Input should be 'application/pdf'",
    ),
    ({"type": "document", "source": {"type": "url"}}, "content.0.source.url: Field required"),
]


@pytest.mark.parametrize(("body", "words"), [*FIELDS, *THINKING], ids=str)
def test_a_field_that_is_refused(body: Json, words: str) -> None:
    assert words in said(ask(body.get("asked", "hi"), **{k: body[k] for k in body if k != "asked"}))


@pytest.mark.parametrize(("turns", "words"), TURNS, ids=str)
def test_turns_that_do_not_go_together(turns: list[Any], words: str) -> None:
    assert words in said(ask(turns))


@pytest.mark.parametrize(("block", "words"), MEDIA, ids=str)
def test_media_that_are_refused(block: Json, words: str) -> None:
    assert words in said(ask([user(block)]))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a": NaN}'])
def test_what_is_no_json(body: bytes) -> None:
    assert "The request body is not " in said(send("POST", PATH, body, VERSION))


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "anthropic-version: header is required"),
        (
            {**VERSION, "anthropic-beta": "x-1"},
            "Unexpected value(s) `x-1` for the `anthropic-beta`",
        ),
    ],
    ids=str,
)
def test_headers(headers: Json, words: str) -> None:
    assert words in said(ask(headers=headers))


# -- thinking goes back to its maker, behind what it came behind ------------------------


def thought(name: str, **body: Any) -> list[Any]:
    """A turn with a call, as it goes back."""
    came = ask(FLIGHTS, model=name, thinking=ADAPTIVE, tools=[TOOL], **body)
    blocks = came.json["content"]
    results = [result(one["id"]) for one in blocks if one["type"] == "tool_use"]
    assert (blocks[0]["type"], len(results)) == ("thinking", 2)
    return [USER, model(*blocks), user(*results)]


def changed(turns: list[Any], **fields: str) -> list[Any]:
    first, (head, *others), last = turns[0], turns[1]["content"], turns[2]
    return [first, model({**head, **fields}, *others), last]


@pytest.mark.parametrize("name", [OPEN, NEW, BINDS, "claude-fable-5-1"])
def test_thinking_that_is_whole_is_taken(name: str) -> None:
    assert ask(thought(name), model=name, thinking=ADAPTIVE, tools=[TOOL]).status == 200


FOREIGN = "messages.1.content.0: Invalid `signature` in `thinking` block"


@pytest.mark.parametrize(
    "fields",
    [
        {"thinking": "Something else."},
        {"signature": ""},
        {"signature": "EqQBCkYIBhgCIkA="},
        {"signature": "ÿ"},
        {"signature": base64.b64encode(b"\xff\xfe").decode()},
    ],
    ids=str,
)
def test_thinking_that_was_changed(fields: dict[str, str]) -> None:
    turns = changed(thought(OPEN), **fields)
    assert said(ask(turns, tools=[TOOL])) == FOREIGN


@pytest.mark.parametrize("name", [NEW, BINDS, OLD])
def test_thinking_of_another_model(name: str) -> None:
    assert said(ask(thought(OPEN), model=name, tools=[TOOL])) == FOREIGN


def test_redacted_thinking_is_checked_too() -> None:
    turns = [{"role": "user", "content": "Think in secret."}]
    (secret, answer) = ask(turns, thinking=ADAPTIVE).json["content"]
    assert secret.keys() == {"type", "data"}
    again = user("And now?")
    assert ask([*turns, model(secret, answer), again]).status == 200
    secret["data"] += "A"
    words = "messages.1.content.0: Invalid `data` in `redacted_thinking` block"
    assert said(ask([*turns, model(secret, answer), again])) == words


EDITS: list[tuple[str, Any]] = [
    ("system", lambda turns: {"system": "Be brief.", "asked": turns}),
    ("tools", lambda turns: {"tools": [TOOL, {**TOOL, "name": "g"}], "asked": turns}),
    ("no tools", lambda turns: {"tools": ..., "asked": turns}),
    ("question", lambda turns: {"asked": [{**USER, "content": "Else?"}, *turns[1:]]}),
    ("more before", lambda turns: {"asked": [user("hi"), model("ho"), *turns]}),
    (
        "text before",
        lambda turns: {"asked": [turns[0], model("Hm.", *turns[1]["content"]), turns[2]]},
    ),
]


@pytest.mark.parametrize(("name", "edit"), EDITS, ids=[name for name, _ in EDITS])
def test_a_block_is_bound_to_its_conversation_where_the_model_checks_it(
    name: str, edit: Any
) -> None:
    del name
    for checks in (BINDS, "claude-fable-5-1"):
        words = said(ask(**{"tools": [TOOL], "model": checks, **edit(thought(checks))}))
        assert (
            "Invalid `signature` in `thinking` block. The block is bound to a different conv"
            in words
        )
        assert 'set `thinking.block_binding.prefix_mismatch_behavior` to "drop_block"' in words
    for free in (OPEN, NEW):
        assert ask(**{"tools": [TOOL], "model": free, **edit(thought(free))}).status == 200


def test_what_is_only_written_otherwise_is_no_edit() -> None:
    first, *others = thought(BINDS)
    cached = {"type": "text", "text": FLIGHTS, "cache_control": {"type": "ephemeral"}}
    assert first["content"] == FLIGHTS
    assert ask([user(cached), *others], model=BINDS, tools=[TOOL]).status == 200


# -- other refusals ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "name", "status", "kind"),
    [
        ("Fail by overload.", OPEN, 529, "overloaded_error"),
        ("Fail by the rate limit.", OPEN, 429, "rate_limit_error"),
        ("hi", "limited", 429, "rate_limit_error"),
        ("hi", "missing-claude", 404, "not_found_error"),
        ("hi", "claude-broken-tools", 500, "api_error"),
    ],
)
def test_failures_in_anthropics_form(asked: str, name: str, status: int, kind: str) -> None:
    came = ask(asked, model=name, tools=[TOOL])
    assert (came.status, came.json["type"], came.json["error"]["type"]) == (status, "error", kind)
    assert (came.headers.get("retry-after") == "2") is (status == 429)


@pytest.mark.parametrize("name", ["gpt-5.6", "DeepSeek-R1", "gpt-4o", "mistral-large-2407"])
def test_the_gateway_says_that_other_models_are_not_served(name: str) -> None:
    came = ask(model=name)
    assert (came.status, came.error["code"]) == (404, "api_not_supported")


@pytest.mark.parametrize("path", [f"{PATH}/v1/messages", "/anthropic/messages", "/anthropic/v1/x"])
def test_the_gateway_says_so_of_other_paths_too(path: str) -> None:
    came = ask(path=path)
    assert (came.status, came.error["code"]) == (404, "api_not_supported")


@pytest.mark.parametrize("path", [PATH, "/v1/messages"])
@pytest.mark.parametrize("header", ["x-api-key", "api-key", "authorization"])
def test_a_wrong_key(path: str, header: str) -> None:
    bearer = "Bearer " if header == "authorization" else ""
    statuses = []
    for key in ("good", "bad"):
        body = json.dumps({"model": OPEN, "max_tokens": 9, "messages": [USER]}).encode()
        came = send("POST", path, body, {**VERSION, header: f"{bearer}{key}"}, key="good")
        statuses.append(came.status)
    assert statuses == [200, 401]
    assert came.json["error"] == {"type": "authentication_error", "message": "invalid x-api-key"}


def test_the_key_of_another_make_opens_no_other_route() -> None:
    body = json.dumps({"messages": [USER]}).encode()
    assert send("POST", "/openai/v1/chat/completions", body, {"x-api-key": "k"}, "k").status == 401


def test_a_wrong_token_is_the_gateways_to_refuse() -> None:
    headers = {**VERSION, "authorization": "Bearer x"}
    reply = respond("POST", PATH, headers, b"{}", audience="auto")
    told = json.loads(b"".join(piece for _, piece in reply.pieces))
    assert (reply.status, told["statusCode"]) == (401, 401)
    assert "audience is incorrect (https://ai.azure.com)" in told["message"]


# -- anything at all ----------------------------------------------------------------------

KEYS = st.sampled_from(
    [
        *("model", "role", "content", "type", "text", "source", "data", "media_type", "tools"),
        *("name", "input", "id", "tool_use_id", "tool_choice", "thinking", "signature", "system"),
        *("max_tokens", "output_config", "effort", "format", "schema", "stop_sequences", "url"),
        *("input_schema", "stream", "budget_tokens", "display", "metadata", "cache_control"),
    ]
)
SCALARS = st.sampled_from(
    [
        *(None, True, False, 0, 20, 1.5, "", "hi", "user", "assistant", "text", "image", "any"),
        *("tool_use", "tool_result", "thinking", "redacted_thinking", "document", "base64", "url"),
        *("enabled", "adaptive", "disabled", "json_schema", "image/png", "tool", "auto", "AA=="),
    ]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12
)


@settings(deadline=None)
@given(body=st.dictionaries(KEYS, VALUES), turns=st.lists(st.dictionaries(KEYS, VALUES)))
def test_any_json_gets_an_answer(body: Json, turns: list[Json]) -> None:
    for content in (
        {**body},
        {"model": BINDS, "max_tokens": 99, **body, "messages": [USER, *turns]},
    ):
        reply = respond("POST", PATH, VERSION, json.dumps(content).encode())
        assert b"".join(data for _, data in reply.pieces)
        assert reply.status in (200, 400, 404)
