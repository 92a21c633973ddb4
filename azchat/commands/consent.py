"""Asks the user on the terminal whether a call may be run."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal

from azchat.confirmation import ask_line, discard_typed
from azchat.render.safe import visible
from azchat.tools import Tool
from azchat.tools.approval import Reply

_LINES_OF_THINKING = 12
_ANSWERS: dict[str, Literal["once", "session", "always", "no"]] = {
    "y": "once",
    "yes": "once",
    "s": "session",
    "session": "session",
    "a": "always",
    "always": "always",
    "n": "no",
    "no": "no",
    "": "no",
}
_CHOICES = "[y] yes, once  [s] in this session  [a] always for {}  [e] edit  [n] no (default)"


class TerminalConsent:
    """Shows a call whole and made safe; ``paused`` keeps the answer off the screen meanwhile.

    ``tell`` says on stderr that nobody could be asked.
    """

    def __init__(
        self,
        paused: Callable[[], AbstractContextManager[object]],
        redact: Callable[[str], str],
        tell: Callable[[str], object] = bool,
    ) -> None:
        self._paused, self._redact, self._tell = paused, redact, tell
        self._told: set[str] = set()  # which tools nobody could be asked about

    def __call__(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Reply:
        """Ask about a call."""
        with self._paused():
            discard_typed()
            reply = self._ask(tool, arguments, thinking)
            if reply.answer == "nobody" and tool.name not in self._told:
                self._told.add(tool.name)
                self._tell(
                    f"azchat: {tool.name} was not run: there is no terminal to ask you on; "
                    f"to allow it: --approve {tool.name}\n"
                )
            return reply

    def _ask(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Reply:
        edited: Mapping[str, Any] | None = None
        question = self._question(tool, arguments, thinking)
        while True:
            typed = _line(question)
            if typed is None:
                return Reply("nobody")
            word, _, rest = typed.strip().partition(" ")
            if word.lower() in ("e", "edit"):
                changed = _edit(rest)
                if isinstance(changed, str):
                    question = f"{visible(changed)}\nRun it? [y/s/a/e/N] "
                    continue
                edited = changed
                problem = tool.source.check(tool.name, edited)
                question = f"{visible(f'these do not fit: {problem}')}\n" if problem else ""
                question += self._shown(tool, edited) + "Run it? [y/s/a/e/N] "
                continue
            answer = _ANSWERS.get(word.lower())
            if answer == "no":
                reason = rest or (_line("Why? (Enter: no reason) ") if word else "")
                return Reply("no", (reason or "").strip())
            if answer:
                return Reply(answer, arguments=edited)
            question = "y, s, a, e, n, or n and a reason: "

    def _question(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> str:
        lines = self._safe(thinking.strip()).split("\n")
        cut = ["│ …"] if len(lines) > _LINES_OF_THINKING else []
        thought = [*cut, *(f"│ {line}" for line in lines[-_LINES_OF_THINKING:])]
        head = "\n".join(thought) + "\n" if thinking.strip() else ""
        choices = visible(_CHOICES.format(tool.name))
        return f"{head}{self._shown(tool, arguments)}{choices}\nRun it? "

    def _shown(self, tool: Tool, arguments: Mapping[str, Any]) -> str:
        """Return a call as a person can check it: JSON keeps each text on its own line."""
        text = json.dumps(arguments, indent=2, ensure_ascii=False)
        indented = "\n".join(f"  {line}" for line in self._safe(text).split("\n"))
        name = self._safe(f"{tool.name} ({tool.origin})".replace("\n", " "))
        return f"The model wants to call {name} with\n{indented}\n"

    def _safe(self, text: str) -> str:
        return visible(self._redact(text))


def _line(question: str) -> str | None:
    """Return what is typed; the end of the input (Ctrl-D) is an empty line."""
    try:
        return ask_line(question)
    except EOFError:
        return ""


def _edit(text: str) -> Mapping[str, Any] | str:
    """Return the new arguments, or what is wrong with them."""
    typed = text or _line("Arguments, as JSON on one line: ")
    try:
        arguments = json.loads(typed or "")
    except (ValueError, RecursionError) as error:
        return f"that is not valid JSON: {error}"
    return arguments if isinstance(arguments, dict) else "the arguments must be a JSON object"
