"""Whether the terminal's background is light: as a setting says, or as it says itself, once."""

import re
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azchat.terminal.keyboard import Keyboard

# OSC 11; and the primary device attributes, which all terminals tell: who is silent on the one
# is not waited for. It may tell that too late: a keyboard takes it for no key.
_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
_REPLY = re.compile(r"\x1b\]11;rgba?:(\w+)/(\w+)/(\w+).*|\x1b\[\?[\d;]*c", re.DOTALL)
_WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue (BT.601)

_known: list[bool] = []


def choose_background(theme: str) -> None:
    """Take a setting's word for it; ``auto``: the terminal is asked."""
    if theme != "auto":
        _known[:] = [theme == "light"]


def ask_background(variables: Mapping[str, str], keyboard: "Keyboard | None" = None) -> None:
    """Ask the terminal, unless it is known; what is typed meanwhile stays the keyboard's."""
    if _known or variables.get("COLORFGBG") or variables.get("NO_COLOR"):
        return
    _known.append(False)
    if keyboard is None:
        from azchat.terminal.keyboard import Keyboard

        with closing(Keyboard(is_stdin=False)) as own:
            _known[0] = _ask(own)
    else:
        _known[0] = _ask(keyboard)


def is_light(variables: Mapping[str, str]) -> bool:
    """Return what is known; else what ``COLORFGBG`` says."""
    return _known[0] if _known else variables.get("COLORFGBG", "")[-2:].strip(";") in ("7", "15")


def _ask(keyboard: "Keyboard") -> bool:
    told = keyboard.ask(_QUESTION, _REPLY)
    if not told or not told[1]:
        return False
    parts = [int(part, 16) / (16 ** len(part) - 1) for part in told.groups()]
    return sum(map(float.__mul__, parts, _WEIGHTS)) > 0.5
