"""What a service demands of a history with calls."""

import json
import re

from tests.faults.connection import Request
from tests.faults.told import Told, told


def check_history(request: Request) -> list[Told]:
    """Return what a request holds; each call must be answered once, at once, by its own id."""
    seen: set[str] = set()
    waiting: list[str] = []
    said = told(request)
    for before, one in zip(["", *(one.kind for one in said)], said, strict=False):
        match one.kind:
            case "result":
                assert waiting, "a result without a call"
                assert one.id == waiting.pop(0)
                assert isinstance(one.text, str)
            case "call":
                assert before == "call" or not waiting, f"calls without a result: {waiting}"
                assert one.id
                assert one.id not in seen, "an id that is not its own"
                assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", one.name)
                assert isinstance(json.loads(one.text), dict)
                seen.add(one.id)
                waiting.append(one.id)
            case _:
                assert not waiting, f"calls without a result: {waiting}"
    assert not waiting, f"calls without a result: {waiting}"
    return said
