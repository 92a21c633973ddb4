import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
FLIGHT = "When is the next flight from Miami to Seattle?"
CHART = "Which conclusion can be extracted from the following chart?"
TOMATOES = (
    "Chopping tomatoes and cutting them into cubes or wedges are great ways to practice your "
    "knife skills."
)
PLAIN = {"model": "mistral-large-2407"}


def image(data: bytes = PNG, media_type: str = "image/png") -> dict[str, Any]:
    url = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def tool(name: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def after_call(result: str) -> list[dict[str, Any]]:
    function = {"name": "get_flight_info", "arguments": "{}"}
    return [
        {"role": "system", "content": "You help to find ways."},
        {"role": "user", "content": FLIGHT},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "abc0DeFgH", "type": "function", "function": function}],
        },
        {"role": "tool", "content": result, "tool_call_id": "abc0DeFgH"},
    ]


FLIGHT_TOOL = tool(
    "get_flight_info", origin_city={"type": "string"}, destination_city={"type": "string"}
)


def test_deepseek_gives_the_documented_answer_and_counts(ask: Ask) -> None:
    reply = ask()
    assert reply.text.endswith("there are approximately **7,000 languages** globally.")
    assert "Let me think \u2013 recent estimates" in reply.text
    assert list(reply.json["usage"].values()) == [11, 897, 886]


def test_mistral_gives_the_documented_answer_and_counts(ask: Ask) -> None:
    system = {"role": "system", "content": "You are a helpful assistant."}
    user = {"role": "user", "content": "How many languages are in the world?"}
    reply = ask(messages=[system, user], **PLAIN)
    assert reply.text.startswith("As of now, it's estimated that there are about 7,000 languages")
    assert list(reply.json["usage"].values()) == [19, 91, 72]


@pytest.mark.parametrize(
    "prompt",
    [
        "how many languages are in the world",
        "  How many LANGUAGES are\n in the world ?!  ",
        "How many languages are in the world?\n\n```\nsome piped text\n```",
        [{"type": "text", "text": "How many languages are in the world?"}],
    ],
)
def test_a_question_is_known_however_it_is_written(ask: Ask, prompt: Any) -> None:
    assert "7,000 languages" in ask(prompt).text


def test_a_question_is_known_after_a_history(ask: Ask) -> None:
    history = [
        ("user", "hi"),
        ("assistant", "hello"),
        ("user", "How many languages are there in the world?"),
    ]
    messages = [{"role": role, "content": text} for role, text in history]
    reply = ask(messages=messages, **PLAIN)
    assert reply.text.startswith("As of now")
    assert reply.json["usage"]["prompt_tokens"] == 10


def test_json_mode_gives_the_documented_object(ask: Ask) -> None:
    reply = ask(response_format={"type": "json_object"}, **PLAIN)
    answer = json.loads(reply.text)["answer"]
    assert answer.startswith("There are approximately 7,117 living languages")
    assert list(reply.json["usage"].values()) == [39, 87, 48]


def test_json_mode_gives_an_object_for_any_prompt(ask: Ask) -> None:
    text = ask("hi", response_format={"type": "json_object"}, **PLAIN).text
    assert json.loads(text)["received"]["Prompt"] == "2 characters"


def test_the_flight_is_looked_up_with_the_documented_call(ask: Ask) -> None:
    reply = ask(FLIGHT, tools=[FLIGHT_TOOL], tool_choice="auto", **PLAIN)
    function = reply.message["tool_calls"][0]["function"]
    assert function["name"] == "get_flight_info"
    assert function["arguments"] == '{"origin_city": "Miami", "destination_city": "Seattle"}'
    assert reply.json["choices"][0]["finish_reason"] == "tool_calls"
    assert list(reply.json["usage"].values()) == [190, 226, 36]


def test_the_flight_may_be_between_other_cities_and_for_other_schemas(ask: Ask) -> None:
    city = {"type": "string"}
    offered = tool(
        "get_flight_info", loc_origin=city, loc_destination=city, seats={"type": "integer"}
    )
    reply = ask("when is the next flight from new york to Paris", tools=[offered], **PLAIN)
    arguments = json.loads(reply.message["tool_calls"][0]["function"]["arguments"])
    assert arguments == {"loc_origin": "New York", "loc_destination": "Paris", "seats": 0}


def test_reasoning_models_think_before_they_call(ask: Ask) -> None:
    message = ask(FLIGHT, path="/openai/v1/chat/completions", tools=[FLIGHT_TOOL]).message
    assert "Miami" in message["reasoning_content"]
    assert message["tool_calls"]


def test_the_answer_rests_on_the_result_of_the_tool(ask: Ask) -> None:
    result = '{"info": "There are no flights available from Miami to Seattle."}'
    reply = ask(messages=after_call(result), tools=[FLIGHT_TOOL], **PLAIN)
    assert reply.text == (
        "According to `get_flight_info`: There are no flights available from Miami to Seattle."
    )


def test_another_result_is_quoted_as_it_is(ask: Ask) -> None:
    text = ask(messages=after_call("At ```nine```"), tools=[FLIGHT_TOOL], **PLAIN).text
    assert text == "According to `get_flight_info`:\n\n````\nAt ```nine```\n````"


@pytest.mark.parametrize("more", [{}, {"tools": [FLIGHT_TOOL], "tool_choice": "none"}])
def test_without_a_tool_the_flight_is_not_made_up(ask: Ask, more: Any) -> None:
    reply = ask(FLIGHT, **PLAIN, **more)
    assert reply.text.startswith("I can't look up flights from Miami to Seattle")
    assert reply.message["tool_calls"] is None


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "add"}}])
def test_a_demanded_tool_is_called_with_what_its_schema_needs(ask: Ask, choice: Any) -> None:
    offered = tool("add", a={"type": "integer"}, b={"enum": ["x", "y"]})
    reply = ask("hi", tools=[offered], tool_choice=choice, **PLAIN)
    function = reply.message["tool_calls"][0]["function"]
    assert function["name"] == "add"
    assert json.loads(function["arguments"]) == {"a": 0, "b": "x"}


def test_offered_tools_are_not_called_unasked(ask: Ask) -> None:
    reply = ask("hi", tools=[tool("add")], **PLAIN)
    assert "**Tools offered:** 1 (`add`)" in reply.text


def test_the_chart_gets_the_documented_sentence(ask: Ask) -> None:
    reply = ask([{"type": "text", "text": CHART}, image()], **PLAIN)
    assert reply.text.startswith("The chart illustrates that larger models")
    assert list(reply.json["usage"].values()) == [2380, 2506, 126]


def test_no_chart_is_seen_where_none_is_sent(ask: Ask) -> None:
    assert ask(CHART, **PLAIN).text.startswith("No image came")


@pytest.mark.parametrize("stream", [True, False])
def test_content_safety_stops_the_tomatoes(ask: Ask, stream: bool) -> None:
    reply = ask(TOMATOES, stream=stream)
    inner = reply.error["innererror"]
    assert (reply.status, reply.error["code"], reply.error["param"]) == (
        400,
        "content_filter",
        "prompt",
    )
    assert inner["code"] == "ResponsibleAIPolicyViolation"
    assert inner["content_filter_result"]["violence"] == {"filtered": True, "severity": "medium"}


def test_any_other_prompt_is_told_what_arrived(ask: Ask) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}, image()]},
    ]
    text = ask(messages=messages, temperature=0.5, **PLAIN).text
    assert "scripted demo" in text
    assert "**Messages:** 2" in text
    assert "**Prompt:** 5 characters" in text
    assert "**System message:** yes, 9 characters" in text
    assert "**Images:** 1 (image/png, 28 bytes, sha256 " in text
    assert "`temperature` = `0.5`" in text
    assert "AZURE_INFERENCE_ENDPOINT" in text


def test_reasoning_models_think_about_any_prompt(ask: Ask) -> None:
    thinking, _, answer = ask("Hello").text.partition("</think>")
    assert "no model is behind it" in thinking
    assert "scripted demo" in answer


def test_a_schema_is_satisfied(ask: Ask) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}
    assert json.loads(ask("hi", response_format=wanted, **PLAIN).text) == {"n": 0}


def test_a_schema_is_satisfied_after_a_tool_result_too(ask: Ask) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"const": 1}}}
    reply = ask(messages=after_call("x"), response_format=wanted, **PLAIN)
    assert json.loads(reply.text) == 1
