"""Puts a command line in order: the command first, then the options that stood before it.

Which words are commands, and which options take a value, is read from the commands themselves.
"""

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from azchat.cli.groups import COMMANDS, GROUPS, grammar, groups_with
from azchat.errors import UsageError

_TOOLS_COMMANDS = ("ask", "list", "forget", "--help", "-h")
# Who is asked, and how it is shown: said before a command, these do no harm to any.
_EVERYWHERE = frozenset({
    *("--model", "--profile", "--endpoint", "--api-version", "--auth", "--tenant", "--demo"),
    *("--timeout", "--debug", "--quiet", "--plain", "--color", "--no-stdin", "--header"),
})  # fmt: skip


def with_command(arguments: list[str], *, has_data: bool) -> list[str]:
    """Put the command first, ``ask`` before a bare question; a command's name is no question."""
    if not arguments:
        return ["ask"] if has_data else ["--help"]
    first, second = arguments[0], arguments[1] if len(arguments) > 1 else ""
    if first.partition("=")[0] in ("-h", "--help", "--show-completion", "--version", "-V"):
        return arguments
    if first == "help" and all(word in COMMANDS for word in arguments[1:]):
        return [*arguments[1:], "--help"]
    word = first
    has_options = second.startswith("-") and second not in ("-h", "--help", "-", "--")
    if first.startswith("-") or (has_options and first in GROUPS):
        following = arguments[first in GROUPS :]
        if any(_meant(each) for each in following if not each.startswith("-")):
            arguments, word = arranged(arguments, grammar())
        elif first not in GROUPS:
            return ["ask", *arguments]
    if not word or (word in COMMANDS and word == arguments[0]):
        return _with_subcommand(arguments)
    if meant := _meant(word):
        is_name = word in COMMANDS
        what = f"{word!r} is a command's name" if is_name else f"there is no command {word!r}"
        question = word if word == arguments[-1] else '"..."'  # words are no question, unquoted
        raise UsageError(
            what, f"did you mean {' or '.join(meant)}? To ask it: azchat ask {question}"
        )
    return ["ask", *arguments]


def _with_subcommand(arguments: list[str]) -> list[str]:
    if arguments in ([group] for group in GROUPS if group != "tools"):
        return [*arguments, "--help"]
    if arguments[0] == "tools" and (len(arguments) < 2 or arguments[1] not in _TOOLS_COMMANDS):
        return ["tools", "ask", *arguments[1:]]
    return arguments


def _meant(word: str) -> list[str]:
    """Return the commands that somebody may have meant by a word alone."""
    name = word.strip().lower()
    if name in ("help", "version"):
        return [f"--{name}"]
    inner = [f"{group} {name}" for group in groups_with(name)]
    anagrams = [command for command in COMMANDS if sorted(command) == sorted(name)]
    return inner or get_close_matches(name, COMMANDS, 1, 0.7) or anagrams[:1]


def arranged(arguments: Sequence[str], command: Any) -> tuple[list[str], str]:
    """Return the command's words, the options that stood before them, and all that follows.

    Where there is none, the first word of the question is told beside the arguments. ``command``
    is Typer's, which has all others in it.
    """
    options = list(_options(command))
    valued = {name for option in options if not option.is_flag for name in option.opts}
    everywhere = {n for o in options if _EVERYWHERE.intersection(o.opts) for n in o.opts}
    path: list[str] = []
    before: list[str] = []
    rest = list(arguments)
    while (at := _first_word(rest, valued)) < len(rest) and rest[at] in _inner(command):
        path.append(rest[at])
        command = _inner(command)[rest[at]]
        before += rest[:at]
        rest = rest[at + 1 :]
    if not path:
        return rest, next((word for word in rest[at:] if word != "--"), "")
    if path == ["tools"]:
        path, command = ["tools", "ask"], _inner(command)["ask"]
    taken = {name for option in command.params for name in option.opts}
    return [*path, *_kept(before, valued, everywhere - taken), *rest], ""


def _inner(command: Any) -> dict[str, Any]:
    return getattr(command, "commands", {})


def _options(command: Any) -> Iterator[Any]:
    """Yield the options of a command and of those below it."""
    yield from (each for each in command.params if each.param_type_name == "option")
    for inner in _inner(command).values():
        yield from _options(inner)


def _first_word(arguments: Sequence[str], valued: Collection[str]) -> int:
    """Return where the first argument is that is no option and no option's value."""
    at = 0
    while at < len(arguments) and arguments[at][:1] == "-" and arguments[at].strip("-"):
        at += _size(arguments[at], valued)
    return min(at, len(arguments))


def _kept(options: Sequence[str], valued: Collection[str], spare: Collection[str]) -> list[str]:
    """Return the options without those of ``spare``, and their values."""
    kept: list[str] = []
    at = 0
    while at < len(options):
        size = _size(options[at], valued)
        name = options[at].partition("=")[0] if options[at][:2] == "--" else options[at][:2]
        is_cluster = name not in valued and len(options[at]) > len(name) == 2
        if name not in spare or is_cluster:
            kept += options[at : at + size]
        at += size
    return kept


def _size(option: str, valued: Collection[str]) -> int:
    """Return how many arguments an option takes up, with its value."""
    if option.startswith("--"):
        return 1 + (option in valued)  # else there is none, or it follows a =
    for place, letter in enumerate(option[1:], 2):
        if f"-{letter}" in valued:
            return 1 + (place == len(option))
    return 1
