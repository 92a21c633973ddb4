"""A refusal that never ends is told from what came of it, by every command that hears one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.connection import Connection
from tests.faults.scripted import Scripted, reply
from tests.front_door import azchat
from tests.oracles import CANARY, check

COMMANDS = [("ask", "hi"), ("models",), ("info",), ("info", "--check")]
JSON = {"content_type": "application/json", "connection": "keep-alive"}
SAID = b'{"error": {"message": "the flux is out", "code": "flux"}}'
SOON = 12.0  # seconds


def held(connection: Connection) -> None:
    connection.send(reply(SAID, "409 Conflict", **JSON))
    connection.hold()


def trickling(connection: Connection) -> None:
    connection.send(reply(SAID, "409 Conflict", **JSON))
    while True:
        connection.pause(0.1)
        connection.send(b" ")


def endless(connection: Connection) -> None:
    connection.send(reply(SAID, "409 Conflict", **JSON))
    while True:
        connection.send(b" " * 65536)


def cut(connection: Connection) -> None:
    connection.send(reply(SAID, "409 Conflict", **JSON, content_length="9999"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("saying", [held, trickling, endless, cut])
def test_a_refusal_that_never_ends_is_told(
    home: Path, command: tuple[str, ...], saying: Callable[[Connection], None]
) -> None:
    with Scripted(saying) as server:
        url = server.url.removesuffix("/v1") + "/models"
        env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
        result = azchat(*command, home=home, env={**env, "AZURE_INFERENCE_MODEL": "m"})
    check(result, code=7)
    assert "the flux is out" in result.err
    assert "HTTP 409" in result.err
    assert result.seconds < SOON
