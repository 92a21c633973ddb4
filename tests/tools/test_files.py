"""Files of tools, good and bad: what a model is offered, what a user is told."""

import json
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.oracles import check
from tests.tools.conftest import ToolFile
from tests.tools.test_rounds import fine

TYPED = '''
from __future__ import annotations
import dataclasses, datetime, enum, typing
from typing import Annotated, Literal, Optional

class Unit(enum.Enum):
    metric = "m"
    imperial = "i"

@dataclasses.dataclass
class Place:
    name: str
    height: float = 0.0

def forecast(
    city: str,
    days: Annotated[int, "How many"] = 3,
    unit: Unit = Unit.metric,
    detail: Literal["low", "high"] = "low",
    places: Optional[list[Place]] = None,
    since: datetime.datetime | None = None,
    weights: dict[str, float] = {},
    copy: bool = False,
) -> str:
    """Forecasts the weather.

    It is always the same.

    Args:
        city: The name of the city,
            in English
        unit (Unit): Which one
    """
    return f"{city} {days + 1} {unit.name} {places and places[0].name} {since and since.year}"

def _private(x: int) -> int: return x
def untyped(x): return x
'''


def listed(home: Path, path: str) -> dict[str, dict[str, object]]:
    result = azchat("tools", "list", "-T", path, "--json", home=home)
    check(result, code=0)
    return {tool["name"]: tool for tool in json.loads(result.out)["tools"]}


def test_typed_public_functions_are_the_tools(home: Path, tool_file: ToolFile) -> None:
    assert list(listed(home, tool_file(TYPED))) == ["forecast"]


def test_the_docstring_describes_the_tool(home: Path, tool_file: ToolFile) -> None:
    tool = listed(home, tool_file(TYPED))["forecast"]
    assert tool["description"] == "Forecasts the weather.\n\nIt is always the same."


def test_hints_become_the_schema(home: Path, tool_file: ToolFile) -> None:
    schema = listed(home, tool_file(TYPED))["forecast"]["parameters"]
    assert isinstance(schema, dict)
    properties = schema["properties"]
    assert schema["required"] == ["city"]
    assert properties["city"] == {
        "type": "string",
        "description": "The name of the city, in English",
    }
    assert properties["days"] == {"type": "integer", "default": 3, "description": "How many"}
    assert properties["detail"]["enum"] == ["low", "high"]
    assert properties["unit"]["default"] == "m"
    assert schema["$defs"]["Unit"]["enum"] == ["m", "i"]
    assert schema["$defs"]["Place"]["required"] == ["name"]
    assert properties["since"]["anyOf"][0]["format"] == "date-time"
    assert properties["weights"]["additionalProperties"] == {"type": "number"}
    assert properties["copy"] == {"type": "boolean", "default": False}


def test_arguments_arrive_as_the_types_that_were_hinted(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    arguments = {
        "city": "Bern",
        "unit": "i",
        "places": [{"name": "x"}],
        "since": "2024-01-02T03:04",
    }
    url = fs.url("tool", tool="forecast", arguments=json.dumps(arguments))
    out = fine(ask(url, "hi", "-T", tool_file(TYPED), "--approve", "forecast"), fs)
    assert out == "results: Bern 4 imperial x 2024\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nowhere_to_be_found", "does not import, line 1: module not found error"),
        ("def f(x: int) -> int:\n  return", "no typed function"),
        ("def f(:", "does not import, line 1: syntax error"),
        ("import sys\nsys.exit(3)", "line 2: it calls sys.exit"),
        ("import os\nos._exit(3)", "it ends its own process"),
        ("x = 1", "has no typed function"),
        ("def f(x): return x", "without type hints: f"),
        ("def f(x: Nope) -> int: return 1", "Nope"),
        ("class C: pass\ndef f(x: C) -> int: return 1", "f: "),
        ("", "has no typed function"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_before_anything_is_sent(
    fs: FaultServer, ask: Ask, tool_file: ToolFile, text: str, told: str
) -> None:
    text = text.replace("def f(x: int) -> int:\n  return", "x: int = 3")
    result = ask(fs.url("ok"), "hi", "-T", tool_file(text))
    check(result, code=5, servers=[fs])
    assert told in result.err
    assert not fs.requests


@pytest.mark.parametrize("word", ["missing.py", "no_such_tool", "./folder/x.py"])
def test_a_tool_that_is_not_there_is_told(fs: FaultServer, ask: Ask, word: str) -> None:
    check(ask(fs.url("ok"), "hi", "-T", word), code=5)


def test_two_tools_of_one_name_are_told(fs: FaultServer, ask: Ask, tool_file: ToolFile) -> None:
    path = tool_file("def get_time(zone: str) -> str: return zone")
    result = ask(fs.url("ok"), "hi", "-T", path, "-T", "get_time")
    check(result, code=5)
    assert "two tools are called get_time" in result.err


def test_what_a_file_or_a_tool_prints_is_not_the_answer(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    text = """
import os, sys
print("loading")
def f(x: int) -> int:
    print("running"); os.write(1, b"running"); os.write(2, b"running")
    return x
"""
    result = ask(
        fs.url("tool", tool="f", arguments='{"x": 1}'),
        "hi",
        "-T",
        tool_file(text),
        "--approve",
        "all",
    )
    assert fine(result, fs) == "results: 1\n"
    assert result.err == ""


def test_a_thread_that_never_ends_keeps_nobody(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    text = """
import threading, time
threading.Thread(target=time.sleep, args=(1000,)).start()
def f(x: int) -> int:
    threading.Thread(target=time.sleep, args=(1000,)).start()
    return x
"""
    url = fs.url("tool", tool="f", arguments='{"x": 1}')
    assert fine(ask(url, "hi", "-T", tool_file(text), "--approve", "all"), fs) == "results: 1\n"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise ValueError('no such city')", "error: value error: no such city"),
        ("import sys; sys.exit(2)", "error: system exit: 2"),
        ("import os; os._exit(7)", "error: the tool's process ended with 7"),
        ("import os; os.kill(os.getpid(), 11)", "error: the tool's process ended with -11"),
        ("return None", "null"),
        ("return b'caf\\xc3\\xa9'", "café"),
        ("return b'\\xff\\x00'", "error: the tool returned 2 bytes that are no text"),
        ("return {'a': (1, 2)}", '{"a":[1,2]}'),
        ("return object()", '"<object object'),
        ("raise KeyboardInterrupt", "error: keyboard interrupt"),
        ("return f(x)", "error: recursion error"),
        ("return input()", "error: eof error"),
    ],
)
def test_whatever_a_tool_does_the_model_is_told(
    fs: FaultServer, ask: Ask, tool_file: ToolFile, body: str, told: str
) -> None:
    path = tool_file(f"def f(x: int) -> object:\n    {body}\n")
    url = fs.url("tool", tool="f", arguments='{"x": 1}')
    assert f"results: {told}" in fine(ask(url, "hi", "-T", path, "--approve", "all"), fs)


def test_a_tool_that_ends_the_others_process_does_so_once(
    fs: FaultServer, ask: Ask, tool_file: ToolFile, home: Path
) -> None:
    text = f"""
import os, pathlib
def f(x: int) -> int:
    try:
        pathlib.Path({str(home / "once")!r}).mkdir(0o700)
    except FileExistsError:
        return x
    os.kill(os.getppid(), 9)
    return os.getppid()
"""
    url = fs.url("tool", tool="f", arguments='{"x": 1}', rounds=2)
    out = fine(ask(url, "hi", "-T", tool_file(text), "--approve", "all"), fs)
    assert out == "results: error: the process of the tools has ended | 1\n"


def test_a_long_result_is_cut(fs: FaultServer, ask: Ask, tool_file: ToolFile) -> None:
    path = tool_file("def f(x: int) -> str:\n    return 'é' * 50_000_000\n")
    ask(fs.url("tool", tool="f", arguments='{"x": 1}'), "hi", "-T", path, "--approve", "all")
    sent = fs.requests[-1].json()["messages"][-1]["content"]
    assert sent.endswith("\n[cut: the first 64 KB of 100000000 bytes]")
    assert 65_000 < len(sent.encode()) < 66_000


def test_an_async_function_is_awaited(fs: FaultServer, ask: Ask, tool_file: ToolFile) -> None:
    path = tool_file("async def f(x: int) -> int: return x + 1\n")
    url = fs.url("tool", tool="f", arguments='{"x": 1}')
    assert fine(ask(url, "hi", "-T", path, "--approve", "all"), fs) == "results: 2\n"


def test_a_file_may_import_what_stands_beside_it(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    tool_file("seven = 7\n", "beside.py")
    path = tool_file("import beside\ndef f(x: int) -> int: return beside.seven\n")
    url = fs.url("tool", tool="f", arguments='{"x": 1}')
    assert fine(ask(url, "hi", "-T", path, "--approve", "all"), fs) == "results: 7\n"


def test_tools_do_not_see_the_key(fs: FaultServer, ask: Ask, tool_file: ToolFile) -> None:
    path = tool_file("import os\ndef f(x: int) -> dict: return dict(os.environ)\n")
    url = fs.url("tool", tool="f", arguments='{"x": 1}')
    out = fine(ask(url, "hi", "-T", path, "--approve", "all"), fs)
    assert '"HOME"' in out
    assert "CREDENTIAL" not in out


def test_a_type_of_the_users_own_that_fails_is_told_to_the_model(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    text = """
from typing import Annotated
from pydantic import AfterValidator
def look_up(name: str) -> str: return {"a": "b"}[name]
def f(x: Annotated[str, AfterValidator(look_up)]) -> str: return x
"""
    url = fs.url("tool", tool="f", arguments='{"x": "z"}')
    out = fine(ask(url, "hi", "-T", tool_file(text), "--approve", "all"), fs)
    assert out == "results: error: the arguments do not fit: key error: 'z'\n"


def test_half_a_character_in_an_argument_is_told_to_the_model(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    path = tool_file("def f(x: str) -> str: return x")
    url = fs.url("tool", tool="f", arguments='{"x": "\\ud83d"}')
    out = fine(ask(url, "hi", "-T", path, "--approve", "all"), fs)
    assert "surrogates not allowed" in out


def test_a_default_that_json_has_no_number_for_is_offered_as_text(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    path = tool_file("import math\ndef f(most: float = math.inf) -> float: return most")
    check(ask(fs.url("ok"), "hi", "-T", path), code=0, servers=[fs])
    (tool,) = fs.requests[-1].json()["tools"]
    schema = tool["function"]["parameters"]["properties"]["most"]
    assert schema == {"type": "number", "default": "Infinity"}


def test_a_later_parameter_may_come_without_an_earlier_one(
    fs: FaultServer, ask: Ask, tool_file: ToolFile
) -> None:
    path = tool_file("def f(a: int = 1, b: int = 2, /) -> list[int]: return [a, b]")
    url = fs.url("tool", tool="f", arguments='{"b": 5}')
    assert fine(ask(url, "hi", "-T", path, "--approve", "f"), fs) == "results: [1,5]\n"


@pytest.mark.parametrize(
    ("size", "mode", "told"), [(10 << 30, 0o600, "larger than 64 MiB"), (0, 0o666, "others may")]
)
def test_a_module_without_bounds_or_of_others_is_not_loaded(
    home: Path, tool_file: ToolFile, size: int, mode: int, told: str
) -> None:
    with (home / "beside.py").open("wb") as file:
        file.truncate(size)
    (home / "beside.py").chmod(mode)
    result = azchat("tools", "list", "-T", tool_file("import beside"), home=home)
    assert result.code == 5
    assert told in result.err
