"""Completion scripts for four shells, generated from the commands themselves.

    python -m tests.completion_scripts       writes them anew

They are static, so a Tab never starts azchat; the names of models are read by the shell from the
file that the last ``azchat models`` left: ``learned.ModelNames`` keeps no name with a character
that a shell would act on. A bare question takes the options of ``ask``, so the top level completes
those too. ``completion_scripts.txt`` has what does not depend on the commands.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azchat.blanks import filled
from azchat.cli.groups import SCRIPTS, grammar
from azchat.parameters import PARAMETERS
from azchat.settings.specs import SPECS
from azchat.tools import BUILTIN

_TOOLS = tuple(BUILTIN)
# Where any word may follow; ``name`` is that of ``config set`` and the like.
_PROPOSED = {
    "effort": PARAMETERS["effort"].kind.proposed,
    "tool": _TOOLS,
    "approve": ("ask", "all", "never", *_TOOLS),
    "tool_choice": ("auto", "none", "required", *_TOOLS),
}
_SETTINGS = tuple(sorted(name.replace("_", "-") for name in (*SPECS, "key")))
_ARGUMENTS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("config", verb): _SETTINGS for verb in ("get", "set", "unset")
}
_FILES = frozenset({"FILE", "PATH", "TEXT|@FILE", "FILE|URL|-", "FILE|JSON|DSL", "NAME|FILE"})


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its spellings, its help, and what can follow it."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    choices: tuple[str, ...] = ()
    takes_file: bool = False

    @property
    def takes_model(self) -> bool:
        """Whether a model's name follows."""
        return "--model" in self.names


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words after ``azchat``, its subcommands and options."""

    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    subcommands: tuple[str, ...]


def completion_script(shell: str, root: Any) -> str:
    """Return the script for a shell; ``root`` is Typer's command."""
    writers: dict[str, Callable[[list[Command]], dict[str, Iterable[str]]]] = {
        "bash": _bash,
        "zsh": _zsh,
        "fish": _fish,
        "powershell": _powershell,
    }
    lines = writers[shell](list(read_commands(root)))
    values = {name: "\n".join(each) for name, each in lines.items()}
    return filled(Path(__file__).with_suffix(".txt"), values, {shell})


def read_commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[Command]:
    """Yield Typer's ``command`` and all those below it."""
    subcommands = getattr(command, "commands", {})
    options = tuple(_read_options(command))
    if not path:  # a bare question is short for ask
        options += tuple(option for option in _read_options(subcommands["ask"]) if option.names)
        options = tuple({option.names: option for option in options}.values())
    yield Command(path, _first_line(command.help), options, tuple(subcommands))
    for name, subcommand in subcommands.items():
        yield from read_commands(subcommand, (*path, name))


def _read_options(command: Any) -> Iterator[Option]:
    for parameter in command.params:
        if parameter.param_type_name == "option":
            metavar = parameter.metavar or ""
            yield Option(
                tuple(parameter.opts),
                _first_line(parameter.help),
                not parameter.is_flag,
                _PROPOSED.get(parameter.name) or tuple(getattr(parameter.type, "choices", ())),
                metavar in _FILES,
            )
    yield Option(("-h", "--help"), "Show this message and exit.", takes_value=False)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0].rstrip(".")


def _words(command: Command) -> list[str]:
    return [
        *command.subcommands,
        *_ARGUMENTS.get(command.path, ()),
        *(name for option in command.options for name in option.names),
    ]


def _where(commands: list[Command]) -> dict[str, Iterable[str]]:
    """Return what a shell needs to find the command: options and their values may stand before."""
    groups = (c.path[0] for c in commands if len(c.path) == 1 and c.subcommands)
    return {
        "valued": ["|".join(_valued(commands))],
        "first": ["|,".join(commands[0].subcommands)],
        "groups": [",*|".join(groups)],
    }


def _valued(commands: list[Command]) -> list[str]:
    options = [option for command in commands for option in command.options if option.takes_value]
    return list(dict.fromkeys(name for option in options for name in option.names))


def _by_pattern(commands: list[Command]) -> Iterator[tuple[str, Command]]:
    """Yield the commands, each with what matches it; what matches all comes last."""
    for command in sorted(commands, key=lambda command: not command.path):
        yield f'"{" ".join(command.path)}"' if command.path else "*", command


# bash


def _bash(commands: list[Command]) -> dict[str, Iterable[str]]:
    return _where(commands) | {
        "choices": (
            f'    {"|".join(names)}) list="{" ".join(choices)}" ;;'
            for names, choices in _choices(commands)
        ),
        "files": ["|".join(_file_options(commands))],
        "commands": (
            f'      {pattern}) list="{" ".join(_words(command))}" ;;'
            for pattern, command in _by_pattern(commands)
        ),
    }


def _choices(commands: list[Command]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    seen: set[tuple[str, ...]] = set()
    for option in (option for command in commands for option in command.options):
        if option.choices and option.names not in seen:
            seen.add(option.names)
            yield option.names, option.choices


def _file_options(commands: list[Command]) -> list[str]:
    options = [option for command in commands for option in command.options if option.takes_file]
    return list(dict.fromkeys(name for option in options for name in option.names))


# zsh


def _zsh(commands: list[Command]) -> dict[str, Iterable[str]]:
    return _where(commands) | {"commands": _zsh_commands(commands)}


def _zsh_commands(commands: list[Command]) -> Iterator[str]:
    for pattern, command in _by_pattern(commands):
        yield f"    ({pattern}) _arguments -S \\"
        for option in command.options:
            yield from (f"      '{_zsh_option(option, name)}' \\" for name in option.names)
        if words := command.subcommands or _ARGUMENTS.get(command.path):
            yield f"      '*:command:({' '.join(words)})' ;;"
        else:
            yield "      '*: :_files' ;;"


def _zsh_option(option: Option, name: str) -> str:
    text = re.sub(r"[\[\]:']", " ", option.help)
    value = ""
    if option.takes_value:
        values = f"({' '.join(option.choices)})" if option.choices else ""
        values = "_azchat_models" if option.takes_model else values
        value = f":value:{'_files' if option.takes_file else values}"
    return f"*{name}[{text}]{value}"


# fish


def _fish(commands: list[Command]) -> dict[str, Iterable[str]]:
    return {"commands": _fish_commands(commands)}


def _fish_commands(commands: list[Command]) -> Iterator[str]:
    for command in commands:
        condition = _fish_condition(command, commands)
        for name in command.subcommands:
            about = next(c.help for c in commands if c.path == (*command.path, name))
            yield f"complete -c azchat -n '{condition}' -a {name} -d {_fish_quote(about)}"
        if words := _ARGUMENTS.get(command.path):
            yield f"complete -c azchat -n '{condition}' -a '{' '.join(words)}'"
        for option in command.options:
            yield f"complete -c azchat -n '{condition}' {_fish_option(option)}"


def _fish_condition(command: Command, commands: list[Command]) -> str:
    if not command.path:
        first = " ".join(c.path[0] for c in commands if len(c.path) == 1)
        return f"not __fish_seen_subcommand_from {first}"
    return "; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.path)


def _fish_option(option: Option) -> str:
    names = (f"-l {one[2:]}" if one.startswith("--") else f"-s {one[1:]}" for one in option.names)
    value = ""
    if option.choices:
        value = f" -x -a '{' '.join(option.choices)}'"
    elif option.takes_model:
        value = " -x -a '(__azchat_models)'"
    elif option.takes_value:
        value = " -r -F" if option.takes_file else " -x"
    return f"{' '.join(names)}{value} -d {_fish_quote(option.help)}"


def _fish_quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# PowerShell


def _powershell(commands: list[Command]) -> dict[str, Iterable[str]]:
    return {
        "valued": [_ps_list(_valued(commands))],
        "words": (
            f"    {_ps_quote(' '.join(command.path))} = {_ps_list(_words(command))}"
            for command in commands
        ),
        "choices": (
            f"    {_ps_quote(name)} = {_ps_list(choices)}"
            for names, choices in _choices(commands)
            for name in names
        ),
    }


def _ps_list(words: tuple[str, ...] | list[str]) -> str:
    return f"@({', '.join(map(_ps_quote, words))})"


def _ps_quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    for shell, file in SCRIPTS.items():
        file.write_text(completion_script(shell, grammar()), encoding="utf-8")
