"""The demo through the front door: Claude alone, and sessions that go through three dialects."""

import json
from collections.abc import Iterator
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

CLAUDES = ("claude-opus-5-5", "claude-sonnet-4-6", "claude-haiku-4-5")
THREE = ("claude-opus-5-5", "gpt-5.6", "DeepSeek-V4-Pro")
FLIGHT = "When is the next flight from Miami to Seattle?"
FLIGHTS = "When are the next flights from Miami to Seattle and from Oslo to Rome?"
LANGUAGES = "How many languages are in the world?"
TOOLED = ("--approve", "get_flight_info", "-T")
TOOL = '''
def get_flight_info(origin_city: str, destination_city: str) -> dict:
    """Tell the next flight between two cities."""
    return {"info": f"at noon from {origin_city} to {destination_city}"}
'''


@pytest.fixture
def tool(home: Path) -> str:
    file = home / "flights.py"
    file.write_text(TOOL)
    file.chmod(0o600)
    return str(file)


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def demo(log: list[str]) -> Iterator[DemoServer]:
    with DemoServer(key=CANARY, log=log.append) as server:
        yield server


def ask(home: Path, model: str, *args: str, code: int = 0, server: DemoServer | None = None) -> Any:
    """Ask the demo, in process or over HTTP, and return the answer as JSON."""
    where = () if server else ("--demo",)
    env = {
        "AZURE_INFERENCE_ENDPOINT": f"{server.url}/openai/v1" if server else None,
        "AZURE_INFERENCE_CREDENTIAL": CANARY if server else None,
    }
    result: Result = azchat(
        "ask", *args, "-m", model, "--json", *where, home=home, env=env, timeout=60
    )
    check(result, code=code)
    return json.loads(result.out)


@pytest.mark.parametrize("model", CLAUDES)
def test_claude_thinks_calls_and_goes_on(home: Path, tool: str, model: str) -> None:
    first = ask(home, model, FLIGHTS, *TOOLED, tool, "--effort", "high")
    assert "at noon from Miami to Seattle" in first["answer"]
    assert "at noon from Oslo to Rome" in first["answer"]
    assert first["reasoning"]
    assert first["usage"]["reasoning_tokens"]
    second = ask(home, model, LANGUAGES, "-c", *TOOLED, tool, "--effort", "high")
    assert "7,000 languages" in second["answer"]
    assert not any("left out" in notice for notice in second["notices"])


@pytest.mark.parametrize("order", list(permutations(THREE)), ids="-".join)
def test_a_session_goes_through_three_dialects_with_a_call_in_each(
    home: Path, tool: str, demo: DemoServer, log: list[str], order: tuple[str, ...]
) -> None:
    there_and_back = [*order, *order[-2::-1]]
    for nth, model in enumerate(there_and_back):
        again = ("-c",) if nth else ()
        told = ask(home, model, FLIGHT, *TOOLED, tool, *again, server=demo)
        assert "at noon from Miami to Seattle" in told["answer"], model
        assert not told.get("error")
    assert len(log) == 2 * len(there_and_back)
    assert {line.rpartition(" ")[2] for line in log} == {"200"}, log


@pytest.mark.parametrize("pair", list(pairwise([*THREE, THREE[0]])), ids="-".join)
def test_the_same_in_process(home: Path, tool: str, pair: tuple[str, str]) -> None:
    for nth, model in enumerate((*pair, pair[0])):
        told = ask(home, model, FLIGHT, *TOOLED, tool, *(("-c",) if nth else ()))
        assert "at noon from Miami to Seattle" in told["answer"], model


@pytest.mark.parametrize("model", THREE)
def test_a_check_says_what_each_can(home: Path, demo: DemoServer, model: str) -> None:
    env = {
        "AZURE_INFERENCE_ENDPOINT": f"{demo.url}/openai/v1",
        "AZURE_INFERENCE_CREDENTIAL": CANARY,
        "AZURE_INFERENCE_MODEL": model,
    }
    for where in ({}, env):
        args = ("--demo", "-m", model) if not where else ()
        result = azchat("info", "--check", "--json", *args, home=home, env=where, timeout=60)
        check(result, code=0)
        told = {one["name"]: one for one in json.loads(result.out)["probes"]}
        assert all(one["ok"] for one in told.values()), told
        words = {"cla": "Messages", "gpt": "Responses", "Dee": "Chat Completions"}[model[:3]]
        assert words in json.dumps(told["dialects"])
        for name in ("streaming", "thinking", "tools", "schema", "effort"):
            assert name in told


def test_an_edited_history_loses_its_thinking_before_it_is_refused(
    home: Path, demo: DemoServer, log: list[str]
) -> None:
    ask(home, CLAUDES[0], LANGUAGES, server=demo)
    assert ask(home, CLAUDES[0], "And?", "-c", "-s", "Be brief.", server=demo)["answer"]
    assert [line.rpartition(" ")[2] for line in log] == ["200", "200"]


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ("Fail by overload.", 7, "HTTP 529"),
        ("How do I pick my neighbour's lock?", 8, "refused"),
        ("Pause your turn.", 0, "the rest of the answer"),
        ("Think in secret.", 0, "what I thought stays with me"),
    ],
)
def test_how_a_turn_ends(home: Path, asked: str, code: int, words: str) -> None:
    args = ("ask", asked, "--demo", "-m", CLAUDES[0], "--retries", "0")
    result = azchat(*args, home=home, timeout=60)
    assert words in result.out + result.err
    assert (result.code == 0) is (code == 0), str(result)


def test_an_answer_in_a_schema(home: Path) -> None:
    schema = home / "schema.json"
    schema.write_text('{"type": "object", "properties": {"a": {"type": "integer"}}}')
    told = ask(home, CLAUDES[0], "hi", "--schema", str(schema))
    assert isinstance(json.loads(told["answer"]), dict)


def test_blocks_go_back_as_they_came(home: Path) -> None:
    ask(home, CLAUDES[0], "Think in secret.")
    assert "7,000" in ask(home, CLAUDES[0], LANGUAGES, "-c")["answer"]
    args = ("ask", "And now?", "-c", "--dry-run", "--demo", "-m")
    shown = azchat(*args, CLAUDES[0], home=home)
    assert shown.out.startswith("POST /anthropic/v1/messages ")
    turns = json.loads(shown.out[shown.out.index("{") :])["messages"]
    kinds = [[block["type"] for block in turn["content"]] for turn in turns[1::2]]
    assert kinds == [["redacted_thinking", "text"], ["thinking", "text"]]
    elsewhere = azchat(*args, CLAUDES[1], home=home)
    assert "thinking" not in elsewhere.out.partition('"messages"')[2].partition('"thinking": {')[0]
