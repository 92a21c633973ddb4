"""How services word a refusal: of a parameter, of its value only, of an effort, of a role."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.dialects.asked import Repair
from azchat.errors import AzchatError
from azchat.parameters import EFFORTS
from azchat.wire.status import Destination, http_error
from tests.dialects.bodies import find_repair, repaired

SENT: dict[str, Any] = {
    "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}],
    "model": "m",
    "temperature": 0.3,
    "top_p": 0.8,
    "max_tokens": 9000,
    "presence_penalty": 0.1,
    "stop": ["END"],
    "seed": 7,
    "stream": True,
    "stream_options": {"include_usage": True},
}


def refused(body: object, status: int = 400) -> AzchatError:
    """Return the error of a reply: ``body`` is all of it, or a message as OpenAI wraps it."""
    body = {"error": {"message": body}} if isinstance(body, str) else body
    return http_error(status, {}, json.dumps(body).encode(), destination=Destination("host"))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Model grok-x does not support parameter presencePenalty.", "presence_penalty"),
        ("Argument not supported on this model: stop", "stop"),
        ("invalid temperature: only 1 is allowed for this model", "temperature"),
        ("`temperature` may only be set to 1 when thinking is enabled.", "temperature"),
        ("top_p is not supported; use temperature instead", "top_p"),
        ("seed is deprecated for this model", "seed"),
        ('json: unknown field "stream_options"', "stream_options"),
        ("chat() got an unexpected keyword argument 'seed'", "seed"),
        ("this endpoint does not support streaming", "stream"),
    ],
)
def test_a_refused_parameter_is_left_out(said: str, name: str) -> None:
    assert find_repair(refused(said), SENT) == Repair("drop", name)


@pytest.mark.parametrize(
    ("said", "flag", "limit"),
    [
        ("max_tokens is too large: 9000. At most 4096 completion tokens", "max-tokens", "4096"),
        ("'max_tokens' or 'max_completion_tokens' is too large: 9000", "max-tokens", ""),
        ("max_tokens: 9000 > 8192, the maximum allowed number", "max-tokens", "8192"),
        ("max_output_tokens must be less than 8193", "max-tokens", "8193"),
        ("This model does not support max_tokens greater than 4096", "max-tokens", "4096"),
        ("Invalid 'stop': array too long. Expected maximum length 4, but got 5", "stop", "4"),
        ("number of stop sequences exceeds the limit of 4", "stop", "4"),
        ("the valid range of top_p is (0, 0.5]", "top-p", "0 to 0.5"),
        ("temperature must be between 1 and 2", "temperature", "1 to 2"),
        ("presence_penalty: Input should be less than or equal to 0", "presence-penalty", "0"),
        ("Value error, top_p must be in (0, 0.5], got 0.8.", "top-p", ""),
        ("This model takes only one stop sequence", "stop", ""),
        ("parameter.max_tokens: must be <= 4096", "max-tokens", "4096"),
        ("temperature: range: 0..1", "temperature", "0 to 1"),
        (
            "<400> InvalidParameter: Range of max_tokens should be [1, 8192]",
            "max-tokens",
            "1 to 8192",
        ),
        ("The maximum tokens you requested exceeds the model limit of 4096", "max-tokens", "4096"),
    ],
)
def test_a_refused_value_is_the_users_to_change(said: str, flag: str, limit: str) -> None:
    error = refused(said)
    assert find_repair(error, SENT) is None
    where = f" (the limit: {limit})" if limit else ""
    assert error.hint == f"give --{flag} another value{where}, or leave it out"


@pytest.mark.parametrize(
    "said",
    [
        "Invalid type for 'seed': expected an integer, but got a string instead.",
        "The value of temperature 0.3 is invalid",
        "Unknown error: stream closed unexpectedly",
        "maximum context length is 8192 tokens, you requested 9100 (9000 in the completion)",
    ],
)
def test_what_is_no_refusal_of_a_parameter_repairs_nothing(said: str) -> None:
    error = refused(said)
    hint = error.hint
    assert find_repair(error, SENT) is None
    assert error.hint == hint


@pytest.mark.parametrize("code", ["integer_above_max_value", "array_above_max_length"])
def test_the_code_alone_tells_that_a_value_is_refused(code: str) -> None:
    body = {"error": {"message": "bad request", "param": "max_tokens", "code": code}}
    assert find_repair(refused(body), SENT) is None


@pytest.mark.parametrize(
    ("said", "spare", "beside"),
    [
        ("`temperature` and `top_p` cannot both be specified", "top_p", "temperature"),
        ("top_p and temperature are mutually exclusive", "top_p", "temperature"),
        ("stop and tools cannot be used together", "stop", "tools"),
        ("temperature is not supported when reasoning_effort is set", "temperature",
         "effort"),
    ],
)  # fmt: skip
def test_of_two_that_exclude_each_other_one_stays(said: str, spare: str, beside: str) -> None:
    body = SENT | {"tools": [{}], "reasoning_effort": "low"}
    assert find_repair(refused(said), body) == Repair("drop", spare, when=beside)


FORMS = [
    {"status": 422, "code": "parameter_not_supported", "detail": {"loc": ["body", "seed"]},
     "message": "One of the parameters contain invalid values."},
    {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs"}]},
    {"error": {"code": "Invalid input", "message": "invalid input error",
               "details": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}},
    {"error": {"message": '{"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs"}]}'}},
    {"detail": "Extra parameters ['seed'] are not allowed"},
    {"detail": {"error": {"message": "Unsupported parameter: seed"}}},
    {"message": "1 error:\n {'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'no'}"},
    {"errors": [{"why": {"loc": ["body", "seed"], "type": "extra_forbidden"}}],
     "message": "unsupported"},
]  # fmt: skip


@pytest.mark.parametrize("body", FORMS, ids=map(str, range(len(FORMS))))
def test_the_place_is_found_at_any_depth(body: object) -> None:
    assert find_repair(refused(body, 422), SENT) == Repair("drop", "seed")


def test_a_place_in_a_list_is_spelt_like_a_parameter() -> None:
    loc = ["body", "messages", 0, "role"]
    detail = {"loc": loc, "msg": "Input should be 'user' or 'tool'", "input": "system"}
    error = refused({"error": {"message": "invalid input error", "details": [detail]}}, 422)
    assert error.parameter == "messages[0].role"
    assert find_repair(error, SENT) == Repair("role", "system", "user")


# -- efforts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "wish", "sent"),
    [
        ("`reasoning_effort` must be one of `none` or `default`", "low", None),
        ("reasoning_effort: Input should be 'low', 'high' or 'max'", "medium", "high"),
        ('invalid reasoning value: "xhigh" (must be "high", "low", or "none")', "xhigh", "high"),
        ('think value "medium" is not supported for this model', "medium", None),
        ("Unsupported reasoning effort: xhigh (supported: low, high)", "xhigh", "high"),
        ("thinking_level 'minimal' is not supported", "minimal", None),
        ("Invalid reasoning effort. Allowed values: none, low", "minimal", "low"),
        ("'reasoning_effort' does not support 'none'. Supported values are: 'low'", "none", "low"),
        ("expected one of 'low' | 'high' for reasoningEffort, received 'ultra'", "ultra", "high"),
        ("reasoning_effort must be one of low, medium, high", "meduim", "medium"),
    ],
)
def test_a_refused_effort_becomes_one_that_is_listed(
    said: str, wish: str, sent: str | None
) -> None:
    body = SENT | {"reasoning_effort": wish}
    repair = find_repair(refused(said), body)
    assert repair
    assert repaired(body, [repair])[0].get("reasoning_effort") == sent
    other = SENT | {"reasoning_effort": "another"}
    assert repaired(other, [repair])[0] == other  # only that value was refused


@pytest.mark.parametrize(
    "said",
    [
        "Model m does not support parameter reasoningEffort.",
        '"tiny:1b" does not support thinking',
        "Reasoning is mandatory for this endpoint and cannot be disabled.",
    ],
)
def test_without_efforts_none_is_sent_at_all(said: str) -> None:
    body = SENT | {"reasoning_effort": "medium"}
    assert find_repair(refused(said), body) == Repair("drop", "effort")


@given(st.sets(st.sampled_from(EFFORTS)), st.sampled_from([*EFFORTS, "ultra"]), st.data())
def test_asking_again_ends_and_never_turns_the_thinking_off(
    listed: set[str], wish: str, data: st.DataObject
) -> None:
    taken = data.draw(st.sets(st.sampled_from(EFFORTS)))  # what is listed may be refused too
    known: list[Repair] = []
    body = SENT | {"reasoning_effort": wish}
    for _ in range(len(EFFORTS) + 2):
        sent = repaired(body, known)[0]
        effort = sent.get("reasoning_effort")
        assert effort != "none" or wish == "none"
        if effort is None or effort in taken:
            return
        quoted = ", ".join(f"'{one}'" for one in sorted(listed))
        said = f"reasoning_effort does not support '{effort}'. Supported values are: {quoted}."
        repair = find_repair(refused(said), sent, known)
        assert repair
        assert repair not in known
        known.append(repair)
    raise AssertionError("it never ended")


# -- roles -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "'messages[0].role' does not support 'system' with this model.",
        "System role not supported",
        "Only user and assistant roles are supported",
        "Developer instruction is not enabled for models/gemma-x",
        "This model does not support system messages.",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "messages[0].role must be either 'user' or 'assistant', but got 'system'",
    ],
)
@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_refused_system_message_stands_in_front_of_the_question(said: str, status: int) -> None:
    repair = find_repair(refused(said, status), SENT)
    assert repair == Repair("role", "system", "user")
    messages = repaired(SENT, [repair])[0]["messages"]
    assert messages == [{"role": "user", "content": "be brief\n\nhi"}]


@pytest.mark.parametrize(
    "said",
    [
        "Unexpected role 'user' after role 'tool'",
        "System message must be at the beginning.",
        "Expected last role User or Tool for serving but got assistant",
        "Invalid value: 'x'. Supported values are: 'system', 'user' and 'developer' as role.",
        "messages with role 'tool' must be a response to a message with 'tool_calls'",
    ],
)
def test_an_order_of_roles_is_no_refused_role(said: str) -> None:
    assert find_repair(refused(said), SENT) is None


def test_the_words_of_a_system_stand_before_a_picture_too() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:,"}}
    asked = {"role": "user", "content": [picture]}
    body = {"messages": [SENT["messages"][0], {"role": "assistant", "content": "a"}, asked]}
    messages = repaired(body, [Repair("role", "system", "user")])[0]["messages"]
    assert messages[1]["content"] == [{"type": "text", "text": "be brief"}, picture]
    assert body["messages"][2] == asked


# -- JSON mode -------------------------------------------------------------------------


def test_json_mode_gives_way_to_the_prompt() -> None:
    body = SENT | {"response_format": {"type": "json_object"}}
    repair = find_repair(refused("response_format is not supported by this model"), body)
    assert repair
    sent = repaired(body, [repair])[0]
    assert "response_format" not in sent
    assert "JSON" in sent["messages"][-1]["content"]


def test_json_mode_stays_where_only_the_word_is_missing() -> None:
    body = SENT | {"response_format": {"type": "json_object"}}
    said = "'messages' must contain the word 'json', to use 'response_format' of type 'json_object'"
    repair = find_repair(refused(said), body)
    assert repair
    sent = repaired(body, [repair])[0]
    assert sent["response_format"] == {"type": "json_object"}
    assert "JSON" in sent["messages"][-1]["content"]
    spoken = body | {"messages": [{"role": "user", "content": "as json"}]}
    assert repaired(spoken, [repair]) == (spoken, [])
