"""What of earlier answers goes back to which model, and to which service."""

import json
from typing import Any

import pytest

from azchat.conversation import Conversation, ModelSettings
from azchat.dialects.history import history_rule
from azchat.messages import Echo, Message, Reasoning, Text, ToolCall, ToolResult
from tests.dialects.bodies import build_body

HERE, MODEL = "https://here/v1", "some-model"
FIELD: dict[str, Any] = {"reasoning_content": None}
ASKED = Message.user(Text("q"))


def said(*parts: Any, base: str = HERE, model: str = MODEL, **item: Any) -> Message:
    echo = Echo(("chat", base, model), "", (item,)) if item else None
    return Message("assistant", parts, echo)


def talk(base: str = HERE, model: str = MODEL, **item: Any) -> tuple[Message, ...]:
    """Return an answer without tools, and one with a call, each thought over."""
    item = item or FIELD
    plain = said(Reasoning("plain"), Text("a"), base=base, model=model, **item)
    called = said(Reasoning("which tool"), ToolCall("1", "f", "{}"), base=base, model=model, **item)
    return (ASKED, plain, ASKED, called, Message("tool", (ToolResult("1", "r"),)), plain, ASKED)


def sent(*messages: Message, model: str = MODEL, **settings: Any) -> list[dict[str, Any]]:
    """Return the assistant's messages as they go back."""
    conversation = Conversation(ModelSettings(model=model, **settings), messages)
    body = build_body(conversation, base=HERE)
    return [message for message in body["messages"] if message["role"] == "assistant"]


def thinking(*messages: Message, field: str = "reasoning_content", **settings: Any) -> list[Any]:
    return [message.get(field) for message in sent(*messages, **settings)]


def test_thinking_goes_back_in_turns_with_tools_alone() -> None:
    assert thinking(*talk()) == [None, "which tool", "plain"]


def test_it_goes_back_under_the_name_by_which_it_came() -> None:
    messages = talk(reasoning=None)
    assert thinking(*messages, field="reasoning") == [None, "which tool", "plain"]
    assert thinking(*messages) == [None, None, None]


def test_thinking_that_came_in_the_text_stays_here() -> None:
    messages = (ASKED, said(Reasoning("hm"), ToolCall("1", "f", "{}")))
    assert thinking(*messages) == [None]


@pytest.mark.parametrize(("base", "model"), [("https://there/v1", MODEL), (HERE, "other")])
@pytest.mark.parametrize(
    "item",
    [
        FIELD,
        {"reasoning": None},
        {"reasoning": {"encrypted_content": "x"}},
        {"reasoning_details": [{"data": "x"}]},
        {"tool_call": 0, "extra_content": {"google": {"thought_signature": "x"}}},
    ],
)
def test_nothing_of_it_goes_to_anybody_else(base: str, model: str, item: dict[str, Any]) -> None:
    for message in sent(*talk(base, model, **item)):
        assert message.keys() <= {"role", "content", "tool_calls"}
        assert all(
            call.keys() == {"id", "type", "function"} for call in message.get("tool_calls", ())
        )


@pytest.mark.parametrize("model", ["mistral-large-2407", "DeepSeek-R1", "Phi-4-reasoning"])
def test_models_that_refuse_it_get_none(model: str) -> None:
    assert thinking(*talk(model=model), model=model) == [None, None, None]


def test_the_user_may_want_it_otherwise() -> None:
    assert thinking(*talk(), reasoning_history="all") == ["plain", "which tool", "plain"]
    assert thinking(*talk(), reasoning_history="strip") == [None, None, None]
    messages = talk(model="DeepSeek-R1")
    got = thinking(*messages, model="DeepSeek-R1", reasoning_history="tools")
    assert got == [None, "which tool", "plain"]


@pytest.mark.parametrize(
    "item",
    [{"reasoning": {"encrypted_content": "x"}}, {"reasoning_details": [{"data": "x"}]}],
)
def test_what_is_encrypted_goes_back_as_it_came(item: dict[str, Any]) -> None:
    answer = said(Reasoning("hm"), Text("a"), **item, **FIELD)
    assert sent(ASKED, answer, ASKED) == [{"role": "assistant", "content": "a"} | item]


def test_a_signature_goes_back_with_its_call() -> None:
    calls = (ToolCall("1", "f", "{}"), ToolCall("2", "g", "{}"))
    signed: dict[str, Any] = {"extra_content": {"google": {"thought_signature": "s"}}}
    (message,) = sent(ASKED, said(*calls, tool_call=1, **signed))
    first, second = message["tool_calls"]
    assert first.keys() == {"id", "type", "function"}
    assert second.items() >= signed.items()


# Models that want the field with every message of a turn with calls

WANTING = ["kimi-k2.6", "moonshotai/Kimi-K2-Thinking", "DeepSeek-V4-Pro", "deepseek-reasoner"]


@pytest.mark.parametrize("model", WANTING)
def test_some_want_a_field_even_where_nothing_came(model: str) -> None:
    call, result = ToolCall("1", "f", "{}"), Message("tool", (ToolResult("1", "r"),))
    thought = said(Reasoning("hm"), call, model=model, **FIELD)
    messages = (ASKED, thought, result, said(call), result, said(Text("a")))
    assert thinking(*messages, model=model) == ["hm", "", ""]
    assert thinking(ASKED, said(Text("a")), ASKED, model=model) == [None]


@pytest.mark.parametrize("model", WANTING)
def test_what_another_model_thought_is_not_what_they_want(model: str) -> None:
    assert thinking(*talk(model="other"), model=model) == [None, "", ""]


def test_the_field_is_the_one_that_the_server_has() -> None:
    messages = (*talk(model="kimi-k2", reasoning=None), said(ToolCall("2", "f", "{}")))
    got = thinking(*messages, model="kimi-k2", field="reasoning")
    assert got == [None, "which tool", "plain", ""]


def test_the_user_may_strip_it_there_too() -> None:
    assert thinking(*talk(), model="kimi-k2", reasoning_history="strip") == [None, None, None]


# Results


@pytest.mark.parametrize("model", ["Cohere-command-a", "command-r-plus", "c4ai-command-r7b"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sunny", {"result": "sunny"}),
        ("", {"result": ""}),
        ("7", {"result": "7"}),
        ('["a"]', {"result": '["a"]'}),
        ('{"sky": "blue"}', {"sky": "blue"}),
        ("error: no such city", {"error": "no such city"}),
        ("error: denied by the user", {"error": "denied by the user"}),
    ],
)
def test_some_take_a_result_as_an_object_alone(model: str, text: str, told: dict[str, str]) -> None:
    messages = (ASKED, said(ToolCall("1", "f", "{}")), Message("tool", (ToolResult("1", text),)))
    body = build_body(Conversation(ModelSettings(model=model), messages))
    assert json.loads(body["messages"][2]["content"]) == told


def test_the_others_get_it_as_it_is() -> None:
    messages = (ASKED, said(ToolCall("1", "f", "{}")), Message("tool", (ToolResult("1", "x"),)))
    body = build_body(Conversation(ModelSettings(model="gpt-5"), messages))
    assert body["messages"][2]["content"] == "x"


def test_a_call_without_a_result_is_told_as_an_object_too() -> None:
    messages = (ASKED, said(ToolCall("1", "f", "{}")))
    body = build_body(Conversation(ModelSettings(model="command-a"), messages))
    assert "interrupted" in json.loads(body["messages"][2]["content"])["error"]


def test_the_longest_known_name_decides() -> None:
    assert history_rule("azure/DeepSeek-V3.2") == "tools"
    assert history_rule("deepseek-r1-0528") == "strip"
    assert history_rule(None) == "tools"
