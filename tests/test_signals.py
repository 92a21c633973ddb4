"""Signals become one exception, at a moment when nothing breaks by it."""

import signal
import sys
from pathlib import Path

import pytest

from tests.front_door import Session

PROGRAM = """
import sys
from azchat.errors import Interrupted
from azchat.signals import die_by, raise_on_signals

sys.path.insert(0, sys.argv[1])
raise_on_signals()
try:
    import slow
    input()
except Interrupted as interrupted:
    try:
        print("tidying up, imported:", "slow" in sys.modules, flush=True)
        input()
    except Interrupted:
        print("interrupted again", flush=True)
    die_by(interrupted.signal)
"""
READS = "print('importing', flush=True)\ninput()\n"
NEVER_ENDS = "print('importing', flush=True)\nwhile True: pass\n"


def importing(home: Path, module: str) -> Session:
    (home / "slow.py").write_text(module)
    program = (sys.executable, "-P", "-c", PROGRAM, str(home))
    return Session(home=home, stdin="open", tty=False, program=program)


def test_an_import_that_does_not_end_is_broken_off(home: Path) -> None:
    with importing(home, NEVER_ENDS) as session:
        session.wait_for("importing")
        session.kill(signal.SIGTERM)
        session.wait_for("tidying up, imported: False")
        session.send("done\n")
        assert session.finish().signal is signal.SIGTERM


# Ctrl-C while Python itself looks for a module, and holds locks that an exception would leave held.
SEARCHES = """
import ctypes, sys, types
from azchat.errors import Interrupted
from azchat.signals import raise_on_signals

interrupt = ctypes.pythonapi.PyErr_SetInterrupt
interrupt.restype = None
ended = False
raise_on_signals()
sys.meta_path.insert(0, types.SimpleNamespace(find_spec=interrupt))
try:
    try:
        import no_such_module
    except ImportError:
        ended = True
    input()
except Interrupted:
    print("interrupted, import ended:", ended)
"""


def test_the_search_for_a_module_is_not_broken_off(home: Path) -> None:
    program = (sys.executable, "-P", "-c", SEARCHES)
    with Session(home=home, stdin="open", tty=False, program=program) as session:
        assert session.finish().out == "interrupted, import ended: True\n"


@pytest.mark.parametrize("other", [signal.SIGTERM, signal.SIGHUP])
def test_another_signal_does_not_break_into_the_tidying_up(
    home: Path, other: signal.Signals
) -> None:
    with importing(home, "print('importing', flush=True)\n") as session:
        session.wait_for("importing")
        session.kill(signal.SIGINT)
        session.wait_for("tidying up")
        session.kill(other)
        session.send("done\n")
        result = session.finish()
    assert result.signal is signal.SIGINT
    assert "again" not in result.out


def test_the_same_signal_ends_the_tidying_up_at_once(home: Path) -> None:
    with importing(home, "print('importing', flush=True)\n") as session:
        session.wait_for("importing")
        session.kill(signal.SIGTERM)
        session.wait_for("tidying up")
        session.kill(signal.SIGTERM)
        assert session.finish().signal is signal.SIGTERM


# Ctrl-C behind Python's last look for signals, before a system call that waits.
WAITS = """
import asyncio, ctypes, functools, select, signal, sys, types
from azchat.errors import Interrupted
from azchat.repl.toolkit import Endings
from azchat.signals import raise_on_signals

raise_on_signals()
if sys.argv[1] == "after a prompt":
    with Endings():
        loop = asyncio.new_event_loop()
        loop.add_signal_handler(signal.SIGWINCH, print)
        loop.close()
interrupt = functools.partial(ctypes.pythonapi.PyErr_SetInterruptEx, signal.SIGINT)
try:
    select.select([types.SimpleNamespace(fileno=interrupt)], [], [])
except Interrupted:
    print("interrupted")
"""


@pytest.mark.parametrize("when", ["at first", "after a prompt"])
def test_no_system_call_keeps_a_signal_from_being_heard(home: Path, when: str) -> None:
    program = (sys.executable, "-P", "-c", WAITS, when)
    with Session(home=home, stdin="open", tty=False, program=program) as session:
        assert session.finish().out == "interrupted\n"


# Ctrl-C when the program's first own modules, or those that they need, are looked for.
STARTS = """
import os, sys, types

awaited = sys.argv.pop(1)
def find_spec(name, *_):
    if name == awaited:
        os.kill(os.getpid(), 2)

sys.meta_path.insert(0, types.SimpleNamespace(find_spec=find_spec))
from azchat.__main__ import main
main()
"""


@pytest.mark.parametrize("module", ["enum", "signal", "azchat.start", "azchat.environment"])
def test_ctrl_c_while_it_starts_ends_it_without_a_word(home: Path, module: str) -> None:
    program = (sys.executable, "-P", "-c", STARTS, module)
    with Session("ask", "--demo", "hi", home=home, tty=False, program=program) as session:
        result = session.finish()
    assert (result.signal, result.out, result.err) == (signal.SIGINT, "", "")
