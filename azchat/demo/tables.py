"""The data files of the demo, by their names."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Return what ``name.json`` holds."""
    held: dict[str, Any] = json.loads(Path(__file__).with_name(f"{name}.json").read_bytes())
    return held
