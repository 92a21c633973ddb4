"""Slash commands: a registry of small functions over a session."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from azchat.errors import UsageError
from azchat.repl.session import ReplSession

_PATH = re.compile(r"[^\w?-]")  # no command has such a character in its name

Action = Callable[[ReplSession, str], None]


class Command(NamedTuple):
    """A slash command; ``usage`` are its arguments, ``values`` completes them.

    ``takes_lines``: the arguments may be text of several lines.
    """

    names: tuple[str, ...]
    usage: str
    help: str
    action: Action
    values: Callable[[ReplSession], list[str]]
    takes_lines: bool


COMMANDS: dict[str, Command] = {}
"""By each of their names."""


def command(
    *names: str,
    usage: str = "",
    values: Callable[[ReplSession], list[str]] = lambda session: [],  # noqa: ARG005
    takes_lines: bool = False,
) -> Callable[[Action], Action]:
    """Register a function as a slash command; its docstring is its help."""

    def register(action: Action) -> Action:
        about = (action.__doc__ or "").rstrip(".")
        about = about[:1].lower() + about[1:]
        entry = Command(names, usage, about, action, values, takes_lines)
        COMMANDS.update(dict.fromkeys(names, entry))
        return action

    return register


def is_command(text: str) -> bool:
    """Return whether ``text`` is a command; two slashes send one.

    Text of several lines is none, unless it begins with a command that takes such; nor is what
    begins with a path: what is there, or is written like one.
    """
    if not text.startswith("/") or text.startswith("//"):
        return False
    name = text.split(maxsplit=1)[0]
    entry = COMMANDS.get(name.lower())
    if "\n" in text.strip():
        return entry is not None and entry.takes_lines
    return entry is not None or name == "/" or not (_PATH.search(name, 1) or exists(name))


def exists(name: str) -> bool:
    """Return whether there is a file or a folder of that name."""
    try:
        return Path(name).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def run_command(session: ReplSession, text: str) -> None:
    """Run a command; raises ``UsageError`` for an unknown one."""
    name, *rest = text.split(maxsplit=1)
    entry = COMMANDS.get(name.lower())
    if entry is None:
        from difflib import get_close_matches

        close = get_close_matches(name.lower(), COMMANDS, 1, 0.5)
        hint = f"did you mean {close[0]}? /help lists them" if close else "/help lists them"
        raise UsageError(f"there is no command {name}", f"{hint}; // at the beginning sends a /")
    entry.action(session, "".join(rest).strip())
