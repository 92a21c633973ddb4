"""Commands that hand their flags to one function, as they are: a row each."""

from collections.abc import Callable
from importlib import import_module
from inspect import signature
from typing import Any

import typer

from azchat.cli.options import takes
from azchat.parameters import Spec


def plain(app: typer.Typer, name: str, place: str, about: str, /, **options: Spec) -> None:
    """Add a command that calls ``module:function`` of the commands with its flags by name."""

    def command(context: typer.Context, **flags: Any) -> int:
        module, _, function = place.partition(":")
        run: Callable[..., int] = getattr(import_module(f"azchat.commands.{module}"), function)
        known = {"env": context.obj.env, "redactor": context.obj.redactor}
        own = {name: value for name, value in known.items() if name in signature(run).parameters}
        return run(**own, **flags)

    command.__doc__ = about
    app.command(name)(takes(options)(command))
