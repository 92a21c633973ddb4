"""``azchat info`` and ``azchat models``: what is there to ask."""

from typing import Any

import typer

from azchat.cli.flags import means_of
from azchat.cli.options import AS_JSON, PLACE, flag, of_ask, takes
from azchat.errors import UsageError


@takes(
    of_ask("model", *PLACE, "debug")
    | {"check": flag("--check", "Try name, TLS, sign-in, deployment and abilities.")}
    | {"anonymous": flag("--anonymous", "With --check: no names, for a report of a bug.")}
    | {"json": AS_JSON}
)
def info(context: typer.Context, **flags: Any) -> int:
    """Show which model answers, where, and with which settings."""
    from azchat.commands.info import run

    own = {"as_json": flags["json"]}
    if flags["check"]:
        from azchat.commands.check import run

        own["anonymous"] = flags["anonymous"]
    elif flags["anonymous"]:
        raise UsageError("--anonymous without --check", "azchat info --check --anonymous")
    return run(context.obj.env, means_of(context.obj, flags), context.obj.redactor, **own)


@takes(
    of_ask(*PLACE, "debug")
    | {"catalog": flag("--catalog", "All that could be deployed instead.")}
    | {"all": flag("--all", "Yours on all of Azure, where you are signed in.")}
    | {"json": AS_JSON}
)
def models(context: typer.Context, **flags: Any) -> int:
    """List the deployments: the names that -m takes."""
    from azchat.commands.models import run

    if flags["all"] and flags["catalog"]:
        raise UsageError("--all and --catalog are two lists", "take one of them")
    means, how = means_of(context.obj, flags), {"as_json": flags["json"]}
    how |= {"catalog": flags["catalog"], "everywhere": flags["all"]}
    return run(context.obj.env, means, context.obj.redactor, **how)
