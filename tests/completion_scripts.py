"""Completion scripts for four shells, generated from the commands themselves.

    python -m tests.completion_scripts       writes them anew

They are static, so a Tab never starts azchat. What the user has (models, sessions, profiles,
templates) the shell reads itself: from what ``learned.Names`` keeps, the config file and the
templates' folder, without a name that has a character that a shell would act on. A bare question
takes the options of ``ask``, so the top level completes those too. What does not depend on the
commands is in ``completion_scripts.txt``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from azchat.blanks import filled
from azchat.cli.groups import SCRIPTS, grammar
from azchat.parameters import PARAMETERS
from azchat.settings.specs import SPECS
from azchat.tools import BUILTIN


class Values(NamedTuple):
    """What may stand somewhere: words, what the user has of a ``source``, files."""

    words: tuple[str, ...] = ()
    source: str = ""
    files: bool = False


_NONE = Values()
_TOOLS = tuple(BUILTIN)
# Where any word may follow; ``name`` is that of ``config set`` and the like.
_PROPOSED = {
    "effort": Values(PARAMETERS["effort"].kind.proposed),
    "tool": Values(_TOOLS, files=True),
    "approve": Values(("ask", "all", "never", *_TOOLS)),
    "tool_choice": Values(("auto", "none", "required", *_TOOLS)),
    "model": Values(source="models"),
    "profile": Values(source="profiles"),
    "session": Values(source="sessions"),
    "template": Values(source="templates", files=True),
}
_NAMES = tuple(sorted(name.replace("_", "-") for name in (*SPECS, "key")))
_OF_SESSIONS = ("show", "think", "export", "wait", "cancel", "rename", "delete", "fork", "resume")
_ARGUMENTS: dict[tuple[str, ...], Values] = {
    **{("config", verb): Values(_NAMES) for verb in ("get", "set", "unset")},
    **{("sessions", verb): Values(source="sessions") for verb in _OF_SESSIONS},
    **{("templates", verb): Values(source="templates") for verb in ("show", "edit")},
    ("tools", "forget"): Values(_TOOLS, files=True),
}
_FILES = frozenset({"FILE", "PATH", "TEXT|@FILE", "FILE|URL|-", "FILE|JSON|DSL"})


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its spellings, its help, and what can follow it."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    values: Values = _NONE


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words after ``azchat``, its subcommands and options."""

    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    subcommands: tuple[str, ...]

    @property
    def arguments(self) -> Values:
        """What may follow it."""
        return _ARGUMENTS.get(self.path, Values(self.subcommands))


def _settings() -> Iterator[tuple[str, Values]]:
    """Yield the settings of which ``config set`` knows values."""
    for name, spec in SPECS.items():
        words = spec.kind.choices or ("true", "false") * isinstance(spec.default, bool)
        if values := _PROPOSED.get(name, Values(words) if words else None):
            yield name.replace("_", "-"), values


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
            words = tuple(getattr(parameter.type, "choices", ()))
            found = Values(words, files=parameter.metavar in _FILES)
            values = _PROPOSED.get(parameter.name, found)
            about = _first_line(parameter.help)
            yield Option(tuple(parameter.opts), about, not parameter.is_flag, values)
    yield Option(("-h", "--help"), "Show this message and exit.", takes_value=False)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0].rstrip(".")


def _option_names(command: Command) -> list[str]:
    return [name for option in command.options for name in option.names]


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


def _by_name(commands: list[Command]) -> Iterator[tuple[tuple[str, ...], Values]]:
    """Yield what may follow the options, each once: the first of a name counts."""
    seen: set[tuple[str, ...]] = set()
    for option in (option for command in commands for option in command.options):
        if option.takes_value and any(option.values) and option.names not in seen:
            seen.add(option.names)
            yield option.names, option.values


# bash


def _bash(commands: list[Command]) -> dict[str, Iterable[str]]:
    is_file = Values(files=True)
    files = [n for names, values in _by_name(commands) if values == is_file for n in names]
    return _where(commands) | {
        "values": (
            f'    {"|".join(names)}) list="{_bash_words(values)}" ;;'
            for names, values in _by_name(commands)
            if values != is_file
        ),
        "files": ["|".join(files)],
        "settings": (
            f'      "config set,{name}") list="{_bash_words(values)}" ;;'
            for name, values in _settings()
        ),
        "commands": (
            f'      {pattern},*) list="{_bash_words(command.arguments, command)}" ;;'
            for pattern, command in _by_pattern(commands)
        ),
    }


def _bash_words(values: Values, command: Command | None = None) -> str:
    source = [f"$(_azchat_values {values.source})"] if values.source else []
    return " ".join([*source, *values.words, *(_option_names(command) if command else ())])


# zsh


def _zsh(commands: list[Command]) -> dict[str, Iterable[str]]:
    return _where(commands) | {"commands": _zsh_commands(commands)}


def _zsh_commands(commands: list[Command]) -> Iterator[str]:
    for pattern, command in _by_pattern(commands):
        yield f"    ({pattern}) _arguments -S \\"
        for option in command.options:
            yield from (f"      '{_zsh_option(option, name)}' \\" for name in option.names)
        values = command.arguments
        action = _zsh_action(values) if any(values) else "_files"
        if command.path == ("config", "set"):
            cases = (f"({name}) {_zsh_offers(each)} ;;" for name, each in _settings())
            names = f"(*) {_zsh_offers(values)} ;;"
            action = f"{{case $words[CURRENT-1] in {' '.join(cases)} {names} esac}}"
        yield f"      '*:command:{action}' ;;"


def _zsh_option(option: Option, name: str) -> str:
    text = re.sub(r"[\[\]:']", " ", option.help)
    if not option.takes_value:
        return f"*{name}[{text}]"
    return f"*{name}{'=' if name[:2] == '--' else '+'}[{text}]:value:{_zsh_action(option.values)}"


def _zsh_action(values: Values) -> str:
    is_list = values.words and not (values.source or values.files)
    return f"({' '.join(values.words)})" if is_list else f"{{{_zsh_offers(values)}}}"


def _zsh_offers(values: Values) -> str:
    """Return the commands that offer values."""
    words = f"compadd -- {' '.join(values.words)}" if values.words else ""
    source = f"_azchat_offer {values.source}" if values.source else ""
    return "; ".join(filter(None, (words, source, "_files" * values.files)))


# fish


def _fish(commands: list[Command]) -> dict[str, Iterable[str]]:
    return {"commands": _fish_commands(commands)}


def _fish_commands(commands: list[Command]) -> Iterator[str]:
    for command in commands:
        begin = f"complete -c azchat -n '{_fish_condition(command, commands)}"
        for name in command.subcommands:
            about = next(c.help for c in commands if c.path == (*command.path, name))
            yield f"{begin}' -a {name} -d {_fish_quote(about)}"
        if values := _ARGUMENTS.get(command.path):
            known = [name for name, _ in _settings()] if command.path == ("config", "set") else []
            unless = f"; and not __fish_prev_arg_in {' '.join(known)}" if known else ""
            yield f"{begin}{unless}'{' -F' * values.files} -a '{_fish_words(values)}'"
        if command.path == ("config", "set"):
            for name, values in _settings():
                yield f"{begin}; and __fish_prev_arg_in {name}' -a '{_fish_words(values)}'"
        for option in command.options:
            yield f"{begin}' {_fish_option(option)}"


def _fish_words(values: Values) -> str:
    source = [f"(__azchat_values {values.source})"] if values.source else []
    return " ".join([*source, *values.words])


def _fish_condition(command: Command, commands: list[Command]) -> str:
    if not command.path:
        first = " ".join(c.path[0] for c in commands if len(c.path) == 1)
        return f"not __fish_seen_subcommand_from {first}"
    return "; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.path)


def _fish_option(option: Option) -> str:
    names = (f"-l {one[2:]}" if one.startswith("--") else f"-s {one[1:]}" for one in option.names)
    value = ""
    if option.takes_value:
        words = _fish_words(option.values)
        value = (" -r -F" if option.values.files else " -x") + (f" -a '{words}'" if words else "")
    return f"{' '.join(names)}{value} -d {_fish_quote(option.help)}"


def _fish_quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# PowerShell


def _powershell(commands: list[Command]) -> dict[str, Iterable[str]]:
    by_name = [(name, values) for names, values in _by_name(commands) for name in names]
    by_name += [(f"config set,{name}", values) for name, values in _settings()]
    return {
        "valued": [_ps_list(_valued(commands))],
        "words": (
            f"    {_ps_quote(' '.join(command.path))} = "
            f"{_ps_values(command.arguments, _option_names(command))}"
            for command in commands
        ),
        "values": (f"    {_ps_quote(name)} = {_ps_values(values)}" for name, values in by_name),
    }


def _ps_values(values: Values, others: Iterable[str] = ()) -> str:
    """Return words, and ``<source>`` for what the user has of one."""
    source = [f"<{values.source}>"] if values.source else []
    return _ps_list([*source, *values.words, *others])


def _ps_list(words: Iterable[str]) -> str:
    return f"@({', '.join(map(_ps_quote, words))})"


def _ps_quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    for shell, file in SCRIPTS.items():
        file.write_text(completion_script(shell, grammar()), encoding="utf-8")
