"""Which thinking goes back to which model."""

import pytest

from azchat.conversation import Conversation, ModelSettings
from azchat.messages import Message, Reasoning, Text, ToolCall, ToolResult
from azchat.wire.history import history_rule
from azchat.wire.request import build_body

ASKED = Message.user(Text("q"))
ANSWERED = Message("assistant", (Reasoning("plain"), Text("a")))
CALLED = Message("assistant", (Reasoning("which tool"), ToolCall("1", "f", "{}")))
RETURNED = Message("tool", (ToolResult("1", "r"),))
TALK = (ASKED, ANSWERED, ASKED, CALLED, RETURNED, ANSWERED, ASKED)


def sent(*messages: Message, **settings: object) -> list[str | None]:
    """Return the thinking that goes back with each assistant message."""
    conversation = Conversation(ModelSettings(**settings), messages)  # type: ignore[arg-type]
    body = build_body(conversation, echoes=True)
    return [m.get("reasoning_content") for m in body["messages"] if m["role"] == "assistant"]


def test_thinking_goes_back_in_turns_with_tools_alone() -> None:
    assert sent(*TALK) == [None, "which tool", "plain"]


@pytest.mark.parametrize("model", ["mistral-large-2407", "DeepSeek-R1", "Phi-4-reasoning"])
def test_models_that_refuse_it_get_none(model: str) -> None:
    assert sent(*TALK, model=model) == [None, None, None]


def test_the_user_may_want_it_otherwise() -> None:
    assert sent(*TALK, reasoning_history="all") == ["plain", "which tool", "plain"]
    assert sent(*TALK, reasoning_history="strip") == [None, None, None]
    assert sent(*TALK, model="DeepSeek-R1", reasoning_history="tools")[1] == "which tool"


@pytest.mark.parametrize(
    ("opaque", "fields"),
    [
        ({"encrypted_content": "x"}, {"reasoning": {"encrypted_content": "x"}}),
        ({"reasoning_details": [{"data": "x"}]}, {"reasoning_details": [{"data": "x"}]}),
    ],
)
def test_what_is_encrypted_goes_back_as_it_came(
    opaque: dict[str, object], fields: dict[str, object]
) -> None:
    answer = Message("assistant", (Reasoning("", opaque), Text("a")))
    body = build_body(Conversation(ModelSettings(), (ASKED, answer, ASKED)))
    assert body["messages"][1] == {"role": "assistant", "content": "a"} | fields


def test_the_longest_known_name_decides() -> None:
    assert history_rule("azure/DeepSeek-V3.2") == "tools"
    assert history_rule("deepseek-r1-0528") == "strip"
    assert history_rule(None) == "tools"
