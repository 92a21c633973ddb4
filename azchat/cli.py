"""The grammar: every command, option and help text; errors become exit codes here.

Nothing heavy is imported on top: a command's own module is imported when it runs.
"""

import io
from contextlib import redirect_stdout
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.main import get_command

from azchat import choices
from azchat.errors import AzchatError, ExitCode, IncompleteError, Interrupted, UsageError
from azchat.redaction import Redactor

if TYPE_CHECKING:
    from azchat.azure.connection import Connection
    from azchat.environment import Environment

_COMMANDS = ("ask", "info", "config", "demo")
_RED, _YELLOW, _DIM, _RESET = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
_KEY_OPTIONS = ("--key", "--api-key", "--credential", "--password", "--token")


class Session:
    """What the commands are handed beside their flags."""

    def __init__(
        self, env: "Environment", early: "Connection | None" = None, *, debug: bool = False
    ) -> None:
        self.env, self.early = env, early
        self.debug = debug or env.variables.get("AZCHAT_DEBUG", "0") not in ("", "0")
        self.redactor = Redactor(env.variables)
        self.color = "auto"


app = typer.Typer(
    name="azchat",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
config_app = typer.Typer(no_args_is_help=True, help="Profiles and trust.")
demo_app = typer.Typer(no_args_is_help=True, help="The built-in scripted service.")
app.add_typer(config_app, name="config")
app.add_typer(demo_app, name="demo")


def main(
    arguments: list[str], env: "Environment", early: "Connection | None" = None
) -> tuple[int, int]:
    """Run a command line; return the exit code and the signal to end by (0: none).

    The one place where errors are printed and become exit codes.
    """
    session = Session(env, early, debug="--debug" in arguments)
    try:
        code = _run(arguments, session)
    except AzchatError as error:
        _print_error(session, error)
        return error.exit_code, 0
    except Interrupted as interrupted:
        return ExitCode.OK, interrupted.signal
    except Exception as error:  # noqa: BLE001  # the only one: a bug, told as such
        from azchat.crash import write_crash_log

        failure = write_crash_log(error, env, session.redactor)
        failure.__traceback__ = error.__traceback__
        _print_error(session, failure)
        return failure.exit_code, 0
    return code, 0


def _run(arguments: list[str], session: Session) -> int:
    from typer.exceptions import TyperException

    command = get_command(app)
    arguments = _with_command(arguments, session.env)
    printed = io.StringIO()  # what Typer prints itself: help
    try:
        with redirect_stdout(printed):
            code = command.main(arguments, "azchat", standalone_mode=False, obj=session)
    except TyperException as error:
        raise _usage_error(error) from None
    if text := printed.getvalue():
        session.env.stdout.write(text)
    return int(code or 0)


def _with_command(arguments: list[str], env: "Environment") -> list[str]:
    """Put ``ask`` before a bare question, and catch a mistyped command before it is asked."""
    if not arguments:
        return ["ask"] if env.stdin.has_data else ["--help"]
    if arguments in (["config"], ["demo"]):
        return [*arguments, "--help"]
    first = arguments[0]
    if first in _COMMANDS or first in ("-h", "--help", "--show-completion", "--version", "-V"):
        return arguments
    close = get_close_matches(first, _COMMANDS, 1, 0.7) or [
        command for command in _COMMANDS if sorted(command) == sorted(first)
    ]
    if close and len(arguments) == 1:
        raise UsageError(
            f"there is no command {first!r}",
            f"did you mean {close[0]}? To ask it: azchat ask {first}",
        )
    return ["ask", *arguments]


def _usage_error(error: Exception) -> UsageError:
    what = getattr(error, "format_message", lambda: str(error))()
    option = getattr(error, "option_name", None)
    if option in _KEY_OPTIONS:
        what = f"No such option: {option}"
        hint = "keys come from AZURE_INFERENCE_CREDENTIAL, or a profile's key_env or key_file"
    elif "unexpected extra argument" in what:
        hint = 'quote the question: azchat ask "..."'
    else:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "azchat"
        hint = f"see: {path} --help"
    return UsageError(" ".join(what.split()).rstrip("."), hint)


def _print_error(session: Session, error: AzchatError) -> None:
    from azchat.render.choose import wants_colour
    from azchat.render.safe import shortened, visible

    lines = [f"azchat: {error.kind}: {error.what}", *(f"  {detail}" for detail in error.details)]
    if error.request_id:
        lines.append(f"  request id: {error.request_id}")
    lines.append(f"hint: {error.hint or 'see what happens with --debug'}")
    lines = [session.redactor.redact(shortened(visible(line))) for line in lines]
    if wants_colour(session.env, session.env.stderr, session.color):
        colour = _YELLOW if isinstance(error, IncompleteError) else _RED
        lines[0], lines[-1] = f"{colour}{lines[0]}{_RESET}", f"{_DIM}{lines[-1]}{_RESET}"
    session.env.stderr.write("\n".join(lines) + "\n")
    if session.debug and error.__traceback__ is not None:
        import traceback

        trace = "".join(traceback.format_tb(error.__traceback__))
        session.env.stderr.write(session.redactor.redact(trace))


# Values


def _options(values: list[str] | None) -> dict[str, Any] | None:
    import json

    extras: dict[str, Any] = {}
    for value in values or ():
        name, equals, text = value.partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{value!r} is not key=value")
        try:
            extras[name] = json.loads(text, parse_constant=_no_constant)
        except ValueError:
            extras[name] = text
    return extras or None


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _positive(value: float | None) -> float | None:
    if value is not None and not 0 < value < float("inf"):
        raise typer.BadParameter("it must be more than 0")
    return value


def _show_version(value: bool) -> None:
    if value:
        from azchat import __version__

        typer.echo(f"azchat {__version__}")
        raise typer.Exit


def _show_completion(context: typer.Context, shell: str | None) -> None:
    if shell:
        from azchat.completion import completion_script

        context.obj.env.stdout.write(completion_script(shell, get_command(app)))
        raise typer.Exit


# Options that several commands take

Model = Annotated[
    str | None, typer.Option("-m", "--model", metavar="NAME", help="Model or deployment.")
]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="Profile of the config file; ranks as a flag.")
]
EndpointUrl = Annotated[
    str | None, typer.Option("--endpoint", metavar="URL", help="Any URL the portal shows.")
]
ApiVersion = Annotated[
    str | None, typer.Option(metavar="VERSION", help="For routes that take one.")
]
Auth = Annotated[choices.Auth | None, typer.Option(help="How to sign in.")]
Tenant = Annotated[str | None, typer.Option(metavar="ID", help="Entra tenant for --auth.")]
Demo = Annotated[bool, typer.Option("--demo", help="The built-in scripted service; no account.")]
Debug = Annotated[bool, typer.Option("--debug", help="Trace on stderr, keys masked.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Nothing on stderr but errors.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="S", callback=_positive, help="Seconds to connect, and to the first byte."
    ),
]


@app.callback(epilog='azchat "question" is short for: azchat ask "question"')
def _root(
    version: Annotated[
        bool,
        typer.Option("-V", "--version", callback=_show_version, is_eager=True, help="Version."),
    ] = False,
    show_completion: Annotated[
        Literal["bash", "zsh", "fish", "powershell"] | None,
        typer.Option(
            callback=_show_completion,
            is_eager=True,
            help="Print a completion script.",
        ),
    ] = None,
) -> None:
    """Chat with reasoning models on Azure, and on any server that speaks the same protocol."""


@app.command()
def ask(
    context: typer.Context,
    prompt: Annotated[
        str | None, typer.Argument(help="The question; - or none: stdin is the question.")
    ] = None,
    model: Model = None,
    profile: Profile = None,
    endpoint: EndpointUrl = None,
    api_version: ApiVersion = None,
    auth: Auth = None,
    tenant: Tenant = None,
    demo: Demo = False,
    system: Annotated[
        str | None,
        typer.Option("-s", "--system", metavar="TEXT|@FILE", help="System message."),
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="Sampling temperature.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Nucleus sampling.")] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Limit of the reply, thinking included.")
    ] = None,
    presence_penalty: Annotated[float | None, typer.Option(help="-2 to 2.")] = None,
    frequency_penalty: Annotated[float | None, typer.Option(help="-2 to 2.")] = None,
    stop: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Stop before TEXT; repeatable.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="For repeatable sampling.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "-o", "--option", metavar="KEY=VALUE", help="Any other body parameter; JSON value."
        ),
    ] = None,
    effort: Annotated[
        choices.Effort | None, typer.Option("--effort", "--think", help="Reasoning effort.")
    ] = None,
    thinking: Annotated[choices.Thinking | None, typer.Option(help="Show the thinking.")] = None,
    hide_thinking: Annotated[
        bool,
        typer.Option(
            "-R",
            "--hide-thinking",
            "--hide-reasoning",
            "--hidethinking",
            help="Short for --thinking hide.",
        ),
    ] = False,
    thinking_file: Annotated[
        str | None, typer.Option(metavar="PATH", help="Also write the thinking to a file.")
    ] = None,
    reasoning: Annotated[
        choices.Reasoning | None, typer.Option(help="How thinking is marked in the text.")
    ] = None,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="One reply at the end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object; = --output-format json.")
    ] = False,
    output_format: Annotated[
        Literal["text", "json", "stream-json"] | None, typer.Option(help="Form of stdout.")
    ] = None,
    json_mode: Annotated[
        bool, typer.Option("--json-mode", help="Make the model answer in JSON.")
    ] = False,
    usage: Annotated[
        bool, typer.Option("-u", "--usage", help="Tokens, times and rate, on stderr.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="No colour, no cursor movement (screen readers).")
    ] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Show Markdown as it was sent.")] = False,
    color: Annotated[choices.Color | None, typer.Option(help="Colour.")] = None,
    code_theme: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Colours of code: auto, dark, light, none, or a name."),
    ] = None,
    sanitize: Annotated[
        bool, typer.Option("--sanitize", help="Make control characters visible in pipes too.")
    ] = False,
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the answer to a file, atomically.")
    ] = None,
    timeout: Timeout = None,
    idle_timeout: Annotated[
        float | None,
        typer.Option(metavar="S", callback=_positive, help="Seconds of silence (300)."),
    ] = None,
    max_time: Annotated[
        float | None,
        typer.Option(metavar="S", callback=_positive, help="Seconds for the whole turn."),
    ] = None,
    retries: Annotated[
        int | None, typer.Option(min=0, max=20, help="Further attempts after a failure (2).")
    ] = None,
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Encoding of stdin.")] = "utf-8",
    no_log: Annotated[bool, typer.Option("-n", "--no-log", help="Save nothing.")] = False,
    resume: Annotated[
        bool, typer.Option("-c", "--continue", help="Go on with the session used last.")
    ] = False,
    session_name: Annotated[
        str | None,
        typer.Option("--session", metavar="NAME|ID", help="Go on with a session, or begin it."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the request, key masked; send nothing.")
    ] = False,
    record: Annotated[
        str | None, typer.Option(metavar="FILE", help="Keep the raw reply, without keys.")
    ] = None,
    replay: Annotated[
        str | None, typer.Option(metavar="FILE", help="Play a recorded reply; sends nothing.")
    ] = None,
    debug: Debug = False,
    debug_content: Annotated[
        bool, typer.Option("--debug-content", help="With --debug: prompts and replies too.")
    ] = False,
    quiet: Quiet = False,
) -> int:
    """Ask one question and stream the answer; reads a pipe."""
    from azchat.commands.ask import AskOptions, run

    session: Session = context.obj
    session.color = "never" if plain else color or "auto"
    settings = {
        "model": model,
        "profile": profile,
        "endpoint": endpoint,
        "api_version": api_version,
        "auth": auth,
        "tenant": tenant,
        "system": system,
        "temperature": temperature,
        "top_p": top_p,
        "max_tokens": max_tokens,
        "presence_penalty": presence_penalty,
        "frequency_penalty": frequency_penalty,
        "stop": stop or None,
        "seed": seed,
        "option": _options(option),
        "effort": effort,
        "thinking": "hide" if hide_thinking else thinking,
        "reasoning": reasoning,
        "usage": usage or None,
        "plain": plain or None,
        "raw": raw or None,
        "color": color,
        "code_theme": code_theme,
        "timeout": timeout,
        "idle_timeout": idle_timeout,
        "max_time": max_time,
        "retries": retries,
    }
    options = AskOptions(
        prompt=prompt,
        settings=settings,
        demo=demo,
        stream=not no_stream,
        json_mode=json_mode,
        output_format=output_format or ("json" if as_json else "text"),
        output=output,
        thinking_file=thinking_file,
        encoding=encoding,
        sanitize=sanitize,
        save=not no_log,
        resume=resume,
        session=session_name,
        dry_run=dry_run,
        record=record,
        replay=replay,
        debug=debug or debug_content or session.debug,
        debug_content=debug_content,
        quiet=quiet,
    )
    return run(session.env, options, session.redactor, session.early)


@app.command()
def info(
    context: typer.Context,
    model: Model = None,
    profile: Profile = None,
    endpoint: EndpointUrl = None,
    api_version: ApiVersion = None,
    auth: Auth = None,
    tenant: Tenant = None,
    demo: Demo = False,
    timeout: Timeout = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    debug: Debug = False,
) -> int:
    """Show which model answers, where, and where each setting comes from."""
    from azchat.commands.info import InfoOptions, run

    session: Session = context.obj
    settings = {
        "model": model,
        "profile": profile,
        "endpoint": endpoint,
        "api_version": api_version,
        "auth": auth,
        "tenant": tenant,
        "timeout": timeout,
    }
    options = InfoOptions(settings, demo=demo, as_json=as_json, debug=debug or session.debug)
    return run(session.env, options, session.redactor)


@config_app.command("path")
def config_path(context: typer.Context) -> int:
    """Print where the config file is."""
    context.obj.env.stdout.write(f"{context.obj.env.config_file}\n")
    return ExitCode.OK


@config_app.command("profiles")
def config_profiles(context: typer.Context) -> int:
    """List the profiles of the config file."""
    from azchat.config import profile_names

    for name in profile_names(context.obj.env):
        context.obj.env.stdout.write(f"{name}\n")
    return ExitCode.OK


@config_app.command("trust")
def config_trust(context: typer.Context) -> int:
    """Trust the .env of this folder until it changes."""
    from azchat.commands.trust import run

    return run(context.obj.env)


@demo_app.command("serve")
def demo_serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0: any.")] = 8931,
    key_env: Annotated[
        str | None,
        typer.Option(metavar="VAR", help="Demand the key that this variable holds."),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            metavar="N", callback=_positive, help="Tokens a second; default: all at once."
        ),
    ] = None,
) -> int:
    """Serve the demo over HTTP on this machine, for trying scripts without an account."""
    from azchat.commands.demo import run

    return run(context.obj.env, port=port, key_env=key_env, speed=speed)
