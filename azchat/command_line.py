"""Puts a command line in order: options may stand before the command that they belong to.

Which words are commands, and which options take a value, is read from the commands themselves.
"""

from collections.abc import Collection, Sequence

from azchat.completion import Command

# Who is asked, and how it is shown: said before a command, these do no harm to any.
_EVERYWHERE = frozenset({
    *("--model", "--profile", "--endpoint", "--api-version", "--auth", "--tenant", "--demo"),
    *("--timeout", "--debug", "--quiet", "--plain", "--color", "--no-stdin", "--header"),
})  # fmt: skip


def arranged(arguments: Sequence[str], commands: Sequence[Command]) -> tuple[list[str], str]:
    """Return the command's words, the options that stood before them, and all that follows.

    Where there is none, the first word of the question is told beside the arguments.
    """
    known = {command.path: command for command in commands}
    options = [option for command in commands for option in command.options]
    valued = {name for option in options if option.takes_value for name in option.names}
    everywhere = {n for o in options if _EVERYWHERE.intersection(o.names) for n in o.names}
    path: tuple[str, ...] = ()
    before: list[str] = []
    rest = list(arguments)
    while (at := _first_word(rest, valued)) < len(rest) and rest[at] in known[path].subcommands:
        path = (*path, rest[at])
        before += rest[:at]
        rest = rest[at + 1 :]
    if not path:
        return rest, next((word for word in rest[at:] if word != "--"), "")
    path = ("tools", "ask") if path == ("tools",) else path
    taken = {name for option in known[path].options for name in option.names}
    return [*path, *_kept(before, valued, everywhere - taken), *rest], ""


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
