"""``azchat tools …``."""

from typing import Any

import typer

from azchat.cli.flags import parcels_of, with_tools
from azchat.cli.invocation import Invocation
from azchat.cli.options import AS_JSON, ASK, argument, flag, of_ask, plain, takes
from azchat.parameters import TEXTS

app = typer.Typer(no_args_is_help=True, help="Tool calling: a demonstration, and a list.")


@app.command("ask")
@takes(
    {"prompt": argument("PROMPT", "The question; the next flight to Seattle if none.")}
    | {"tools_debug": flag("--tools-debug", "Print each request's JSON on stderr.")}
    | ASK
)
def tools_ask(context: typer.Context, tools_debug: bool, **flags: Any) -> int:
    """Show tool calling end to end; the same as: azchat tools [PROMPT]."""
    from azchat.commands.tools import run

    invocation: Invocation = context.obj
    invocation.choose_color(flags)
    parcels = parcels_of(invocation, flags)
    wish = with_tools(invocation, flags)._replace(traced=tools_debug)
    return run(invocation.env, parcels, invocation.redactor, wish, invocation.early)


@app.command("list")
@takes(of_ask("tool", "mcp") | {"json": AS_JSON})
def tools_list(context: typer.Context, **flags: Any) -> int:
    """List tools, their descriptions and schemas. If none is named: the built-in ones."""
    from azchat.commands.tools import show

    wish = with_tools(context.obj, flags)
    return show(context.obj.env, context.obj.redactor, wish, as_json=flags["json"])


# fmt: off
plain(app, "forget", "tools:forget", "Ask again before tools that were always allowed.",
    names=argument("NAME...", "All tools if none.", TEXTS))
# fmt: on
