"""One question of a probe, and all that came back; a refusal is told from a failure."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from azchat.asking.replies import read_body
from azchat.asking.route import Route
from azchat.azure.client import AzureTransport
from azchat.engine.transport import Reply
from azchat.errors import AzchatError, NetworkError
from azchat.events import ReasoningDelta, Relabelled, TextDelta, ToolCalled, UsageReported
from azchat.messages import ToolCall, Usage
from azchat.wire.response import ResponseDecoder
from azchat.wire.status import http_error

_ANSWER_SECONDS = 120.0
_REFUSED = (400, 415, 422, 501)


class Answer(NamedTuple):
    """A whole answer; ``raw`` are its bytes, ``starts_thinking`` its thinking had no opening tag.

    ``pieces`` counts how often bytes came.
    """

    text: str
    reasoning: str
    calls: tuple[ToolCall, ...]
    usage: Usage
    raw: bytes
    starts_thinking: bool
    pieces: int


class Asking:
    """Asks one deployment; safe to use from several threads at once."""

    def __init__(self, transport: AzureTransport, route: Route) -> None:
        self._transport = transport
        self.endpoint, self._model = route.endpoint, route.model

    def ask(self, content: Any, **parameters: Any) -> Answer:
        """Return the answer to ``content``; raises what ended it otherwise."""
        body: dict[str, Any] = {"messages": [{"role": "user", "content": content}]}
        if self._model:
            body["model"] = self._model
        reply = self._transport.send(body | parameters)
        if reply.status != 200:
            said, to = read_body(reply, "the error"), self._transport.destination
            raise http_error(reply.status, reply.headers, said, destination=to, model=self._model)
        return _heard(reply)


def _heard(reply: Reply) -> Answer:
    decoder = ResponseDecoder(reply.headers.get("content-type", ""))
    text, reasoning, calls, usage, relabelled = "", "", [], Usage(), False
    raw: list[bytes] = []
    deadline = time.monotonic() + _ANSWER_SECONDS
    ended = False
    while not ended:
        try:
            data = reply.read(max(0.001, deadline - time.monotonic()))
        except TimeoutError:
            raise NetworkError(f"no whole answer within {_ANSWER_SECONDS:g} s") from None
        ended = not data
        raw.append(data)
        for event in decoder.close(0.0) if ended else decoder.receive(data, 0.0):
            match event:
                case TextDelta():
                    text += event.text
                case ReasoningDelta():
                    reasoning += event.text
                case Relabelled(to="reasoning"):
                    relabelled = True
                case ToolCalled():
                    calls.append(event.call)
                case UsageReported():
                    usage = event.usage
                case _:
                    pass
    answer = b"".join(raw)
    return Answer(text, reasoning, tuple(calls), usage, answer, relabelled, len(raw) - 1)


def is_refusal(error: AzchatError) -> bool:
    """Return whether the service understood the request and does not do such a thing."""
    return error.http_status in _REFUSED


def facts_of(**facts: Any) -> Mapping[str, Any]:
    """Return the facts that are known."""
    return {name: value for name, value in facts.items() if value is not None}
