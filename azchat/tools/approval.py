"""Consent: which calls may be run. Only the user changes it, never a model or a tool's result."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from azchat.tools import Tool

DENIED = "error: denied by the user"
NEVER = f"{DENIED} (--approve never)"
NOBODY = "error: denied: there is no terminal to ask the user on"


class Reply(NamedTuple):
    """What the user says to one call: this once, this session, always, or no and why.

    ``arguments`` are those to run it with, where the user changed them.
    """

    answer: Literal["once", "session", "always", "no", "nobody"]
    reason: str = ""
    arguments: Mapping[str, Any] | None = None


class Asking(Protocol):
    """Asks the user about a call."""

    def __call__(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Reply:
        """Show the call and the thinking that led to it; return what the user says."""


class Remembered(Protocol):
    """Consent that was given for good."""

    def has(self, name: str, digest: str) -> bool:
        """Return whether it was given for just this."""

    def add(self, name: str, digest: str) -> None:
        """Remember it."""


class Decision(NamedTuple):
    """Whether a call may be run and with which arguments; ``denial`` is for the model."""

    arguments: Mapping[str, Any]
    denial: str | None = None
    is_edited: bool = False


class Approval:
    """Decides about calls. ``allowed`` are names of tools, ``all``, ``never`` or ``ask``."""

    def __init__(self, allowed: Sequence[str], ask: Asking, remembered: Remembered) -> None:
        self._allowed = frozenset(allowed)
        self._ask, self._remembered = ask, remembered
        self._for_session: set[tuple[str, str]] = set()

    def decide(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Decision:
        """Return whether this call may be run, asking the user unless it is known."""
        if tool.is_safe or self._is_allowed(tool):
            return Decision(arguments)
        if "never" in self._allowed:
            return Decision(arguments, NEVER)
        reply = self._ask(tool, arguments, thinking)
        match reply.answer:
            case "nobody":
                return Decision(arguments, NOBODY)
            case "no":
                why = f": {reply.reason}" if reply.reason else ""
                return Decision(arguments, f"{DENIED}{why}")
            case "session":
                self._for_session.add((tool.origin, tool.name))
            case "always":
                self._remembered.add(key(tool), tool.digest)
            case "once":
                pass
        if reply.arguments is None:
            return Decision(arguments)
        return Decision(reply.arguments, is_edited=True)

    def _is_allowed(self, tool: Tool) -> bool:
        if self._allowed & {"all", tool.name}:
            return True
        is_known = (tool.origin, tool.name) in self._for_session
        return is_known or self._remembered.has(key(tool), tool.digest)


def key(tool: Tool) -> str:
    """Return what a tool is remembered under."""
    return f"{tool.origin}#{tool.name}"
