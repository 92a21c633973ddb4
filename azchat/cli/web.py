"""``azchat web``."""

from typing import Any

import typer

from azchat.cli.flags import means_of, tool_wish, wanted_of
from azchat.cli.invocation import Invocation
from azchat.cli.options import CHAT, flag, takes
from azchat.errors import ExitCode
from azchat.parameters import Spec, whole

_OWN = {
    "port": Spec(whole(0, 65535), "--port", "Port on 127.0.0.1; 0: any.", default=0),
    "no_open": flag("--no-open", "Open no browser; the address is printed."),
}
_CHAPTERS = ("model", "parameters", "tools", "network")
_MORE = (
    *("effort", "reasoning", "reasoning_history", "summary", "system", "debug", "debug_content"),
    *("max_side", "max_file", "max_pages", "keep_metadata", "detail"),
)
_NOT = ("background", "keep")  # a page waits for its answers
WEB = {n: s for n, s in CHAT.items() if (s.chapter in _CHAPTERS or n in _MORE) and n not in _NOT}


@takes(_OWN | WEB)
def web(context: typer.Context, port: int, no_open: bool, **flags: Any) -> int:
    """Open a chat page in the browser, on this machine: the same sessions as in the terminal."""
    from azchat.commands.web import run

    invocation: Invocation = context.obj
    means = means_of(invocation, flags)
    if not flags["demo"]:
        from azchat.commands.first_run import with_endpoint

        settings = with_endpoint(invocation.env, invocation.redactor, means.settings)
        if settings is None:
            return ExitCode.OK
        means = means._replace(settings=settings)
    wanted = wanted_of({**dict.fromkeys(CHAT), **flags}, always=True)
    assert wanted
    return run(
        invocation.env,
        invocation.redactor,
        means,
        wanted.options,
        tool_wish(invocation, flags),
        port=port,
        opens=not no_open,
    )
