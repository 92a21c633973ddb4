"""Slash commands: a registry of small functions over a session."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import NamedTuple

from azchat.errors import UsageError
from azchat.repl.session import ReplSession

Action = Callable[[ReplSession, str], None]


class Command(NamedTuple):
    """A slash command; ``usage`` are its arguments, ``values`` completes them."""

    names: tuple[str, ...]
    usage: str
    help: str
    action: Action
    values: Callable[[ReplSession], list[str]]


COMMANDS: dict[str, Command] = {}
"""By each of their names."""


def command(
    *names: str,
    usage: str = "",
    help: str,  # noqa: A002 - it is what it is
    values: Callable[[ReplSession], list[str]] = lambda session: [],  # noqa: ARG005
) -> Callable[[Action], Action]:
    """Register a function as a slash command."""

    def register(action: Action) -> Action:
        entry = Command(names, usage, help, action, values)
        COMMANDS.update(dict.fromkeys(names, entry))
        return action

    return register


def is_command(line: str) -> bool:
    """Return whether a line is a command; two slashes send one."""
    return line.startswith("/") and not line.startswith("//") and "\n" not in line.strip()


def run_command(session: ReplSession, line: str) -> None:
    """Run the command of a line; raises ``UsageError`` for an unknown one."""
    name, _, rest = line.strip().partition(" ")
    entry = COMMANDS.get(name.lower())
    if entry is None:
        close = get_close_matches(name.lower(), COMMANDS, 1, 0.5)
        hint = f"did you mean {close[0]}? /help lists them" if close else "/help lists them"
        raise UsageError(f"there is no command {name}", f"{hint}; // at the beginning sends a /")
    entry.action(session, rest.strip())
