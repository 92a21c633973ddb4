"""``azchat info`` and ``azchat models``: what is there to ask."""

from collections.abc import Mapping
from typing import Any

import typer

from azchat.cli.flags import settings_of
from azchat.cli.invocation import Invocation
from azchat.cli.options import AS_JSON, PLACE, flag, of_ask, takes
from azchat.commands.ask_options import LookOptions
from azchat.environment import Environment
from azchat.redaction import Redactor


@takes(
    of_ask("model", *PLACE, "debug")
    | {"check": flag("--check", "Try name, TLS, sign-in, deployment and abilities.")}
    | {"json": AS_JSON}
)
def info(context: typer.Context, **flags: Any) -> int:
    """Show which model answers, where, and with which settings."""
    from azchat.commands.info import run

    if flags["check"]:
        from azchat.commands.check import run
    return run(*_asked(context.obj, flags))


@takes(
    of_ask(*PLACE, "debug")
    | {"catalog": flag("--catalog", "All that could be deployed instead.")}
    | {"json": AS_JSON}
)
def models(context: typer.Context, **flags: Any) -> int:
    """List the deployments: the names that -m takes."""
    from azchat.commands.models import run

    return run(*_asked(context.obj, flags))


def _asked(
    invocation: Invocation, flags: Mapping[str, Any]
) -> tuple[Environment, LookOptions, Redactor]:
    debug, catalog = flags["debug"] or invocation.debug, flags.get("catalog", False)
    options = LookOptions(settings_of(flags), flags["demo"], flags["json"], debug, catalog)
    return invocation.env, options, invocation.redactor
