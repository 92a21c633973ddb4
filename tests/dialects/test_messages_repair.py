"""What each refusal in the Messages dialect asks for."""

import json
from typing import Any

import pytest

from azchat.conversation import AnswerFormat, Conversation, ModelSettings, Offer
from azchat.dialects import named
from azchat.dialects.asked import Asked, Manner, Repair
from azchat.errors import AzchatError
from azchat.messages import Message
from azchat.parameters import PARAMETERS
from azchat.wire.status import Destination, http_error
from tests.dialects.test_messages_request import (
    ASK,
    BASE,
    MODEL,
    PARTS,
    PDF,
    TOOL,
    echo,
    result,
    said,
)
from tests.faults.claude import check_request

FLIP = Repair("rename", "adaptive thinking", "thinking by budget")
FLOP = FLIP.opposite
EARLIER, ALL = Repair("forget", "thinking"), Repair("forget", "all thinking")
NO_THINKING, NO_EFFORT = Repair("drop", "thinking"), Repair("drop", "effort")


def asked(
    *known: Repair,
    messages: tuple[Message, ...] = (ASK,),
    offer: Offer | None = None,
    **settings: Any,
) -> Asked:
    given = {name: settings.pop(name) for name in PARAMETERS if name in settings}
    chosen = ModelSettings(settings.pop("model", MODEL), given, **settings)
    return Asked(Conversation(chosen, messages), offer, True, Manner(BASE, repairs=known))


def refusal(words: str, status: int = 400) -> AzchatError:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    return http_error(status, {}, json.dumps(error).encode(), destination=Destination("r"))


def mend(words: str, about: Asked, status: int = 400) -> Repair | None:
    return named("messages").mend(refusal(words, status), about)


def body_of(about: Asked) -> dict[str, Any]:
    body = dict(named("messages").encode(about).body)
    check_request(body)
    return body


BOUND = (
    "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a "
    "different conversation. Remove the block, or set "
    '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block"'
)
ENABLED = (
    '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
    '"output_config.effort" to control thinking behavior.'
)
MODIFIED = (
    "messages.5.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant "
    "message cannot be modified. These blocks must remain as they were"
)
TOO_LARGE = (  # vLLM's
    "'max_tokens' or 'max_completion_tokens' is too large: 16384. This model's maximum context "
    "length is 8192 tokens and your request has 20 input tokens (16384 > 8192 - 20)."
)
EXPECTED = (
    "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. "
    "When `thinking` is enabled, a final `assistant` message must start with a thinking block"
)
NOT_ADAPTIVE = "adaptive thinking is not supported on this model"


@pytest.mark.parametrize(
    ("words", "settings", "repair"),
    [
        ("messages.1.content.0: Invalid `signature` in `thinking` block", {}, EARLIER),
        ("messages.3.content.1: Invalid `data` in `redacted_thinking` block", {}, EARLIER),
        ("messages.1.content.0.thinking.signature: Field required", {}, EARLIER),
        (BOUND, {}, EARLIER),
        (
            MODIFIED,
            {},
            EARLIER,
        ),
        (
            EXPECTED,
            {},
            Repair("drop", "thinking", when="a call that lost its own"),
        ),
        (NOT_ADAPTIVE, {}, FLIP),
        (NOT_ADAPTIVE, {"effort": "high"}, FLIP),
        ("thinking.type: Input should be 'enabled' or 'disabled'", {}, FLIP),
        (
            "thinking: Input tag 'adaptive' found using 'type' does not match",
            {"effort": "max"},
            FLIP,
        ),
        (ENABLED, {"model": "claude-sonnet-4-5", "effort": "high"}, FLOP),
        (
            '"thinking.type.disabled" is not supported for this model',
            {"effort": "none"},
            Repair("value", "effort", "low", "none"),
        ),
        ("thinking: Extra inputs are not permitted", {}, FLIP),
        (
            "thinking.adaptive.display: Extra inputs are not permitted",
            {},
            Repair("drop", "display"),
        ),
        ("This model does not support the effort parameter.", {"effort": "high"}, NO_EFFORT),
        ("output_config: Extra inputs are not permitted", {"effort": "high"}, NO_EFFORT),
        (
            "output_config.effort: Input should be 'low', 'medium', 'high' or 'max'",
            {"effort": "xhigh"},
            Repair("value", "effort", "max", "xhigh"),
        ),
        (
            "`temperature` is deprecated for this model.",
            {"temperature": 0.2},
            Repair("drop", "temperature"),
        ),
        (
            "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.",
            {"temperature": 0.2},
            Repair("drop", "temperature"),
        ),
        (
            "`top_k` must be unset when thinking is enabled or in adaptive mode.",
            {"top_k": 5},
            Repair("drop", "top_k"),
        ),
        (
            "`temperature` and `top_p` cannot both be specified for this model.",
            {"temperature": 0.2, "top_p": 0.5},
            Repair("drop", "top_p", when="temperature"),
        ),
        (
            "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens for x",
            {},
            Repair("limit", "max_tokens", "8192"),
        ),
        (
            "input length and `max_tokens` exceed context limit: 190000 + 64000 > 200000, decrease",
            {},
            Repair("limit", "max_tokens", "10000", when="this prompt"),
        ),
        (
            TOO_LARGE,
            {"model": "qwen3"},
            Repair("limit", "max_tokens", "8172", when="this prompt"),
        ),
        ("max_tokens: 100000 > 8192, which is the maximum", {"max_tokens": 100_000}, None),
        ("prompt is too long: 210000 tokens > 200000 maximum", {}, None),
        (
            "output_config.format: Extra inputs are not permitted",
            {"answer_format": AnswerFormat("s", {})},
            None,
        ),
        ("messages.0.content.1.image.source.base64: invalid base64 data", {}, None),
        ("Your credit balance is too low to access the Anthropic API.", {}, None),
    ],
)
def test_what_a_refusal_asks_for(
    words: str, settings: dict[str, Any], repair: Repair | None
) -> None:
    about = asked(**settings)
    assert mend(words, about) == repair
    if repair and repair not in (EARLIER, ALL):
        known = about._replace(manner=Manner(BASE, repairs=(repair,)))
        assert body_of(known) != body_of(about)
        assert named("messages").encode(known).repairs == (repair,)
    assert mend(words, about, 404) is None


def test_the_limit_is_told_of_a_number_that_the_user_gave() -> None:
    error = refusal("max_tokens: 100000 > 8192, which is the maximum")
    named("messages").mend(error, asked(max_tokens=100_000))
    assert "--max-tokens" in error.hint
    assert "8192" in error.hint


def test_first_the_thinking_of_earlier_turns_is_left_out_then_all_of_it() -> None:
    earlier = (ASK, said(*PARTS, echo=echo(ASK)), result("toolu_1", "noon"), said(*PARTS[1:2]), ASK)
    running = said(*PARTS, echo=echo(*earlier)), result("toolu_1", "noon")
    messages = (*earlier, *running)

    def thoughts(*known: Repair) -> list[bool]:
        turns = body_of(asked(*known, messages=messages))["messages"]
        answers = [turn["content"] for turn in turns if turn["role"] == "assistant"]
        return ["thinking" in str(content) for content in (answers[0], answers[-1])]

    assert thoughts() == [True, True]
    assert thoughts(EARLIER) == [False, True]
    assert mend(BOUND, asked(EARLIER, messages=messages)) == ALL
    assert thoughts(EARLIER, ALL) == [False, False]
    assert mend(BOUND, asked(EARLIER, ALL, messages=messages)) is None


def test_where_neither_way_to_think_is_taken_none_is_asked_for() -> None:
    about = asked(FLIP, effort="high")
    assert body_of(about)["thinking"] == {"type": "enabled", "budget_tokens": 16_384}
    assert mend(ENABLED, about) == NO_THINKING
    assert "thinking" not in body_of(asked(FLIP, NO_THINKING, effort="high"))


def test_without_an_effort_no_budget_is_spent() -> None:
    assert "thinking" not in body_of(asked(FLIP))


def test_a_limit_of_one_prompt_is_not_kept() -> None:
    assert Repair("limit", "max_tokens", "8192").is_kept
    assert not Repair("limit", "max_tokens", "8172", when="this prompt").is_kept
    assert not Repair("drop", "thinking", when="a call that lost its own").is_kept


def test_a_tool_that_is_refused_is_left_out() -> None:
    words = "tools.0.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft"
    assert mend(words, asked(offer=Offer((TOOL,)))) == Repair("tool", "get_time")


@pytest.mark.parametrize("repair", [FLIP, FLOP, EARLIER, ALL, NO_THINKING, NO_EFFORT])
def test_a_repair_can_be_remembered_and_told(repair: Repair) -> None:
    assert Repair(*list(repair)) == repair
    assert repair.said.endswith(("sent", "sent as thinking by budget", "sent as adaptive thinking"))


@pytest.mark.parametrize(
    "foreign",
    [
        Repair("rename", "max_tokens", "max_completion_tokens"),
        Repair("limit", "max_tokens", "many"),
        Repair("fill", "reasoning_content"),
        Repair("forget", "ids"),
    ],
)
def test_a_repair_that_is_not_of_this_dialect_changes_nothing(foreign: Repair) -> None:
    assert body_of(asked(foreign)) == body_of(asked())
    assert named("messages").encode(asked(foreign)).repairs == ()


def test_a_limit_is_of_the_number_that_nobody_gave() -> None:
    limit = Repair("limit", "max_tokens", "8192")
    assert body_of(asked(limit))["max_tokens"] == 8192
    assert body_of(asked(limit, max_tokens=9000))["max_tokens"] == 9000


@pytest.mark.parametrize(
    "words",
    [
        "messages.0.content.0: Input tag 'document' found using 'type' does not match any of the",
        "messages.0.content.0.document.source: PDF input is not supported on this model",
        "A maximum of 100 PDF pages may be provided.",
    ],
)
def test_a_pdf_that_is_refused_is_sent_as_its_text(words: str) -> None:
    as_text = Repair("drop", "input_file")
    about = asked(messages=(Message.user(PDF),))
    assert mend(words, about) == as_text
    body = body_of(about._replace(manner=Manner(BASE, repairs=(as_text,))))
    assert body["messages"][0]["content"].startswith("c.pdf:")
    assert mend(words, asked()) is None
