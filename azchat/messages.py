"""What a conversation is made of: messages and their parts. Values; no I/O."""

import re
from collections.abc import Container, Mapping
from itertools import count
from typing import Any, Literal, NamedTuple, Self

Role = Literal["system", "user", "assistant", "tool"]
Origin = tuple[str, str, str]
"""Who said something: the dialect, the base and the model."""


class Text(NamedTuple):
    """Words for the reader: a prompt or an answer."""

    text: str
    type: Literal["text"] = "text"


class Reasoning(NamedTuple):
    """The model's thinking."""

    text: str
    type: Literal["reasoning"] = "reasoning"


class Image(NamedTuple):
    """A picture by URL; ``data:`` URLs carry the bytes. ``detail`` is low, high or auto.

    ``name`` is what the user called it by; no model is told.
    """

    url: str
    detail: str | None = None
    name: str | None = None
    type: Literal["image"] = "image"


class File(NamedTuple):
    """An attached text with the name it came under.

    ``original`` is a ``data:`` URL of what the text was taken from: a PDF.
    """

    name: str
    text: str
    original: str | None = None
    type: Literal["file"] = "file"


class ToolCall(NamedTuple):
    """The model's wish to call a tool; ``arguments`` is the JSON text as it came."""

    id: str
    name: str
    arguments: str
    type: Literal["tool_call"] = "tool_call"


class ToolResult(NamedTuple):
    """What a call returned; ``call_id`` is the id of its ToolCall."""

    call_id: str
    text: str
    type: Literal["tool_result"] = "tool_result"


Part = Text | Reasoning | Image | File | ToolCall | ToolResult

_KINDS: tuple[type[Part], ...] = (Text, Reasoning, Image, File, ToolCall, ToolResult)
_PARTS = {kind._field_defaults["type"]: kind for kind in _KINDS}


class Echo(NamedTuple):
    """What a service said, as it came; for that service alone.

    ``after`` is a digest of what stood before: some signatures are bound to it.
    """

    origin: Origin
    after: str
    items: tuple[Mapping[str, Any], ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the echo of which ``data`` is the JSON form."""
        dialect, base, model = map(str, data["origin"])
        return cls((dialect, base, model), data["after"], tuple(map(dict, data["items"])))


class Message(NamedTuple):
    """What one side said: a role and its parts, in order; ``echo`` is for who said it."""

    role: Role
    parts: tuple[Part, ...]
    echo: Echo | None = None

    @classmethod
    def user(cls, *parts: Part) -> Self:
        """Return a message of the user."""
        return cls("user", parts)

    @classmethod
    def system(cls, text: str) -> Self:
        """Return the message that instructs the model."""
        return cls("system", (Text(text),))

    @property
    def text(self) -> str:
        """The answer or prompt alone: the Text parts joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def reasoning(self) -> str:
        """The thinking alone: the Reasoning parts joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Reasoning))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls the model asked for, in order."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    def to_dict(self) -> dict[str, Any]:
        """Return the message as JSON can hold it; ``from_dict`` is the way back."""
        echo = {"echo": self.echo._asdict()} if self.echo else {}
        return {"role": self.role, "parts": [part._asdict() for part in self.parts]} | echo

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the message that ``to_dict`` described; unknown fields are ignored."""
        echo = Echo.from_dict(data["echo"]) if "echo" in data else None
        return cls(data["role"], tuple(part_from_dict(part) for part in data["parts"]), echo)


class Usage(NamedTuple):
    """Tokens of one request; None is what nobody said.

    ``completion`` includes ``reasoning``, ``prompt`` what was ``cached`` and the ``cache_write``.
    """

    prompt: int | None = None
    completion: int | None = None
    reasoning: int | None = None
    cached: int | None = None
    total: int | None = None
    cache_write: int | None = None

    def to_dict(self) -> dict[str, int | None]:
        """Return the counts under the names of the JSON outputs."""
        return {f"{name}_tokens": count for name, count in self._asdict().items()}

    def plus(self, other: "Usage") -> "Usage":
        """Return the sum over the requests of a turn."""
        return Usage(*map(_sum, self, other))


def fenced(text: str) -> str:
    """Return ``text`` as a fenced block whose fence is longer than any run inside it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{marks}"


def free_id(taken: Container[str]) -> str:
    """Return an id for a call: nine letters and digits, for Mistral takes nothing else."""
    return next(name for number in count() if (name := f"call{number:05}") not in taken)


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def part_from_dict(data: dict[str, Any]) -> Part:
    """Return the part that a dict describes; unknown fields are ignored."""
    kind = _PARTS[data["type"]]
    return kind(**{name: value for name, value in data.items() if name in kind._fields})
