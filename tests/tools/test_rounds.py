import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.faults.connection import Connection
from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.faults.speech import SPEECHES
from tests.faults.tool_streams import call
from tests.front_door import Result
from tests.oracles import check
from tests.tools.conftest import ToolFile
from tests.tools.history import check_history


@pytest.fixture(params=list(SPEECHES))
def ask_in_each(ask: Ask, request: pytest.FixtureRequest) -> Ask:
    """Ask in each dialect."""

    def run(url: str, *args: str, **more: Any) -> Result:
        return ask(url, *args, "--dialect", request.param, **more)

    return run


SLEEPY = """
import time
def nap(seconds: float, number: int) -> int:
    "Sleeps."
    time.sleep(seconds)
    return number
"""


def results(fs: FaultServer) -> list[str]:
    return [one.text for one in check_history(fs.requests[-1]) if one.kind == "result"]


def fine(result: Result, fs: FaultServer, code: int = 0) -> str:
    check(result, code=code, servers=[fs])
    check_history(fs.requests[-1])
    return result.out


def test_a_call_is_run_and_its_result_goes_back(fs: FaultServer, ask_in_each: Ask) -> None:
    url = fs.url("tool", tool="calculate", arguments='{"expression": "6*7"}')
    assert fine(ask_in_each(url, "hi", "-T", "calculate"), fs) == "results: 42\n"


def test_the_tools_are_offered_in_every_request(fs: FaultServer, ask: Ask) -> None:
    ask(fs.url("tool"), "hi", "-T", "get_time", "-T", "calculate")
    for request in fs.requests:
        names = [tool["function"]["name"] for tool in request.json()["tools"]]
        assert names == ["get_time", "calculate"]


def test_a_model_that_ends_its_calls_with_stop_is_answered(
    fs: FaultServer, ask_in_each: Ask
) -> None:
    out = fine(ask_in_each(fs.url("tool", finish="stop"), "hi", "-T", "get_time"), fs)
    assert out.startswith("results: 20")


def test_several_rounds_are_one_turn(fs: FaultServer, ask_in_each: Ask) -> None:
    fine(ask_in_each(fs.url("tool", rounds=4), "hi", "-T", "get_time"), fs)
    assert len(fs.requests) == 5


def test_what_is_said_before_a_call_stands_on_its_own_line(
    fs: FaultServer, ask_in_each: Ask
) -> None:
    url = fs.url("tool", text="Let me see.", tool="calculate", arguments='{"expression":"1"}')
    assert ask_in_each(url, "hi", "-T", "calculate").out == "Let me see.\nresults: 1\n"


def test_a_call_may_come_whole(fs: FaultServer, ask_in_each: Ask) -> None:
    assert "results" in fine(ask_in_each(fs.url("tool"), "hi", "--no-stream", "-T", "get_time"), fs)


def test_a_lone_surrogate_goes_back_as_the_replacement_character(ask: Ask) -> None:
    asked = chunk({"tool_calls": [call("calculate", '{"expression":"\ud83d"}', index=0, id="c")]})
    calling = reply(event(asked) + event(chunk({}, "tool_calls")) + DONE)
    answering = reply(event(content("So.")) + event(chunk({}, "stop")) + DONE)
    with Scripted(calling, answering) as server:
        check(ask(server.url, "hi", "-T", "calculate"), code=0, servers=[server])
        (sent,) = server.requests[-1].json()["messages"][-2]["tool_calls"]
    assert sent["function"]["arguments"] == '{"expression":"\ufffd"}'


def test_ten_calls_run_side_by_side_and_are_answered_in_order(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    url = fs.url("tool", tool="nap", arguments='{"seconds": 1, "number": {i}}', n=10)
    result = ask(url, "hi", "-T", tool_file(SLEEPY), "--approve", "nap")
    assert fine(result, fs) == "results: " + " | ".join(map(str, range(10))) + "\n"
    assert result.seconds < 4


def test_calls_without_end_stop_at_the_limit(fs: FaultServer, ask_in_each: Ask) -> None:
    result = ask_in_each(fs.url("toolloop"), "hi", "-T", "get_time")
    check(result, code=8, servers=[fs])
    assert len(fs.requests) == 11
    assert "after 10 rounds" in result.err


def test_the_limit_can_be_set(fs: FaultServer, ask_in_each: Ask) -> None:
    check(ask_in_each(fs.url("toolloop"), "hi", "-T", "get_time", "--max-tool-rounds", "2"), code=8)
    assert len(fs.requests) == 3


def test_a_turn_that_stopped_at_the_limit_can_go_on(fs: FaultServer, ask_in_each: Ask) -> None:
    ask_in_each(fs.url("toolloop"), "hi", "-T", "get_time", "--max-tool-rounds", "1")
    check(ask_in_each(fs.url("ok"), "go on", "--continue"), code=0)
    assert "interrupted" in results(fs)[-1]


@pytest.mark.parametrize("scenario", ["toolbad", "toolunknown", "toolempty"])
def test_three_calls_in_a_row_that_make_no_sense_end_the_turn(
    fs: FaultServer, ask_in_each: Ask, scenario: str
) -> None:
    check(ask_in_each(fs.url(scenario), "hi", "-T", "get_time"), code=8, servers=[fs])
    assert len(fs.requests) == 3
    assert all(text.startswith("error: ") for text in results(fs))


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ("toolbad", "not valid JSON"),
        ("toolunknown", "there are: get_time"),
        ("toolempty", "no tool"),
    ],
)
def test_a_model_that_sees_its_mistake_may_go_on(
    fs: FaultServer, ask_in_each: Ask, scenario: str, told: str
) -> None:
    assert told in fine(ask_in_each(fs.url(scenario, rounds=2), "hi", "-T", "get_time"), fs)


def test_each_call_is_answered_once_whatever_its_id(fs: FaultServer, ask_in_each: Ask) -> None:
    out = fine(ask_in_each(fs.url("tooldup"), "hi", "-T", "calculate"), fs)
    assert out == "results: " + " | ".join(["0", "1", "2", "3", "4"] * 2) + "\n"


def test_arguments_that_do_not_fit_are_told_to_the_model_alone(
    fs: FaultServer, ask_in_each: Ask, tool_file: ToolFile
) -> None:
    url = fs.url("tool", tool="nap", arguments='{"seconds": "long", "extra": 1}')
    result = ask_in_each(url, "hi", "-T", tool_file(SLEEPY))
    assert "seconds: Input should be a valid number" in fine(result, fs)
    assert "number: Field required" in result.out
    assert result.err == ""


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("get_time", {"type": "function", "function": {"name": "get_time"}}),
    ],
)
def test_the_choice_is_sent(fs: FaultServer, ask: Ask, choice: str, sent: object) -> None:
    ask(fs.url("ok"), "hi", "-T", "get_time", "--tool-choice", choice)
    assert fs.requests[0].json()["tool_choice"] == sent


def test_a_call_is_demanded_once(fs: FaultServer, ask: Ask) -> None:
    fine(ask(fs.url("tool"), "hi", "-T", "get_time", "--tool-choice", "required"), fs)
    assert "tool_choice" not in fs.requests[1].json()


def test_a_choice_must_be_a_tool(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok"), "hi", "-T", "get_time", "--tool-choice", "fly"), code=2)
    assert not fs.requests


def test_thinking_in_a_field_of_its_own_goes_back_with_its_calls(fs: FaultServer, ask: Ask) -> None:
    fine(ask(fs.url("tool", think="Which hour?"), "hi", "-T", "get_time"), fs)
    assert fs.requests[1].json()["messages"][1]["reasoning_content"] == "Which hour?"


def test_that_it_goes_back_is_remembered(fs: FaultServer, ask: Ask) -> None:
    url = fs.url("tool", think="Which hour?")
    ask(url, "hi", "-T", "get_time")
    fine(ask(url, "again", "-T", "get_time", "--continue"), fs)
    sent = next(r for r in fs.requests if r.json()["messages"][-1]["content"] == "again")
    assert sent.json()["messages"][1]["reasoning_content"] == "Which hour?"


def test_no_such_field_is_invented(fs: FaultServer, ask: Ask) -> None:
    ask(fs.url("tool"), "hi", "-T", "get_time")
    assert "reasoning_content" not in fs.requests[1].json()["messages"][1]


def test_a_model_without_tools_is_explained(fs: FaultServer, ask: Ask) -> None:
    url = fs.url("httperr", status=400, msg="m does not support tools")
    result = ask(url, "hi", "-T", "get_time")
    check(result, code=7, servers=[fs])
    assert "takes no tools here: ask without them" in result.err


def test_dry_run_shows_the_tools(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), "hi", "-T", "get_time", "--tool-choice", "required", "--dry-run")
    body = json.loads(result.out.partition("\n\n")[2])
    assert (body["tools"][0]["function"]["name"], body["tool_choice"]) == ("get_time", "required")


def test_json_has_the_calls_and_the_answer(fs: FaultServer, ask_in_each: Ask) -> None:
    reply = json.loads(
        ask_in_each(fs.url("tool", text="So."), "hi", "-T", "get_time", "--json").out
    )
    assert reply["tool_calls"][0]["name"] == "get_time"
    assert reply["answer"].startswith("So.\n\nresults: ")


def test_events_tell_calls_and_results(fs: FaultServer, ask: Ask) -> None:
    args = ("hi", "-T", "get_time", "--output-format", "stream-json")
    events = [json.loads(line) for line in ask(fs.url("tool"), *args).out.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds.index("tool_called") < kinds.index("tool_returned") < kinds.index("text_delta")


def test_max_time_is_for_all_requests_together(ask: Ask) -> None:
    def think(connection: Connection) -> None:
        connection.pause(1.2)
        asked = chunk({"tool_calls": [call("get_time", "{}", index=0, id="c")]})
        connection.send(reply(event(asked) + event(chunk({}, "tool_calls")) + DONE))

    with Scripted(think, lambda connection: connection.pause(9)) as server:
        result = ask(server.url, "hi", "-T", "get_time", "--max-time", "2")
        check(result, code=6, servers=[server], limit_seconds=3)
        assert len(server.requests) == 2
    assert "longer than 2 s" in result.err


def test_max_time_ends_a_call_too(fs: FaultServer, ask: Ask, tool_file: ToolFile) -> None:
    url = fs.url("tool", tool="nap", arguments='{"seconds": 60, "number": 1}')
    args = ("-T", tool_file(SLEEPY), "--approve", "all", "--max-time", "2")
    check(ask(url, "hi", *args), code=8)


def test_nothing_of_tools_is_loaded_without_them(home: Path) -> None:
    from tests.test_architecture import modules_after

    modules = modules_after(home, "ask", "--demo", "hi")
    assert not {name for name in modules if name.startswith("azchat.tools")}
    assert not modules & {"mcp", "pydantic", "anyio"}
