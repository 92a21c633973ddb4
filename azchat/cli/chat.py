"""``azchat chat``."""

from typing import Any

import typer

from azchat.cli.flags import means_of, saving_of, tool_wish, wanted_of
from azchat.cli.invocation import Invocation
from azchat.cli.options import CHAT, takes
from azchat.errors import ExitCode


@takes(CHAT)
def chat(context: typer.Context, **flags: Any) -> int:
    """Chat: a conversation that goes on, saved as it happens."""
    from azchat.commands.chat import run

    invocation: Invocation = context.obj
    invocation.choose_color(flags)
    means = means_of(invocation, flags)
    if not flags["demo"]:
        from azchat.commands.first_run import with_endpoint

        settings = with_endpoint(invocation.env, invocation.redactor, means.settings)
        if settings is None:
            return ExitCode.OK
        means = means._replace(settings=settings)
    return run(
        invocation.env,
        invocation.redactor,
        means,
        saving_of(flags),
        wanted_of(flags, always=True),
        tool_wish(invocation, flags),
        quiet=flags["quiet"],
        show_error=invocation.print_error,
        arm=invocation.arm,
    )
