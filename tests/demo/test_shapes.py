import json
from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]

V1 = "/openai/v1/chat/completions"
OPENS, CLOSES = "Okay, the user is asking", "key points succinctly."
SAMPLE = {"prompt_tokens": 11, "total_tokens": 897, "completion_tokens": 886}


def text_of(deltas: list[Any], field: str = "content") -> str:
    return "".join(delta.get(field) or "" for delta in deltas)


@pytest.mark.parametrize("model", ["DeepSeek-R1", "deepseek-r1", "Phi-4-reasoning"])
def test_thinking_is_in_tags_on_the_inference_route(ask: Ask, model: str) -> None:
    text = ask(model=model).text
    assert text.startswith(f"<think>\n{OPENS}")
    assert f"{CLOSES}\n</think>\n\nThe exact number" in text


def test_thinking_is_in_tags_in_the_stream_of_the_inference_route(ask: Ask) -> None:
    assert text_of(ask(stream=True).deltas) == ask().text


def test_thinking_is_in_a_field_on_the_openai_routes(ask: Ask) -> None:
    message = ask(path=V1).message
    assert message["reasoning_content"].startswith(OPENS)
    assert message["reasoning_content"].endswith(f"{CLOSES}\n")
    assert message["content"].startswith("The exact number")


def test_thinking_is_in_a_field_in_the_stream_of_the_openai_routes(ask: Ask) -> None:
    whole, deltas = ask(path=V1).message, ask(path=V1, stream=True).deltas
    assert deltas[0] == {"role": "assistant", "reasoning_content": "Okay,", "content": ""}
    assert text_of(deltas, "reasoning_content") == whole["reasoning_content"]
    assert text_of(deltas) == whole["content"]
    assert deltas[-1] == {"reasoning_content": "", "content": ""}


@pytest.mark.parametrize("model", ["r1-implicit", "QwQ-32B", "Qwen3-30B-A3B-Thinking-2507"])
def test_some_models_only_close_the_thinking(ask: Ask, model: str) -> None:
    text = ask(model=model).text
    assert text.startswith(OPENS)
    assert "</think>\n\nThe exact" in text


def test_magistral_answers_with_a_list_of_parts(ask: Ask) -> None:
    thinking, text = ask(model="magistral-medium").text
    assert thinking["thinking"][0]["text"].startswith(OPENS)
    assert text["text"].startswith("The exact number")


def test_magistral_streams_parts_for_the_thinking_and_text_for_the_answer(ask: Ask) -> None:
    deltas = [delta["content"] for delta in ask(model="magistral", stream=True).deltas]
    assert deltas[1] == [{"type": "thinking", "thinking": [{"type": "text", "text": "Okay,"}]}]
    answer = "".join(content for content in deltas if isinstance(content, str))
    assert answer.startswith("The exact number")


@pytest.mark.parametrize("model", ["gpt-oss-120b", "my-vllm"])
def test_some_models_call_the_field_reasoning(ask: Ask, model: str) -> None:
    whole = ask(path="/v1/chat/completions", model=model).message
    deltas = ask(path="/v1/chat/completions", model=model, stream=True).deltas
    assert whole["reasoning"].startswith(OPENS)
    assert text_of(deltas, "reasoning") == whole["reasoning"]


@pytest.mark.parametrize("model", ["gpt-5-mini", "o3", "o4-mini"])
def test_hidden_thinking_is_only_counted(ask: Ask, model: str) -> None:
    reply = ask(path=V1, model=model)
    usage = reply.json["usage"]
    assert reply.text.startswith("As of now")
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 448
    assert usage["completion_tokens"] == 72 + 448


def test_more_effort_hides_more_thinking(ask: Ask) -> None:
    usage = ask(path=V1, model="o3", reasoning_effort="high").json["usage"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 896


def test_no_effort_means_no_thinking(ask: Ask) -> None:
    message = ask(path=V1, reasoning_effort="none").message
    assert message["reasoning_content"] is None


def test_hidden_thinking_may_use_up_all_tokens(ask: Ask) -> None:
    reply = ask(path=V1, model="o3", max_completion_tokens=100)
    choice = reply.json["choices"][0]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("length", "")
    assert reply.json["usage"]["completion_tokens"] == 100


@pytest.mark.parametrize("model", ["mistral-large-2407", "gpt-4o", "phi-4", "phi-o3x", "unknown"])
def test_plain_models_show_no_thinking(ask: Ask, model: str) -> None:
    assert ask(model=model).text.startswith("As of now")


def test_mai_encrypts_its_thinking_on_the_last_chunk(ask: Ask) -> None:
    reply = ask(path="/mai/v1/chat/completions", stream=True)
    *others, last = reply.deltas
    assert {delta["reasoning"] for delta in others} == {None}
    assert last["reasoning"]["encrypted_content"]
    assert last["content"] is None
    assert reply.chunks[-1]["usage"]["total_tokens"] == 91


def test_mai_says_stop_even_for_a_tool_call(ask: Ask) -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    reply = ask("hi", path="/mai/v1/chat/completions", tools=tools, tool_choice="required")
    assert reply.json["choices"][0]["finish_reason"] == "stop"
    assert reply.message["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}


def test_usage_rides_on_the_finish_chunk_of_the_inference_route(ask: Ask) -> None:
    last = ask(stream=True).chunks[-1]
    assert last["usage"] == SAMPLE
    assert last["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("model", ["DeepSeek-R1", "gpt-5", "gpt-4o"])
def test_usage_asked_for_has_a_chunk_of_its_own(ask: Ask, model: str) -> None:
    reply = ask(path=V1, model=model, stream=True, stream_options={"include_usage": True})
    *others, last = reply.chunks
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0
    assert {chunk["usage"] for chunk in others} == {None}


def test_usage_is_not_streamed_unasked_by_openai_models(ask: Ask) -> None:
    assert not any("usage" in chunk for chunk in ask(path=V1, model="gpt-4o", stream=True).chunks)


def test_azure_openai_reports_its_filters(ask: Ask) -> None:
    whole = ask(path=V1).json
    first, _, *contents = ask(path=V1, model="gpt-4o", stream=True).chunks
    assert whole["prompt_filter_results"] == first["prompt_filter_results"]
    assert "hate" in whole["choices"][0]["content_filter_results"]
    assert (first["choices"], first["id"]) == ([], "")
    assert "hate" in contents[0]["choices"][0]["content_filter_results"]


def test_the_role_comes_first(ask: Ask) -> None:
    assert ask(stream=True).deltas[0] == {"role": "assistant", "content": ""}


def test_every_token_is_waited_for(ask: Ask) -> None:
    whole, streamed = ask("hi", model="gpt-4o"), ask("hi", model="gpt-4o", stream=True)
    assert whole.waits == [whole.json["usage"]["completion_tokens"]]
    assert sum(streamed.waits) == sum(whole.waits)


def test_hidden_thinking_is_waited_for_before_the_answer(ask: Ask) -> None:
    waits = ask(path=V1, model="o3", stream=True).waits
    assert max(waits[:2]) == 448


def test_max_tokens_cuts_the_answer(ask: Ask) -> None:
    reply = ask("hi", model="gpt-4o", max_tokens=4)
    assert reply.text == "This is azchat's **scripted"
    assert reply.json["choices"][0]["finish_reason"] == "length"
    assert reply.json["usage"]["completion_tokens"] == 4


def test_max_tokens_counts_the_thinking(ask: Ask) -> None:
    reply = ask(max_tokens=100)
    assert reply.text.startswith("<think>")
    assert "</think>" not in reply.text
    assert reply.json["usage"]["completion_tokens"] == 100


def test_enough_tokens_cut_nothing(ask: Ask) -> None:
    assert ask(max_tokens=2048).json["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("stop", ["scripted", ["nowhere", "scripted"]])
def test_a_stop_text_ends_the_answer_before_it(ask: Ask, stop: Any) -> None:
    reply = ask("hi", model="gpt-4o", stop=stop)
    assert reply.text == "This is azchat's **"
    assert reply.json["choices"][0]["finish_reason"] == "stop"


def test_a_tool_call_is_streamed_in_fragments(ask: Ask) -> None:
    tools = [{"type": "function", "function": {"name": "get_flight_info"}}]
    prompt = "When is the next flight from Miami to Seattle?"
    deltas = ask(prompt, model="gpt-4o", tools=tools, stream=True).deltas
    first, *rest = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    arguments = "".join(fragment["function"]["arguments"] for fragment in rest)
    assert first["function"] == {"name": "get_flight_info", "arguments": ""}
    assert first["id"].startswith("call_")
    assert json.loads(arguments) == {"origin_city": "Miami", "destination_city": "Seattle"}


def test_a_lone_surrogate_does_no_harm(ask: Ask) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}], "user\ud800": "\ud800"}
    reply = ask(path=V1, **body)
    assert reply.status == 200
