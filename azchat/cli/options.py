"""The options that several commands take, in the order of the help, as Typer wants them.

Those that are settings too are in ``settings.specs``; the others are told here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, wraps
from importlib import import_module
from inspect import Parameter, Signature, signature
from itertools import takewhile
from math import inf
from typing import Annotated, Any, Literal

import typer

from azchat.parameters import AMOUNT, FLAG, SECONDS, TEXT, TEXTS, Kind, Spec, among, chapter, whole
from azchat.settings.specs import SPECS

CHAPTERS = (
    *("asking", "model", "parameters", "thinking", "output", "attachments", "tools", "sessions"),
    *("network", "inside"),
)
"""The chapters of the help, in their order."""
flag = partial(Spec, FLAG, default=False)
AS_JSON = flag("--json", "One JSON object.")
# fmt: off
_OWN = {
    **chapter(
        "asking",
        template=Spec(TEXT, "-t --template", "A prompt that is kept.", "NAME|FILE"),
        param=Spec(TEXTS, "-p --param", "A variable of the template.", "KEY=VALUE"),
        save_as=Spec(TEXT, "--save", "Keep these flags as a template; ask nothing.", "NAME"),
        no_stdin=flag("--no-stdin", "Leave the pipe alone: it is a loop's."),
        allow_empty=flag("--allow-empty", "Ask although the pipe brings nothing."),
        encoding=Spec(TEXT, "--encoding", "Encoding of stdin.", "NAME", "utf-8"),
    ),
    **chapter(
        "model",
        demo=flag("--demo", "The built-in scripted service; no account.", marks="everyday"),
    ),
    **chapter(
        "thinking",
        hide_thinking=flag("-R --hide-thinking --hide-reasoning --hidethinking",
            "Short for --thinking hide."),
        thinking_file=Spec(TEXT, "--thinking-file", "Also write the thinking to a file.", "PATH"),
    ),
    **chapter(
        "output",
        json=flag("--json", "One JSON object; = --output-format json.", marks="everyday"),
        output_format=Spec(among(("text", "json", "stream-json")), "--output-format",
            "Form of stdout."),
        json_mode=flag("--json-mode", "Make the model answer in JSON."),
        schema=Spec(TEXT, "--schema", "JSON by this schema; checked.", "FILE|JSON|DSL"),
        schema_multi=flag("--schema-multi", "With --schema: a list of them, in items."),
        schema_retries=Spec(whole(0, 20), "--schema-retries", "Times a mismatch is sent back.",
            default=1),
        extract=flag("-x --extract", "The first fenced block alone.", marks="everyday"),
        extract_last=flag("--extract-last", "The last fenced block alone."),
        output=Spec(TEXT, "--output", "Write the answer to a file, atomically.", "FILE",
            marks="everyday"),
        no_stream=flag("--no-stream", "One reply at the end."),
        sanitize=flag("--sanitize", "Make control characters visible in pipes too."),
        quiet=flag("-q --quiet", "Nothing on stderr but errors."),
    ),
    **chapter(
        "attachments",
        attach=Spec(TEXTS, "-a --attach", "Picture, text file or PDF; repeatable.", "FILE|URL|-",
            marks="everyday"),
        image=Spec(TEXTS, "-i --image", "Picture; repeatable.", "FILE|URL|-"),
        mime=Spec(TEXT, "--mime", "What attachments are; text/plain: a page as its text.", "TYPE"),
        detail=Spec(among(("low", "high", "auto")), "--detail", "How closely to look at pictures."),
        max_side=Spec(whole(0), "--max-side", "Scale pictures to it (2048); 0: never.", "PIXELS"),
        max_file=Spec(whole(1, 500), "--max-file", "Largest attachment (20; 2 for text).", "MB"),
        max_pages=Spec(whole(1), "--max-pages", "Pages of a PDF (100)."),
        keep_metadata=flag("--keep-metadata", "Send place, time and device of pictures too."),
        inline=flag("--inline", "Fetch https addresses here; else the service does."),
        no_preview=flag("--no-preview", "Do not show pictures."),
        last_image_only=flag("--last-image-only", "For models that take one image at a time."),
    ),
    **chapter(
        "tools",
        tool=Spec(TEXTS, "-T --tool", "Let the model call it; repeatable.", "NAME|FILE",
            marks="everyday"),
        mcp=Spec(TEXTS, "--mcp", "An MCP server's tools; repeatable.", "NAME|COMMAND|URL"),
        tool_result=Spec(TEXTS, "--tool-result", "What a tool of a JSON file returns; repeatable.",
            "NAME=JSON|@FILE|COMMAND"),
        approve=Spec(TEXTS, "--approve", "Tools that run unasked; repeatable.",
            "NAME|all|ask|never"),
        max_tool_rounds=Spec(whole(1), "--max-tool-rounds", "Rounds of calls in a turn (10)."),
        tool_timeout=Spec(SECONDS, "--tool-timeout", "Seconds for a call (60)."),
        tool_choice=Spec(TEXT, "--tool-choice", "What the model must call.",
            "NAME|auto|none|required"),
    ),
    **chapter(
        "sessions",
        no_log=flag("-n --no-log", "Save nothing."),
        resume=flag("-c --continue", "Go on with the session used last.", marks="everyday"),
        session=Spec(TEXT, "--session", "Go on with a session, or begin it.", "NAME|ID"),
    ),
    **chapter(
        "inside",
        dry_run=flag("--dry-run", "Show the request, key masked; send nothing."),
        record=Spec(TEXT, "--record", "Keep the raw reply, without keys.", "FILE"),
        replay=Spec(TEXT, "--replay", "Play a recorded reply; sends nothing.", "FILE"),
        debug=flag("--debug", "Trace on stderr, keys masked."),
        debug_content=flag("--debug-content", "With --debug: prompts and replies too."),
    ),
}
# fmt: on
_ALL = {name: spec for name, spec in {**SPECS, **_OWN}.items() if spec.flags}
ASK = dict(sorted(_ALL.items(), key=lambda row: CHAPTERS.index(row[1].chapter)))
"""Those of ``ask``, by what they arrive as."""
_OF_ONE_ANSWER = (
    *("json", "output_format", "json_mode", "schema", "schema_multi", "schema_retries"),
    *("extract", "extract_last", "template", "param", "save_as", "sanitize", "output"),
    *("thinking_file", "encoding", "no_stdin", "allow_empty", "dry_run", "record", "replay"),
)
CHAT = {name: spec for name, spec in ASK.items() if name not in _OF_ONE_ANSWER}
"""Those of ``chat``."""
PLACE = (
    *("profile", "endpoint", "api_version", "dialect", "auth", "tenant", "headers", "demo"),
    "timeout",
)
"""Those that say where a model is."""


def of_ask(*names: str) -> dict[str, Spec]:
    """Return those of ``ask`` with these names."""
    return {name: ASK[name] for name in names}


def argument(
    metavar: str,
    help: str,  # noqa: A002
    kind: Kind = TEXT,
    *,
    needed: bool = False,
) -> Spec:
    """Return an argument of a command: it has no flags."""
    return Spec(kind, "", help, metavar, ... if needed else [] if kind is TEXTS else None)


def takes(options: Mapping[str, Spec]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command arguments and options; they arrive as its ``flags``."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        defaults = {name: _default(name, spec) for name, spec in options.items()}

        @wraps(command)
        def filled(*arguments: Any, **given: Any) -> int:
            return command(*arguments, **defaults | given)

        filled.__dict__["options"] = options
        return filled

    return decorate


def sign(command: Any, arguments: Sequence[str] | None) -> Any:
    """Tell Typer the options of a command: those that ``arguments`` name, or all."""
    options: Mapping[str, Spec] = command.options
    named = options if arguments is None else _named(arguments, options)
    own = [Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    parameters = [*own, *(_parameter(name, options[name]) for name in named)]
    command.__signature__ = Signature(parameters)
    command.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": int}
    return command


def _named(arguments: Sequence[str], options: Mapping[str, Spec]) -> Iterable[str]:
    """Return those that are named; all where one may be misspelt, a command's own, or help."""
    typed = {flag: name for name, spec in options.items() for flag in spec.flags.split()}
    named = {name: spec for name, spec in options.items() if not spec.flags}
    for argument in takewhile(lambda each: each != "--", arguments):
        is_long = argument.startswith("--")
        letters = argument[1:] if argument.startswith("-") and not is_long else ""
        for flag in [argument.partition("=")[0]] if is_long else [f"-{one}" for one in letters]:
            if flag not in typed:
                return options
            named[typed[flag]] = options[typed[flag]]
            if not is_long and options[typed[flag]].kind is not FLAG:
                break  # what follows is its value
    return named


def positive(value: float | None) -> float | None:
    """Check a number that must be more than nothing."""
    if value is not None and not 0 < value < inf:
        raise typer.BadParameter("it must be more than 0")
    return value


def _default(name: str, spec: Spec) -> Any:
    """Return what is there unless it is given: of a setting nothing, as its default is last."""
    return None if spec is SPECS.get(name) and spec.kind is not FLAG else spec.default


def _parameter(name: str, spec: Spec) -> Parameter:
    """Return an option as a parameter of its command's function."""
    kind = spec.kind
    limits = {"min": kind.least, "max": kind.most} if kind.typed is int else {}
    given: dict[str, Any] = {name: limit for name, limit in limits.items() if abs(limit) < inf}
    if kind in (SECONDS, AMOUNT):
        given["callback"] = positive
    given |= {"metavar": spec.metavar or kind.metavar, "help": spec.help}
    told = typer.Option(*spec.flags.split(), **given) if spec.flags else typer.Argument(**given)
    default = _default(name, spec)
    typed: Any = Literal
    typed = typed[kind.choices] if kind.choices else kind.typed
    typed = Annotated[typed if default is not None else typed | None, told]
    default = Parameter.empty if default is ... else default
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=typed)


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
