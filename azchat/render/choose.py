"""Which renderer shows a turn."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from azchat.environment import Environment, Output, terminal_name
from azchat.learned import load_facts, write_facts
from azchat.render import Renderer
from azchat.terminal.background import ask_background, choose_background

if TYPE_CHECKING:
    from azchat.render.rows import Row
    from azchat.render.text import TextOnScreen
    from azchat.render.typing import Typing
    from azchat.settings.layers import Settings
    from azchat.terminal.keyboard import Keyboard

_TERMINALS = 30  # of which is remembered how the thinking was left
_OPEN_CODE = 8  # lines: little is left twice on a screen that gets smaller
_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_CODE_THEMES = ("auto", "dark", "light", "none")  # those that need no list of themes


class Appearance(NamedTuple):
    """What the user chose. ``opened``: the thinking was left open; a change is told.

    ``saved``: what came can be seen again, also when the turn does not come to its end.
    ``bare``: nothing stays on the screen but the answer. ``tool_log`` tells calls on a stderr that
    is no terminal too. ``typing`` takes what is typed on the ``keyboard`` meanwhile.
    """

    output_format: str = "text"
    thinking: str = "auto"
    color: str = "auto"
    code_theme: str = "auto"
    width: int = 100
    plain: bool = False
    raw: bool = False
    usage: bool = False
    quiet: bool = False
    sanitize: bool = False
    traced: bool = False
    saved: bool = False
    bare: bool = False
    tool_log: bool = False
    opened: Callable[[], bool] = bool
    on_opened: Callable[[bool], object] = bool
    typing: "Typing | None" = None
    keyboard: "Keyboard | None" = None

    @classmethod
    def of(cls, env: Environment, settings: "Settings") -> "Appearance":
        """Return what was chosen in the settings; how the thinking is left is remembered."""
        file, terminal = env.data_folder / "preferences.json", terminal_name()

        def leave(is_open: bool) -> None:
            """Remember it of the last terminals."""
            earlier = {k: v for k, v in load_facts(file).items() if k != terminal}
            kept = list(earlier.items())[1 - _TERMINALS :]
            write_facts(file, dict([*kept, (terminal, "open" if is_open else "folded")]))

        choose_background(settings.theme)
        return cls(
            thinking=settings.thinking,
            color=settings.color,
            code_theme=settings.code_theme,
            width=settings.width,
            plain=settings.plain,
            raw=settings.raw,
            usage=settings.usage,
            opened=lambda: load_facts(file).get(terminal) == "open",
            on_opened=leave,
        )


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
    from azchat.render.plain import PlainRenderer, PlainStyle

    style = PlainStyle(
        "hide" if look.bare and look.thinking == "auto" else look.thinking,
        quiet=look.quiet,
        usage=look.usage,
        colour=not look.plain and wants_colour(env, env.stderr, look.color),
        moves=_may_move(env, env.stderr, look),
        sanitize=look.sanitize,
        saved=look.saved,
        tool_log=look.tool_log,
    )
    return PlainRenderer(stdout, env.stderr, style)


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
    from azchat.render.turn_view import TurnStyle, TurnView

    modes = {"auto": "live", "stderr": "stream"}
    is_open = look.thinking == "live" or (look.thinking == "auto" and look.opened())
    style = TurnStyle(
        "hide" if look.quiet else modes.get(look.thinking, look.thinking),
        opened=is_open,
        quiet=look.quiet,
        usage=look.usage,
        saved=look.saved,
        keeps=look.thinking == "live" or look.typing is None,
        bare=look.bare,
        width=look.width,
        typing=look.typing,
    )

    def new_answer() -> "TextOnScreen":
        if look.raw:
            from azchat.render.text import RawText

            return RawText()
        from azchat.render.markdown import MarkdownText
        from azchat.render.theme import load_theme

        theme = load_theme(env.variables, look.code_theme, look.width)
        return MarkdownText(theme, _OPEN_CODE)

    def prepare() -> None:
        if style.thinking != "hide":  # what is quiet asks nothing either
            ask_background(env.variables, view.keyboard)
        new_answer()

    view = TurnView(
        Screen(stdout, env.variables, env.clock),
        env.stderr,
        style,
        clock=env.clock,
        new_answer=new_answer,
        on_opened=look.on_opened if look.thinking == "auto" else bool,
    )
    return TerminalRenderer(
        view,
        env.clock,
        prepare,
        stdin_is_terminal=env.stdin.is_terminal,
        keyboard=look.keyboard,
    )
