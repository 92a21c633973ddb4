"""What a service demands of a history with calls."""

import json
import re
from typing import Any

from tests.faults.connection import Request


def check_history(request: Request) -> list[dict[str, Any]]:
    """Return the messages of a request; each call must be answered once, at once, by its own id."""
    messages: list[dict[str, Any]] = request.json()["messages"]
    seen: set[str] = set()
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert waiting, "a result without a call"
            assert message["tool_call_id"] == waiting.pop(0)
            assert isinstance(message["content"], str)
            continue
        assert not waiting, f"calls without a result: {waiting}"
        for call in message.get("tool_calls", ()):
            assert call["id"]
            assert call["id"] not in seen, "an id that is not its own"
            assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call["function"]["name"])
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            seen.add(call["id"])
            waiting.append(call["id"])
    assert not waiting, f"calls without a result: {waiting}"
    return messages
