"""``azchat info`` and ``azchat models``: what is there to ask."""

from typing import Any

import typer

from azchat.cli.flags import settings_of
from azchat.cli.invocation import Invocation
from azchat.cli.options import AS_JSON, PLACE, flag, of_ask, takes


@takes(
    of_ask("model", *PLACE, "debug")
    | {"check": flag("--check", "Try name, TLS, sign-in, deployment and abilities.")}
    | {"json": AS_JSON}
)
def info(context: typer.Context, **flags: Any) -> int:
    """Show which model answers, where, and with which settings."""
    from azchat.commands.info import InfoOptions, run

    invocation: Invocation = context.obj
    debug = flags["debug"] or invocation.debug
    options = InfoOptions(settings_of(flags), flags["demo"], flags["json"], debug)
    if flags["check"]:
        from azchat.commands.check import run
    return run(invocation.env, options, invocation.redactor)


@takes(
    of_ask(*PLACE, "debug")
    | {"catalog": flag("--catalog", "All that could be deployed instead.")}
    | {"json": AS_JSON}
)
def models(context: typer.Context, **flags: Any) -> int:
    """List the deployments: the names that -m takes."""
    from azchat.commands.models import ModelsOptions, run

    invocation: Invocation = context.obj
    options = ModelsOptions(
        settings_of(flags),
        flags["demo"],
        flags["catalog"],
        flags["json"],
        flags["debug"] or invocation.debug,
    )
    return run(invocation.env, options, invocation.redactor)
