"""Text that is typed: a block between triple quotes is sent as it is, whatever it begins with."""

import re

_QUOTES = '"""'
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|O.|.)?")  # an arrow, Alt and a letter …


def is_open(text: str) -> bool:
    """Return whether ``text`` begins a block and does not end it."""
    return text.lstrip().startswith(_QUOTES) and not _is_whole(text.strip())


def unquoted(text: str) -> str:
    """Return what stands in a block, such that it is no command; other text as it is."""
    bare = text.strip()
    if not bare.startswith(_QUOTES):
        return text
    end = -len(_QUOTES) if _is_whole(bare) else None  # a pipe may end before the block does
    lines = bare[len(_QUOTES) : end].strip("\n")
    return f"/{lines}" if lines.startswith("/") else lines


def text_of_keys(keys: str) -> str:
    """Return what was typed where nothing edits it: with the last characters rubbed out."""
    text = ""
    for key in _SEQUENCE.sub("", keys).replace("\r", "\n"):
        if key in "\x7f\b":
            text = text[:-1]
        elif key == "\x15":  # Ctrl-U
            text = ""
        elif key in "\n\t" or key.isprintable():
            text += key
    return text.strip("\n")


def _is_whole(bare: str) -> bool:
    return bare.endswith(_QUOTES) and len(bare) >= 2 * len(_QUOTES)
