"""Tools that a JSON file defines: offered as it has them, their results given, made or asked."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from azchat.tools.defined import Results
from tests.front_door import Result, Session, azchat
from tests.oracles import check
from tests.samples.test_points import FLIGHT as SAMPLE

FLIGHTS = "When is the next flight from Miami to Seattle?"
# Its words and their order are a user's own: none of them may change.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "origin_city": {"type": "string", "description": "Où? 🛫", "x-own": [1, 2.50, None]},
        "destination_city": {"type": "string"},
    },
    "required": ["origin_city", "destination_city"],
    "$comment": "  two  spaces ",
}
ABOUT = "Returns information about the next flight between two cities. \n- and more"
NAMED = {"name": "get_flight_info", "description": ABOUT}
DEFINITIONS: dict[str, Any] = {
    "chat": {"type": "function", "function": {**NAMED, "strict": True, "parameters": SCHEMA}},
    "responses": {"type": "function", **NAMED, "parameters": SCHEMA, "strict": None},
    "messages": {**NAMED, "input_schema": SCHEMA, "cache_control": {"type": "ephemeral"}},
    "mcp": {**NAMED, "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}},
    "bare": {"description": ABOUT, "name": "get_flight_info", "parameters": SCHEMA},
}
DIALECTS = {
    "chat": ("-m", "gpt-4o"),
    "responses": ("-m", "gpt-5.6", "--dialect", "responses"),
    "messages": ("-m", "claude-opus-5-5"),
}
EACH = pytest.mark.parametrize("dialect", DIALECTS)
NONE = '{"info": "none; take a train"}'


@pytest.fixture
def defined(home: Path) -> Path:
    path = home / "flight.json"
    path.write_text(json.dumps(DEFINITIONS["chat"]))
    return path


def ask(home: Path, *args: str, **more: Any) -> Result:
    return azchat("ask", "--demo", *args, home=home, **more)


def sent(home: Path, dialect: str, file: object) -> list[dict[str, Any]]:
    (home / "t.json").write_text(json.dumps(file))
    result = ask(home, "hi", "-T", "t.json", "--dry-run", *DIALECTS[dialect])
    check(result, code=0)
    tools: list[dict[str, Any]] = json.loads(result.out.partition("\n\n")[2])["tools"]
    return tools


@EACH
def test_in_its_own_dialect_a_definition_goes_out_as_it_is(home: Path, dialect: str) -> None:
    [tool] = sent(home, dialect, DEFINITIONS[dialect])
    assert json.dumps(tool) == json.dumps(DEFINITIONS[dialect])  # the order as well


def test_the_own_flights_are_defined_as_the_documents_have_them(home: Path) -> None:
    result = ask(home, FLIGHTS, "-T", "get_flight_info", "--dry-run", "-m", "gpt-4o")
    [tool] = json.loads(result.out.partition("\n\n")[2])["tools"]
    assert json.dumps(tool) == json.dumps(SAMPLE)


@EACH
@pytest.mark.parametrize("envelope", DEFINITIONS)
def test_in_any_envelope_its_words_are_kept(home: Path, dialect: str, envelope: str) -> None:
    [tool] = sent(home, dialect, [DEFINITIONS[envelope]])
    inner = tool.get("function", tool)
    schema = inner["input_schema" if dialect == "messages" else "parameters"]
    assert (inner["name"], inner["description"]) == ("get_flight_info", ABOUT)
    assert json.dumps(schema) == json.dumps(SCHEMA)
    assert ("function" in tool) == (dialect == "chat")


def test_what_may_be_null_may_be_missing(home: Path) -> None:
    given = {"type": "function", "name": "f", "description": None, "parameters": None}
    assert sent(home, "responses", given) == [given]
    [tool] = sent(home, "messages", given)
    assert (tool["description"], tool["input_schema"]["type"]) == ("", "object")


@pytest.mark.parametrize("wrapper", ["tools", "functions"])
def test_several_stand_in_a_list_or_a_request(home: Path, wrapper: str) -> None:
    other = {**DEFINITIONS["bare"], "name": "other"}
    assert len(sent(home, "chat", {"model": "m", wrapper: [other, DEFINITIONS["mcp"]]})) == 2
    assert len(sent(home, "chat", {"result": {"tools": [other, DEFINITIONS["mcp"]]}})) == 2


@pytest.mark.parametrize(
    "text",
    [
        *("{", "7", "[7]", "{}", "\x00", '{"name": ""}', '{"name": "a", "parameters": []}'),
        *('{"name": "a", "parameters": {"maximum": NaN}}', '{"name": "a", "x": -Infinity}'),
    ],
)
def test_what_defines_nothing_is_told(home: Path, text: str) -> None:
    (home / "t.json").write_text(text)
    result = ask(home, "hi", "-T", "t.json")
    check(result, code=5)
    assert "t.json defines no tool" in result.err


def test_a_file_that_is_not_there_is_told(home: Path) -> None:
    check(ask(home, "hi", "-T", "none.json"), code=5)


@EACH
def test_in_a_pipe_the_turn_ends_with_the_call_and_goes_on_later(
    home: Path, defined: Path, dialect: str
) -> None:
    result = ask(home, FLIGHTS, "-T", defined.name, "--json", *DIALECTS[dialect])
    check(result, code=0)
    told = json.loads(result.out)
    assert told["complete"]
    assert told["finish_reason"] == "tool_calls"
    [call] = told["tool_calls"]
    assert json.loads(call["arguments"]) == {"origin_city": "Miami", "destination_city": "Seattle"}
    assert "azchat ask -c --tool-result get_flight_info=JSON" in result.err
    later = ask(home, "-c", "--tool-result", f"get_flight_info={NONE}")
    check(later, code=0)
    assert "none; take a train" in later.out
    assert "asked again" not in later.err  # its tools are offered again
    again = ask(home, "-c", "--tool-result", f"get_flight_info={NONE}", stdin="")
    check(again, code=2)  # nothing is open any more


@EACH
@pytest.mark.parametrize(
    ("given", "came"),
    [
        (NONE, "none; take a train"),
        ("@there.txt", "a text of two\\nlines"),
        ("cat", '"origin_city": "Miami"'),
        ("sh -c 'exit 3'", "ended with 3"),
    ],
)
def test_a_result_is_given_or_made(
    home: Path, defined: Path, dialect: str, given: str, came: str
) -> None:
    (home / "there.txt").write_text("a text of two\nlines")
    option = ("--tool-result", f"get_flight_info={given}")
    result = ask(home, FLIGHTS, "-T", defined.name, *option, *DIALECTS[dialect])
    assert result.code == 0, result.err
    assert came in result.out


def test_a_command_is_given_no_key_and_its_time(home: Path, defined: Path) -> None:
    env = {"AZURE_INFERENCE_CREDENTIAL": "sk-none-of-its-business"}
    option: tuple[str, ...] = ("--tool-result", "get_flight_info=env")
    result = ask(home, FLIGHTS, "-T", defined.name, *option, env=env)
    check(result, code=0)
    assert "PATH=" in result.out
    assert "none-of-its-business" not in result.out
    late = ("--tool-result", "get_flight_info=sleep 30", "--tool-timeout", "0.2")
    result = ask(home, FLIGHTS, "-T", defined.name, *late)
    check(result, code=0)
    assert "no result after 0.2 s" in result.out


@pytest.mark.parametrize("command", ["yes", "sh -c 'yes >&2'", "sh -c 'yes & sleep 60'"])
def test_a_command_that_says_too_much_is_not_waited_for(tmp_path: Path, command: str) -> None:
    results = Results([f"f={command}"], tmp_path, lambda: os.environ)
    made = results.start("f", {}, 60)
    assert made
    assert len(made.result(20)) < 2 << 20


@pytest.mark.parametrize(
    "option",
    ["get_flight_info", "=1", "get_flight_info=no-such-program", "get_flight_info=", "other=1"],
)
def test_a_result_that_cannot_be_one_is_refused_at_once(
    home: Path, defined: Path, option: str
) -> None:
    check(ask(home, FLIGHTS, "-T", defined.name, "--tool-result", option), code=2)
    check(ask(home, FLIGHTS, "-T", defined.name, "--tool-result", "get_flight_info=@no"), code=5)


def test_each_of_several_calls_has_its_own_result(home: Path, defined: Path) -> None:
    check(ask(home, FLIGHTS, "-T", defined.name), code=0)
    result = ask(home, "-c", "and?", "--tool-result", f"get_flight_info={NONE}")
    check(result, code=2)
    assert "leave the prompt out" in result.err


def test_on_the_terminal_the_result_is_asked(home: Path, defined: Path) -> None:
    args = ("ask", "--demo", FLIGHTS, "-T", defined.name, "-m", "gpt-4o")
    with Session(*args, home=home, tty=True) as session:
        session.wait_for("Its result")
        assert "Miami" in session.output
        session.send(b"take the train\r")
        result = session.finish()
    assert result.code == 0
    assert "According to" in session.output
