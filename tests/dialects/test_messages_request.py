"""What is sent in the Messages dialect."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.conversation import AnswerFormat, Conversation, ModelSettings, Offer, OfferedTool
from azchat.dialects import named
from azchat.dialects.asked import Asked, Manner, Request
from azchat.dialects.history import origin_of
from azchat.messages import (
    Echo,
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from azchat.parameters import PARAMETERS
from tests.faults.claude import HIDDEN, call, check_request, text, thinking

ASK, BASE = Message.user(Text("Hi")), "https://r.services.ai.azure.com/anthropic/v1"
TOOL = OfferedTool("get_time", "Tells it.", {"type": "object"})
MODEL = "claude-sonnet-5"


def request(
    *messages: Message,
    offer: Offer | None = None,
    stream: bool = True,
    model: str = MODEL,
    manner: Manner | None = None,
    **settings: Any,
) -> Request:
    given_ = {name: settings.pop(name) for name in PARAMETERS if name in settings}
    conversation = Conversation(ModelSettings(model, given_, **settings), messages)
    return named("messages").encode(Asked(conversation, offer, stream, manner or Manner(BASE)))


def body_of(*messages: Message, **settings: Any) -> dict[str, Any]:
    body = dict(request(*(messages or (ASK,)), **settings).body)
    check_request(body)
    return body


def turns(*messages: Message, **settings: Any) -> list[tuple[str, Any]]:
    return [(turn["role"], turn["content"]) for turn in body_of(*messages, **settings)["messages"]]


def said(*parts: Part, echo: Echo | None = None) -> Message:
    return Message("assistant", parts, echo)


def result(call_id: str, words: str) -> Message:
    return Message("tool", (ToolResult(call_id, words),))


def test_the_least_body() -> None:
    assert body_of() == {
        "model": MODEL,
        "max_tokens": 64_000,
        "messages": [{"role": "user", "content": "Hi"}],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "stream": True,
    }
    sent = request(ASK, stream=False)
    assert "stream" not in sent.body
    assert (sent.operation, dict(sent.headers)) == (
        "/messages",
        {"anthropic-version": "2023-06-01"},
    )


def test_the_systems_words_stand_apart() -> None:
    body = body_of(Message.system("Be brief."), ASK, Message.system("Rhyme."))
    assert body["system"] == "Be brief.\n\nRhyme."
    assert [turn["role"] for turn in body["messages"]] == ["user"]
    assert "system" not in body_of(Message.system(" "), ASK)


def test_turns_of_one_side_become_one() -> None:
    cut = said(Reasoning("I was"))  # ended while it was thinking
    more = Message.user(Text("there?"))
    assert turns(ASK, cut, more) == [("user", [text("Hi"), text("there?")])]
    answers = said(Text("Half")), said(Text("of it."))
    assert turns(ASK, *answers, more) == [
        ("user", "Hi"),
        ("assistant", [text("Half"), text("of it.")]),
        ("user", "there?"),
    ]


def test_blank_texts_are_left_out() -> None:
    assert turns(Message.user(Text(" "), Text("Hi"), Text("\n"))) == [("user", "Hi")]
    assert turns(ASK, said(Text("\n")), ASK) == [("user", [text("Hi"), text("Hi")])]


def test_the_results_of_a_turn_come_first_and_together() -> None:
    calls = said(Text("See."), ToolCall("a", "f", '{"n": 1}'), ToolCall("b", "g", ""))
    found = turns(
        ASK, calls, result("b", "error: no"), result("a", "one"), Message.user(Text("So?"))
    )
    assert found[1:] == [
        ("assistant", [text("See."), call("f", {"n": 1}, "a"), call("g", {}, "b")]),
        (
            "user",
            [
                {"type": "tool_result", "tool_use_id": "a", "content": "one"},
                {
                    "type": "tool_result",
                    "tool_use_id": "b",
                    "content": "error: no",
                    "is_error": True,
                },
                text("So?"),
            ],
        ),
    ]


def test_a_call_that_was_not_answered_has_a_result() -> None:
    _, _, (_, content) = turns(ASK, said(ToolCall("a", "f", "{")), ASK)
    assert content[0]["is_error"]
    assert content[1] == text("Hi")


@pytest.mark.parametrize("call_id", ["call:1", "ü", "x" * 300, "a b", ""])
def test_an_id_of_elsewhere_is_changed_for_the_call_and_its_result(call_id: str) -> None:
    _, (_, asked), (_, answered) = turns(
        ASK, said(ToolCall(call_id, "f", "{}")), result(call_id, "one")
    )
    assert asked[0]["id"] == answered[0]["tool_use_id"] != call_id
    assert asked[0]["id"].replace("_", "").isalnum()


def test_pictures_and_files() -> None:
    question = Message.user(
        Text("See"),
        Image("data:image/webp;base64,UklGRg==", "low", "a.webp"),
        Image("https://a.test/b.png"),
        File("c.txt", "sea"),
    )
    ((_, content),) = turns(question)
    source = {"type": "base64", "media_type": "image/webp", "data": "UklGRg=="}
    assert content == [
        text("See"),
        {"type": "image", "source": source},
        {"type": "image", "source": {"type": "url", "url": "https://a.test/b.png"}},
        text("c.txt:\n```\nsea\n```"),
    ]


PDF = File("c.pdf", "sea", "data:application/pdf;base64,JVBERi0=")


def test_a_pdf_goes_as_it_is() -> None:
    ((_, content),) = turns(Message.user(Text("See"), PDF))
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}
    assert content == [text("See"), {"type": "document", "source": source, "title": "c.pdf"}]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ("get_time", {"type": "tool", "name": "get_time"}),
    ],
)
def test_tools_and_their_choice(choice: str | None, sent: Any) -> None:
    body = body_of(ASK, offer=Offer((TOOL,), choice))
    schema = {"type": "object"}
    assert body["tools"] == [
        {"name": "get_time", "description": "Tells it.", "input_schema": schema}
    ]
    assert body.get("tool_choice") == sent
    # "Thinking may not be enabled when tool_choice forces tool use."
    assert ("thinking" in body) is (choice in (None, "auto", "none"))


def test_a_forced_tool_leaves_the_form_of_the_answer() -> None:
    wanted = AnswerFormat("state", {"type": "object"})
    body = body_of(ASK, offer=Offer((TOOL,), "required"), answer_format=wanted)
    assert body["output_config"]["format"]["type"] == "json_schema"
    assert "thinking" not in body


def test_an_odd_number_of_tokens_is_the_users_own() -> None:
    sent = request(ASK, model="claude-opus-4-1", effort="high", extras={"max_tokens": "many"})
    assert sent.body["max_tokens"] == "many"


def test_parameters_have_the_names_of_this_api() -> None:
    body = body_of(ASK, stop=["END"], temperature=0.5, top_p=0.9, top_k=40, extras={"n": 1})
    named_so = {"stop_sequences": ["END"], "temperature": 0.5, "top_p": 0.9, "top_k": 40, "n": 1}
    assert named_so.items() <= body.items()
    assert "stop" not in body
    assert "stop_sequences" not in body_of(ASK, stop=[])


def test_what_this_api_lacks_is_told_and_left_out_unless_strict() -> None:
    given_: dict[str, Any] = {
        "seed": 1,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.1,
        "verbosity": "low",
    }
    sent = request(ASK, **given_)
    assert not given_.keys() & sent.body.keys()
    assert {repair.name for repair in sent.repairs} == given_.keys()
    assert all(repair.is_told for repair in sent.repairs)
    strict = request(ASK, manner=Manner(BASE, strict=True), **given_)
    assert given_.items() <= strict.body.items()


def test_a_schema_and_json_mode() -> None:
    schema = {"type": "object"}
    wanted = AnswerFormat("state", schema)
    assert body_of(ASK, answer_format=wanted, effort="low")["output_config"] == {
        "effort": "low",
        "format": {"type": "json_schema", "schema": schema},
    }
    body = body_of(Message.system("Be brief."), ASK, answer_format=AnswerFormat())
    assert body["system"].startswith("Be brief.\n\nAnswer with JSON alone")
    assert "output_config" not in body


ADAPTIVE: dict[str, Any] = {"type": "adaptive"}
SHOWN = ADAPTIVE | {"display": "summarized"}
OFF = {"type": "disabled"}


def budget(tokens: int) -> dict[str, Any]:
    return {"type": "enabled", "budget_tokens": tokens}


@pytest.mark.parametrize(
    ("model", "most", "plain", "high", "none"),
    [
        ("claude-3-haiku-20240307", 4_096, None, None, None),
        ("claude-3-5-sonnet-20241022", 8_192, None, None, None),
        ("claude-3-7-sonnet-20250219", 64_000, None, budget(16_384), OFF),
        ("claude-opus-4-20250514", 32_000, None, budget(16_384), OFF),
        ("claude-opus-4-1", 32_000, None, budget(16_384), OFF),
        ("claude-opus-4-1-20250805", 32_000, None, budget(16_384), OFF),
        ("claude-sonnet-4-20250514", 64_000, None, budget(16_384), OFF),
        ("anthropic/claude-sonnet-4.5", 64_000, None, budget(16_384), OFF),
        ("claude-haiku-4-5-20251001", 64_000, None, budget(16_384), OFF),
        ("claude-opus-4-5", 64_000, None, budget(16_384), OFF),
        ("Claude-Sonnet-4-6", 64_000, ADAPTIVE, ADAPTIVE, OFF),
        ("claude-opus-4-6", 128_000, ADAPTIVE, ADAPTIVE, OFF),
        ("claude-opus-4-7", 128_000, SHOWN, SHOWN, OFF),
        ("claude-opus-4-8", 128_000, SHOWN, SHOWN, OFF),
        ("claude-fable-5-1", 128_000, SHOWN, SHOWN, OFF),
        ("claude-opus-5-5", 128_000, SHOWN, SHOWN, OFF),
        ("claude-sonnet-5", 64_000, SHOWN, SHOWN, OFF),
        ("claude-haiku-5-5", 64_000, SHOWN, SHOWN, OFF),
        ("my-writer", 32_000, SHOWN, SHOWN, OFF),
        ("qwen3-32b", 16_384, None, budget(12_288), OFF),
    ],
)
def test_each_model_is_asked_as_it_is_known_to_think(
    model: str, most: int, plain: Any, high: Any, none: Any
) -> None:
    body = body_of(model=model)
    assert (body["max_tokens"], body.get("thinking")) == (most, plain)
    body = body_of(model=model, effort="high")
    assert body.get("thinking") == high
    is_adaptive = high and high["type"] == "adaptive"
    assert body.get("output_config") == ({"effort": "high"} if is_adaptive else None)
    body = body_of(model=model, effort="none")
    assert (body.get("thinking"), body.get("output_config")) == (none, None)


@given(
    st.sampled_from(["claude-opus-4-1", "claude-sonnet-4-5", "llama-3", "x", "claude-opus-4-6"]),
    st.sampled_from(["minimal", "low", "medium", "high", "xhigh", "max", "ultra"]),
    st.integers(1, 200_000),
)
def test_a_budget_is_less_than_all_and_not_too_little(model: str, effort: str, most: int) -> None:
    body = body_of(model=model, effort=effort, max_tokens=most)
    assert body["max_tokens"] == most
    assert body.get("thinking", {}).get("budget_tokens", 1024) >= 1024
    by_option = body_of(model=model, effort=effort, extras={"max_tokens": most})
    assert by_option.get("thinking") == body.get("thinking")


def test_the_summary_may_be_unwanted() -> None:
    hidden = ADAPTIVE | {"display": "omitted"}
    assert body_of(model="claude-opus-4-6", summary="none")["thinking"] == hidden
    assert body_of(summary="detailed")["thinking"] == SHOWN
    assert "summary" not in body_of(summary="detailed")


# What the model said goes back to it as it came.

BLOCKS = (thinking("Let me see."), HIDDEN, text("So."), call("get_time", {"city": "Oslo"}))
PARTS = Reasoning("Let me see."), Text("So."), ToolCall("toolu_1", "get_time", '{"city": "Oslo"}')


def echo(*before: Message, model: str = MODEL, base: str = BASE, items: Any = BLOCKS) -> Echo:
    origin = origin_of("messages", base, model)
    return Echo(origin, Conversation(messages=before).digest(), items)


def kinds(*messages: Message, **settings: Any) -> list[str]:
    return [block["type"] for block in turns(*messages, **settings)[1][1]]


WHOLE = ["thinking", "redacted_thinking", "text", "tool_use"]
BARE = ["text", "tool_use"]


def test_blocks_go_back_as_they_came() -> None:
    answer = said(*PARTS, echo=echo(ASK))
    assert turns(ASK, answer, result("toolu_1", "noon"))[1] == ("assistant", list(BLOCKS))
    later = (ASK, answer, result("toolu_1", "noon"), said(Text("Noon.")), ASK)
    assert turns(*later)[1] == ("assistant", list(BLOCKS))


@pytest.mark.parametrize(
    "foreign", [{"model": "claude-opus-5"}, {"base": "https://api.anthropic.com/v1"}]
)
def test_thinking_of_another_model_or_endpoint_does_not(foreign: dict[str, Any]) -> None:
    assert kinds(ASK, said(*PARTS, echo=echo(ASK, **foreign))) == BARE
    chat = echo(ASK)._replace(origin=("chat", BASE, MODEL))
    assert kinds(ASK, said(*PARTS, echo=chat)) == BARE


@pytest.mark.parametrize(
    "before",
    [
        (Message.user(Text("Ho")),),
        (Message.system("Rhyme."), ASK),
        (Message.user(Text("Hi"), Image("https://a.test/b.png")),),
        (ASK, said(Text("x")), ASK),
    ],
)
def test_thinking_does_not_where_something_before_it_changed(before: tuple[Message, ...]) -> None:
    assert kinds(ASK, said(*PARTS, echo=echo(*before))) == BARE


def test_thinking_does_not_where_the_user_wants_none_of_it_back() -> None:
    assert kinds(ASK, said(*PARTS, echo=echo(ASK)), reasoning_history="strip") == BARE


def test_thinking_without_its_signature_goes_to_models_that_sign_none() -> None:
    items = (thinking("Let me see.", ""), *BLOCKS[2:])
    assert kinds(ASK, said(*PARTS, echo=echo(ASK, items=items))) == BARE
    local = echo(ASK, items=items, model="qwen3-32b")
    assert kinds(ASK, said(*PARTS, echo=local), model="qwen3-32b") == ["thinking", *BARE]


def test_blocks_that_are_not_the_messages_do_not() -> None:
    answer = said(Text("So."), echo=echo(ASK))  # the call is gone
    assert turns(ASK, answer, ASK)[1] == ("assistant", "So.")


def test_a_renamed_call_is_renamed_in_its_block() -> None:
    renamed = (*PARTS[:2], ToolCall("call00000", "get_time", '{"city": "Oslo"}'))
    answer = said(*renamed, echo=echo(ASK))
    _, (_, asked), (_, answered) = turns(ASK, answer, result("call00000", "noon"))
    assert asked[-1]["id"] == answered[0]["tool_use_id"] == "call00000"


def test_a_turn_with_a_call_whose_thinking_is_lost_goes_on_without() -> None:
    lost = (ASK, said(*PARTS), result("toolu_1", "noon"))
    kept = (ASK, said(*PARTS, echo=echo(ASK, model="claude-opus-4-5")), lost[2])
    old: dict[str, Any] = {"model": "claude-opus-4-5", "effort": "high"}
    assert "thinking" not in body_of(*lost, **old)
    assert body_of(*kept, **old)["thinking"] == budget(16_384)
    assert "thinking" not in body_of(*lost, ASK, **old)
    assert body_of(*lost, said(Text("Noon.")), ASK, **old)["thinking"] == budget(16_384)
    assert body_of(*lost, effort="high")["thinking"] == SHOWN


@given(
    st.lists(
        st.sampled_from(
            [
                ASK,
                Message.system("Rhyme."),
                Message.user(Text(" ")),
                said(Text("So.")),
                said(Reasoning("Hm.")),
                said(*PARTS, echo=echo(ASK)),
                said(ToolCall("a", "f", "{}"), ToolCall("b", "f", "[")),
                result("a", "x"),
                result("toolu_1", ""),
            ]
        ),
        max_size=8,
    ),
    st.sampled_from(["claude-opus-4-1", MODEL, "qwen3"]),
)
def test_whatever_was_said_the_order_is_one_that_is_taken(
    messages: list[Message], model: str
) -> None:
    json.dumps(body_of(ASK, *messages, ASK, model=model, effort="high"))
