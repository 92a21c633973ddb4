"""Colours and type styles: from Rich's style language to the terminal's codes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax, SyntaxTheme

from azchat.errors import UsageError
from azchat.render.rows import PROSE, SGR
from azchat.terminal.background import is_light

# In the terminal's own sixteen colours, so that they fit its background.
_STYLES = Path(__file__).with_name("styles.json")


class Theme(NamedTuple):
    """What each kind of text looks like; ``code`` knows the tokens of programs.

    ``prose`` are the cells that a line of it takes at most.
    """

    styles: Mapping[str, SGR]
    code: SyntaxTheme
    colours: ColorSystem
    prose: int = PROSE

    def token(self, token_type: tuple[str, ...]) -> SGR:
        """Return how a token of a program looks; never with a background."""
        if token_type[-1:] == ("Whitespace",):
            return ""  # there is nothing to see
        style = self.code.get_style_for_token(token_type)
        shown = ("color", "bold", "dim", "italic", "underline")
        bare = Style(**{name: getattr(style, name) for name in shown})
        return _sgr(bare, self.colours)


def load_theme(variables: Mapping[str, str], code_theme: str = "auto", prose: int = PROSE) -> Theme:
    """Return the theme for a terminal; raises ``UsageError`` for an unknown ``code_theme``."""
    colours = _colour_system(variables)
    words: dict[str, str] = json.loads(_STYLES.read_bytes())
    styles = {name: _sgr(Style.parse(each), colours) for name, each in words.items()}
    return Theme(styles, _syntax_theme(code_theme, variables), colours, prose)


def _syntax_theme(name: str, variables: Mapping[str, str]) -> SyntaxTheme:
    if name == "none":
        return ANSISyntaxTheme({})
    if name == "auto":
        name = "light" if is_light(variables) else "dark"
    if name in ("light", "dark"):
        return Syntax.get_theme(f"ansi_{name}")
    from pygments.styles import get_all_styles

    known = sorted(get_all_styles())
    if name not in known:
        hint = f"use auto, dark, light, none, or one of {', '.join(known)}"
        raise UsageError(f"no code theme is called {name}", hint)
    return Syntax.get_theme(name)


def _colour_system(variables: Mapping[str, str]) -> ColorSystem:
    if variables.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return ColorSystem.TRUECOLOR
    is_rich = "256color" in variables.get("TERM", "")
    return ColorSystem.EIGHT_BIT if is_rich else ColorSystem.STANDARD


def _sgr(style: Style, colours: ColorSystem) -> SGR:
    return style.render("x", color_system=colours).partition("x")[0][2:-1]
