"""The grammar: every command, option and help text; errors become exit codes here.

Nothing heavy is imported on top: a command's own module is imported when it runs.
"""

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from copy import copy
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.main import get_command

from azchat.errors import AzchatError, ExitCode, IncompleteError, Interrupted, UsageError
from azchat.masking import MaskedOutput
from azchat.options import AS_JSON, ASK, CHAT, PLACE, flag, of_ask, positive, takes
from azchat.redaction import Redactor

if TYPE_CHECKING:
    from azchat.asking.python_tools import EarlyTools
    from azchat.asking.toolset import ToolWish
    from azchat.commands.ask_options import AskOptions
    from azchat.commands.attaching import Wanted
    from azchat.commands.code import CodeOptions
    from azchat.environment import Environment
    from azchat.net.connection import Connection

_COMMANDS = (
    *("ask", "chat", "image", "code", "tools", "sessions", "templates"),
    *("info", "models", "config", "demo"),
)
_GROUPS = ("tools", "sessions", "templates", "config", "demo")
_LONGEST_COMMAND = 300  # characters of one that a hint names
_TOOLS_COMMANDS = ("ask", "list", "forget", "--help", "-h")
_RED, _YELLOW, _DIM = "31", "33", "2"
_KEY_OPTIONS = ("--key", "--api-key", "--credential", "--password", "--token")


class Session:
    """What the commands are handed beside their flags."""

    def __init__(
        self,
        env: "Environment",
        early: "Connection | None" = None,
        *,
        debug: bool = False,
        arm: Callable[[], None] = lambda: None,
        tools: "EarlyTools | None" = None,
    ) -> None:
        self.debug = debug or env.variables.get("AZCHAT_DEBUG", "0") not in ("", "0")
        self.redactor = Redactor(env.variables)
        stdout, stderr = (MaskedOutput(out, self.redactor) for out in (env.stdout, env.stderr))
        self.env = env._replace(stdout=stdout, stderr=stderr)
        self.early, self.tools = early, tools
        self.color = "auto"
        self.arm = arm
        self.code: CodeOptions | None = None

    def choose_color(self, flags: Mapping[str, Any]) -> None:
        """Let errors have the colour that the answer has."""
        self.color = "never" if flags["plain"] else flags["color"] or "auto"


app = typer.Typer(
    name="azchat",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
config_app = typer.Typer(no_args_is_help=True, help="Settings, keys, profiles and trust.")
demo_app = typer.Typer(no_args_is_help=True, help="The built-in scripted service.")
sessions_app = typer.Typer(no_args_is_help=True, help="Saved conversations.")
tools_app = typer.Typer(no_args_is_help=True, help="Tool calling: a demonstration, and a list.")
templates_app = typer.Typer(no_args_is_help=True, help="Prompts that are kept.")
app.add_typer(sessions_app, name="sessions")
app.add_typer(templates_app, name="templates")
app.add_typer(config_app, name="config")
app.add_typer(demo_app, name="demo")
app.add_typer(tools_app, name="tools")


def main(
    arguments: list[str],
    env: "Environment",
    early: "Connection | None" = None,
    arm: Callable[[], None] = lambda: None,
    tools: "EarlyTools | None" = None,
) -> tuple[int, int]:
    """Run a command line; return the exit code and the signal to end by (0: none).

    The one place where errors are printed and become exit codes. ``arm`` lets signals be heard
    again after one of them was.
    """
    session = Session(env, early, debug="--debug" in arguments, arm=arm, tools=tools)
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

    if not arguments and (ended := _set_up_first(session)) is not None:
        return ended
    arguments = _with_command(arguments, session.env)
    command = get_command(_needed(arguments[0]))
    printed = io.StringIO()  # what Typer prints itself: help
    try:
        with redirect_stdout(printed):
            code = command.main(arguments, "azchat", standalone_mode=False, obj=session)
    except TyperException as error:
        raise _usage_error(error, arguments[0]) from None
    except AzchatError as error:
        if error.again and session.env.stdin.is_terminal:  # a pipe is read once
            _name_command(error, arguments)
        raise
    if text := printed.getvalue():
        session.env.stdout.write(text)
    return int(code or 0)


def _name_command(error: AzchatError, arguments: list[str]) -> None:
    """Let the hint be a command to paste: the same one, with the flags that may help."""
    import shlex

    end = arguments.index("--") if "--" in arguments else len(arguments)
    line = shlex.join(["azchat", *arguments[:end], *error.again, *arguments[end:]])
    if line.isprintable() and len(line) < _LONGEST_COMMAND:
        error.hint = f"think less with --effort low, or make room with: {line}"


def _set_up_first(session: Session) -> ExitCode | None:
    """Set azchat up, if it was started bare and knows no endpoint; None: go on as ever."""
    env = session.env
    if env.stdin.has_data or not (env.stdout.is_terminal or not env.stdin.is_terminal):
        return None
    from azchat.commands.first_run import begin

    return begin(env, session.redactor)


def _needed(name: str) -> typer.Typer:
    """Return the grammar; of a named command alone, as building each takes a while."""
    if name not in _COMMANDS:
        return app
    needed = copy(app)
    commands = app.registered_commands
    needed.registered_commands = [c for c in commands if name in (c.name, _name_of(c.callback))]
    needed.registered_groups = [group for group in app.registered_groups if group.name == name]
    return needed


def _name_of(command: Callable[..., Any] | None) -> str:
    return getattr(command, "__name__", "")


def _with_command(arguments: list[str], env: "Environment") -> list[str]:
    """Put the command first, ``ask`` before a bare question; a command's name is no question."""
    if not arguments:
        return ["ask"] if env.stdin.has_data else ["--help"]
    first, second = arguments[0], arguments[1] if len(arguments) > 1 else ""
    if first in ("-h", "--help", "--show-completion", "--version", "-V"):
        return arguments
    if first == "help" and all(word in _COMMANDS for word in arguments[1:]):
        return [*arguments[1:], "--help"]
    word = first
    has_options = second.startswith("-") and second not in ("-h", "--help", "-", "--")
    if first.startswith("-") or (has_options and first in _GROUPS):
        following = arguments[first in _GROUPS :]
        if any(_meant(each) for each in following if not each.startswith("-")):
            from azchat.command_line import arranged
            from azchat.completion import read_commands

            arguments, word = arranged(arguments, [*read_commands(get_command(app))])
        elif first not in _GROUPS:
            return ["ask", *arguments]
    if not word or (word in _COMMANDS and word == arguments[0]):
        return _with_subcommand(arguments)
    if meant := _meant(word):
        is_name = word in _COMMANDS
        what = f"{word!r} is a command's name" if is_name else f"there is no command {word!r}"
        question = word if word == arguments[-1] else '"..."'  # words are no question, unquoted
        raise UsageError(
            what, f"did you mean {' or '.join(meant)}? To ask it: azchat ask {question}"
        )
    return ["ask", *arguments]


def _with_subcommand(arguments: list[str]) -> list[str]:
    if arguments in ([group] for group in _GROUPS if group != "tools"):
        return [*arguments, "--help"]
    if arguments[0] == "tools" and (len(arguments) < 2 or arguments[1] not in _TOOLS_COMMANDS):
        return ["tools", "ask", *arguments[1:]]
    return arguments


def _meant(word: str) -> list[str]:
    """Return the commands that somebody may have meant by a word alone."""
    name = word.strip().lower()
    if name in ("help", "version"):
        return [f"--{name}"]
    inner = [
        f"{group.name} {name}"
        for group in app.registered_groups
        if group.typer_instance
        and name in {c.name for c in group.typer_instance.registered_commands}
    ]
    anagrams = [command for command in _COMMANDS if sorted(command) == sorted(name)]
    return inner or get_close_matches(name, _COMMANDS, 1, 0.7) or anagrams[:1]


def _usage_error(error: Exception, command: str) -> UsageError:
    what = getattr(error, "format_message", lambda: str(error))()
    what, _, meant = what.partition(". Did you mean ")  # 'list'? as Typer says of a command
    option = getattr(error, "option_name", None)
    context = getattr(error, "ctx", None)
    path = f"azchat {command}" if command in _COMMANDS else "azchat"
    path = context.command_path if context and context.parent else path
    hint = f"did you mean {meant}" if meant else f"see: {path} --help"
    if option in _KEY_OPTIONS:
        what = f"No such option: {option}"
        hint = "keys come from AZURE_INFERENCE_CREDENTIAL, or from: azchat config set key"
    elif close := get_close_matches(option or "", getattr(error, "possibilities", None) or (), 1):
        what, hint = f"No such option: {option}", f"did you mean {close[0]}? {hint}"
    elif "unexpected extra argument" in what and path == "azchat ask":
        hint = 'quote the question: azchat ask "..."'
    return UsageError(" ".join(what.split()).rstrip("."), hint)


def _print_error(session: Session, error: AzchatError) -> None:
    from azchat.render.choose import wants_colour
    from azchat.terminal.safe import Codes, shortened, styled, visible

    lines = [f"azchat: {error.kind}: {error.what}", *(f"  {detail}" for detail in error.details)]
    if error.request_id:
        lines.append(f"  request id: {error.request_id}")
    lines.append(f"hint: {error.hint or 'see what happens with --debug'}")
    lines = [session.redactor.redact(shortened(visible(line))) for line in lines]
    if wants_colour(session.env, session.env.stderr, session.color):
        colour = _YELLOW if isinstance(error, IncompleteError) else _RED
        lines[0], lines[-1] = styled(lines[0], colour), styled(lines[-1], _DIM)
    session.env.stderr.write(Codes("\n".join(lines) + "\n"))
    if session.debug and error.__traceback__ is not None:
        import traceback

        trace = "".join(traceback.format_tb(error.__traceback__))
        session.env.stderr.write(session.redactor.redact(trace))


# Values


def _pairs(option: str, values: list[str] | None) -> dict[str, str]:
    pairs = [value.partition("=") for value in values or ()]
    for name, equals, value in pairs:
        if not name or not equals:
            what = f"{name + equals + value!r} is not key=value"
            raise typer.BadParameter(what, param_hint=f"'{option}'")
    return {name: value for name, _, value in pairs}


def _json_or_text(text: str) -> Any:
    import json

    try:
        return json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return text


def _headers(values: list[str]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if not all(equals for _, equals, _ in pairs):  # it is not repeated: it may be a key
        raise typer.BadParameter("one is not NAME=VALUE", param_hint="'--header'")
    return {name: value for name, _, value in pairs}


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _settings(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``flags`` that profiles and variables can set too; None: not given."""
    from azchat.settings.specs import SPECS

    settings = {name: value for name, value in flags.items() if name in SPECS}
    settings |= {name: None for name, value in settings.items() if value is False or value == []}
    if settings.get("option"):
        extras = _pairs("--option", settings["option"])
        settings["option"] = {name: _json_or_text(text) for name, text in extras.items()}
    if settings.get("headers"):
        settings["headers"] = _headers(settings["headers"])
    if flags.get("hide_thinking"):
        settings["thinking"] = "hide"
    return settings


def _tool_wish(session: Session, flags: Mapping[str, Any]) -> "ToolWish | None":
    """Return what was said of tools, None where none is named."""
    if flags["tool"] or flags["mcp"]:
        return _with_tools(session, flags)
    for name in ("approve", "max_tool_rounds", "tool_timeout", "tool_choice"):
        if flags[name]:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} without tools", "name some with -T or --mcp")
    return None


def _with_tools(session: Session, flags: Mapping[str, Any]) -> "ToolWish":
    from azchat.asking.toolset import ToolWish

    wish = ToolWish(
        tuple(flags["tool"] or ()),
        tuple(flags["mcp"] or ()),
        tuple(flags["approve"] or ()),
        choice=flags["tool_choice"],
        quiet=flags["quiet"],
        early=session.tools,
        headers=tuple(flags.get("header") or ()),
    )
    limits = {"rounds": flags["max_tool_rounds"], "seconds": flags["tool_timeout"]}
    return wish._replace(**{name: limit for name, limit in limits.items() if limit is not None})


def _wanted(flags: Mapping[str, Any], *, always: bool = False) -> "Wanted | None":
    """Return what is to be attached and how; None where nothing is, unless ``always``."""
    if not (flags["attach"] or flags["image"] or always):
        return None
    from azchat.attachments import AttachmentOptions, Source
    from azchat.commands.attaching import Wanted

    pictures = tuple(Source(place, is_picture=True) for place in flags["image"] or ())
    sources = (*pictures, *map(Source, flags["attach"] or ()))
    mime, max_file = flags["mime"], flags["max_file"]
    given = {name: flags[name] for name in AttachmentOptions._fields if flags.get(name) is not None}
    given["mime"] = mime and mime.lower()
    given["max_bytes"] = None if max_file is None else max_file * 1_000_000
    given["max_seconds"] = flags.get("max_time")
    options = AttachmentOptions(**given)
    return Wanted(sources, options, not flags["no_preview"])


def _ask_options(session: Session, flags: Mapping[str, Any]) -> "AskOptions":
    """Return the flags of ``ask`` as it takes them, but those of tools."""
    from azchat.commands.ask_options import AskOptions
    from azchat.environment import NoInput

    if flags["no_stdin"]:
        session.env = session.env._replace(stdin=NoInput())
    how = flags["output_format"] or ("json" if flags["json"] else "text")
    which = "last" if flags["extract_last"] else "first" if flags["extract"] else None
    return AskOptions(
        **_turn_options(AskOptions, session, flags),
        extract=which,
        variables=_pairs("--param", flags["param"]),
        code=session.code,
        output_format=how,
        attachments=_wanted(flags),
    )


def _turn_options(kind: Any, session: Session, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``ask`` and ``chat`` take alike: flags of the same name, and a few others."""
    own = ("extract", "output_format")
    alike = {name: flags[name] for name in kind._fields if name in flags and name not in own}
    debug = flags["debug"] or flags["debug_content"] or session.debug
    return alike | {
        "settings": _settings(flags),
        "stream": not flags["no_stream"],
        "save": not flags["no_log"],
        "debug": debug,
    }


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


@app.callback(epilog='azchat "question" is short for: azchat ask "question"')
def _root(
    version: Annotated[
        bool,
        typer.Option("-V", "--version", callback=_show_version, is_eager=True, help="Version."),
    ] = False,
    show_completion: Annotated[
        Literal["bash", "zsh", "fish", "powershell"] | None,
        typer.Option(callback=_show_completion, is_eager=True, help="Print a completion script."),
    ] = None,
) -> None:
    """Chat with reasoning models on Azure, and on any server that speaks the same protocol."""


Prompt = Annotated[
    str | None,
    typer.Argument(metavar="PROMPT", help="The question; - or none: stdin is the question."),
]


@app.command()
@takes(ASK)
def ask(context: typer.Context, prompt: Prompt = None, **flags: Any) -> int:
    """Ask one question and stream the answer; reads a pipe."""
    from azchat.commands.ask import run

    session: Session = context.obj
    session.choose_color(flags)
    options = _ask_options(session, flags | {"prompt": prompt})._replace(
        tools=_tool_wish(session, flags)
    )
    return run(session.env, options, session.redactor, session.early)


@app.command()
@takes(ASK)
def code(
    context: typer.Context,
    prompt: Prompt = None,
    lang: Annotated[
        Literal["python", "javascript", "csharp", "curl"], typer.Option(help="The language.")
    ] = "python",
    sdk: Annotated[
        Literal["auto", "azure", "openai"],
        typer.Option(help="The package: azure-ai-inference, or openai for the v1 route."),
    ] = "auto",
    stream: Annotated[bool, typer.Option("--stream", help="Print as it comes.")] = False,
    **flags: Any,
) -> int:
    """Print the request that ask would send as a program."""
    from azchat.commands.code import CodeOptions

    context.obj.code = CodeOptions(lang, sdk, stream=stream)
    return ask(context, prompt, **flags)


@app.command()
@takes(CHAT)
def chat(context: typer.Context, **flags: Any) -> int:
    """Chat: a conversation that goes on, saved as it happens."""
    from azchat.commands.chat import run
    from azchat.commands.chat_host import ChatOptions

    session: Session = context.obj
    session.choose_color(flags)
    settings = _settings(flags)
    if not flags["demo"]:
        from azchat.commands.first_run import is_offered

        if is_offered(session.env, settings):
            from azchat.commands.set_up import set_up

            settings["profile"] = set_up(session.env, session.redactor, settings)
            if settings["profile"] is None:
                return ExitCode.OK
    options = ChatOptions(
        **_turn_options(ChatOptions, session, flags) | {"settings": settings},
        tools=_tool_wish(session, flags),
        attachments=_wanted(flags, always=True),
    )
    return run(
        session.env,
        options,
        session.redactor,
        show_error=lambda error: _print_error(session, error),
        arm=session.arm,
    )


@app.command()
@takes(ASK)
def image(
    context: typer.Context,
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="The question.")],
    pictures: Annotated[
        list[str],
        typer.Argument(metavar="IMAGE...", help="Files, https addresses, or - for stdin."),
    ],
    **flags: Any,
) -> int:
    """Ask about pictures; the same as ask with -i."""
    pictures += flags["image"] or ()
    return ask(context, prompt, **flags | {"image": pictures})


@app.command()
@takes(
    of_ask("model", *PLACE, "debug")
    | {"check": flag("--check", "Try name, TLS, sign-in, deployment and abilities.")}
    | {"json": AS_JSON}
)
def info(context: typer.Context, **flags: Any) -> int:
    """Show which model answers, where, and with which settings."""
    from azchat.commands.info import InfoOptions, run

    session: Session = context.obj
    debug = flags["debug"] or session.debug
    options = InfoOptions(_settings(flags), flags["demo"], flags["json"], debug)
    if flags["check"]:
        from azchat.commands.check import run
    return run(session.env, options, session.redactor)


@app.command()
@takes(
    of_ask(*PLACE, "debug")
    | {"catalog": flag("--catalog", "All that could be deployed instead.")}
    | {"json": AS_JSON}
)
def models(context: typer.Context, **flags: Any) -> int:
    """List the deployments: the names that -m takes."""
    from azchat.commands.models import ModelsOptions, run

    session: Session = context.obj
    options = ModelsOptions(
        _settings(flags),
        flags["demo"],
        flags["catalog"],
        flags["json"],
        flags["debug"] or session.debug,
    )
    return run(session.env, options, session.redactor)


AnySession = Annotated[
    str | None,
    typer.Argument(metavar="SESSION", help="Name or id; the last one used if none is given."),
]
OneSession = Annotated[str, typer.Argument(metavar="SESSION", help="Name or id.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@sessions_app.command("list")
def sessions_list(
    context: typer.Context,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N.")] = None,
    as_json: AsJson = False,
) -> int:
    """List the sessions, the last used first."""
    from azchat.commands.sessions.finding import list_sessions

    return list_sessions(context.obj.env, context.obj.redactor, limit=limit, as_json=as_json)


@sessions_app.command("show")
def sessions_show(
    context: typer.Context,
    session_name: AnySession = None,
    as_json: AsJson = False,
    thinking: Annotated[bool, typer.Option("--thinking", help="With all the thinking.")] = False,
) -> int:
    """Show a whole conversation."""
    from azchat.commands.sessions.reading import show

    env, redactor = context.obj.env, context.obj.redactor
    return show(env, redactor, session=session_name, as_json=as_json, thinking=thinking)


@sessions_app.command("search")
def sessions_search(
    context: typer.Context,
    query: Annotated[
        list[str], typer.Argument(metavar="WORD...", help="Words that stand in one message.")
    ],
    where: Annotated[
        Literal["all", "questions", "answers", "thinking"],
        typer.Option("--in", help="Where to search."),
    ] = "all",
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most N hits.")] = 50,
    as_json: AsJson = False,
) -> int:
    """Find words in questions, answers and thinking."""
    from azchat.commands.sessions.finding import search_sessions

    env, redactor, words = context.obj.env, context.obj.redactor, " ".join(query)
    return search_sessions(env, redactor, query=words, where=where, limit=limit, as_json=as_json)


@sessions_app.command("think")
def sessions_think(
    context: typer.Context,
    session_name: AnySession = None,
    number: Annotated[
        int | None, typer.Argument(metavar="N", help="Turn; the last with thinking if none.")
    ] = None,
) -> int:
    """Show what the model thought in a turn, whole."""
    from azchat.commands.sessions.reading import think

    return think(context.obj.env, context.obj.redactor, session=session_name, number=number)


@sessions_app.command("export")
def sessions_export(
    context: typer.Context,
    session_name: AnySession = None,
    form: Annotated[
        Literal["md", "html", "json"] | None,
        typer.Option("--format", help="By the file's ending if none; else md."),
    ] = None,
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write to a file, atomically.")
    ] = None,
) -> int:
    """Write a session as Markdown, as one HTML file, or as JSON."""
    from azchat.commands.sessions.exporting import export

    env, redactor = context.obj.env, context.obj.redactor
    return export(env, redactor, session=session_name, form=form, output=output)


@sessions_app.command("rename")
def sessions_rename(
    context: typer.Context,
    session_name: OneSession,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.")],
) -> int:
    """Give a session a name."""
    from azchat.commands.sessions.changing import rename

    return rename(context.obj.env, context.obj.redactor, session=session_name, name=name)


@sessions_app.command("delete")
def sessions_delete(
    context: typer.Context,
    session_names: Annotated[
        list[str] | None, typer.Argument(metavar="SESSION...", help="Names or ids.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="All not used for: 90m, 12h, 30d, 2w.")
    ] = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
) -> int:
    """Delete sessions for good; asks before."""
    from azchat.commands.sessions.changing import delete

    env, redactor, names = context.obj.env, context.obj.redactor, session_names or ()
    return delete(env, redactor, sessions=names, older_than=older_than, yes=yes)


@sessions_app.command("fork")
def sessions_fork(
    context: typer.Context,
    session_name: OneSession,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Name of the copy.")] = None,
    turns: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N turns.")
    ] = None,
) -> int:
    """Copy a session, and print the copy's id."""
    from azchat.commands.sessions.changing import fork

    env, redactor = context.obj.env, context.obj.redactor
    return fork(env, redactor, session=session_name, name=name, turns=turns)


@sessions_app.command("resume")
@takes(of_ask("demo"))
def sessions_resume(
    context: typer.Context,
    session_name: Annotated[
        str | None,
        typer.Argument(metavar="SESSION", help="Name or id; a list to pick from if none."),
    ] = None,
    **flags: Any,
) -> int:
    """Go on with a session, in the chat."""
    from azchat.commands.chat import run
    from azchat.commands.chat_host import ChatOptions
    from azchat.commands.sessions.resuming import choose_session

    session: Session = context.obj
    chosen = choose_session(session.env, session.redactor, session_name)
    if chosen is None:
        return ExitCode.OK
    return run(
        session.env,
        ChatOptions(session=chosen, demo=flags["demo"], debug=session.debug),
        session.redactor,
        show_error=lambda error: _print_error(session, error),
        arm=session.arm,
    )


@sessions_app.command("repair")
def sessions_repair(context: typer.Context) -> int:
    """Bring back what can be read of broken files; they are kept."""
    from azchat.commands.sessions.repairing import repair_sessions

    return repair_sessions(context.obj.env, context.obj.redactor)


@templates_app.command("list")
def templates_list(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list.")] = False,
) -> int:
    """List the templates: name and description, tab-separated."""
    from azchat.commands.templates import list_templates

    return list_templates(context.obj.env, as_json=as_json)


TemplateName = Annotated[str, typer.Argument(metavar="NAME", help="The template.")]


@templates_app.command("show")
def templates_show(context: typer.Context, name: TemplateName) -> int:
    """Print a template's file."""
    from azchat.commands.templates import show_template

    return show_template(context.obj.env, name)


@templates_app.command("edit")
def templates_edit(context: typer.Context, name: TemplateName) -> int:
    """Open a template in $VISUAL or $EDITOR. A new one begins with an example."""
    from azchat.commands.templates import edit_template

    return edit_template(context.obj.env, name)


@templates_app.command("path")
def templates_path(context: typer.Context) -> int:
    """Print the folder of the templates."""
    from azchat.commands.templates import template_folder

    context.obj.env.stdout.write(f"{template_folder(context.obj.env).folder}\n")
    return ExitCode.OK


@config_app.command("path")
def config_path(context: typer.Context) -> int:
    """Print where the config file is."""
    context.obj.env.stdout.write(f"{context.obj.env.config_file}\n")
    return ExitCode.OK


SettingName = Annotated[str, typer.Argument(metavar="NAME", help="As the long options, or key.")]
InProfile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Of this profile.")
]


@config_app.command("show")
def config_show(context: typer.Context, profile: InProfile = None) -> int:
    """Show what the config file says, for all and in each profile."""
    from azchat.commands.config import show_settings

    return show_settings(context.obj.env, profile=profile)


@config_app.command("get")
def config_get(context: typer.Context, name: SettingName, profile: InProfile = None) -> int:
    """Print a setting of the config file; of a key only where it is."""
    from azchat.commands.config import get_setting

    return get_setting(context.obj.env, name, profile=profile)


@config_app.command("set")
def config_set(
    context: typer.Context,
    name: SettingName,
    value: Annotated[
        list[str] | None,
        typer.Argument(metavar="VALUE", help="None for key: it is asked for, unseen."),
    ] = None,
    profile: InProfile = None,
) -> int:
    """Write a setting into the config file. A key goes to the keyring, else to a private file."""
    from azchat.commands.config import set_setting

    return set_setting(context.obj.env, context.obj.redactor, name, value or (), profile=profile)


@config_app.command("unset")
def config_unset(context: typer.Context, name: SettingName, profile: InProfile = None) -> int:
    """Take a setting out of the config file. A key is taken out of where azchat put it."""
    from azchat.commands.config import unset_setting

    return unset_setting(context.obj.env, name, profile=profile)


@config_app.command("profiles")
def config_profiles(context: typer.Context) -> int:
    """List the profiles of the config file."""
    from azchat.commands.config import list_profiles

    return list_profiles(context.obj.env)


@config_app.command("forget")
def config_forget(
    context: typer.Context,
    deployment: Annotated[
        str | None,
        typer.Argument(metavar="DEPLOYMENT", help="A model's name, or an endpoint's URL."),
    ] = None,
) -> int:
    """Forget what was learned of one deployment, or of all."""
    from azchat.commands.knowledge import forget

    return forget(context.obj.env, deployment)


@config_app.command("trust")
def config_trust(context: typer.Context) -> int:
    """Trust the .env of this folder until it changes."""
    from azchat.commands.trust import run

    return run(context.obj.env)


@demo_app.command("serve")
def demo_serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Port on 127.0.0.1; 0: any.")
    ] = 8931,
    key_env: Annotated[
        str | None, typer.Option(metavar="VAR", help="Demand the key that this variable holds.")
    ] = None,
    audience: Annotated[
        str | None,
        typer.Option(
            metavar="URL|auto",
            help="Take no key, but Entra tokens for this audience; auto: the route's own.",
        ),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(metavar="N", callback=positive, help="Tokens a second; default: all at once."),
    ] = None,
) -> int:
    """Serve the demo over HTTP on this machine. Scripts can be tried without an account."""
    from azchat.commands.demo import run

    return run(context.obj.env, port=port, key_env=key_env, audience=audience, speed=speed)


@tools_app.command("ask")
@takes(ASK)
def tools_ask(
    context: typer.Context,
    prompt: Annotated[
        str | None,
        typer.Argument(metavar="PROMPT", help="The question; the next flight to Seattle if none."),
    ] = None,
    tools_debug: Annotated[
        bool, typer.Option("--tools-debug", help="Print each request's JSON on stderr.")
    ] = False,
    **flags: Any,
) -> int:
    """Show tool calling end to end; the same as: azchat tools [PROMPT]."""
    from azchat.commands.tools import run

    session: Session = context.obj
    session.choose_color(flags)
    options = _ask_options(session, flags | {"prompt": prompt})
    wish = _with_tools(session, flags)._replace(traced=tools_debug)
    return run(session.env, options, session.redactor, wish, session.early)


@tools_app.command("list")
@takes(of_ask("tool", "mcp") | {"json": AS_JSON})
def tools_list(context: typer.Context, **flags: Any) -> int:
    """List tools, their descriptions and schemas. If none is named: the built-in ones."""
    from azchat.asking.toolset import ToolWish
    from azchat.commands.tools import show

    named = tuple(flags["tool"] or ()), tuple(flags["mcp"] or ())
    wish = ToolWish(*named, early=context.obj.tools)
    return show(context.obj.env, context.obj.redactor, wish, as_json=flags["json"])


@tools_app.command("forget")
def tools_forget(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="All tools if none.")
    ] = None,
) -> int:
    """Ask again before tools that were always allowed."""
    from azchat.commands.tools import forget

    return forget(context.obj.env, names or [])
