"""What --json and stream-json write is what the published schema says."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import azchat

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "azchat/render/events.schema.json").read_text())
EVENT = Draft202012Validator({"$ref": "#/$defs/event", "$defs": SCHEMA["$defs"]})
REPLY = Draft202012Validator({"$ref": "#/$defs/reply", "$defs": SCHEMA["$defs"]})

CASES: list[tuple[str, dict[str, Any]]] = [
    ("ok", {}),
    ("usage", {}),
    ("think", {}),
    ("think", {"implicit": 1}),
    ("think", {"field": "reasoning_content"}),
    ("think", {"field": "mai"}),
    ("asyncfilter", {"blocked": 1}),
    ("length", {}),
    ("filter", {}),
    ("miderror", {}),
    ("cut", {}),
    ("httperr", {"status": 401}),
    ("httperr", {"status": 429, "ra": 3600}),
    ("flaky", {"rams": 10}),
    ("streamoptions", {}),
]


@pytest.mark.parametrize(("scenario", "parameters"), CASES, ids=str)
def test_every_event_fits_the_schema(
    ask: Ask, fs: FaultServer, scenario: str, parameters: dict[str, Any]
) -> None:
    result = ask(fs.url(scenario, **parameters), "hi", "--output-format", "stream-json")
    events = [json.loads(line) for line in result.out.splitlines()]
    for event in events:
        EVENT.validate(event)
    last = [event["type"] for event in events if event["type"] != "request_sent"][-1]
    assert last == ("turn_finished" if result.code == 0 else "error")


@pytest.mark.parametrize(("scenario", "parameters"), CASES, ids=str)
def test_every_reply_fits_the_schema(
    ask: Ask, fs: FaultServer, scenario: str, parameters: dict[str, Any]
) -> None:
    result = ask(fs.url(scenario, **parameters), "hi", "--json")
    reply = json.loads(result.out)
    REPLY.validate(reply)
    assert reply["complete"] == (result.code == 0) == (reply["error"] is None)


def test_a_failure_before_the_request_is_an_error_object_too(home: Path) -> None:
    result = azchat("ask", "hi", "--json", home=home)
    reply = json.loads(result.out)
    REPLY.validate(reply)
    assert (result.code, reply["error"]["class"]) == (3, "config")


def test_the_schema_itself_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_readme_shows_the_schema() -> None:
    schema = (ROOT / "azchat/render/events.schema.json").read_text()
    assert schema in (ROOT / "README.md").read_text()
