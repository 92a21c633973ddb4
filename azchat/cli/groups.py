"""The commands, and where each is: only what a command line names is imported and built."""

from collections.abc import Sequence
from copy import copy
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.main import get_command

from azchat.cli.help import ChapteredCommand
from azchat.cli.options import sign

_MODULES = {
    **dict.fromkeys(("ask", "code", "chat", "image"), "ask"),
    "import": "import_",
    "info": "endpoint",
    "models": "endpoint",
    "usage": "usage",
    "batch": "batch",
    "compare": "compare",
    "web": "web",
    **{name: name for name in ("sessions", "templates", "config", "demo", "tools")},
}
_MORE = """\b
azchat "question" is short for: azchat ask "question"
About: azchat help azure|batch|exit-codes|pipes|privacy|sessions|thinking|tools"""
COMMANDS = tuple(_MODULES)
_IN_PACKAGE = Path(__file__).parent / "completions"  # where an installation puts them
_FOLDER = _IN_PACKAGE if _IN_PACKAGE.is_dir() else Path(__file__).parents[2] / "completions"
SCRIPTS = {
    "bash": _FOLDER / "azchat.bash",
    "zsh": _FOLDER / "_azchat",
    "fish": _FOLDER / "azchat.fish",
    "powershell": _FOLDER / "azchat.ps1",
}
"""The completion of each shell: ``tests.completion_scripts`` makes it of the commands."""
GROUPS = ("tools", "sessions", "templates", "config", "demo")


def grammar(arguments: Sequence[str] = ()) -> Any:
    """Return Typer's command for a command line; without one, or a command in it, the whole.

    Building all takes longer than all else at the start (a quarter of an ``ask``, measured), so
    of a command there are only the options that its arguments name, unless one is no option's.
    """
    name = arguments[0] if arguments else ""
    rest = (arguments[1:] if name in COMMANDS else []) if arguments else None
    root = typer.Typer(
        name="azchat",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    root.callback(epilog=_MORE)(_root)
    for each in [name] if name in COMMANDS else COMMANDS:
        module = import_module(f"azchat.cli.{_MODULES[each]}")
        if each not in GROUPS:
            command = getattr(module, "import_" if each == "import" else each)  # a word of Python's
            root.command(each, cls=ChapteredCommand)(sign(command, rest))
            continue
        group = copy(module.app)
        commands = group.registered_commands
        named = [command for command in commands if rest and command.name == rest[0]]
        group.registered_commands = named or commands
        for command in group.registered_commands:
            command.cls = ChapteredCommand
            sign(command.callback, rest if rest is None else rest[1:] if named else [])
        root.add_typer(group, name=each)
    return get_command(root)


def groups_with(name: str) -> list[str]:
    """Return the groups that have a command of that name; a question is none."""
    if not name.isalpha():
        return []
    modules = {group: import_module(f"azchat.cli.{group}") for group in GROUPS}
    return [g for g, m in modules.items() if name in {c.name for c in m.app.registered_commands}]


def _show_version(value: bool) -> None:
    if value:
        from azchat import __version__

        typer.echo(f"azchat {__version__}")
        raise typer.Exit


def _show_completion(context: typer.Context, shell: str | None) -> None:
    if shell:
        context.obj.env.stdout.write(SCRIPTS[shell].read_text(encoding="utf-8"))
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("-V", "--version", callback=_show_version, is_eager=True, help="Version."),
    ] = False,
    show_completion: Annotated[
        Literal["bash", "zsh", "fish", "powershell"] | None,
        typer.Option(
            metavar="SHELL",
            callback=_show_completion,
            is_eager=True,
            help="Completion for bash, zsh, fish, powershell.",
        ),
    ] = None,
) -> None:
    """Chat with reasoning models on Azure and on compatible servers."""
