"""Asks the user on the terminal whether a call may be run."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal

from azchat.asking.toolset import OpenTools
from azchat.errors import LocalError
from azchat.render import Renderer
from azchat.render.exposed import exposed, exposed_json
from azchat.repl.questions import Choice, Questions
from azchat.settings.layers import Settings
from azchat.terminal.confirmation import discard_typed
from azchat.terminal.safe import visible
from azchat.tools import Tool
from azchat.tools.approval import Reply
from azchat.tools.calling import Caller

_LINES_OF_THINKING = 12
_ANSWERS: dict[str, Literal["once", "session", "always", "no"]] = {
    "y": "once",
    "s": "session",
    "a": "always",
    "n": "no",
}
_CHOICES = {"y": "once", "s": "this session", "a": "always for {}", "e": "edit", "n": "no"}


def asking_caller(tools: OpenTools, renderer: Renderer, settings: Settings) -> Caller:
    """Return who answers the calls of a turn that ``renderer`` shows; the user is asked."""
    tell = bool if tools.wish.quiet else tools.tell
    questions = Questions(tools.env, plain=settings.plain, color=settings.color)
    redact = tools.redactor.redact
    return tools.caller(TerminalConsent(questions, renderer.paused, redact, tell, tools.told))


def prepare() -> None:
    """Import what showing a call takes, while the service works on the answer."""
    from azchat.render.drawn import framed

    framed("{}", 24, {}, "json")


class TerminalConsent:
    """Shows a call whole and made safe; ``paused`` keeps the answer off the screen meanwhile.

    It gives whether the thinking stands on the screen already. ``tell`` says on stderr that nobody
    could be asked; ``told`` are the tools that this was said of.
    """

    def __init__(
        self,
        questions: Questions,
        paused: Callable[[], AbstractContextManager[object]],
        redact: Callable[[str], str],
        tell: Callable[[str], object] = bool,
        told: set[str] | None = None,
    ) -> None:
        self._questions, self._paused = questions, paused
        self._redact, self._tell = redact, tell
        self._told = set() if told is None else told
        self._thought = ""  # what was shown of it last

    def __call__(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Reply:
        """Ask about a call."""
        with self._paused() as is_shown:
            discard_typed()
            thinking = "" if is_shown is True or thinking == self._thought else thinking
            self._thought = thinking or self._thought
            reply = self._ask(tool, arguments, thinking)
            if reply.answer == "nobody" and tool.name not in self._told:
                self._told.add(tool.name)
                self._tell(
                    f"azchat: {tool.name} was not run: there is no terminal to ask you on; "
                    f"to allow it: --approve {tool.name}\n"
                )
            return reply

    def result(self, name: str, arguments: Mapping[str, Any]) -> str | None:
        """Ask for what a tool returns that is defined alone; None: nobody says it."""
        ask = self._questions
        with self._paused():
            discard_typed()
            shown = exposed(self._redact(exposed_json(arguments)))
            ask.say("The model calls ", (visible(name), "bold"), " with")
            from azchat.render.drawn import framed

            ask.show(framed(shown, ask.width, ask.variables, "json"))
            return ask.line("Its result (Ctrl-D: leave it open)")

    def _ask(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Reply:
        edited: Mapping[str, Any] | None = None
        name = visible(tool.name)
        choices = [Choice(key, words.format(name)) for key, words in _CHOICES.items()]
        self._show(tool, arguments, thinking)
        while True:
            answer = self._questions.choose("Run it?", choices, "n", otherwise="n")
            if answer is None:
                return Reply("nobody")
            if answer.key == "n":
                is_said = answer.rest or not self._questions.takes_keys
                why = answer.rest if is_said else self._questions.line(_WHY)
                return Reply("no", (why or "").strip())
            if answer.key != "e":
                return Reply(_ANSWERS[answer.key], arguments=edited)
            if (changed := self._edited(edited or arguments, answer.rest)) is not None:
                edited = changed
                problem = tool.source.check(tool.name, edited)
                self._show(tool, edited, problem=problem and f"these do not fit: {problem}")

    def _edited(self, arguments: Mapping[str, Any], given: str) -> Mapping[str, Any] | None:
        """Return the new arguments; None where the user gave up. What is wrong stays editable."""
        typed = given or self._typed(exposed_json(arguments))
        while typed is not None:
            changed = _arguments(typed)
            if not isinstance(changed, str):
                return changed
            self._questions.say((visible(changed), "yellow"))
            typed = self._typed(typed.rstrip())
        return None

    def _typed(self, draft: str) -> str | None:
        if self._questions.takes_keys:
            return self._questions.line("Arguments", draft, is_whole=_is_whole)
        from azchat.repl.line_editor import in_editor

        try:
            return in_editor(draft, self._questions.variables, ".json")
        except LocalError as error:
            self._tell(f"azchat: {error.what}\n")
            return None

    def _show(
        self,
        tool: Tool,
        arguments: Mapping[str, Any],
        thinking: str = "",
        problem: str | None = None,
    ) -> None:
        """Show a call as a person can check it: JSON keeps each text on its own line.

        What the model says stands in frames: none of it can pass for ours.
        """
        from azchat.render.drawn import framed

        ask, width = self._questions, self._questions.width
        told = (tool.name, f" ({tool.origin}) with", tool.touches)
        name, origin, touches = (exposed(self._redact(one.replace("\n", " "))) for one in told)
        ask.say("The model wants to call ", (name, "bold"), origin)
        text = json.dumps(arguments, indent=2, ensure_ascii=False)
        shown = exposed(self._redact(text))
        ask.show(framed(shown, width, ask.variables, "json"))
        if said := self._redact(thinking.strip()):
            ask.show(framed(said, width, ask.variables, most=_LINES_OF_THINKING))
        if touches:
            ask.say(("It can ", "dim"), touches)
        if problem:
            ask.say((visible(problem), "yellow"))


_WHY = "Why? The model is told (Enter: no reason)"


def _is_whole(text: str) -> bool:
    return not isinstance(_arguments(text), str) or not text.strip()


def _arguments(text: str) -> Mapping[str, Any] | str:
    """Return the new arguments, or what is wrong with them."""
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"that is not valid JSON: {error}"
    return arguments if isinstance(arguments, dict) else "the arguments must be a JSON object"
