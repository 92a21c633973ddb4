"""``azchat chat``."""

from typing import Any

import typer

from azchat.cli.flags import settings_of, tool_wish, turn_options, wanted_of
from azchat.cli.invocation import Invocation
from azchat.cli.options import CHAT, takes
from azchat.errors import ExitCode


@takes(CHAT)
def chat(context: typer.Context, **flags: Any) -> int:
    """Chat: a conversation that goes on, saved as it happens."""
    from azchat.commands.ask_options import AskOptions
    from azchat.commands.chat import run

    invocation: Invocation = context.obj
    invocation.choose_color(flags)
    settings = settings_of(flags)
    if not flags["demo"]:
        from azchat.commands.first_run import is_offered

        if is_offered(invocation.env, settings):
            from azchat.commands.set_up import set_up

            settings["profile"] = set_up(invocation.env, invocation.redactor, settings)
            if settings["profile"] is None:
                return ExitCode.OK
    options = AskOptions(
        **turn_options(invocation, flags) | {"settings": settings},
        tools=tool_wish(invocation, flags),
        attachments=wanted_of(flags, always=True),
    )
    return run(
        invocation.env,
        options,
        invocation.redactor,
        show_error=invocation.print_error,
        arm=invocation.arm,
    )
