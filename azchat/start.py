"""Starts the program: occupies the streams, connects early, runs a command, ends the process."""

import gc
import os
import sys

from azchat.early import connect_early
from azchat.environment import Environment, occupy_standard_descriptors
from azchat.signals import die_by, raise_on_signals


def run(arguments: list[str]) -> None:
    """Run the command line; does not return."""
    occupy_standard_descriptors()
    raise_on_signals()
    env = Environment.real()
    early = connect_early(env, arguments)
    from azchat.cli import main

    gc.enable()
    code, signal_number = main(arguments, env, early)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
    if signal_number:
        code = die_by(signal_number)
    os._exit(code)  # without tearing down what the kernel frees faster
