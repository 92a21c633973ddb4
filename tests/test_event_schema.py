"""The oracle of the JSON outputs finds what the schema does not allow."""

import json
from pathlib import Path

import pytest
from jsonschema import ValidationError

from azchat.render.json import VERSION
from tests.event_schema import check_events
from tests.front_door import azchat

SCHEMA = Path(__file__).parents[1] / "azchat" / "render" / "events.schema.json"


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("ask", "--json"), {"version": VERSION}),
        (("ask", "--output-format", "stream-json"), {"type": "text_delta", "text": 1, "at": 0}),
        (("ask", "--output-format", "stream-json"), {"type": "unheard_of"}),
    ],
)
def test_what_does_not_fit_is_found(args: tuple[str, ...], line: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        check_events(args, json.dumps(line).encode() + b"\n")


def test_the_end_of_a_run_that_was_stopped_is_not_looked_at() -> None:
    check_events(("ask", "--json"), b'{"version": 1, "ans')


def test_the_version_is_in_the_file_and_in_every_output(home: Path) -> None:
    schema = json.loads(SCHEMA.read_text())
    assert schema["$id"] == f"urn:azchat:events:{VERSION}"
    reply = json.loads(azchat("ask", "--demo", "--json", "hi", home=home).out)
    events = azchat("ask", "--demo", "--output-format", "stream-json", "hi", home=home).out
    first = json.loads(events.splitlines()[0])
    assert reply["version"] == first["version"] == VERSION
