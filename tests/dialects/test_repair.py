"""Which refusals are understood, and what a request becomes by them."""

from typing import Any

import pytest

from azchat.dialects.asked import Repair
from azchat.dialects.repair import effort_repair
from azchat.errors import ServiceError
from tests.dialects.bodies import find_repair, repaired

BODY: dict[str, Any] = {
    "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
    "model": "m",
    "temperature": 0.2,
    "top_p": 0.9,
    "max_tokens": 100,
    "reasoning_effort": "minimal",
    "stream": True,
    "stream_options": {"include_usage": True},
}


def refused(what: str, parameter: str | None = None, status: int = 400) -> ServiceError:
    error = ServiceError(what, http_status=status)
    error.parameter = parameter
    return error


@pytest.mark.parametrize(
    ("what", "parameter", "repair"),
    [
        ("Unsupported parameter: 'temperature' is not supported with this model.", "temperature",
         Repair("drop", "temperature")),
        (("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default "
         "(1) value is supported."), "temperature", Repair("drop", "temperature")),
        (("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
         "'max_completion_tokens' instead."), "max_tokens",
         Repair("rename", "max_tokens", "max_completion_tokens")),
        ("max_tokens: Extra inputs are not permitted", None,
         Repair("rename", "max_tokens", "max_completion_tokens")),
        ("body.stream_options: Extra inputs are not permitted", None,
         Repair("drop", "stream_options")),
        ("Unsupported value: 'stream' does not support true with this model.", "stream",
         Repair("drop", "stream")),
        (("Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. "
         "Supported values are: 'low', 'medium', 'high'."), "reasoning_effort",
         Repair("value", "effort", "low", "minimal")),
        ("Unrecognized request argument supplied: reasoning_effort", None,
         Repair("drop", "effort")),
        ("Unsupported value: 'messages[0].role' does not support 'system' with this model.",
         "messages[0].role", Repair("role", "system", "user")),
        ("Invalid role 'system'. Role must be 'user', 'assistant'", None,
         Repair("role", "system", "user")),
    ],
)  # fmt: skip
def test_a_refusal_names_its_repair(what: str, parameter: str | None, repair: Repair) -> None:
    assert find_repair(refused(what, parameter), BODY) == repair


@pytest.mark.parametrize(
    "error",
    [
        refused("Unsupported parameter: 'temperature'", "temperature", status=500),
        refused("The model does not exist", "model"),
        refused("invalid value for 'thinking'", "thinking"),
        refused("The prompt mentions the seed"),
        refused("no reason given"),
    ],
    ids=lambda error: error.what,
)
def test_what_is_not_understood_is_left_to_the_user(error: ServiceError) -> None:
    assert find_repair(error, BODY) is None


def test_an_effort_beside_tools_is_left_out_only_there() -> None:
    what = "Function tools with reasoning_effort are not supported for m in /v1/chat/completions."
    repair = find_repair(refused(what), BODY | {"tools": [{}]})
    assert repair == Repair("drop", "effort", when="tools")
    assert "reasoning_effort" in repaired(BODY, [repair])[0]
    assert "reasoning_effort" not in repaired(BODY | {"tools": [{}]}, [repair])[0]


def test_thinking_that_may_not_come_back_is_taken_out_of_earlier_answers() -> None:
    body = {"messages": [{"role": "assistant", "content": "a", "reasoning_content": "hm"}]}
    what = "messages.0.assistant.reasoning_content: Extra inputs are not permitted"
    repair = find_repair(refused(what, status=422), body)
    assert repair
    assert repaired(body, [repair])[0] == {"messages": [{"role": "assistant", "content": "a"}]}


def test_repairs_change_a_copy_and_say_what_they_changed() -> None:
    repairs = [
        Repair("drop", "temperature"),
        Repair("drop", "seed"),
        Repair("rename", "max_tokens", "max_completion_tokens"),
        Repair("value", "effort", "low", "minimal"),
        Repair("drop", "stream"),
    ]
    body, applied = repaired(BODY, repairs)
    assert body == {
        "messages": BODY["messages"],
        "model": "m",
        "top_p": 0.9,
        "max_completion_tokens": 100,
        "reasoning_effort": "low",
    }
    assert [repair.said for repair in applied] == [
        "temperature is not sent",
        "max_tokens is sent as max_completion_tokens",
        "effort minimal is sent as low",
        "stream is not sent",
    ]
    assert BODY["temperature"] == 0.2


@pytest.mark.parametrize(
    ("model", "effort", "sent"),
    [
        ("o3-mini", "minimal", "low"),
        ("o4-mini", "high", None),
        ("gpt-5-mini", "none", "minimal"),
        ("gpt-5.1", "none", None),
        ("gpt-5.1", "minimal", "low"),
        ("openai/gpt-oss-120b", "xhigh", "high"),
        ("grok-3-mini", "medium", "high"),
        ("gpt-5.5", "max", "xhigh"),
        ("gpt-5.6", "max", None),
        ("gpt-5-mini", "ultra", None),
        ("some-deployment", "xhigh", None),
    ],
)
def test_an_effort_that_a_model_does_not_take_becomes_the_nearest(
    model: str, effort: str, sent: str | None
) -> None:
    repair = effort_repair(model, effort)
    assert (repair.to if repair else None) == sent
