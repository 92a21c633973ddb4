"""What a script reads of a run that failed: fields, never words."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.front_door import Session, azchat
from tests.oracles import check

KEY = {"AZURE_INFERENCE_CREDENTIAL": "sk-CANARY-7f3a", "AZURE_INFERENCE_MODEL": "m"}


def asked(home: Path, url: str, *args: str, **more: Any) -> dict[str, Any]:
    env = {**KEY, "AZURE_INFERENCE_ENDPOINT": url}
    result = azchat("ask", "--json", "--retries", "0", "hi", *args, home=home, env=env, **more)
    assert result.out.count("\n") == 1
    told: dict[str, Any] = json.loads(result.out)
    return told


@pytest.mark.parametrize(
    ("scenario", "args", "code"),
    [
        ("length", [], "length"),
        ("filter", [], "filter_answer"),
        ("cut", [], "cut"),
        ("rst", [], "cut"),
        ("cutclean", [], "cut"),
        ("stall", ["--idle-timeout", "0.3"], "stall"),
        ("noheader", ["--timeout", "0.3"], "timeout"),
        ("slow", ["--max-time", "0.5"], "timeout"),
        ("badjson", [], "malformed"),
        ("empty200", [], "empty"),
    ],
)
def test_each_kind_of_failure_has_a_code_of_its_own(
    fs: FaultServer, home: Path, scenario: str, args: list[str], code: str
) -> None:
    error = asked(home, fs.url(scenario), *args)["error"]
    assert error["code"] == code
    is_same_again = "ask again" in error["hint"] and "rephrase" not in error["hint"]
    assert error["retryable"] == is_same_again, error


def test_a_prompt_that_is_filtered_is_not_an_answer_that_is(home: Path) -> None:
    body = {"error": {"code": "content_filter", "message": "no", "param": "prompt"}}
    with Scripted(reply(json.dumps(body).encode(), "400 Bad Request")) as model:
        error = asked(home, model.url)["error"]
    assert (error["code"], error["service_code"]) == ("filter_prompt", "content_filter")
    assert not error["retryable"]


def test_a_refused_connection_may_be_tried_again(home: Path) -> None:
    error = asked(home, "http://127.0.0.1:9/v1")["error"]
    assert (error["class"], error["code"], error["retryable"]) == ("network", "refused", True)


def test_a_mismatch_with_the_schema_has_a_code(home: Path) -> None:
    with Scripted(reply(event(content("no")) + event(chunk({}, "stop")) + DONE)) as model:
        told = asked(home, model.url, "--schema", "name", "--schema-retries", "0")
    assert told["error"]["code"] == "schema"


def test_too_many_rounds_have_a_code(home: Path) -> None:
    function = {"name": "calculate", "arguments": '{"expression": "1"}'}
    call = {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": function}]}
    with Scripted(reply(event(chunk(call)) + event(chunk({}, "tool_calls")) + DONE)) as model:
        told = asked(home, model.url, "-T", "calculate", "--max-tool-rounds", "1")
    assert (told["error"]["code"], told["error"]["retryable"]) == ("tool_limit", False)


@pytest.mark.parametrize("said", ["stop", "eos", "STOP", None])
def test_the_finish_reason_is_the_services_own(home: Path, said: str | None) -> None:
    end = event(chunk({}, said)) if said else b""
    with Scripted(reply(event(content("yes")) + end + DONE)) as model:
        told = asked(home, model.url)
    assert (told["finish_reason"], told["complete"]) == (said, True)


@pytest.mark.parametrize("form", ["json", "stream-json"])
def test_ctrl_c_is_of_class_interrupted(fs: FaultServer, home: Path, form: str) -> None:
    env = {**KEY, "AZURE_INFERENCE_ENDPOINT": fs.url("slow", ms=20, n=500)}
    args = ("ask", "hi", "--output-format", form)
    with Session(*args, home=home, env=env, tty=False) as session:
        session.wait_until(lambda: bool(fs.requests), what="the request")
        session.kill(signal.SIGINT)
        result = session.finish()
    check(result, code=signal.SIGINT, servers=[fs])
    error = json.loads(result.out.splitlines()[-1])["error"]
    assert (error["class"], error["code"], error["retryable"]) == (
        "interrupted",
        "interrupted",
        True,
    )


@pytest.mark.parametrize(
    "args",
    [
        ["--json", "--nosuch", "hi"],
        ["--json", "two", "questions"],
        ["--json", "--temperature", "warm", "hi"],
        ["--output-format", "json", "--schema", "age integers", "hi"],
        ["--output-format=json", "--effort"],
        ["--json", "-p", "x"],
        ["--json", "--max-tool-rounds", "2", "hi"],
        ["--json", "--output", "nowhere/x", "hi", "--demo"],
    ],
    ids=" ".join,
)
def test_usage_errors_are_one_object_too(home: Path, args: list[str]) -> None:
    result = azchat("ask", *args, home=home)
    assert result.code in (2, 9)
    told = json.loads(result.out)
    assert told["error"]["class"] == ("usage" if result.code == 2 else "local")
    assert told["complete"] is False


def test_what_stands_behind_two_dashes_asks_for_no_json(home: Path) -> None:
    assert azchat("ask", "--nosuch", "--", "--json", home=home).out == ""


def test_with_output_the_object_is_in_the_file_also_when_it_failed(
    fs: FaultServer, home: Path
) -> None:
    env = {**KEY, "AZURE_INFERENCE_ENDPOINT": fs.url("length")}
    (home / "o.json").write_text("of before")
    result = azchat("ask", "--json", "hi", "--output", "o.json", home=home, env=env)
    check(result, code=8, servers=[fs], made=[home / "o.json"])
    assert result.out == ""
    assert json.loads((home / "o.json").read_text())["error"]["code"] == "length"


@pytest.mark.parametrize("name", [None, "trip"])
def test_a_run_can_be_found_again(home: Path, name: str | None) -> None:
    named = ("--session", name) if name else ()
    told = json.loads(azchat("ask", "--demo", "--json", "hi", *named, home=home).out)
    assert told["session"] == {"id": 1, "ref": name or "1"}
    shown = azchat("sessions", "show", told["session"]["ref"], "--json", home=home)
    assert json.loads(shown.out)["session"]["id"] == 1
    events = azchat("ask", "--demo", "--output-format", "stream-json", "-c", "hi", home=home)
    assert json.loads(events.out.splitlines()[-1])["session"] == {"id": 1, "ref": name or "1"}
    assert (
        json.loads(azchat("ask", "--demo", "--json", "-n", "hi", home=home).out)["session"] is None
    )


@pytest.mark.parametrize("args", [[], ["--approve", "never"]])
@pytest.mark.parametrize("form", ["json", "stream-json", "text"])
def test_a_call_that_nobody_allowed_is_no_quiet_success(
    home: Path, args: list[str], form: str
) -> None:
    function = {"name": "read_file", "arguments": '{"path": "a.txt"}'}
    call = {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": function}]}
    rounds = (
        event(chunk(call)) + event(chunk({}, "tool_calls")) + DONE,
        event(content("I could not.")) + event(chunk({}, "stop")) + DONE,
    )
    with Scripted(*map(reply, rounds)) as model:
        env = {**KEY, "AZURE_INFERENCE_ENDPOINT": model.url}
        tool = ("ask", "read it", "-T", "read_file", "--output-format", form)
        result = azchat(*tool, *args, home=home, env=env)
    check(result, code=8)
    assert "azchat: incomplete: not run, as nobody allowed it: read_file" in result.err
    if form == "text":
        assert result.out == "I could not.\n"
        return
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert lines[-1]["error"]["code"] == "tool_denied"
    notices = lines[-1].get("notices") or [
        line["text"] for line in lines if line.get("kind") == "denied"
    ]
    assert len(notices) == 1
    assert notices[0].startswith("read_file was not run: denied")


@pytest.mark.parametrize("named", [["--output", "f.json"], ["--output=f.json"]], ids=str)
@pytest.mark.parametrize("wrong", [["--nope"], ["--schema", "a, a"], ["-m"]], ids=str)
def test_a_usage_error_is_in_the_file_that_was_named(
    home: Path, named: list[str], wrong: list[str]
) -> None:
    result = azchat("ask", "--json", *named, "hi", *wrong, home=home)
    assert (result.code, result.out) == (2, "")
    told = json.loads((home / "f.json").read_text())
    assert (told["complete"], told["error"]["class"]) == (False, "usage")
