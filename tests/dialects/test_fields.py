from typing import Any

import pytest

from azchat.dialects.chat.fields import read_reasoning, read_text

DETAIL = {"type": "reasoning.text", "text": "Hm.", "signature": None, "index": 0}
SUMMARY = {"type": "reasoning.summary", "summary": "Hm."}
ENCRYPTED = {"type": "reasoning.encrypted", "data": "gAAAA"}
LIST = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "Hm."},
        {"reasoning": "Hm."},
        {"thinking": "Hm."},
        {"reasoning_text": "Hm."},
        {"reasoning": [{"type": "summary_text", "text": "Hm."}]},
        {"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}]},
        {"reasoning_content": None, "reasoning": "Hm."},
        {"reasoning_content": "", "reasoning": "Hm."},
        {"reasoning": {"content": "Hm.", "summary": None}},
        {"reasoning": {"content": None, "summary": "Hm."}},
        {"reasoning": {"content": [{"text": "H"}, {"text": "m."}]}},
        {"reasoning": {"content": None, "summary": [{"type": "summary_text", "text": "Hm."}]}},
        {"reasoning_details": [DETAIL]},
        {"reasoning_details": [SUMMARY]},
        {"reasoning_details": [ENCRYPTED, DETAIL]},
        {"reasoning": None, "reasoning_details": [DETAIL]},
        {"content": LIST},
        {"content": [{"type": "thinking", "thinking": "Hm."}]},
        {"content": [{"type": "reasoning", "text": "Hm."}]},
        {"content": [{"type": "thinking", "thinking": ["H", "m."]}]},
    ],
)
def test_thinking_is_found_in_each_field(delta: dict[str, Any]) -> None:
    assert read_reasoning(delta)[0] == "Hm."


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning": "Hm.", "reasoning_details": [DETAIL]},
        {"reasoning_content": "Hm.", "reasoning": "Hm."},
        {"reasoning_content": "Hm.", "reasoning": "Hm.", "reasoning_details": [DETAIL]},
        {"reasoning_content": "Hm.", "content": LIST},
        {"reasoning_details": [DETAIL], "content": LIST},
    ],
)
def test_thinking_under_several_names_is_counted_once(delta: dict[str, Any]) -> None:
    assert read_reasoning(delta)[0] == "Hm."


@pytest.mark.parametrize(
    "delta",
    [
        {},
        {"content": "Hm."},
        {"reasoning": None, "reasoning_content": None, "reasoning_details": None},
        {"reasoning": 7, "reasoning_content": ["Hm."]},
        {"reasoning_details": ["Hm.", None, {"text": 7}]},
        {"reasoning_details": {"text": "Hm."}},
        {"content": ["Hm.", None, {"type": "thinking"}, {"type": "text", "text": "Hm."}]},
    ],
)
def test_no_thinking_is_found_where_there_is_none(delta: dict[str, Any]) -> None:
    assert read_reasoning(delta) == ("", None)


def test_an_encrypted_object_is_kept_to_be_echoed() -> None:
    encrypted = {"encrypted_content": "gAAAA", "content": None, "summary": None}
    assert read_reasoning({"reasoning": encrypted}) == ("", encrypted)


def test_encrypted_details_are_kept_with_their_neighbours() -> None:
    details = [DETAIL, ENCRYPTED]
    assert read_reasoning({"reasoning_details": details})[1] == {"reasoning_details": details}


def test_encrypted_details_are_kept_beside_thinking_in_another_field() -> None:
    delta = {"reasoning": "Hm.", "reasoning_details": [DETAIL, ENCRYPTED]}
    assert read_reasoning(delta) == ("Hm.", {"reasoning_details": [DETAIL, ENCRYPTED]})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Yes.", "Yes."),
        ("", ""),
        (None, ""),
        (7, ""),
        ({}, ""),
        ([], ""),
        ([{"type": "text", "text": "Ye"}, {"type": "output_text", "text": "s."}], "Yes."),
        ([*LIST, {"type": "text", "text": "Yes."}], "Yes."),
        ([{"type": "image_url"}, None, 7, {"type": "text"}], ""),
        ([{"type": "text", "text": None}, {"type": "text", "text": ["Y", "es."]}], "Yes."),
    ],
)
def test_the_answer_is_read_from_every_form_of_content(content: object, text: str) -> None:
    assert read_text(content) == text
