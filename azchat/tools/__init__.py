"""Tools: what a model may call, whether it may, and how a call is run. Knows no terminal."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from azchat.conversation import OfferedTool

if TYPE_CHECKING:
    from concurrent.futures import Future

LONGEST_RESULT = 64 * 1024
"""Bytes of UTF-8; what a tool returns beyond them is cut."""
_MARKER = 64  # bytes that telling it takes, at most


# Looking for pydantic's plugins in all that is installed takes longer than its import.
QUICK_START = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}
BUILTIN = {
    "get_flight_info": True,
    "get_time": True,
    "calculate": True,
    "read_file": False,
    "list_dir": False,
}
"""The tools azchat brings; those need no consent that touch nothing of the user's."""


AS_YOU = "do whatever you can: it runs as you, with your files, your programs and the network"


class Source(Protocol):
    """Where tools run. A failure of a tool is a text for the model, beginning with ``error:``."""

    def check(self, name: str, arguments: Mapping[str, Any]) -> str | None:
        """Return what is wrong with the arguments, None if they fit."""

    def start(
        self, name: str, arguments: Mapping[str, Any], seconds: float
    ) -> "Future[str] | None":
        """Begin a call, which is killed after ``seconds``; so it is when the future is cancelled.

        The future never raises. None: whoever has the result is not there; it comes later.
        """

    def close(self) -> None:
        """End what still runs."""


class Tool(NamedTuple):
    """A callable with a schema.

    ``origin`` tells a person where it is from. ``digest`` changes when the tool does: consent
    that was given for good is for what it was. ``is_safe``: it only reads what anybody may.
    ``touches`` says to a person what it can do; ``given`` is as in ``OfferedTool``.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    origin: str
    source: Source
    digest: str = ""
    is_safe: bool = False
    touches: str = ""
    given: tuple[str, Mapping[str, Any]] | None = None

    @property
    def offered(self) -> OfferedTool:
        """What a model is told of it."""
        return OfferedTool(self.name, self.description, self.parameters, self.given)


def told(error: BaseException) -> str:
    """Return what happened in words: ``module not found error: No module named 'x'``."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=Error)", " ", type(error).__name__).lower()
    reason = getattr(error, "strerror", None) or str(error)
    return f"{kind}: {reason}" if reason else kind


def cut(text: str) -> str:
    """Return at most ``LONGEST_RESULT`` bytes of a result, and say if there was more."""
    data = text.encode("utf-8", "replace")
    if len(data) <= LONGEST_RESULT:
        return data.decode()
    kept = data[: LONGEST_RESULT - _MARKER].decode("utf-8", "ignore")
    return f"{kept}\n[cut: the first {LONGEST_RESULT // 1024} KB of {len(data)} bytes]"
