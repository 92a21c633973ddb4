"""Files that flags name: ``-`` is stdin or stdout, ``@FILE`` a text, and no file has two uses."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from azchat.errors import UsageError
from azchat.files import STDIN, STDINS, STDOUT
from azchat.settings.specs import SPECS

if TYPE_CHECKING:
    from azchat.environment import Environment

_ON_STDIN = ("-", *STDINS)
# Where a flag names a file; those of texts do so behind an @, and those of pairs behind =@.
_READ = ("schema", "template", "replay")
_ATTACHED = ("image", "attach", "tool")  # whose ``-`` is taken as it is
_TEXTS = ("system", "stop")
_PAIRS = ("param", "option", "headers")
_WRITTEN = ("thinking_file", "record")  # at once: ``output`` gets its name at the end


def with_files(env: "Environment", flags: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the flags without ``-`` and ``@``, and whether one of them takes all of stdin.

    The system message stays as it is: a profile names files in it too. Raises ``UsageError``
    where one file has two uses, ``InputError`` where a text's cannot be read.
    """
    flags = dict(flags)
    named = list(_named(flags))
    on_stdin = [option for option, place in named if place in _ON_STDIN]
    if len(on_stdin) > 1:
        raise UsageError(f"stdin is named twice: {' and '.join(on_stdin[:2])}", _ONE_USE)
    flags |= {name: STDIN for name in _READ if flags.get(name) in _ON_STDIN}
    for name in _ATTACHED:
        given = flags.get(name)
        flags[name] = given and ["-" if place in _ON_STDIN else place for place in given]
    flags |= {name: STDOUT for name in _WRITTEN if flags.get(name) == "-"}
    if flags.get("output") in ("-", STDOUT):
        flags["output"] = None
    _check_written(env, flags, named)
    if flags.get("system") == "@-":
        flags["system"] = f"@{STDIN}"
    if flags.get("stop"):
        flags["stop"] = [*map(_text, flags["stop"])]
    flags |= {name: [*map(_pair, flags[name])] for name in _PAIRS if flags.get(name)}
    if flags.get("headers"):  # a file's last line has an end, a header has none
        flags["headers"] = [pair.rstrip("\r\n") for pair in flags["headers"]]
    return flags, any(option not in ("PROMPT", "--image", "--attach") for option in on_stdin)


_ONE_USE = "name it once: it has one use"


def _named(flags: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the files to read, each with its option."""
    if flags.get("prompt") == "-":
        yield "PROMPT", "-"
    for name in (*_READ, *_ATTACHED, *_TEXTS, *_PAIRS):
        given = flags.get(name)
        for text in [given] if isinstance(given, str) else given or ():
            place = text.partition("=")[2] if name in _PAIRS else text
            if name in (*_TEXTS, *_PAIRS) and (place[:1] != "@" or place[:2] == "@@"):
                continue
            spec = SPECS.get(name)
            option = spec.flags.split()[-1] if spec else f"--{name.replace('_', '-')}"
            yield option, place.removeprefix("@") if name not in _ATTACHED else place


def _check_written(
    env: "Environment", flags: Mapping[str, Any], read: Iterable[tuple[str, str]]
) -> None:
    """Raise ``UsageError`` where what is written to one file would be lost in another's."""
    written = {f"--{name.replace('_', '-')}": flags.get(name) for name in _WRITTEN}
    if flags.get("thinking_file") == STDOUT and env.stdout.is_terminal:
        raise UsageError("--thinking-file - is for a pipe", "on a terminal: --thinking live")
    places: dict[str, str] = {_real(STDOUT if not flags.get("output") else flags["output"]): ""}
    places |= {_real(place): option for option, place in read if place != "-"}
    for option, place in written.items():
        real = _real(place) if place else os.devnull
        if real != os.devnull and real in places:
            other = places[real] or ("--output" if flags.get("output") else "the answer")
            raise UsageError(f"{option} and {other} are one file: {place}", _ONE_USE)
        places[real] = option


def _real(place: str) -> str:
    try:
        return STDOUT if place in (STDOUT, "/dev/stdout") else os.path.realpath(place)
    except (OSError, ValueError):  # no folder that is there, no name that can be: told later
        return place


def _text(text: str) -> str:
    from azchat.asking.prompt import read_text

    return read_text(f"@{STDIN}" if text == "@-" else text)


def _pair(pair: str) -> str:
    name, mark, text = pair.partition("=")
    return f"{name}={_text(text)}" if mark else pair
