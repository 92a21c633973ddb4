"""Ctrl-C at every step of a question: it ends there, and the terminal is as it was before."""

import sys
from pathlib import Path

import pytest

from tests.front_door import azchat

# Asks over and over, each time with Ctrl-C one line of azchat's own code later, until it comes
# behind the question's end; what the terminal got and how its modes are is told for each.
PROGRAM = """
import itertools, os, pty, re, signal, sys, termios
import azchat.render.drawn, azchat.repl.line_editor, azchat.terminal
from azchat.environment import Environment
from azchat.errors import Interrupted
from azchat.repl.questions import Choice, Questions
from azchat.signals import raise_on_signals

ASK = {
    "key": lambda q: q.choose("Which one?", (Choice("y", "yes"), Choice("n", "no")), "n"),
    "line": lambda q: q.line("Name?", "before"),
    "secret": lambda q: q.secret("Key?"),
}
ask, whole = ASK[sys.argv[1]], Environment.real()
inside = azchat.terminal.__path__[0], azchat.repl.__path__[0]
left = 0

def count(frame, event, _):
    global left
    own = frame.f_code.co_filename.startswith(inside)
    if own and event == "line":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)
    return count if own else None

def ask_in_child(steps):
    global left
    left = steps
    raise_on_signals()
    questions = Questions(whole)
    try:
        sys.settrace(count)
        ask(questions)
    except Interrupted:
        return 3
    finally:
        sys.settrace(None)
    return 0 if left > 0 else 4

for steps in itertools.count(1, 3):
    is_looked_at, look = os.pipe()
    child, terminal = pty.fork()
    if not child:
        os.read(is_looked_at, 1)
        os._exit(ask_in_child(steps))
    before, shown, is_typed = termios.tcgetattr(terminal), b"", False
    os.write(look, b".")
    try:
        while data := os.read(terminal, 1000):
            shown += data
            if b"\\x1b[6n" in data:  # where is the cursor?
                os.write(terminal, b"\\x1b[1;1R")
            if not is_typed and re.search(rb"\\w\\?", shown):
                is_typed = True
                os.write(terminal, b"y\\r")
    except OSError:  # nobody has it open any more
        pass
    after = termios.tcgetattr(terminal)
    for descriptor in (terminal, is_looked_at, look):
        os.close(descriptor)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    pastes = re.findall(rb"\\x1b\\[\\?2004(.)", shown)
    wrong = [pastes and pastes[-1] == b"h" and "pastes are marked", code not in (0, 3) and code]
    wrong += [after != before and "modes"]
    if any(wrong):
        print(steps, *filter(None, wrong))
    if code == 0:
        break
print("asked", steps > 20)
"""


@pytest.mark.parametrize("kind", ["key", "line", "secret"])
def test_ctrl_c_at_any_step_leaves_the_terminal_as_it_was(home: Path, kind: str) -> None:
    program = (sys.executable, "-P", "-c", PROGRAM)
    env = {"TERM": "xterm-256color"}
    result = azchat(kind, home=home, program=program, env=env, timeout=100)
    assert (result.out, result.err, result.code) == ("asked True\n", "", 0)
