"""azchat on a terminal, and an answer that comes as the test dictates it.

with Dictated() as model, asking(home, model.url) as session:
    model.think("hm ")
    session.wait_for("hm")
    model.answer("yes")
"""

import queue
import re
import sys
import termios
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.faults.connection import Connection
from tests.faults.payloads import DONE, chunk, event, usage_chunk
from tests.faults.scripted import Scripted, reply
from tests.front_door import PROGRAM, Result, Session
from tests.oracles import CANARY

FOLDED = re.compile(r"▸ Thought for \d+\.\d s · \d+ tokens?")
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Dictated(Scripted):
    """A model that thinks and says what it is told, when it is told; one request."""

    def __init__(self) -> None:
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        super().__init__(self._speak)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hang_up()
        super().__exit__(kind, error, trace)

    def think(self, *tokens: str) -> None:
        """Think one token after the other."""
        for token in tokens:
            self.send({"reasoning_content": token})

    def say(self, *tokens: str) -> None:
        """Say one token of the answer after the other."""
        for token in tokens:
            self.send({"content": token})

    def send(self, delta: dict[str, Any]) -> None:
        """Send any delta."""
        self._said.put(event(chunk(delta)))

    def finish(self, reason: str = "stop", usage: dict[str, Any] | None = None) -> None:
        """End well."""
        self._said.put(event(chunk({}, reason)) + event(usage_chunk(usage)) + DONE)
        self.hang_up()

    def answer(self, *tokens: str) -> None:
        """Say the rest of the answer and end well."""
        self.say(*tokens)
        self.finish()

    def hang_up(self) -> None:
        """Close the connection."""
        self._said.put(None)

    def _speak(self, connection: Connection) -> None:
        connection.send(reply())
        while data := self._said.get():
            connection.send(data)


def asking(
    home: Path, url: str, *words: str, env: dict[str, str | None] | None = None, **more: Any
) -> Session:
    """Start ``azchat ask hi`` on a terminal."""
    variables: dict[str, str | None] = {
        "AZURE_INFERENCE_ENDPOINT": url,
        "AZURE_INFERENCE_CREDENTIAL": CANARY,
        "AZURE_INFERENCE_MODEL": "m",
    }
    env = variables | (env or {})
    return Session("ask", "hi", *words, home=home, env=env, **{"tty": True, **more})


def lines_of(shown: Result | Session) -> list[str]:
    """Return the lines of the screen that are not blank, the one about tokens apart."""
    is_usage = re.compile(r"(\d+ tokens · )?\d+\.\d s( · \d+ tokens/s)?").fullmatch
    return [line for line in shown.screen if line and not is_usage(line)]


def words_of(shown: Result | Session) -> str:
    """Return what the screen says, on one line."""
    return " ".join(" ".join(lines_of(shown)).split())


def is_listening(session: Session) -> bool:
    """Whether keys reach azchat one by one, and are not shown."""
    return not session.termios()[3] & (termios.ICANON | termios.ECHO)


def wait_for_keys(session: Session) -> None:
    session.wait_until(lambda: is_listening(session), what="cbreak mode")


# A shell with job control: the job in the foreground until it stops, then a prompt; a line
# that is typed there continues it. It leaves the terminal's modes alone.
_SHELL = """
import os, signal, sys
terminal, in_background = 0, sys.argv[1] == "&"
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if not job:
    os.setpgid(0, 0)
    if not in_background:
        os.tcsetpgrp(terminal, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[2], sys.argv[2:])
while True:
    _, status = os.waitpid(job, os.WUNTRACED)
    os.tcsetpgrp(terminal, os.getpgrp())
    if not os.WIFSTOPPED(status):
        break
    os.write(1, b"stopped> ")
    os.read(terminal, 1000)
    os.tcsetpgrp(terminal, job)
    os.killpg(job, signal.SIGCONT)
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
os._exit(os.waitstatus_to_exitcode(status))
"""


def shell(background: str = "") -> tuple[str, ...]:
    """Return the program that runs azchat as a job of a shell, ``&`` in the background."""
    return (sys.executable, "-I", "-S", "-c", _SHELL, background, *PROGRAM)
