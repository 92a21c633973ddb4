"""A conversation as a value, and how the events of a response become its next message."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from azchat.events import Echoed, Event, ReasoningDelta, Relabelled, TextDelta, ToolCalled
from azchat.messages import Echo, Image, Message, Part, Reasoning, Text, ToolCall, ToolResult
from azchat.parameters import ReasoningHistory

MAX_KEPT_CHARACTERS = 8 * 1024 * 1024
"""More of one answer than this is not kept in memory: no model would take it back."""


class AnswerFormat(NamedTuple):
    """The JSON that is demanded: any, or by a schema under the name that the service is told."""

    name: str = ""
    schema: Mapping[str, Any] | None = None
    strict: bool = True


class ModelSettings(NamedTuple):
    """What a request is sent with; None and empty are not sent.

    ``parameters`` are those that are set, by azchat's names and in the order of its table.
    ``extras`` are further keys of the body, sent as they are. ``reasoning_history``: which
    earlier thinking goes back to the model.
    """

    model: str | None = None
    parameters: Mapping[str, Any] = MappingProxyType({})
    answer_format: AnswerFormat | None = None
    reasoning_history: ReasoningHistory | None = None
    extras: Mapping[str, Any] = MappingProxyType({})


class OfferedTool(NamedTuple):
    """What a model is told of a tool.

    ``given`` is a definition as the user has it, after the dialect that it is written for.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    given: tuple[str, Mapping[str, Any]] | None = None

    def told(self, dialect: str, envelope: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the definition that is sent: the user's own, or that in the envelope."""
        return self.given[1] if self.given and self.given[0] == dialect else envelope


class Offer(NamedTuple):
    """Tools of a request; ``choice`` is auto, none, required or a tool's name; None: not said."""

    tools: tuple[OfferedTool, ...]
    choice: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names of the tools."""
        return frozenset(tool.name for tool in self.tools)


class Conversation(NamedTuple):
    """Ordered messages and the settings they are sent with."""

    settings: ModelSettings = ModelSettings()
    messages: tuple[Message, ...] = ()

    def with_messages(self, *messages: Message) -> Self:
        """Return the conversation with ``messages`` added at its end."""
        return self._replace(messages=(*self.messages, *messages))

    @property
    def open_calls(self) -> list[ToolCall]:
        """The calls of the last answer that have no result yet."""
        results = list(takewhile(lambda message: message.role == "tool", self.messages[::-1]))
        calls = [call for one in self.messages[-1 - len(results) :][:1] for call in one.tool_calls]
        answered = {
            part.call_id for one in results for part in one.parts if type(part) is ToolResult
        }
        return [call for call in calls if call.id not in answered]

    def digest(self) -> str:
        """Return what shows later whether a message was changed."""
        return list(self.digests())[-1]

    def digests(self) -> Iterator[str]:
        """Yield the digest of what stands before each message, and that of all of them."""
        from hashlib import sha256

        digest = sha256()
        yield digest.hexdigest()
        for message in self.messages:
            said = repr((message.role, message.parts))
            digest.update(said.encode("utf-8", "surrogatepass"))
            yield digest.hexdigest()

    def with_last_image_only(self, message: Message) -> tuple[Self, Message]:
        """Return both with words for all images but the last: some models take no more."""
        messages, is_last = [], True
        for each in reversed((*self.messages, message)):
            parts: list[Part] = []
            for part in reversed(each.parts):
                if isinstance(part, Image):
                    parts.append(part if is_last else Text(f"[image {part.name or part.url[:60]}]"))
                    is_last = False
                else:
                    parts.append(part)
            messages.append(each._replace(parts=tuple(reversed(parts))))
        message, *earlier = messages
        return self._replace(messages=tuple(reversed(earlier))), message


class Fold:
    """Puts one response's events together as a message, of at most ``limit`` characters."""

    def __init__(self, limit: int = MAX_KEPT_CHARACTERS) -> None:
        self._limit = limit
        self._runs: list[tuple[type[Text] | type[Reasoning], list[str]]] = []
        self._echo: Echo | None = None
        self._calls: list[ToolCall] = []
        self._kept = 0

    def receive(self, event: Event) -> None:
        """Take the next event; those that carry no content change nothing."""
        match event:
            case TextDelta(text=text):
                self._add(Text, text)
            case ReasoningDelta(text=text):
                self._add(Reasoning, text)
            case Echoed(echo=echo):
                earlier = self._echo.items if self._echo else ()
                self._echo = echo._replace(items=(*earlier, *echo.items))
            case Relabelled(to=to):
                kind = Reasoning if to == "reasoning" else Text
                self._runs = [(kind, [piece for _, pieces in self._runs for piece in pieces])]
            case ToolCalled(call=call):
                self._calls.append(call)
            case _:
                pass  # the rest is about the turn, not the message

    def message(self) -> Message:
        """Return the message so far."""
        parts: list[Part] = []
        for kind, pieces in self._runs:
            if text := "".join(pieces):
                parts.append(kind(text))
        return Message("assistant", (*parts, *self._calls), self._echo)

    def _add(self, kind: type[Text] | type[Reasoning], text: str) -> None:
        self._kept += len(text)
        if not text or self._kept > self._limit:
            return
        if self._runs and self._runs[-1][0] is kind:
            self._runs[-1][1].append(text)
        else:
            self._runs.append((kind, [text]))


def fold(events: Iterable[Event]) -> Message:
    """Return the assistant's message that one response's events make."""
    response = Fold()
    for event in events:
        response.receive(event)
    return response.message()
