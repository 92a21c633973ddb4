"""What of a response goes back as it came."""

from typing import Any

import pytest
from hypothesis import given, settings

from azchat.dialects.chat.echo import EchoCollector
from tests.wire.cutting import CUTS, pieces


def collected(*deltas: dict[str, Any]) -> dict[str, Any]:
    collector = EchoCollector()
    for delta in deltas:
        collector.receive(delta)
    return next(iter(collector.items()), {})


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_of_thinking_in_the_clear_the_name_is_kept(name: str) -> None:
    assert collected({name: "h"}, {name: "m"}, {name: ""}, {"content": "Yes."}) == {name: None}


def test_of_two_names_the_first_is_kept() -> None:
    assert collected({"reasoning_content": "h", "reasoning": "h"}) == {"reasoning_content": None}


def test_an_object_is_kept_whole() -> None:
    sealed = {"encrypted_content": "x", "content": None}
    assert collected({"reasoning": None}, {"reasoning": sealed}) == {"reasoning": sealed}


SIGNED = {"type": "reasoning.text", "text": "Let me see.", "signature": "s", "index": 0}


@settings(max_examples=50, deadline=None)
@given(cuts=CUTS)
def test_signed_thinking_is_whole_however_it_is_cut(cuts: list[int]) -> None:
    texts = list(pieces(str(SIGNED["text"]), cuts))
    piece = {"type": "reasoning.text", "index": 0, "signature": None}
    deltas = [{"reasoning": text, "reasoning_details": [piece | {"text": text}]} for text in texts]
    last = {"reasoning_details": [{"type": "reasoning.text", "index": 0, "signature": "s"}]}
    assert collected(*deltas, last) == {"reasoning": None, "reasoning_details": [SIGNED]}


def test_what_was_signed_is_over() -> None:
    assert collected({"reasoning_details": [SIGNED]}, {"reasoning_details": [SIGNED]}) == {
        "reasoning_details": [SIGNED, SIGNED]
    }


def test_what_is_encrypted_is_never_joined() -> None:
    details = [{"type": "reasoning.encrypted", "data": data, "index": 0} for data in "xy"]
    deltas = [{"reasoning_details": [detail]} for detail in details]
    assert collected(*deltas) == {"reasoning_details": details}


def test_what_nobody_signed_is_no_list_to_go_back() -> None:
    details = [{"type": "reasoning.text", "text": "h", "signature": None}]
    assert collected({"reasoning": "h", "reasoning_details": details}) == {"reasoning": None}


def test_the_blocks_of_claude_behind_litellm_go_back() -> None:
    first = {"type": "thinking", "thinking": "h", "signature": ""}
    last = {"type": "thinking", "thinking": "m", "signature": "s"}
    assert collected({"thinking_blocks": [first]}, {"thinking_blocks": [last]}) == {
        "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}]
    }


def test_a_signature_of_the_text_goes_back() -> None:
    signed = {"google": {"thought_signature": "s"}}
    deltas = {"extra_content": {"google": {"thought": True}}}, {"extra_content": signed}
    assert collected(*deltas) == {"extra_content": signed}


def test_what_no_service_would_take_back_is_not_kept() -> None:
    long = [{"type": "reasoning.encrypted", "data": "x" * (1 << 20)}]
    deltas = [{"reasoning": "h", "reasoning_details": long} for _ in range(9)]
    assert collected(*deltas) == {"reasoning": None}


@pytest.mark.parametrize("value", [None, 7, "x", [7], {}, []])
def test_what_makes_no_sense_is_passed_over(value: object) -> None:
    assert collected({"reasoning_details": value, "extra_content": value, "reasoning": None}) == {}
