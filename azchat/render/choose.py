"""Which renderer shows a turn."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from azchat.environment import Environment, Output
from azchat.render import Renderer
from azchat.render.appearance import Appearance as Appearance
from azchat.terminal.background import ask_background

if TYPE_CHECKING:
    from azchat.render.markdown import MarkdownText
    from azchat.render.rows import Row
    from azchat.render.text import RawText

_OPEN_CODE = 8  # lines: little is left twice on a screen that gets smaller
_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_CODE_THEMES = ("auto", "dark", "light", "none")  # those that need no list of themes


def choose_renderer(env: Environment, stdout: Output, look: Appearance) -> Renderer:
    """Return the renderer, which writes to ``stdout``; raises ``UsageError`` for a code theme."""
    if look.output_format != "text":
        from azchat.render.json import JsonRenderer, StreamJsonRenderer

        is_stream = look.output_format == "stream-json"
        return StreamJsonRenderer(stdout) if is_stream else JsonRenderer(stdout)
    if look.code_theme not in _CODE_THEMES:
        from azchat.render.theme import load_theme

        load_theme(env.variables, look.code_theme)
    if _is_live(env, stdout, look):
        return _terminal(env, stdout, look)
    from azchat.render.plain import PlainRenderer

    colour = not look.plain and wants_colour(env, env.stderr, look.color)
    moves = _may_move(env, env.stderr, look)
    return PlainRenderer(stdout, env.stderr, look, colour=colour, moves=moves)


def show_text(env: Environment, stdout: Output, text: str, look: Appearance) -> None:
    """Show a whole text: as Markdown where a turn would be, else as it is."""
    if not _is_live(env, stdout, look):
        stdout.write(f"{text}\n")
        return
    from azchat.render.blocks import document_rows
    from azchat.render.screen import Screen
    from azchat.render.theme import load_theme

    ask_background(env.variables)
    screen = Screen(stdout, env.variables)
    theme = load_theme(env.variables, look.code_theme, look.width)
    screen.draw(document_rows(text, screen.columns, theme))


def is_rich(env: Environment) -> bool:
    """Return whether stdout shows colours."""
    return _is_live(env, env.stdout, Appearance())


def show_rows(env: Environment, rows: "Sequence[Row]", look: Appearance | None = None) -> None:
    """Write rows to the terminal, in colours where they are wanted."""
    if not _is_live(env, env.stdout, look or Appearance()):
        env.stdout.write("".join(f"{_STYLES.sub('', row.text)}\n" for row in rows))
        return
    from azchat.render.screen import Screen

    Screen(env.stdout, env.variables).draw(rows)


def wants_colour(env: Environment, stream: Output, choice: str) -> bool:
    """Return whether ``stream`` gets colour: by the flag, the variables, the terminal."""
    if choice != "auto":
        return choice == "always"
    if env.variables.get("NO_COLOR"):
        return False
    if env.variables.get("FORCE_COLOR"):
        return True
    return stream.is_terminal and is_capable(env.variables)


def _is_live(env: Environment, stdout: Output, look: Appearance) -> bool:
    """Return whether rows may be drawn again: a trace would be written across them."""
    return not look.traced and _may_move(env, stdout, look)


def _may_move(env: Environment, stream: Output, look: Appearance) -> bool:
    """Return whether the cursor may move on ``stream``."""
    is_able = stream.speaks_vt and not look.plain and is_capable(env.variables)
    return is_able and wants_colour(env, stream, look.color)


def is_capable(variables: Mapping[str, str]) -> bool:
    """Return whether a terminal takes more than plain text, and its user wants more."""
    default = "" if os.name == "posix" else "console"  # Windows sets no TERM
    is_terminal = variables.get("TERM", default) not in ("dumb", "unknown", "")
    return is_terminal and not variables.get("ACCESSIBLE") and not variables.get("CI")


def _terminal(env: Environment, stdout: Output, look: Appearance) -> Renderer:
    from azchat.render.screen import Screen
    from azchat.render.terminal import TerminalRenderer
    from azchat.render.turn_view import TurnView

    def new_answer() -> "RawText | MarkdownText":
        if look.raw:
            from azchat.render.text import RawText

            return RawText()
        from azchat.render.markdown import MarkdownText
        from azchat.render.theme import load_theme

        theme = load_theme(env.variables, look.code_theme, look.width)
        return MarkdownText(theme, _OPEN_CODE)

    def prepare() -> None:
        if look.thinking != "hide" and not look.quiet:  # what is quiet asks nothing either
            ask_background(env.variables, view.keyboard)
        new_answer()

    view = TurnView(
        Screen(stdout, env.variables, env.clock),
        env.stderr,
        look,
        clock=env.clock,
        new_answer=new_answer,
    )
    return TerminalRenderer(
        view, env.clock, prepare, stdin_is_terminal=env.stdin.is_terminal, keyboard=look.keyboard
    )
