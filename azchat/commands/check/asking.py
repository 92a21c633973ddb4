"""One question of a probe, and all that came back; a refusal is told from a failure."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from azchat.asking.route import Route
from azchat.azure.client import AzureTransport
from azchat.conversation import AnswerFormat, Conversation, ModelSettings, Offer
from azchat.dialects import Dialect, named
from azchat.dialects.asked import Asked, Manner
from azchat.dialects.choice import others
from azchat.engine.replies import refusal
from azchat.engine.transport import Reply
from azchat.errors import AzchatError, NetworkError
from azchat.events import ReasoningDelta, Relabelled, TextDelta, ToolCalled, UsageReported
from azchat.messages import Message, Part, Text, ToolCall, Usage
from azchat.parameters import DialectName
from azchat.wire.response import ResponseDecoder

_ANSWER_SECONDS = 120.0
_PLAINLY = Manner(asks_usage=False)
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
    """Asks one deployment; safe to use from several threads at once.

    ``dialect`` gives way to the one that a refusal means, unless it ``is_fixed``.
    """

    def __init__(
        self,
        transport: AzureTransport,
        route: Route,
        dialect: DialectName,
        *,
        is_fixed: bool = False,
    ) -> None:
        self._transport, self.dialect, self._is_fixed = transport, named(dialect), is_fixed
        self.has_turned = False
        self.endpoint, self.model = route.endpoint, route.model

    def asked(
        self,
        question: str,
        *parts: Part,
        offer: Offer | None = None,
        stream: bool = False,
        manner: Manner = _PLAINLY,
        answer_format: AnswerFormat | None = None,
        extras: Mapping[str, Any] = MappingProxyType({}),
        **parameters: Any,
    ) -> Asked:
        """Return what a question to the deployment is about."""
        settings = ModelSettings(self.model, parameters, answer_format, extras=extras)
        message = Message.user(Text(question), *parts)
        return Asked(Conversation(settings, (message,)), offer, stream, manner)

    def ask(self, question: str, *parts: Part, **how: Any) -> Answer:
        """Return the answer to ``question``; raises what ended it otherwise."""
        return self.answer_to(self.asked(question, *parts, **how))

    def answer_to(self, asked: Asked) -> Answer:
        """Return the answer; raises what ended it otherwise."""
        spoken = [self.dialect]
        while True:
            try:
                return self._answer_in(spoken[-1], asked)
            except AzchatError as error:
                means = others(error, spoken[-1].name, self.model)
                means = [name for name in means if self._may_speak(name)]
                if not means or named(means[0]) in spoken:
                    raise
                spoken.append(named(means[0]))
                self.dialect, self.has_turned = spoken[-1], True

    def speaks(self, name: DialectName) -> bool:
        """Return whether a plain question is answered in a dialect; raises what failed."""
        try:
            self._answer_in(named(name), self.asked("Reply with the one word: ready"))
        except AzchatError as error:
            if is_refusal(error) or others(error, name):
                return False
            raise
        return True

    def _may_speak(self, name: DialectName) -> bool:
        return not self._is_fixed and name in self.endpoint.speaks

    def _answer_in(self, dialect: Dialect, asked: Asked) -> Answer:
        reply = self._transport.send(dialect.encode(asked))
        if reply.status != 200:
            raise refusal(reply, self._transport.destination, self.model)
        return _heard(reply, dialect)


def _heard(reply: Reply, dialect: Dialect) -> Answer:
    decoder = ResponseDecoder(dialect.reader, reply.headers.get("content-type", ""))
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
