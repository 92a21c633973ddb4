"""The options that several commands take: a row each, in the order of the help."""

from collections.abc import Callable
from functools import partial
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, Literal, get_args

import typer

from azchat import choices


def takes(*shared: Parameter) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command options beside its own; they arrive as its ``flags``."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        own = dict(signature(command).parameters)
        own.popitem()  # flags
        parameters = [*own.values(), *(each for each in shared if each.name not in own)]
        command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": int}
        return command

    return decorate


def positive(value: float | None) -> float | None:
    """Check a number that must be more than nothing."""
    if value is not None and not 0 < value < float("inf"):
        raise typer.BadParameter("it must be more than 0")
    return value


def value(
    kind: Any,
    names: str,
    metavar: str | None,
    help: str,  # noqa: A002
    *,
    to: str = "",
    default: Any = None,
    **limits: Any,
) -> Parameter:
    """Return an option with a value; it arrives as its first long name says, or as ``to``."""
    spelt = names.split()
    name = to or next(n for n in spelt if n[:2] == "--")[2:].replace("-", "_")
    option = typer.Option(*spelt, metavar=metavar, help=help, **limits)
    kind = Annotated[kind if default is not None else kind | None, option]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def flag(names: str, help: str, *, to: str = "") -> Parameter:  # noqa: A002
    """Return an option without a value."""
    return value(bool, names, None, help, to=to, default=False)


_text, _texts, _whole, _number = (partial(value, kind) for kind in (str, list[str], int, float))
_seconds = partial(value, float, metavar="S", callback=positive)
_PROMPT = typer.Argument(metavar="PROMPT", help="The question; - or none: stdin is the question.")

ASK = (
    Parameter(
        "prompt", Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, _PROMPT]
    ),
    _text("-m --model", "NAME", "Model or deployment."),
    _text("--profile", "NAME", "Profile of the config file; ranks as a flag."),
    _text("--endpoint", "URL", "Any URL the portal shows."),
    _text("--api-version", "VERSION", "For routes that take one."),
    value(choices.Auth, "--auth", None, "How to sign in."),
    _text("--tenant", "ID", "Entra tenant for --auth."),
    flag("--demo", "The built-in scripted service; no account."),
    _text("-s --system", "TEXT|@FILE", "System message."),
    _texts("-a --attach", "FILE|URL|-", "Picture, text file or PDF; repeatable."),
    _texts("-i --image", "FILE|URL|-", "Picture; repeatable."),
    _text("--mime", "TYPE", "What attachments are, such as text/plain."),
    value(Literal["low", "high", "auto"], "--detail", None, "How closely to look at pictures."),
    _whole("--max-side", "PIXELS", "Scale pictures to it (2048); 0: never.", min=0),
    _whole("--max-file", "MB", "Largest attachment (20; 2 for text).", min=1, max=500),
    _whole("--max-pages", "N", "Pages of a PDF (100).", min=1),
    flag("--keep-metadata", "Send place, time and device of pictures too."),
    flag("--inline", "Fetch https addresses, instead of passing them on."),
    flag("--no-preview", "Do not show pictures."),
    flag("--last-image-only", "For models that take one image at a time."),
    _number("--temperature", "N", "Sampling temperature."),
    _number("--top-p", "N", "Nucleus sampling."),
    _whole("--max-tokens", "N", "Limit of the reply, thinking included.", min=1),
    _number("--presence-penalty", "N", "-2 to 2."),
    _number("--frequency-penalty", "N", "-2 to 2."),
    _texts("--stop", "TEXT", "Stop before TEXT; repeatable."),
    _whole("--seed", "N", "For repeatable sampling."),
    _texts("-o --option", "KEY=VALUE", "Any other body parameter; JSON value."),
    value(
        Literal["drop", "error", "pass-through"],
        "--extra-parameters",
        None,
        "What the route does with body parameters that it does not know.",
    ),
    _texts("--header", "NAME=VALUE", "For gateways; ${VAR} in VALUE; repeatable."),
    _text(
        "--effort --think",
        "LEVEL",
        f"Reasoning effort: {', '.join(get_args(choices.Effort))}, or another word.",
    ),
    value(choices.Thinking, "--thinking", None, "Show the thinking."),
    flag("-R --hide-thinking --hide-reasoning --hidethinking", "Short for --thinking hide."),
    _text("--thinking-file", "PATH", "Also write the thinking to a file."),
    value(choices.Reasoning, "--reasoning", None, "How thinking is marked in the text."),
    value(
        choices.ReasoningHistory,
        "--reasoning-history",
        None,
        "Which earlier thinking goes back to the model.",
    ),
    flag("--strict", "Send as it is; repair nothing that is refused."),
    flag("--no-stdin", "Leave the pipe alone: it is a loop's."),
    flag("--no-stream", "One reply at the end."),
    flag("--json", "One JSON object; = --output-format json."),
    value(Literal["text", "json", "stream-json"], "--output-format", None, "Form of stdout."),
    flag("--json-mode", "Make the model answer in JSON."),
    _text("--schema", "FILE|JSON|DSL", "JSON by this schema; checked."),
    flag("--schema-multi", "With --schema: a list of them, in items."),
    _whole("--schema-retries", "N", "Times a mismatch is sent back.", default=1, min=0, max=20),
    flag("-x --extract", "The first fenced block alone."),
    flag("--extract-last", "The last fenced block alone."),
    _text("-t --template", "NAME|FILE", "A prompt that is kept."),
    _texts("-p --param", "KEY=VALUE", "A variable of the template."),
    _text("--save", "NAME", "Keep these flags as a template; ask nothing.", to="save_as"),
    flag("-u --usage", "Tokens, times and rate, on stderr."),
    flag("--plain", "No colour, no cursor movement (screen readers)."),
    flag("--raw", "Show Markdown as it was sent."),
    value(choices.Color, "--color", None, "Colour."),
    _text("--code-theme", "NAME", "Colours of code: auto, dark, light, none, or a name."),
    flag("--sanitize", "Make control characters visible in pipes too."),
    _text("--output", "FILE", "Write the answer to a file, atomically."),
    _seconds("--timeout", help="Seconds to connect, and to the first byte."),
    _seconds("--idle-timeout", help="Seconds of silence (300)."),
    _seconds("--max-time", help="Seconds for the whole turn."),
    _whole("--retries", "N", "Further attempts after a failure (2).", min=0, max=20),
    _text("--encoding", "NAME", "Encoding of stdin.", default="utf-8"),
    flag("-n --no-log", "Save nothing."),
    flag("-c --continue", "Go on with the session used last.", to="resume"),
    _text("--session", "NAME|ID", "Go on with a session, or begin it."),
    flag("--dry-run", "Show the request, key masked; send nothing."),
    _text("--record", "FILE", "Keep the raw reply, without keys."),
    _text("--replay", "FILE", "Play a recorded reply; sends nothing."),
    _texts("-T --tool", "NAME|FILE.py", "Let the model call it; repeatable."),
    _texts("--mcp", "NAME|COMMAND|URL", "An MCP server's tools; repeatable."),
    _texts("--approve", "NAME|all|ask|never", "Tools that run unasked; repeatable."),
    _whole("--max-tool-rounds", "N", "Rounds of calls in a turn (10).", min=1),
    _seconds("--tool-timeout", help="Seconds for a call (60)."),
    _text("--tool-choice", "NAME|auto|none|required", "What the model must call."),
    flag("--debug", "Trace on stderr, keys masked."),
    flag("--debug-content", "With --debug: prompts and replies too."),
    flag("-q --quiet", "Nothing on stderr but errors."),
)
"""Those of ``ask``."""
_OF_ONE_ANSWER = (
    *("prompt", "json", "output_format", "json_mode", "schema", "schema_multi"),
    *("schema_retries", "extract", "extract_last", "template", "param", "save_as", "sanitize"),
    *("output", "thinking_file", "encoding", "no_stdin", "dry_run", "record", "replay"),
)
CHAT = tuple(option for option in ASK if option.name not in _OF_ONE_ANSWER)
"""Those of ``chat``."""


def of_ask(*names: str) -> list[Parameter]:
    """Return those of ``ask`` with these names."""
    known = {option.name: option for option in ASK}
    return [known[name] for name in names]


PLACE = ("profile", "endpoint", "api_version", "auth", "tenant", "header", "demo", "timeout")
"""Those that say where a model is."""
