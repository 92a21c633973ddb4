"""The picture in the clipboard, by the platform's own tool; elsewhere by Pillow."""

import shutil
import subprocess
from collections.abc import Mapping
from io import BytesIO

from azchat.attachments.pictures import INSTALL, MAX_BYTES
from azchat.errors import InputError, LocalError

_KINDS = ("image/png", "image/jpeg", "image/webp", "image/gif")
_SECONDS = 5.0


def picture_in_clipboard(variables: Mapping[str, str], platform: str) -> bytes:
    """Return the file of the picture there.

    Raises ``InputError`` where there is none, ``LocalError`` where nobody can look.
    """
    if variables.get("SSH_TTY"):
        raise LocalError(
            "the clipboard is on the machine that you sit at", "copy the file here, and /attach it"
        )
    if platform in ("darwin", "win32"):
        return _by_pillow()
    if variables.get("WAYLAND_DISPLAY") and shutil.which("wl-paste"):
        return _by_tool(("wl-paste", "--list-types"), ("wl-paste", "--no-newline", "--type"))
    if variables.get("DISPLAY") and shutil.which("xclip"):
        xclip = ("xclip", "-selection", "clipboard", "-o", "-t")
        return _by_tool((*xclip, "TARGETS"), xclip)
    raise LocalError("there is no clipboard here", "install wl-clipboard or xclip, or /attach FILE")


def _by_tool(listing: tuple[str, ...], getting: tuple[str, ...]) -> bytes:
    offered = _output(listing).decode("ascii", "replace").split()
    kind = next((kind for kind in _KINDS if kind in offered), None)
    picture = _output((*getting, kind)) if kind else b""
    if not picture:
        raise _nothing()
    return picture[: MAX_BYTES + 1]


def _output(command: tuple[str, ...]) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        raise LocalError(f"{command[0]} does not answer", "/attach a file instead") from None
    return done.stdout if done.returncode == 0 else b""


def _by_pillow() -> bytes:
    try:
        from azchat.attachments.scaling import clipboard_picture
    except ImportError:
        raise LocalError("pictures cannot be pasted without Pillow", INSTALL) from None
    picture = clipboard_picture()
    if picture is None:
        raise _nothing()
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _nothing() -> InputError:
    return InputError("there is no picture in the clipboard", "copy one, or /attach FILE")
