"""Starts the program: occupies the streams, connects early, runs a command, ends the process."""

import os
import sys

from azchat.environment import Environment, occupy_standard_descriptors
from azchat.errors import Interrupted
from azchat.signals import die_by, raise_on_signals, raise_on_signals_again

# What needs no connection, and must not wait for the imports that one takes.
_LOCAL = {
    *("--demo", "--replay", "--dry-run", "--save", "--help", "-h", "--show-completion"),
    *("chat", "code", "config", "demo", "info", "models", "sessions", "templates"),
    *("batch", "compare", "usage"),  # several, or none
    *("--version", "-V"),
}


def run(arguments: list[str]) -> None:
    """Run the command line; does not return."""
    try:
        code, signal_number = _run(arguments)
    except Interrupted as interrupted:  # while something was being imported
        code, signal_number = 0, interrupted.signal
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
    if signal_number:
        code = die_by(signal_number)
    os._exit(code)  # without tearing down what the kernel frees faster


def _run(arguments: list[str]) -> tuple[int, int]:
    # In a C locale Python takes each byte beyond ASCII for a surrogate; the bytes are UTF-8.
    arguments = [os.fsencode(a).decode("utf-8", "surrogateescape") for a in arguments]
    occupy_standard_descriptors()
    raise_on_signals()
    env = Environment.real()
    early = None
    if arguments and _may_connect(arguments):
        from azchat.asking.early import connect_early

        early = connect_early(env, arguments)
    tools = None
    if any(argument.startswith(("-T", "--tool")) for argument in arguments):
        from azchat.asking.python_tools import EarlyTools

        tools = EarlyTools(env, arguments)
    from azchat.cli import main

    return main(arguments, env, early, raise_on_signals_again, tools)


def _may_connect(arguments: list[str]) -> bool:
    if arguments[:2] in (["tools", "list"], ["tools", "forget"]):
        return False
    names = {argument.partition("=")[0] for argument in arguments}
    return not names & _LOCAL
