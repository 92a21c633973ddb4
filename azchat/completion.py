"""Completion scripts for four shells, generated from the commands themselves.

They are static, so a Tab never starts azchat; the names of models are read by the shell from the
file that the last ``azchat models`` left. A bare question takes the options of ``ask``, so the
top level completes those too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from azchat.choices import Effort

_PROPOSED = {"effort": get_args(Effort)}  # where any word may follow
_FILES = frozenset({"FILE", "PATH", "TEXT|@FILE", "FILE|URL|-", "FILE|JSON|DSL", "NAME|FILE"})
# Where ``learned.ModelNames`` keeps them; its names have no character that a shell would act on.
_NAMES_IN_SH = (
    'names="${AZCHAT_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/azchat}/models.txt"',
    '[ -r "$names" ] || names="$HOME/Library/Application Support/azchat/models.txt"',
)


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
    """Return the script for bash, zsh, fish or powershell; ``root`` is Typer's command."""
    writers = {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell}
    return "\n".join(writers[shell](list(read_commands(root)))) + "\n"


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
    return [*command.subcommands, *(name for option in command.options for name in option.names)]


# bash


_BASH_BEGIN = r"""# bash completion for azchat
_azchat() {
  local words=() word before at="" list="" lead="" part kept i n=-1 joins=""
  for ((i = 0; i <= COMP_CWORD; i++)); do  # readline cuts words at : and =
    part="${COMP_WORDS[i]}"
    [[ "$joins" || "$part" == [:=]* ]] || n=$((n + 1))
    words[n]="${words[n]}$part"
    [[ "$part" == [:=]* ]] && joins=1 || joins=""
  done
  word="${words[n]}" before="${words[n-1]}"
  [ "$joins" ] && kept="$word" || kept="${word%"$part"}"  # what no reply takes the place of
  [[ "$word" == --*=* ]] && before="${word%%=*}" && lead="$before=" word="${word#*=}"
  for ((i = 1; i < n; i++)); do"""
_BASH_END = r"""  esac
  COMPREPLY=($(compgen -P "$lead" -W "$list" -- "$word"))
  COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}
complete -o default -F _azchat azchat"""


def _bash(commands: list[Command]) -> Iterator[str]:
    groups = "|".join(c.path[0] for c in commands if len(c.path) == 1 and c.subcommands)
    options = [option for command in commands for option in command.options]
    valued = dict.fromkeys(name for o in options if o.takes_value for name in o.names)
    yield _BASH_BEGIN
    yield f'    case "${{words[i-1]}}" in {"|".join(valued)}) continue ;; esac'
    yield '    case "$at,${words[i]}" in'
    yield "      *,-*) continue ;;"
    yield f'      ,{"|,".join(commands[0].subcommands)}) at="${{words[i]}}" ;;'
    yield f'      {groups.replace("|", ",*|")},*) at="$at ${{words[i]}}"; break ;;'
    yield "      *) break ;;"
    yield "    esac"
    yield "  done"
    yield "  COMPREPLY=()  # left empty, readline completes file names"
    yield '  case "$before" in'
    for names, choices in _choices(commands):
        yield f'    {"|".join(names)}) list="{" ".join(choices)}" ;;'
    yield "    -m|--model)"
    yield from (f"      local {_NAMES_IN_SH[0]}", f"      {_NAMES_IN_SH[1]}")
    yield '      [ -r "$names" ] && list="$(<"$names")" ;;'
    yield f"    {'|'.join(_file_options(commands))}) return ;;"
    yield '    *) case "$at" in'
    for command in sorted(commands, key=lambda command: not command.path):
        pattern = f'"{" ".join(command.path)}"' if command.path else "*"
        yield f'      {pattern}) list="{" ".join(_words(command))}" ;;'
    yield "    esac ;;"
    yield _BASH_END


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


def _zsh(commands: list[Command]) -> Iterator[str]:
    yield "#compdef azchat"
    yield "_azchat_models() {"
    yield from (f"  local {_NAMES_IN_SH[0]}", f"  {_NAMES_IN_SH[1]}")
    yield '  [ -r "$names" ] && compadd -- ${(f)"$(<"$names")"}'
    yield "}"
    yield "_azchat() {"
    yield '  local at="${words[2]}"'
    groups = "|".join(c.path[0] for c in commands if len(c.path) == 1 and c.subcommands)
    yield f'  case "$at" in ({groups}) (( CURRENT > 3 )) && at="$at ${{words[3]}}" ;; esac'
    yield '  (( CURRENT > 2 )) || at=""'
    yield '  case "$at" in'
    for command in sorted(commands, key=lambda command: not command.path):
        pattern = f'"{" ".join(command.path)}"' if command.path else "*"
        yield f"    ({pattern}) _arguments -S \\"
        for option in command.options:
            yield from (f"      '{_zsh_option(option, name)}' \\" for name in option.names)
        if command.subcommands:
            yield f"      '*:command:({' '.join(command.subcommands)})' ;;"
        else:
            yield "      '*: :_files' ;;"
    yield "  esac"
    yield "}"
    yield '_azchat "$@"'


def _zsh_option(option: Option, name: str) -> str:
    text = re.sub(r"[\[\]:']", " ", option.help)
    value = ""
    if option.takes_value:
        values = f"({' '.join(option.choices)})" if option.choices else ""
        values = "_azchat_models" if option.takes_model else values
        value = f":value:{'_files' if option.takes_file else values}"
    return f"*{name}[{text}]{value}"


# fish


def _fish(commands: list[Command]) -> Iterator[str]:
    yield "# fish completion for azchat"
    yield "function __azchat_models"
    yield "  set -l data $HOME/.local/share"
    yield '  test -n "$XDG_DATA_HOME"; and set data $XDG_DATA_HOME'
    yield "  set -l folders $data/azchat $HOME/Library/Application\\ Support/azchat"
    yield '  test -n "$AZCHAT_DATA_DIR"; and set folders $AZCHAT_DATA_DIR'
    yield "  for folder in $folders"
    yield "    test -r $folder/models.txt; and string split \\n <$folder/models.txt; and return"
    yield "  end"
    yield "end"
    yield "complete -c azchat -f"
    for command in commands:
        condition = _fish_condition(command, commands)
        for name in command.subcommands:
            about = next(c.help for c in commands if c.path == (*command.path, name))
            yield f"complete -c azchat -n '{condition}' -a {name} -d {_fish_quote(about)}"
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


def _powershell(commands: list[Command]) -> Iterator[str]:
    yield "# PowerShell completion for azchat"
    yield "Register-ArgumentCompleter -Native -CommandName azchat -ScriptBlock {"
    yield "  param($word, $ast, $position)"
    yield "  $words = @{"
    for command in commands:
        yield f"    {_ps_quote(' '.join(command.path))} = {_ps_list(_words(command))}"
    yield "  }"
    yield "  $choices = @{"
    for names, choices in _choices(commands):
        for name in names:
            yield f"    {_ps_quote(name)} = {_ps_list(choices)}"
    yield "  }"
    yield "  $before = @($ast.CommandElements | Where-Object {"
    yield "    $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })"
    yield "  $at = ''"
    yield "  if ($before.Count -gt 1 -and $words.ContainsKey($before[1])) { $at = $before[1] }"
    yield '  if ($before.Count -gt 2 -and $words.ContainsKey("$at $($before[2])")) {'
    yield '    $at = "$at $($before[2])" }'
    yield "  $candidates = $words[$at]"
    yield "  if ($choices.ContainsKey($before[-1])) { $candidates = $choices[$before[-1]] }"
    yield "  if ($before[-1] -cin @('-m', '--model')) {"
    yield '    $data = if ($env:XDG_DATA_HOME) { $env:XDG_DATA_HOME } else { "$HOME/.local/share" }'
    yield '    $folders = "$data/azchat", "$env:LOCALAPPDATA/azchat",'
    yield '      "$HOME/Library/Application Support/azchat"'
    yield "    if ($env:AZCHAT_DATA_DIR) { $folders = @($env:AZCHAT_DATA_DIR) }"
    yield '    $files = $folders | ForEach-Object { "$_/models.txt" } |'
    yield "      Where-Object { Test-Path $_ }"
    yield "    $candidates = if ($files) { Get-Content @($files)[0] } else { @() }"
    yield "  }"
    yield '  $candidates | Where-Object { $_ -like "$word*" } | ForEach-Object {'
    yield "    [System.Management.Automation.CompletionResult]::new($_) }"
    yield "}"


def _ps_list(words: tuple[str, ...] | list[str]) -> str:
    return f"@({', '.join(map(_ps_quote, words))})"


def _ps_quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
