"""Asks the user on the terminal whether a call may be run."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

from azchat.asking.toolset import OpenTools
from azchat.errors import LocalError
from azchat.render import Renderer
from azchat.render.exposed import exposed
from azchat.render.rows import Row, Span, fold, wrap
from azchat.terminal.confirmation import ask_line, discard_typed, terminal_width
from azchat.terminal.safe import visible
from azchat.tools import Tool
from azchat.tools.approval import Reply
from azchat.tools.calling import Caller

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
_CHOICES = "[y] once  [s] this session  [a] always for {}  [e] edit  [n] no (default)"


def asking_caller(tools: OpenTools, renderer: Renderer) -> Caller:
    """Return who answers the calls of a turn that ``renderer`` shows; the user is asked."""
    known = tools.env.variables
    editor = known.get("VISUAL") or known.get("EDITOR") or ""
    tell = bool if tools.wish.quiet else tools.tell
    redact = tools.redactor.redact
    return tools.caller(TerminalConsent(renderer.paused, redact, tell, editor, tools.told))


class TerminalConsent:
    """Shows a call whole and made safe; ``paused`` keeps the answer off the screen meanwhile.

    ``tell`` says on stderr that nobody could be asked; ``editor`` is the user's, if any,
    ``told`` are the tools that this was said of.
    """

    def __init__(
        self,
        paused: Callable[[], AbstractContextManager[object]],
        redact: Callable[[str], str],
        tell: Callable[[str], object] = bool,
        editor: str = "",
        told: set[str] | None = None,
    ) -> None:
        self._paused, self._redact, self._tell, self._editor = paused, redact, tell, editor
        self._told = set() if told is None else told

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
        draft = ""
        question = self._question(tool, arguments, thinking)
        while True:
            typed = _line(question)
            if typed is None:
                return Reply("nobody")
            word, _, rest = typed.strip().partition(" ")
            if word.lower() in ("e", "edit"):
                draft = draft or _as_json(edited or arguments, 2 if self._editor else None)
                draft = rest or self._edited(draft)
                changed = _arguments(draft)
                if isinstance(changed, str):
                    question = f"{visible(changed)}\nRun it? [y/s/a/e/N] "
                    continue
                edited, draft = changed, ""
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

    def _edited(self, text: str) -> str:
        from azchat.repl.editing import edit

        def is_whole(typed: str) -> bool:
            return not isinstance(_arguments(typed), str) or not typed.strip()

        try:
            return edit(text, self._editor, is_whole)
        except LocalError as error:
            self._tell(f"azchat: {error.what}\n")
        except EOFError:
            pass  # Ctrl-D: as it was
        return text

    def _question(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> str:
        said = visible(self._redact(thinking.strip()))
        lines = _broken(said, _width() - 4, wrap) if said else []
        if (before := len(lines) - _LINES_OF_THINKING) > 0:
            lines = [f"… {before} lines before", *lines[before:]]
        head = _panel(lines) if lines else ""
        choices = "\n".join(_broken(visible(_CHOICES.format(tool.name)), _width(), wrap))
        return f"{head}{self._shown(tool, arguments)}{choices}\nRun it? "

    def _shown(self, tool: Tool, arguments: Mapping[str, Any]) -> str:
        """Return a call as a person can check it: JSON keeps each text on its own line."""
        text = exposed(self._redact(json.dumps(arguments, indent=2, ensure_ascii=False)))
        name = exposed(self._redact(f"{tool.name} ({tool.origin})".replace("\n", " ")))
        return f"The model wants to call {name} with\n{_panel(_broken(text, _width() - 4))}"


def _broken(
    text: str, width: int, broken: Callable[[list[Span], int], list[Row]] = fold
) -> list[str]:
    """Return the rows of a text, by the widest reading: none goes on where nothing frames it."""
    lines = text.expandtabs(4).split("\n")
    return [row.text for line in lines for row in broken([(line, "")], width)]


def _panel(lines: Sequence[str]) -> str:
    """Return rows in a frame: none of them can pass for ours."""
    from azchat.render.drawn import panel

    return "".join(f"{row.text}\n" for row in panel(lines, _width()))


def _width() -> int:
    return max(24, terminal_width())


def _as_json(arguments: Mapping[str, Any], indent: int | None) -> str:
    """Return arguments as JSON in which all that cannot be seen is written as its number."""
    text = json.dumps(arguments, indent=indent, ensure_ascii=False)
    return "".join(c if exposed(c) == c else json.dumps(c)[1:-1] for c in text)


def _line(question: str) -> str | None:
    """Return what is typed; the end of the input (Ctrl-D) is an empty line."""
    try:
        return ask_line(question)
    except EOFError:
        return ""


def _arguments(text: str) -> Mapping[str, Any] | str:
    """Return the new arguments, or what is wrong with them."""
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"that is not valid JSON: {error}"
    return arguments if isinstance(arguments, dict) else "the arguments must be a JSON object"
