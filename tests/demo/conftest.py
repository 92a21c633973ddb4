"""Asking the responder directly, the way its callers do."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from azchat.demo.responder import respond


@dataclass(frozen=True)
class Answered:
    """A reply, read to its end."""

    status: int
    headers: dict[str, str]
    data: bytes
    waits: list[float]

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def message(self) -> Any:
        return self.json["choices"][0]["message"]

    @property
    def text(self) -> Any:
        return self.message["content"]

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def payloads(self) -> list[str]:
        return [event.removeprefix("data: ") for event in self.data.decode().split("\n\n")[:-1]]

    @property
    def chunks(self) -> list[Any]:
        return [json.loads(payload) for payload in self.payloads[:-1]]

    @property
    def deltas(self) -> list[Any]:
        return [chunk["choices"][0]["delta"] for chunk in self.chunks if chunk["choices"]]


def send(
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Answered:
    reply = respond(method, target, headers or {}, body, key=key)
    pieces = list(reply.pieces)
    data = b"".join(data for _, data in pieces)
    return Answered(reply.status, reply.headers, data, [wait for wait, _ in pieces])


def ask(
    prompt: str | list[Any] = "How many languages are in the world?",
    *,
    path: str = "/models/chat/completions",
    headers: Mapping[str, str] | None = None,
    **body: Any,
) -> Answered:
    """Send one prompt; ``messages`` in its stead sends a whole history."""
    sent = {"messages": [{"role": "user", "content": prompt}], **body}
    return send("POST", path, json.dumps(sent).encode(), headers)


@pytest.fixture(name="send")
def _send() -> Callable[..., Answered]:
    return send


@pytest.fixture(name="ask")
def _ask() -> Callable[..., Answered]:
    return ask
