"""What the published schema says of the JSON outputs; every run of a test is held against it."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_FILE = Path(__file__).parents[1] / "azchat" / "render" / "events.schema.json"


def check_events(args: Sequence[str], out: bytes) -> None:
    """Assert that each whole line of ``ask`` with a JSON output is an event, or a reply."""
    form = _form(args)
    if form is None:
        return
    for line in out.split(b"\n")[:-1]:  # a run that was stopped may end within a line
        _validator(form).validate(json.loads(line))


def _form(args: Sequence[str]) -> str | None:
    if not args or args[0] != "ask" or "--dry-run" in args or "--help" in args:
        return None
    if "stream-json" in args or "--output-format=stream-json" in args:
        return "event"
    return "reply" if "--json" in args or "--output-format=json" in args else None


@cache
def _validator(form: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator

    schema = json.loads(_FILE.read_text())
    return Draft202012Validator({"$ref": f"#/$defs/{form}", "$defs": schema["$defs"]})
