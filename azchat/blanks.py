"""Tables and texts that stand in files of the package: parts by name, with blanks to fill in.

A line ``==== name words`` begins a part, which counts where all the words hold. ``{{name}}`` is a
blank: a value, or a part. On a line of its own it takes the line with it where it is empty.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

_PART = re.compile(r"^==== (\w+)(.*)\n((?:(?!==== ).*\n)*)", re.MULTILINE)
_BLANK = re.compile(r"^\{\{(\w+)\}\}(\n)|\{\{(\w+)\}\}", re.MULTILINE)


@cache
def table(module: str, name: str) -> dict[str, Any]:
    """Return what ``name.toml`` holds, which stands beside the file of a ``module``."""
    import tomllib

    return tomllib.loads(Path(module).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def rows(module: str, name: str) -> list[Any]:
    """Return the rows of ``name.txt`` beside a module: columns, two spaces or more between them.

    A line that begins with ``#`` says why.
    """
    lines = Path(module).with_name(f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [re.split(" {2,}", line, maxsplit=2) for line in lines if line and line[0] != "#"]


def read_parts(file: Path, holds: Collection[str] = ()) -> dict[str, str]:
    """Return the parts that count, by their names, each without the end of its last line."""
    return {
        name: text.removesuffix("\n")
        for name, words, text in _PART.findall(file.read_text(encoding="utf-8"))
        if set(words.split()).issubset(holds)
    }


def filled(file: Path, values: Mapping[str, str], holds: Collection[str] = ()) -> str:
    """Return the part ``whole``, its blanks filled in; values are taken as they are."""
    parts = read_parts(file, holds)

    def fill(blank: re.Match[str]) -> str:
        name = blank[1] or blank[3]
        text = values[name] if name in values else _BLANK.sub(fill, parts.get(name, ""))
        return text + (blank[2] or "") if text else ""

    return _BLANK.sub(fill, "{{whole}}\n")
