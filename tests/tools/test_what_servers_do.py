"""Calls as servers really tell them, from the wire to the tool and back."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.faults.tool_streams import call
from tests.oracles import check
from tests.tools.conftest import ToolFile

NOTING = """
def note(word: str = "") -> str:
    "Notes a word."
    with open("noted", "a") as file:
        file.write("x")
    return f"noted {word}"
"""
CALLED = event(chunk({}, "tool_calls")) + DONE
ANSWERED = event(content("Done.")) + event(chunk({}, "stop")) + DONE


def calling(*deltas: dict[str, Any], end: bytes = CALLED) -> bytes:
    return reply(b"".join(event(chunk(delta)) for delta in deltas) + end)


def fragment(**fields: Any) -> dict[str, Any]:
    return {"tool_calls": [fields]}


def messages(server: Scripted) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = server.requests[-1].json()["messages"]
    return sent


def test_a_side_effect_happens_once(ask: Ask, home: Path, tool_file: ToolFile) -> None:
    file, noted = tool_file(NOTING), home / "noted"
    told = [
        fragment(**call("note", "", index=0, id="a")),
        fragment(**call("note", "{}", index=1, id="a")),
        fragment(**call("note", "{}", index=1, id="a")),
    ]
    with Scripted(calling(*told), reply(ANSWERED)) as server:
        result = ask(server.url, "hi", "-T", file, "--approve", "all")
        check(result, code=0, chatter=True, made=[noted])
        assert noted.read_text() == "x"
        assert [m["content"] for m in messages(server) if m["role"] == "tool"] == ["noted "]


def test_the_old_form_is_answered_too(ask: Ask, home: Path, tool_file: ToolFile) -> None:
    file, noted = tool_file(NOTING), home / "noted"
    told = [{"function_call": {"name": "note"}}, {"function_call": {"arguments": '{"word":"a"}'}}]
    end = event(chunk({}, "function_call")) + DONE
    with Scripted(calling(*told, end=end), reply(ANSWERED)) as server:
        result = ask(server.url, "hi", "-T", file, "--approve", "all")
        check(result, code=0, chatter=True, made=[noted])
        assert messages(server)[-1]["content"] == "noted a"


def test_what_is_signed_goes_back_with_its_call(ask: Ask) -> None:
    signed = {"google": {"thought_signature": "sig"}}
    told = fragment(**call("get_time", "{}", index=0, id="a"), extra_content=signed)
    with Scripted(calling(told), reply(ANSWERED)) as server:
        check(ask(server.url, "hi", "-T", "get_time"), code=0, chatter=True)
        assert messages(server)[1]["tool_calls"][0]["extra_content"] == signed


def test_made_up_ids_are_unique_in_a_turn_and_have_nine_letters(ask: Ask) -> None:
    told = calling(fragment(**call("get_time", "{}", index=0)))
    with Scripted(told, told, told, reply(ANSWERED)) as server:
        check(ask(server.url, "hi", "-T", "get_time"), code=0, chatter=True)
        ids = [m["tool_call_id"] for m in messages(server) if m["role"] == "tool"]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[a-zA-Z0-9]{9}", name) for name in ids)


def test_a_service_that_misses_the_thinking_gets_a_field_for_it(ask: Ask) -> None:
    """Which model it is, a deployment's name need not tell; it is known from then on."""
    text = "thinking is enabled but reasoning_content is missing in assistant tool call message"
    refusal = reply(json.dumps({"error": {"message": text}}).encode(), status="400 Bad")
    told = calling(fragment(**call("get_time", "{}", index=0, id="a")))
    with Scripted(told, refusal, reply(ANSWERED), told, reply(ANSWERED)) as server:
        for _ in range(2):
            check(ask(server.url, "hi", "-T", "get_time"), code=0, chatter=True)
            assert messages(server)[1]["reasoning_content"] == ""
        assert len(server.requests) == 5


@pytest.mark.parametrize("tools", [["-T", "get_time"], []])
def test_a_call_that_comes_as_text_is_no_answer(ask: Ask, tools: list[str]) -> None:
    text = '<tool_call>\n{"name": "get_time", "arguments": {}}\n</tool_call>'
    said = event(content(text)) + event(chunk({}, "stop")) + DONE
    with Scripted(reply(said)) as server:
        result = ask(server.url, "hi", *tools)
    check(result, code=8)
    assert "a tool call came as text, so nothing was run: <tool_call>" in result.err


def test_what_cannot_be_joined_is_shown(ask: Ask) -> None:
    told = calling(fragment(**call("get_time", '{"zone": "UTC"}}', index=0, id="a")))
    with Scripted(told, told, told) as server:
        result = ask(server.url, "hi", "-T", "get_time")
        assert 'they came as: {"zone": "UTC"}}' in messages(server)[-1]["content"]
    check(result, code=8)
    assert 'they came as: {"zone": "UTC"}}' in result.err
