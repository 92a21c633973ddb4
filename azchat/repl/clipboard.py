"""The clipboard: the platform's own tool, or the terminal's where there is none."""

import base64
import shutil
import subprocess

from azchat.environment import Environment
from azchat.errors import LocalError
from azchat.terminal.safe import Codes

# In the order they are tried; each reads the text from its stdin.
_TOOLS = (
    ("pbcopy",),
    ("wl-copy",),
    ("xclip", "-selection", "clipboard"),
    ("xsel", "--clipboard", "--input"),
    ("clip.exe",),
    ("termux-clipboard-set",),
)
_DISPLAYS = {"wl-copy": "WAYLAND_DISPLAY", "xclip": "DISPLAY", "xsel": "DISPLAY"}
_SECONDS = 5.0
_LONGEST = 74_994  # bytes that terminals take in one OSC 52


def copy(text: str, env: Environment) -> str:
    """Put ``text`` on the clipboard; return how. Raises ``LocalError`` where there is no way.

    Over ssh the clipboard that counts is where the terminal is: it is asked by OSC 52.
    """
    if not env.variables.get("SSH_TTY"):
        for tool in _TOOLS:
            needs = _DISPLAYS.get(tool[0])
            if shutil.which(tool[0]) and (needs is None or env.variables.get(needs)):
                return _copy_by(tool, text)
    data = base64.b64encode(text.encode()).decode()
    if not env.stdout.speaks_vt or len(data) > _LONGEST:
        raise LocalError("there is no clipboard here", "/export FILE.md writes the session")
    env.stdout.write(Codes(f"\x1b]52;c;{data}\x07"))
    return "through the terminal, if it allows that"


def _copy_by(tool: tuple[str, ...], text: str) -> str:
    try:
        subprocess.run(  # noqa: S603 - a fixed command
            tool,
            input=text.encode(),
            check=True,
            timeout=_SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        raise LocalError(f"{tool[0]} did not take it", "/export FILE.md writes it") from None
    return f"with {tool[0]}"
