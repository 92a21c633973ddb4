"""The grammar: every command, option and help text; errors become exit codes here.

Nothing heavy is imported on top: a command's own module is imported when it runs.
"""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from difflib import get_close_matches
from typing import TYPE_CHECKING

from azchat.cli.command_line import with_command
from azchat.cli.groups import COMMANDS, grammar
from azchat.cli.invocation import Invocation
from azchat.errors import AzchatError, ExitCode, Interrupted, StoppedError, UsageError

if TYPE_CHECKING:
    from azchat.asking.python_tools import EarlyTools
    from azchat.environment import Environment
    from azchat.net.connection import Connection

_READER_GONE = 13  # SIGPIPE
_LONGEST_COMMAND = 300  # characters of one that a hint names
_KEY_OPTIONS = ("--key", "--api-key", "--credential", "--password", "--token")


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
    invocation = Invocation(env, early, debug="--debug" in arguments, arm=arm, tools=tools)
    try:
        code = _run(arguments, invocation)
    except AzchatError as error:
        invocation.print_error(error)
        invocation.print_json(error, arguments)
        return error.exit_code, 0
    except Interrupted as interrupted:
        if interrupted.signal != _READER_GONE:
            stopped = StoppedError.by(interrupted)
            stopped.told_in = interrupted.__dict__.get("told_in")
            invocation.print_json(stopped, arguments)
        return ExitCode.OK, interrupted.signal
    except Exception as error:  # noqa: BLE001  # the only one: a bug, told as such
        from azchat.cli.crash import write_crash_log

        failure = write_crash_log(error, env, invocation.redactor)
        failure.__traceback__ = error.__traceback__
        invocation.print_error(failure)
        invocation.print_json(failure, arguments)
        return failure.exit_code, 0
    return code, 0


def _run(arguments: list[str], invocation: Invocation) -> int:
    from typer.exceptions import TyperException

    if not arguments and _is_first(invocation):
        arguments = ["chat"]  # which begins with the set-up
    topic, typed = "", next(iter(arguments), "")
    if arguments[:1] == ["help"]:
        from azchat.cli.help import show, topic_of

        topic = topic_of(arguments)
        if topic and arguments[1] not in COMMANDS:
            show(invocation.env, topic)
            return ExitCode.OK
    arguments = invocation.arguments = with_command(
        arguments, has_data=invocation.env.stdin.has_data
    )
    command = grammar(arguments)
    printed = io.StringIO()  # what Typer prints itself: help
    try:
        with redirect_stdout(printed):
            code = command.main(arguments, "azchat", standalone_mode=False, obj=invocation)
    except TyperException as error:
        raise _usage_error(error, arguments[0], is_question=typed == "ask") from None
    except AzchatError as error:
        if error.again and invocation.env.stdin.is_terminal:  # a pipe is read once
            _name_command(error, arguments)
        raise
    if text := printed.getvalue():
        from azchat.cli.help import inked

        invocation.env.stdout.write(inked(invocation.env, f"{text}\n{topic}" if topic else text))
    return int(code or 0)


def _name_command(error: AzchatError, arguments: list[str]) -> None:
    """Let the hint be a command to paste: the same one, with the flags that may help."""
    import shlex

    end = arguments.index("--") if "--" in arguments else len(arguments)
    line = shlex.join(["azchat", *arguments[:end], *error.again, *arguments[end:]])
    if line.isprintable() and len(line) < _LONGEST_COMMAND:
        error.hint = f"think less with --effort low, or make room with: {line}"


def _is_first(invocation: Invocation) -> bool:
    """Return whether azchat, started bare, knows no endpoint and can ask for one."""
    env = invocation.env
    if env.stdin.has_data or not (env.stdout.is_terminal or not env.stdin.is_terminal):
        return False
    from azchat.commands.first_run import is_first

    return is_first(env)


def _usage_error(error: Exception, command: str, *, is_question: bool) -> UsageError:
    what = getattr(error, "format_message", lambda: str(error))()
    what, _, meant = what.partition(". Did you mean ")  # 'list'? as Typer says of a command
    option = getattr(error, "option_name", None)
    context = getattr(error, "ctx", None)
    path = f"azchat {command}" if command in COMMANDS else "azchat"
    path = context.command_path if context and context.parent else path
    hint = f"did you mean {meant}" if meant else f"see: {path} --help"
    if option in _KEY_OPTIONS:
        what = f"No such option: {option}"
        hint = "keys come from AZURE_INFERENCE_CREDENTIAL, or from: azchat config set key"
    elif close := get_close_matches(option or "", getattr(error, "possibilities", None) or (), 1):
        what, hint = f"No such option: {option}", f"did you mean {close[0]}? {hint}"
    elif "unexpected extra argument" in what and path == "azchat ask":
        quote = 'quote the question: azchat ask "..."'
        hint = quote if is_question else f"see: azchat --help; if it is a question, {quote}"
    return UsageError(" ".join(what.split()).rstrip("."), hint)
