"""What Tab offers: commands, their values, files behind an @."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_MOST = 200  # files of a folder


class Choice(NamedTuple):
    """A way to go on: ``text`` takes the place of the last ``replaces`` characters."""

    text: str
    replaces: int
    about: str = ""


def completions(before: str, of_command: Callable[[str], Iterable[Choice]]) -> Iterator[Choice]:
    """Yield what could stand at the cursor; ``before`` is the text in front of it."""
    word = before[max(before.rfind(" "), before.rfind("\n")) + 1 :]
    if word.startswith("@"):
        yield from _files(word[1:])
    elif before.startswith("/attach "):
        yield from _files(before.removeprefix("/attach ").lstrip())
    elif before.startswith("/") and not before.startswith("//"):
        yield from of_command(before)


def _files(begun: str) -> Iterator[Choice]:
    folder, _, name = begun.rpartition("/")
    try:
        place = Path(folder or ("/" if begun.startswith("/") else ".")).expanduser()
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)[:_MOST]
    except (OSError, RuntimeError, ValueError):  # no such folder, user or name
        return
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name.startswith(".") and not name):
            continue
        is_printable = entry.name.isprintable() and " " not in entry.name
        if is_printable:  # others could not be told from the words around them
            yield Choice(entry.name + ("/" if entry.is_dir() else ""), len(name))
