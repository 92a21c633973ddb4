"""Slash commands about attachments, and the files that a question names with an @."""

import re
from collections.abc import Iterator
from pathlib import Path

from azchat.errors import InputError
from azchat.files import as_named
from azchat.repl.session import ReplSession
from azchat.repl.slash import command

# At the beginning of a word; a name with blanks stands between quotes.
_MENTION = re.compile(r"(?<!\S)@(?:\"([^\"\n]+)\"|(\S+))")
_ENDINGS = ".,;:!?)]}'\""


@command("/attach", usage="[FILE|URL|clear]", help="attach a file to the next question")
def attach(session: ReplSession, rest: str) -> None:
    """Attach a file or an address; without one, list what is attached."""
    if rest == "clear":
        session.detach()
        session.host.say("nothing is attached")
        return
    if rest:
        session.attach(_unquoted(rest))
        return
    names = [part.name or "an image" for part in session.attached]
    session.host.say("\n".join(names) if names else "nothing is attached; /attach FILE")


@command("/paste", help="attach the picture in the clipboard")
def paste(session: ReplSession, rest: str) -> None:
    """Attach the picture that was copied."""
    if rest:
        raise InputError("/paste takes the picture in the clipboard", "for a file: /attach FILE")
    session.paste()


def attach_mentioned(session: ReplSession, text: str) -> None:
    """Attach the files that ``text`` names with an @; other words with one are left alone."""
    before = session.attached
    try:
        for name in dict.fromkeys(mentioned(text)):
            session.attach(name)
    except BaseException:
        session.detach(before)
        raise


def mentioned(text: str) -> Iterator[str]:
    """Yield the files that are named: they are there, or it is no name of a file."""
    for found in _MENTION.finditer(text):
        for name in (found[1] or found[2], (found[1] or found[2]).rstrip(_ENDINGS)):
            if _is_there(name):
                yield name
                break


def _is_there(name: str) -> bool:
    try:
        path = as_named(Path(name).expanduser())
        return path.is_file() or (name.endswith("/") and path.is_dir())  # which is refused later
    except (OSError, ValueError, RuntimeError):
        return False


def _unquoted(text: str) -> str:
    """Return a path as a shell would: terminals put quotes round what is dropped on them."""
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if is_quoted else text.removeprefix("@").replace("\\ ", " ")
