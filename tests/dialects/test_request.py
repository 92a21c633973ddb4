import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.conversation import AnswerFormat, Conversation, ModelSettings
from azchat.messages import (
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    fenced,
)
from azchat.parameters import PARAMETERS
from tests.dialects.bodies import build_body

ASK = Message.user(Text("Hi"))


def body_of(*messages: Message, **settings: Any) -> dict[str, Any]:
    parameters = {name: settings.pop(name) for name in PARAMETERS if name in settings}
    return build_body(Conversation(ModelSettings(parameters=parameters, **settings), messages))


def sent(*messages: Message) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = body_of(*messages)["messages"]
    return result


def content(*parts: Part) -> Any:
    return sent(Message.user(*parts))[0]["content"]


def test_the_least_body_has_the_messages_and_the_wish_to_stream() -> None:
    assert body_of(ASK) == {"messages": [{"role": "user", "content": "Hi"}], "stream": True}


def test_without_streaming_nothing_is_said_of_it() -> None:
    body = build_body(Conversation(messages=(ASK,)), stream=False, include_usage=True)
    assert body.keys() == {"messages"}


def test_the_usage_of_a_stream_is_asked_for() -> None:
    body = build_body(Conversation(messages=(ASK,)), include_usage=True)
    assert body["stream_options"] == {"include_usage": True}


def test_every_parameter_that_is_set_is_sent() -> None:
    settings: dict[str, Any] = {
        "model": "DeepSeek-R1",
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 100,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "seed": 7,
    }
    assert body_of(ASK, **settings).items() >= settings.items()


def test_any_json_is_demanded_without_a_schema() -> None:
    wanted = body_of(ASK, answer_format=AnswerFormat())["response_format"]
    assert wanted == {"type": "json_object"}


@pytest.mark.parametrize("strict", [True, False])
def test_a_schema_is_demanded_under_its_name(strict: bool) -> None:
    schema = {"type": "object"}
    body = body_of(ASK, answer_format=AnswerFormat("state", schema, strict))
    named = {"name": "state", "schema": schema, "strict": strict}
    assert body["response_format"] == {"type": "json_schema", "json_schema": named}


def test_effort_and_stop_go_under_their_own_names() -> None:
    body = body_of(ASK, effort="low", stop=["a", "b"])
    assert (body["reasoning_effort"], body["stop"]) == ("low", ["a", "b"])


@pytest.mark.parametrize("name", ["temperature", "top_p", "presence_penalty", "seed"])
def test_zero_is_a_value(name: str) -> None:
    assert body_of(ASK, **{name: 0})[name] == 0


@pytest.mark.parametrize(
    "model", ["o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5.1-chat", "gpt-6", "my-o3", "openai/gpt-5"]
)
def test_newer_openai_models_take_max_completion_tokens(model: str) -> None:
    body = body_of(ASK, model=model, max_tokens=9)
    assert (body.get("max_completion_tokens"), body.get("max_tokens")) == (9, None)


@pytest.mark.parametrize(
    "model", [None, "gpt-4o", "gpt-4.1", "DeepSeek-R1", "gpt-oss-120b", "phi4"]
)
def test_other_models_take_max_tokens(model: str | None) -> None:
    body = body_of(ASK, model=model, max_tokens=9)
    assert (body.get("max_completion_tokens"), body.get("max_tokens")) == (None, 9)


def test_extras_are_sent_as_they_are_and_win() -> None:
    body = body_of(ASK, temperature=0.5, extras={"temperature": 1, "top_k": 5, "n": None})
    assert (body["temperature"], body["top_k"], body["n"]) == (1, 5, None)


def test_roles_keep_their_order() -> None:
    answer = Message("assistant", (Text("Hello"),))
    roles = [message["role"] for message in sent(Message.system("Be brief"), ASK, answer, ASK)]
    assert roles == ["system", "user", "assistant", "user"]


# Parts


def test_texts_alone_become_one_string() -> None:
    assert content(Text("Explain:"), Text("this")) == "Explain:\n\nthis"


def test_a_file_is_named_and_fenced() -> None:
    assert content(File("a.py", "x = 1\n")) == "a.py:\n```\nx = 1\n```"


def test_an_image_makes_the_content_a_list() -> None:
    assert content(Text("What?"), Image("https://x/y.png")) == [
        {"type": "text", "text": "What?"},
        {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
    ]


def test_the_detail_of_an_image_is_sent_where_it_is_set() -> None:
    assert content(Image("https://x", "low"))[0]["image_url"]["detail"] == "low"


def test_parts_the_user_cannot_send_are_left_out() -> None:
    assert content(Text("Hi"), Reasoning("Hm.")) == "Hi"


@given(text=st.text(alphabet="`a\n", max_size=30))
def test_a_fence_is_longer_than_any_run_inside(text: str) -> None:
    lines = fenced(text).split("\n")
    assert lines[0] == lines[-1]
    assert re.fullmatch("`{3,}", lines[0])
    assert lines[0] not in text


def test_a_fenced_text_ends_its_last_line_once() -> None:
    assert fenced("a") == fenced("a\n") == "```\na\n```"


# Answers, thinking, tools


def test_thinking_is_kept_and_not_sent_back() -> None:
    answer = Message("assistant", (Reasoning("Hm."), Text("Yes.")))
    assert sent(ASK, answer)[1] == {"role": "assistant", "content": "Yes."}


def test_calls_are_sent_back_without_an_index() -> None:
    answer = Message("assistant", (ToolCall("a", "f", '{"x":1}'),))
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
    assert sent(ASK, answer)[1]["tool_calls"] == [call]


def test_each_result_is_a_message_of_its_own() -> None:
    asked = Message("assistant", (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}")))
    results = Message("tool", (ToolResult("a", "1"), ToolResult("b", "2")))
    assert sent(asked, results)[1:] == [
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": "2"},
    ]


@given(text=st.text())
def test_any_text_can_be_sent_as_json(text: str) -> None:
    body = json.loads(json.dumps(body_of(Message.user(Text(text)))))
    assert body["messages"][0]["content"] == text
