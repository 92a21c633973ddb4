"""A signal that falls into the building of a prompt ends it when it stands."""

import signal
import sys
from pathlib import Path

import pytest

from tests.front_door import Session

PROGRAM = """
import os, sys
from prompt_toolkit.application import Application
from azchat.errors import Interrupted
from azchat.repl.toolkit import Endings

def handler(number, frame):
    raise Interrupted(number)

import signal
number = int(sys.argv[1])
signal.signal(number, handler)
try:
    with Endings() as endings:
        os.kill(os.getpid(), number)
        print("still here", flush=True)
        Application().run(pre_run=endings.listen)
except Interrupted as interrupted:
    print("ended by", interrupted.signal, signal.getsignal(number) is handler, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_before_the_prompt_stands_is_not_lost(home: Path, number: signal.Signals) -> None:
    program = (sys.executable, "-P", "-c", PROGRAM, str(int(number)))
    with Session(home=home, program=program) as session:
        session.wait_for("still here")
        session.wait_for(f"ended by {int(number)} True")
        assert session.finish().code == 0
