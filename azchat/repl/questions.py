"""All questions that azchat asks: a key, a line or a secret, on the controlling terminal.

It is asked wherever the streams lead. Where the cursor may not move (``plain``) an answer is a
line that is typed and ended, as screen readers like it. prompt-toolkit is imported late: what is
asked for a key is on the screen before.
"""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from typing import NamedTuple

from azchat.environment import Environment
from azchat.render.choose import Appearance, is_capable, show_rows
from azchat.render.rows import Row
from azchat.terminal import confirmation
from azchat.terminal.held_signals import HeldSignals
from azchat.terminal.keyboard import ESCAPE, Keyboard
from azchat.terminal.safe import Codes, visible

Cell = str | tuple[str, str]
_MARKS_ON, _MARKS_OFF = "\x1b[?2004h", "\x1b[?2004l"  # of pastes, which are no keys
_NARROWEST, _WIDEST = 24, 100  # columns


class Choice(NamedTuple):
    """What a key means."""

    key: str
    words: str


class Answer(NamedTuple):
    """The key of a choice; where a line was typed, what followed it."""

    key: str
    rest: str = ""


class Questions:
    """Asks; None is the answer of nobody: there is no terminal."""

    def __init__(self, env: Environment, *, plain: bool = False, color: str = "auto") -> None:
        self._terminal = confirmation.ControllingTerminal()
        self._env = env._replace(stdout=self._terminal)
        self._look = Appearance(plain=plain, color=color)
        self.takes_keys = sys.platform != "win32" and not plain and is_capable(env.variables)

    @property
    def width(self) -> int:
        """The columns there are."""
        return min(_WIDEST, max(_NARROWEST, self._terminal.size()[0]))

    @property
    def variables(self) -> Mapping[str, str]:
        """What names the user's editor, and the terminal's colours."""
        return self._env.variables

    def show(self, rows: Sequence[Row]) -> None:
        """Show rows of at most ``width`` cells."""
        show_rows(self._env, rows, self._look)

    def say(self, *pieces: Cell, indent: int = 0) -> None:
        """Show a paragraph, broken between words; without words a blank line."""
        from azchat.render.drawn import text

        self.show(text(pieces, self.width, indent) if pieces else [Row("", 0)])

    def confirm(self, question: str) -> bool | None:
        """Return whether the user agrees, which is to be said."""
        choices = (Choice("y", "yes"), Choice("n", "no"))
        if self.takes_keys:
            *before, last = question.split("\n")
            for line in before:
                self.say(line)
            answer = self.choose(last, choices, "n", otherwise="n")
        else:
            answer = _typed(f"{question} [y/N]", choices, "n", "n")
        return None if answer is None else answer.key == "y"

    def choose(
        self,
        question: str,
        choices: Sequence[Choice],
        default: str,
        *,
        otherwise: str = "",
        apart: bool = False,
    ) -> Answer | None:
        """Return what is chosen of ``choices``, which stand on lines of their own if ``apart``.

        ``otherwise`` is what Escape and Ctrl-D mean; without it the one is no answer, and the
        other means that there is nobody.
        """
        if not self.takes_keys:
            self._show_choices(choices, default, apart=apart)
            return _typed(question, choices, default, otherwise)
        with HeldSignals() as held, closing(Keyboard(is_stdin=False)) as keyboard:
            keyboard.listen()
            self._show_choices(choices, default, apart=apart)
            self._terminal.write(Codes(f"{_MARKS_ON}{visible(question)} "))
            words = ""
            try:
                meant = {choice.key: choice for choice in choices}
                alike = {"\r": default, "\n": default, "\x04": otherwise, ESCAPE: otherwise}
                threading.Thread(target=_import_editor, daemon=True).start()
                key = ""
                while key not in meant:
                    pressed = held.wait(keyboard.wait)
                    if pressed is None or (pressed == "\x04" and not otherwise):
                        return None
                    key = alike.get(pressed, pressed.lower())
                words = meant[key].words.partition(" (")[0]
                return Answer(key)
            finally:
                self._terminal.write(Codes(f"{_MARKS_OFF}{visible(words)}\n"))

    def line(
        self, label: str, draft: str = "", *, is_whole: Callable[[str], bool] | None = None
    ) -> str | None:
        """Return a text that begins as ``draft``; None too where the user gave up (Ctrl-D).

        Of several lines, Enter ends it once it ``is_whole``.
        """
        if self.takes_keys:
            from azchat.repl.line_editor import edit_line

            return edit_line(f"{label}: ", draft, self._env.variables, is_whole)
        with suppress(EOFError):
            default = f" [{draft}]" if draft and "\n" not in draft else ""
            typed = confirmation.ask_line(f"{label}{default}: ")
            return (typed and typed.strip()) or (draft if typed is not None else None)
        return None

    def secret(self, label: str) -> str | None:
        """Return a line that is not shown."""
        return confirmation.ask_secret(f"{label} (it is not shown): ")

    def _show_choices(self, choices: Sequence[Choice], default: str, *, apart: bool) -> None:
        told: list[Cell] = []
        for key, words in choices:
            if self.takes_keys:
                told += [("  " * apart + key, "bold cyan"), f" {words}"]
                told.append(" (Enter)" if key == default else "")
            else:
                told.append(f"  {key}  {words}" if apart else f"[{key}] {words}")
                told.append(" (default)" if key == default else "")
            told.append("\n" if apart else "  ")
        self.say(*told[:-1])


def _typed(question: str, choices: Sequence[Choice], default: str, otherwise: str) -> Answer | None:
    """Return what a line means: a key, a choice's first word, or the key and what follows it."""
    meant = {choice.key: choice.key for choice in choices}
    words = {"yes": "y", "no": "n"} | {one.words.split()[0].lower(): one.key for one in choices}
    meant |= {word: key for word, key in words.items() if key in meant}
    asked = f"{question} "
    while True:
        try:
            typed = confirmation.ask_line(asked)
        except EOFError:
            typed = otherwise or None
        if typed is None:
            return None
        word, _, rest = typed.strip().partition(" ")
        if not word or word.lower() in meant:
            return Answer(meant[word.lower()] if word else default, rest)
        asked = f"{', '.join(choice.key for choice in choices)}: "


def _import_editor() -> None:
    import azchat.repl.line_editor  # noqa: F401
