"""``azchat ask``, what asks by it, ``code`` and ``image``, and ``azchat chat``."""

from typing import Any

import typer

from azchat.cli.flags import means_of, parcels_of, saving_of, tool_wish, wanted_of
from azchat.cli.invocation import Invocation
from azchat.cli.options import ASK, CHAT, argument, flag, takes
from azchat.errors import ExitCode
from azchat.parameters import TEXTS, Spec, among

_PROMPT = {"prompt": argument("PROMPT", "The question; - or none: stdin is the question.")}
_LANGUAGES = among(("python", "javascript", "csharp", "curl"))
_PICTURES = "Files, https addresses, or - for stdin."
_PACKAGE = "The package: azure-ai-inference; openai for the v1 route; anthropic for Claude."
_FIRST = "Ask for the model's name, type and provider first."


@takes(_PROMPT | ASK)
def ask(context: typer.Context, **flags: Any) -> int:
    """Ask one question and stream the answer; reads a pipe."""
    from azchat.commands.ask import run

    invocation: Invocation = context.obj
    invocation.choose_color(flags)
    parcels = parcels_of(invocation, flags)._replace(tools=tool_wish(invocation, flags))
    if parcels.needs_endpoint and not invocation.early:
        from azchat.commands.first_run import with_endpoint

        means = parcels.means
        settings = with_endpoint(invocation.env, invocation.redactor, means.settings)
        if settings is None:
            return ExitCode.OK
        parcels = parcels._replace(means=means._replace(settings=settings))
    return run(invocation.env, parcels, invocation.redactor, invocation.early)


@takes(
    _PROMPT
    | {"lang": Spec(_LANGUAGES, "--lang", "The language.", default="python")}
    | {
        "sdk": Spec(
            among(("auto", "azure", "openai", "anthropic")), "--sdk", _PACKAGE, default="auto"
        )
    }
    | {"stream": flag("--stream", "Print as it comes.")}
    | {"is_async": flag("--async", "Asynchronously, in Python.")}
    | {"info": flag("--info", _FIRST)}
    | ASK
)
def code(context: typer.Context, **flags: Any) -> int:
    """Print the request that ask would send as a program."""
    from azchat.commands.code import CodeOptions

    own = ("lang", "sdk", "stream", "is_async", "info")
    return ask(context, **flags, code=CodeOptions(*map(flags.pop, own)))


@takes(
    {"prompt": argument("PROMPT", "The question.", needed=True)}
    | {"pictures": argument("IMAGE...", _PICTURES, TEXTS, needed=True)}
    | ASK
)
def image(context: typer.Context, pictures: list[str], **flags: Any) -> int:
    """Ask about pictures; the same as ask with -i."""
    return ask(context, **flags | {"image": [*pictures, *(flags["image"] or ())]})


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
