"""What a service wants back goes back to it alone, also in a session that goes on elsewhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.conftest import Ask
from tests.oracles import CANARY, check


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(key=CANARY) as server:
        yield server


def would_send(ask: Ask, url: str, *args: str) -> list[dict[str, Any]]:
    """Return the messages, or the items, that ``--dry-run`` shows of the last session."""
    result = ask(url, "and now?", "-c", "--dry-run", *args)
    check(result, code=0)
    body = json.loads(result.out[result.out.index("{") :])
    messages: list[dict[str, Any]] = body["input" if "input" in body else "messages"]
    return messages


def test_encrypted_thinking_goes_back_to_its_maker_alone(ask: Ask, demo: DemoServer) -> None:
    at_home, elsewhere = f"{demo.url}/mai/v1", f"{demo.url}/openai/v1"
    check(ask(at_home, "hi", "-m", "MAI-Thinking-1"), code=0)
    assert would_send(ask, at_home)[1]["reasoning"]["encrypted_content"]
    for url, model in ((elsewhere, "gpt-5-mini"), (elsewhere, "MAI-Thinking-1"), (at_home, "m")):
        assert would_send(ask, url, "-m", model)[1].keys() <= {"type", "role", "content"}
