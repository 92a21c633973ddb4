"""A history with calls is one that services take, however its turns ended."""

import pytest

from azchat.conversation import Conversation, Offer, OfferedTool
from azchat.messages import Message, Text, ToolCall, ToolResult
from tests.dialects.bodies import build_body

ASK = Message.user(Text("Hi"))


def called(*ids: str) -> Message:
    return Message("assistant", tuple(ToolCall(name, "f", "{}") for name in ids))


def returned(name: str) -> Message:
    return Message("tool", (ToolResult(name, f"r{name}"),))


def sent(*messages: Message) -> list[dict[str, object]]:
    body = build_body(Conversation(messages=messages))
    messages_sent: list[dict[str, object]] = body["messages"]
    return messages_sent


def test_a_call_without_a_result_gets_one() -> None:
    result = sent(ASK, called("a"), ASK)[2]
    assert (result["role"], result["tool_call_id"]) == ("tool", "a")
    assert "interrupted" in str(result["content"])


def test_results_stand_in_the_order_of_their_calls() -> None:
    messages = sent(ASK, called("a", "b", "c"), returned("c"), returned("a"))
    assert [message.get("tool_call_id") for message in messages[2:]] == ["a", "b", "c"]


def test_a_result_of_nothing_is_not_sent() -> None:
    assert [message["role"] for message in sent(ASK, returned("x"), ASK)] == ["user", "user"]


@pytest.mark.parametrize("arguments", ["{", "", "[1]", "NaN", "[" * 100_000])
def test_arguments_that_no_service_takes_back_are_sent_empty(arguments: str) -> None:
    message = sent(ASK, Message("assistant", (ToolCall("a", "f", arguments),)))[1]
    assert message["tool_calls"][0]["function"]["arguments"] == "{}"  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "known_as"), [("", "unknown"), ("a b.c", "a_b_c"), ("x" * 80, "x" * 64)]
)
def test_a_name_that_no_service_takes_back_is_made_one(name: str, known_as: str) -> None:
    message = sent(ASK, Message("assistant", (ToolCall("a", name, "{}"),)))[1]
    assert message["tool_calls"][0]["function"]["name"] == known_as  # type: ignore[index]


def test_what_is_offered_is_sent() -> None:
    tool = OfferedTool("f", "Does it.", {"type": "object"})
    body = build_body(Conversation(messages=(ASK,)), offer=Offer((tool,)))
    function = {"name": "f", "description": "Does it.", "parameters": {"type": "object"}}
    assert body["tools"] == [{"type": "function", "function": function}]
    assert "tool_choice" not in body
