"""azchat chat on a terminal.

with chatting(home, fs.url("ok")) as chat:
    chat.ask("hi")      # and wait for the prompt that comes after the answer
    result = chat.leave()
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.connection import Request
from tests.faults.payloads import DONE, chunk, content, event, usage_chunk
from tests.faults.scripted import reply
from tests.front_door import Environ, Result, Session
from tests.oracles import CANARY

# What prompt-toolkit writes: where is the cursor, how does it blink, wrap and send its keys.
PROMPT_TOOLKIT = [r"\x1b\[6n", r"\x1b\[\?(?:1|7|12)[hl]"]
ASKED = "\x1b[6n"  # each prompt begins so
FIRST = "> a question, or /help"


class Chatting(Session):
    """A chat that is typed to."""

    @property
    def prompts(self) -> int:
        """How many prompts there were."""
        return self.output.count(ASKED)

    @property
    def is_asking(self) -> bool:
        """Whether there is an empty prompt with its toolbar."""
        lines = [line for line in self.screen if line]
        line = self.screen[self.cursor[1]]
        return line in (">", FIRST) and self.cursor[0] == 2 and "· session " in lines[-1]

    def wait_for_prompt(self, after: int = 0) -> None:
        """Wait for an empty prompt, ``after`` so many."""
        self.wait_until(lambda: self.prompts > after and self.is_asking, what="prompt")

    def ask(self, text: str) -> None:
        """Type a line, and wait for the next prompt."""
        before = self.prompts
        self.send(f"{text}\r")
        self.wait_for_prompt(before)

    def type(self, text: str, shown: str) -> None:
        """Type, and wait until the line of the cursor is ``shown``."""
        self.send(text)
        self.wait_until(lambda: self.line == shown, what=f"{shown!r} at the cursor")

    @property
    def line(self) -> str:
        """The line of the cursor."""
        return self.screen[self.cursor[1]]

    def leave(self) -> Result:
        """Leave by Ctrl-D."""
        self.send("\x04")
        return self.finish()


def chatting(
    home: Path, url: str, *words: str, env: Environ | None = None, **more: Any
) -> Chatting:
    """Start a chat and wait for its prompt; without a terminal, or a prompt of its own: do not."""
    variables = {
        "AZURE_INFERENCE_ENDPOINT": url,
        "AZURE_INFERENCE_CREDENTIAL": CANARY,
        "AZURE_INFERENCE_MODEL": "m",
    }
    chat = Chatting("chat", *words, home=home, env=variables | dict(env or {}), **more)
    if not more and "TERM" not in (env or {}) and "--plain" not in words:
        chat.wait_for_prompt()
    return chat


def says(*tokens: str, finish: str | None = "stop") -> bytes:
    """Return a whole reply; without ``finish`` it ends in the middle."""
    body = b"".join(event(content(token)) for token in tokens)
    if finish is None:
        return reply(body)
    return reply(body + event(chunk({}, finish)) + event(usage_chunk()) + DONE)


def sent(requests: Sequence[Request]) -> list[tuple[str, str]]:
    """Return the roles and texts of the last request."""
    return [(said["role"], said["content"]) for said in requests[-1].json()["messages"]]


def data_folder(home: Path) -> Path:
    return home / ".local/share/azchat"
