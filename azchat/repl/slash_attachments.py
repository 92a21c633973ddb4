"""Slash commands about attachments, and the files that a question names with an @."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from azchat.errors import InputError
from azchat.files import as_named
from azchat.repl.session import ReplSession
from azchat.repl.slash import command, exists

# At the beginning of a word; a name with blanks stands between quotes, or each has its backslash.
_MENTION = re.compile(r"(?<!\S)@(?=(\S+))(?=((?:\"[^\"\n]*\"|'[^'\n]*'|\\[^\n]|[^\s\"'\\])*))")
# A path, or a name with the ending of a file; not @app.get("/a.html"), @https://a.test/b.md.
_SUFFIX = (
    "txt|md|markdown|rst|log|csv|tsv|jsonl?|ya?ml|toml|ini|cfg|conf|env|xml|html?|css|scss|[cm]?js|"
    "[jt]sx?|vue|pyi?|ipynb|rb|rs|go|java|kt|swift|c|h|cc|[ch]pp|cs|php|pl|lua|r|sh|bash|zsh|fish|"
    "ps1|bat|sql|tex|bib|diff|patch|proto|tf|lock|parquet|png|jpe?g|gif|webp|bmp|svg|heic|tiff?|"
    "pdf|docx?|xlsx?|pptx?|odt|zip|gz"
)
_IS_FILE_NAME = re.compile(
    rf'(?:~|\.{{0,2}})/[^()<>{{}}"=@]+|(?!\w+://)[^()<>{{}}"=@\n]+\.(?:{_SUFFIX})', re.IGNORECASE
)
_MOST_BLANKS = 12  # in a name
_ENDINGS = ".,;:!?)]}'\""


@command("/attach", usage="[FILE|URL|clear]")
def attach(session: ReplSession, rest: str) -> None:
    """Attach a file to the next question."""
    if rest == "clear":
        session.attached = ()
        session.host.say("nothing is attached")
        return
    if rest:
        place = rest.removeprefix("@")
        session.attach(place if exists(place) else _unquoted(place))
        return
    names = [part.name or "an image" for part in session.attached]
    session.host.say("\n".join(names) if names else "nothing is attached; /attach FILE")


@command("/paste")
def paste(session: ReplSession, rest: str) -> None:
    """Attach the picture in the clipboard."""
    if rest:
        raise InputError("/paste takes the picture in the clipboard", "for a file: /attach FILE")
    session.attached += (session.host.paste().part,)


def attach_mentioned(session: ReplSession, text: str) -> None:
    """Attach the files that ``text`` names with an @; other words with one are left alone."""
    before = session.attached
    try:
        for name in dict.fromkeys(mentioned(text)):
            if _is_meant(session, name):
                session.attach(name)
    except BaseException:
        session.attached = before
        raise


def _is_meant(session: ReplSession, name: str) -> bool:
    """Return whether a file may go: it is of this folder and was typed, or it was asked about."""
    if name in (pasted for paste in session.pasted for pasted in mentioned(paste)):
        why = "its name came with a paste"
    elif not Path(name).expanduser().resolve().is_relative_to(Path.cwd()):
        why = "it is outside this folder"
    else:
        return True
    return session.host.confirm(f"Attach {name}? ({why})")


def mentioned(text: str) -> Iterator[str]:
    """Yield the files that are named: they are there, or it is no name of a file."""
    for found in _MENTION.finditer(text):
        if name := next(filter(_is_there, _readings(found)), None):
            yield name


def doubt(session: ReplSession, line: str) -> None:
    """Raise ``InputError`` where ``line`` names a file that does not exist, unless it was told."""
    if line == session.doubted:
        return
    missing = []
    for found in _MENTION.finditer(line):
        *others, name = _readings(found)
        if _IS_FILE_NAME.fullmatch(name) and not any(map(exists, (*others, name))):
            missing.append(name)
    if missing:
        session.doubted = session.draft = line
        names = ", ".join(dict.fromkeys(missing))
        raise InputError(f"there is no file {names}", "nothing was sent; Enter sends it so")


def _readings(mention: re.Match[str]) -> Iterator[str]:
    """Yield what may be meant: the word, a word of a shell; without what ends a sentence.

    A path with blanks may stand as it is: so some terminals write what is dropped on them.
    """
    line = mention.string[mention.end() :].partition("\n")[0]
    for blank in reversed([*re.finditer(r"\s|$", line)][1:_MOST_BLANKS]):
        if mention[1][0] not in "\"'":
            yield line[: blank.start()]
            yield line[: blank.start()].rstrip(_ENDINGS)
    for word, read in ((mention[1], str), (mention[2], _unquoted)):
        yield read(word)
        yield read(word.rstrip(_ENDINGS) if word[0] not in "'\"" else word.rstrip(_ENDINGS[:-2]))


def _is_there(name: str) -> bool:
    try:
        path = as_named(Path(name).expanduser())
        return path.is_file() or (name.endswith("/") and path.is_dir())  # which is refused later
    except (OSError, ValueError, RuntimeError):
        return False


def _unquoted(text: str) -> str:
    """Return a path as a shell would: so terminals write what is dropped on them, or as a URL."""
    if text.startswith("file:///"):
        from urllib.parse import unquote

        return unquote(text.removeprefix("file://"))
    try:
        words = shlex.split(text)
    except ValueError:  # a quote that does not end
        words = []
    return words[0] if len(words) == 1 else text
