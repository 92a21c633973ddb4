"""Claude's dialect through the front door: tools, sessions, keys, refusals, other dialects."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults.claude import (
    HIDDEN,
    Block,
    call,
    check_request,
    events,
    stream,
    text,
    thinking,
    whole,
)
from tests.faults.connection import Connection, Request
from tests.faults.payloads import DONE, chunk, event
from tests.faults.scripted import Saying, Scripted, reply
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check


def says(*blocks: Block, stop: str = "end_turn", **delta: Any) -> bytes:
    """Return a whole reply."""
    return reply(stream(events(*blocks, stop=stop, **delta)), request_id="req_1")


def refuses(status: str, kind: str, message: str) -> bytes:
    """Return a refusal in Anthropic's form."""
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return reply(json.dumps(error).encode(), status, content_type="application/json")


MODEL = "claude-opus-4-8"
SUM = call("calculate", {"expression": "6*7"})
CALLS = says(thinking("Multiply."), HIDDEN, SUM, stop="tool_use")
TOLD = says(thinking("Done.", "c2Vjb25k"), text("It is 42."))
AGAIN = says(text("As I said."))
TOOL = ("-T", "calculate")
BOUND = refuses(
    "400 Bad Request",
    "invalid_request_error",
    "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a "
    "different conversation.",
)
Ask = Callable[..., Result]


class Service(Scripted):
    """Claude's, at a path of a resource."""

    def __init__(self, *sayings: Saying, path: str = "/anthropic") -> None:
        super().__init__(*sayings)
        self.url = self.url.removesuffix("/v1") + path

    def _serve(self, connection: Connection, request: Request) -> bool:
        """Say the next, whatever the path."""
        nth = len(self.requests)
        return super()._serve(connection, replace(request, nth=nth))

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was asked; the service would have taken it."""
        bodies = [request.json() for request in self.requests]
        for request, body in zip(self.requests, bodies, strict=True):
            assert request.path == "/anthropic/v1/messages"
            assert request.header("anthropic-version") == "2023-06-01"
            assert request.header("anthropic-beta") is None
            check_request(body)
        return bodies


@pytest.fixture
def ask(home: Path) -> Ask:
    def run(
        server: Scripted, *args: str, code: int = 0, env: dict[str, str] | None = None, **more: Any
    ) -> Result:
        variables = {
            "AZURE_INFERENCE_ENDPOINT": server.url,
            "AZURE_INFERENCE_CREDENTIAL": CANARY,
            "AZURE_INFERENCE_MODEL": MODEL,
        }
        result = azchat("ask", *args, home=home, env=variables | (env or {}), **more)
        check(result, code=code, servers=[server])
        return result

    return run


def kinds(body: dict[str, Any], turn: int = 1) -> list[str]:
    """Return the blocks of a turn of the model."""
    said = body["messages"][turn]["content"]
    return ["text"] if isinstance(said, str) else [block["type"] for block in said]


def test_an_answer_with_its_thinking_and_its_tokens(ask: Ask) -> None:
    with Service(says(thinking("Hm."), text("Hello."))) as server:
        result = ask(server, "hi", "--json")
        (body,) = server.bodies
        (request,) = server.requests
    told = json.loads(result.out)
    assert (told["answer"], told["reasoning"], told["finish_reason"]) == ("Hello.", "Hm.", "stop")
    counts = told["usage"]
    assert (counts["prompt_tokens"], counts["cached_tokens"]) == (12, 3)
    assert counts["completion_tokens"] == 20
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert (request.header("x-api-key"), request.header("api-key")) == (CANARY, CANARY)


@pytest.mark.parametrize("body", [whole(thinking("Hm."), text("Hello.")), b""])
def test_an_answer_may_come_whole(ask: Ask, body: bytes) -> None:
    said = reply(body, content_type="application/json") if body else says(text("Hello."))
    with Service(said) as server:
        assert ask(server, "hi", "--no-stream").out == "Hello.\n"
        assert "stream" not in server.bodies[0]


def test_the_events_are_the_same_in_every_dialect(ask: Ask) -> None:
    with Service(CALLS, TOLD) as server:
        result = ask(server, "hi", *TOOL, "--output-format", "stream-json")
    names = [json.loads(line)["type"] for line in result.out.splitlines()]
    wanted = {"reasoning_delta", "tool_called", "tool_returned", "text_delta", "usage_reported"}
    assert wanted <= {*names}


def test_a_call_is_answered_and_its_blocks_go_back(ask: Ask) -> None:
    with Service(CALLS, TOLD) as server:
        assert ask(server, "hi", *TOOL).out == "It is 42.\n"
        first, second = server.bodies
    assert [tool["name"] for tool in first["tools"]] == ["calculate"]
    assert second["messages"][1]["content"] == [thinking("Multiply."), HIDDEN, SUM]
    (found,) = second["messages"][2]["content"]
    assert found == {"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}


def test_calls_side_by_side_are_answered_in_one_turn(ask: Ask) -> None:
    other = call("calculate", {"expression": "1/0"}, "toolu_2")
    with Service(says(SUM, other, stop="tool_use"), TOLD) as server:
        ask(server, "hi", *TOOL)
        results = server.bodies[1]["messages"][2]["content"]
    assert [one["tool_use_id"] for one in results] == ["toolu_1", "toolu_2"]
    assert ["is_error" in one for one in results] == [False, True]


def test_a_turn_that_pauses_goes_on(ask: Ask) -> None:
    server_tool: Block = {"type": "server_tool_use", "id": "s", "name": "web", "input": {"q": "x"}}
    paused = says(server_tool, text("Wait"), stop="pause_turn")
    with Service(paused, says(text("for it."))) as server:
        assert "for it." in json.loads(ask(server, "hi", "--json").out)["answer"]
        requests = [request.json() for request in server.requests]
    assert requests[1]["messages"][1] == {
        "role": "assistant",
        "content": [server_tool, text("Wait")],
    }


# Sessions


def test_thinking_goes_back_where_nothing_before_it_changed(ask: Ask) -> None:
    with Service(CALLS, TOLD, AGAIN) as server:
        ask(server, "hi", *TOOL, "-s", "Be brief.")
        ask(server, "and now?", "-c")
        last = server.bodies[-1]
    assert last["system"] == "Be brief."
    assert kinds(last) == ["thinking", "redacted_thinking", "tool_use"]
    assert kinds(last, 3) == ["thinking", "text"]


@pytest.mark.parametrize(
    "change",
    [
        ("-s", "Rhyme."),
        ("-m", "claude-sonnet-5"),
        ("--reasoning-history", "strip"),
        ("--endpoint", "https://api.anthropic.com"),
    ],
)
def test_it_does_not_where_something_changed(ask: Ask, change: tuple[str, str]) -> None:
    with Service(CALLS, TOLD) as server:
        ask(server, "hi", *TOOL, "-s", "Be brief.")
        env = {"ANTHROPIC_API_KEY": CANARY}
        shown = ask(server, "so?", "-c", "-m", MODEL, *change, "--dry-run", env=env).out
    body = json.loads(shown[shown.index("{") :])
    assert (kinds(body), kinds(body, 3)) == (["tool_use"], ["text"])
    check_request(body)


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["three"], [["thinking", "text"], ["thinking", "text"]]),
        (["/undo", "three"], [["thinking", "text"]]),
        (["/retry"], [["thinking", "text"]]),
        (["/edit 1", "other", "three"], [["thinking", "text"]]),
        (["/set system Rhyme.", "three"], [["text"], ["text"]]),
        (["/set model claude-sonnet-5", "three"], [["text"], ["text"]]),
    ],
)
def test_in_a_chat_too(home: Path, commands: list[str], expected: list[list[str]]) -> None:
    typed = "\n".join(["one", "two", *commands, ""])
    env = {"AZURE_INFERENCE_CREDENTIAL": CANARY, "AZURE_INFERENCE_MODEL": MODEL}
    with Service(says(thinking("Hm."), text("So."))) as server:
        env["AZURE_INFERENCE_ENDPOINT"] = server.url
        check(azchat("chat", home=home, env=env, stdin=typed), code=0, servers=[server])
        last = server.bodies[-1]
    turns = range(1, len(last["messages"]), 2)
    assert [kinds(last, turn) for turn in turns] == expected


def test_a_fork_begins_with_what_it_was_said(home: Path, ask: Ask) -> None:
    with Service(says(thinking("Hm."), text("So."))) as server:
        ask(server, "one", "--session", "a")
        ask(server, "two", "--session", "a")
        check(azchat("sessions", "fork", "a", "b", home=home), code=0)
        ask(server, "three", "--session", "b")
        last = server.bodies[-1]
    assert (kinds(last), kinds(last, 3)) == (["thinking", "text"], ["thinking", "text"])


def test_a_refused_turn_does_not_go_back(ask: Ask) -> None:
    details = {"category": "cyber", "explanation": "no"}
    refused = says(text("Well,"), stop="refusal", stop_details=details)
    with Service(AGAIN, refused, AGAIN) as server:
        ask(server, "one")
        result = ask(server, "worm", "-c", code=8)
        ask(server, "two", "-c")
        last = server.bodies[-1]
    assert "the model refused to answer (cyber): no" in result.err
    assert [turn["content"] for turn in last["messages"]] == ["one", "As I said.", "two"]


# Refusals


def test_thinking_that_is_refused_is_left_out_once_and_for_all(ask: Ask) -> None:
    with Service(TOLD, BOUND, AGAIN, AGAIN) as server:
        ask(server, "one")
        result = ask(server, "two", "-c")
        ask(server, "three", "-c")
        bodies = server.bodies
    assert "thinking of earlier answers is not sent" in result.err
    assert [kinds(body) for body in bodies[1:]] == [["thinking", "text"], ["text"], ["text"]]


def test_a_budget_instead_of_adaptive_thinking_is_remembered(ask: Ask) -> None:
    words = "adaptive thinking is not supported on this model"
    refused = refuses("400 Bad Request", "invalid_request_error", words)
    with Service(refused, AGAIN) as server:
        result = ask(server, "one", "-m", "my-writer", "--effort", "low")
        ask(server, "two", "-m", "my-writer", "--effort", "high")
        sent = [body["thinking"] for body in server.bodies]
    assert "adaptive thinking is sent as thinking by budget" in result.err
    assert [one.get("budget_tokens") for one in sent] == [None, 4096, 16384]


@pytest.mark.parametrize(
    "busy",
    [
        refuses("529 Overloaded", "overloaded_error", "Overloaded"),
        refuses("503 No", "api_error", "down"),
        refuses("500 No", "api_error", "down"),
        refuses("504 No", "timeout_error", "down"),
        reply(
            stream(
                [
                    *events()[:2],
                    {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}},
                ]
            )
        ),
    ],
)
def test_a_busy_service_is_asked_again(ask: Ask, busy: bytes) -> None:
    with Service(busy, AGAIN) as server:
        assert ask(server, "one").out == "As I said.\n"


def test_an_error_in_mid_answer_keeps_what_came(ask: Ask) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with Service(reply(stream([*events(text("Half"), stop=None), error]))) as server:
        result = ask(server, "one", code=8)
    assert result.out == "Half\n"
    assert "Overloaded" in result.err


def test_a_prompt_that_azures_filter_stopped(ask: Ask) -> None:
    found = {"violence": {"filtered": True, "severity": "high"}}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
    error = {"code": "content_filter", "message": "no", "innererror": inner}
    said = reply(json.dumps({"error": error}).encode(), "400 No", content_type="application/json")
    with Service(said) as server:
        assert "violence" in ask(server, "one", code=7).err


def test_the_room_that_is_left_is_told(ask: Ask) -> None:
    body = stream(events(text("x")))
    limits = {
        "anthropic_ratelimit_requests_remaining": "7",
        "anthropic_ratelimit_requests_limit": "40",
        "anthropic_ratelimit_tokens_remaining": "900",
    }
    with Service(reply(body, **limits)) as server:
        told = json.loads(ask(server, "hi", "--json").out)
    assert "7" in json.dumps(told["rate_limit"])


# Keys


UNAUTHORIZED = reply(
    b'{"statusCode":401,"message":"Unauthorized. Access token is missing or invalid"}',
    "401 Unauthorized",
    content_type="application/json",
)


def test_a_refused_key_goes_out_as_bearer_once_and_so_ever_after(ask: Ask) -> None:
    with Service(UNAUTHORIZED, AGAIN) as server:
        assert "as Bearer" in ask(server, "one").err
        ask(server, "two")
        names = ("x-api-key", "api-key", "authorization")
        sent = [[request.header(name) for name in names] for request in server.requests]
    bearer = [None, None, f"Bearer {CANARY}"]
    assert sent == [[CANARY, CANARY, None], bearer, bearer]


def test_a_key_that_is_wrong_is_tried_twice_and_no_more(ask: Ask) -> None:
    with Service(UNAUTHORIZED) as server:
        ask(server, "one", code=4)
        ask(server, "two", code=4)
        assert [request.header("api-key") for request in server.requests] == [CANARY, None] * 2


ANTHROPIC, AZURE = "https://api.anthropic.com", "https://r.services.ai.azure.com/anthropic"
DEEPSEEK = "https://api.deepseek.com/anthropic"
KEYS = [
    ("--endpoint", ANTHROPIC, "ANTHROPIC_API_KEY", True),
    ("--endpoint", f"{ANTHROPIC}/v1/messages", "ANTHROPIC_API_KEY", True),
    ("--endpoint", AZURE, "ANTHROPIC_FOUNDRY_API_KEY", True),
    ("--endpoint", AZURE, "AZURE_OPENAI_API_KEY", True),
    ("--endpoint", AZURE, "ANTHROPIC_API_KEY", False),
    ("--endpoint", "https://r.openai.azure.com/openai/v1", "ANTHROPIC_API_KEY", False),
    ("--endpoint", DEEPSEEK, "ANTHROPIC_API_KEY", False),
    ("--endpoint", DEEPSEEK, "AZURE_INFERENCE_CREDENTIAL", False),
    ("--endpoint", "https://example.com/v1", "ANTHROPIC_API_KEY", False),
    ("AZURE_INFERENCE_ENDPOINT", ANTHROPIC, "ANTHROPIC_API_KEY", True),
    ("ANTHROPIC_BASE_URL", ANTHROPIC, "ANTHROPIC_API_KEY", True),
    ("ANTHROPIC_BASE_URL", DEEPSEEK, "ANTHROPIC_API_KEY", True),  # its own family
    ("ANTHROPIC_BASE_URL", AZURE, "ANTHROPIC_API_KEY", False),
    ("ANTHROPIC_BASE_URL", AZURE, "ANTHROPIC_FOUNDRY_API_KEY", True),
    ("ANTHROPIC_FOUNDRY_BASE_URL", AZURE, "ANTHROPIC_FOUNDRY_API_KEY", True),
    ("ANTHROPIC_FOUNDRY_RESOURCE", "r", "ANTHROPIC_FOUNDRY_API_KEY", True),
    ("ANTHROPIC_FOUNDRY_BASE_URL", AZURE, "ANTHROPIC_API_KEY", False),
    *(
        (by, ANTHROPIC, given, False)
        for by in (
            "--endpoint",
            "AZURE_INFERENCE_ENDPOINT",
            "OPENAI_BASE_URL",
            "ANTHROPIC_BASE_URL",
        )
        for given in (
            *("AZURE_INFERENCE_CREDENTIAL", "AZURE_OPENAI_API_KEY", "OPENAI_API_KEY"),
            "ANTHROPIC_FOUNDRY_API_KEY",
        )
    ),
]


@pytest.mark.parametrize(("by", "endpoint", "given", "sent"), KEYS)
def test_no_key_goes_where_it_does_not_belong(
    home: Path, by: str, endpoint: str, given: str, sent: bool
) -> None:
    flags = [by, endpoint] if by == "--endpoint" else []
    env = {given: CANARY} | ({} if flags else {by: endpoint})
    result = azchat("info", "--json", "-m", MODEL, *flags, home=home, env=env)
    has_key = any(one["name"] == "key" for one in json.loads(result.out)["settings"])
    assert has_key is sent


# Other dialects


def test_a_resource_is_asked_beside_its_other_routes(ask: Ask) -> None:
    for path in ("/openai/v1", "/api/projects/p/openai/v1", "/models", "/anthropic/v1/messages"):
        with Service(AGAIN, path=path) as server:
            ask(server, "hi")
            assert len(server.bodies) == 1


@pytest.mark.parametrize(
    "words",
    [
        {
            "error": {
                "code": "api_not_supported",
                "message": "Requested API is currently not supported",
            }
        },
        {"error": {"code": "BadRequest", "message": "Unknown model: claude-x"}},
    ],
)
def test_a_deployment_whose_name_does_not_tell_is_found_out(
    ask: Ask, words: dict[str, Any]
) -> None:
    refused = reply(json.dumps(words).encode(), "404 No", content_type="application/json")
    with Service(refused, AGAIN, path="/openai/v1") as server:
        told = ask(server, "hi", "-m", "my-writer").err
        ask(server, "hi", "-m", "my-writer")
        paths = [request.path for request in server.requests]
    assert "asked again over the Messages API" in told
    assert paths == ["/openai/v1/chat/completions", *["/anthropic/v1/messages"] * 2]


@pytest.mark.parametrize("model", ["gpt-5.6", "DeepSeek-V4"])
def test_a_model_of_another_maker_is_not_looked_for_there(ask: Ask, model: str) -> None:
    refused = {"error": {"code": "api_not_supported", "message": "Requested API is currently not"}}
    said = reply(json.dumps(refused).encode(), "404 No", content_type="application/json")
    with Service(said, path="/openai/v1") as server:
        ask(server, "hi", "-m", model, code=7)
        assert "anthropic" not in " ".join(request.path for request in server.requests)


def test_a_server_of_another_make_is_asked_where_the_user_says_so(ask: Ask) -> None:
    said = [one for one in events(text("Hello.")) if one["type"] != "ping"]
    with Scripted(reply(stream(said, named=False))) as server:
        ask(server, "hi", "--dialect", "messages", "-m", "qwen3")
        (request,) = server.requests
    assert request.path == "/v1/messages"
    assert request.header("authorization") == f"Bearer {CANARY}"
    assert "thinking" not in request.json()


def test_a_recording_tells_its_dialect(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "answer.http"
    with Service(says(thinking("Hm."), text("Hello."))) as server:
        ask(server, "hi", "--record", str(file))
        again = ask(server, "hi", "--replay", str(file), "--json")
    assert json.loads(again.out)["reasoning"] == "Hm."


def chat_says(*deltas: dict[str, Any], finish: str) -> bytes:
    told = b"".join(event(chunk(delta)) for delta in deltas)
    return reply(told + event(chunk({}, finish)) + DONE)


def response_says(*items: dict[str, Any]) -> bytes:
    response = {"id": "resp_1", "object": "response", "status": "completed", "output": list(items)}
    done = {"type": "response.completed", "response": response}
    return reply(f"event: response.completed\ndata: {json.dumps(done)}\n\n".encode())


def wants_sum(call_id: str) -> dict[str, Any]:
    arguments = {"name": "calculate", "arguments": '{"expression": "1+1"}'}
    return {"tool_calls": [{"index": 0, "id": call_id, "type": "function", "function": arguments}]}


def test_one_session_goes_through_three_dialects_with_a_call_in_each(ask: Ask) -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VhbGVk"}
    called = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_r",
        "name": "calculate",
        "arguments": '{"expression": "2+2"}',
    }
    message = {
        "type": "message",
        "id": "msg_r",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Four.", "annotations": []}],
    }
    sayings = (
        *(CALLS, TOLD, response_says(item, called), response_says(message)),
        chat_says({"reasoning_content": "Plus."}, wants_sum("c" * 9), finish="tool_calls"),
        chat_says({"content": "Two."}, finish="stop"),
        *(says(SUM | {"id": "toolu_9"}, stop="tool_use"), AGAIN),
    )
    with Service(*sayings, path="/openai/v1") as server:
        for model in (MODEL, "gpt-5.6", "DeepSeek-V4", MODEL):
            turn = len(server.requests)
            ask(server, "and?", "-c" if turn else "--no-stdin", "-m", model, *TOOL)
        requests = server.requests
    paths = [request.path for request in requests]
    assert paths[::2] == paths[1::2]
    assert paths[::2] == [
        "/anthropic/v1/messages",
        "/openai/v1/responses",
        "/openai/v1/chat/completions",
        "/anthropic/v1/messages",
    ]
    bodies = [request.json() for request in requests]
    for body in (bodies[1], bodies[-1]):
        check_request(body)
    assert "signature" not in json.dumps([bodies[3], bodies[5]])
    assert "encrypted_content" not in json.dumps([bodies[5]["messages"], bodies[-1]])
    assert "c2VhbGVk" in json.dumps(bodies[3])
    assert "Plus." not in json.dumps(bodies[-1])
    last = bodies[-1]["messages"]
    said = [kinds(bodies[-1], turn) for turn in range(1, len(last), 2)]
    assert said[:2] == [["thinking", "redacted_thinking", "tool_use"], ["thinking", "text"]]
    assert said[2:] == [["tool_use"], ["text"], ["tool_use"], ["text"], ["tool_use"]]
    for words in ("Four.", "Two.", "It is 42."):
        assert words in json.dumps(last)


def test_info_says_what_is_spoken(home: Path) -> None:
    with Service(AGAIN) as server:
        env = {"AZURE_INFERENCE_ENDPOINT": server.url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
        shown = azchat("info", "-m", MODEL, home=home, env=env)
        checked = azchat("info", "--check", "-m", MODEL, home=home, env=env)
    check(shown, code=0)
    check(checked, code=0)
    assert "Anthropic Messages API" in shown.out
    assert "the Messages API" in checked.out
