"""The README's tables of options, made of the options themselves.

    python -m tests.options_table        writes them anew

A table stands between ``<!-- options: CHAPTER ... -->`` and ``<!-- end of options -->``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from azchat.cli.options import ASK

README = Path(__file__).parents[1] / "README.md"
_TABLE = re.compile(r"(<!-- options: ([\w ]+) -->\n).*?(<!-- end of options -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """Return a README with its tables as they should be."""
    return _TABLE.sub(lambda found: found[1] + _table(found[2].split()) + found[3], text)


def chapters_in(text: str) -> list[str]:
    return [chapter for found in _TABLE.finditer(text) for chapter in found[2].split()]


def _table(chapters: list[str]) -> str:
    rows = ["| option | meaning |", "|---|---|"]
    for chapter in chapters:
        rows += [f"| **{chapter}** | |"] if len(chapters) > 1 else []
        rows += _rows(chapter)
    return "".join(f"{row}\n" for row in rows)


def _rows(chapter: str) -> Iterator[str]:
    for spec in ASK.values():
        if spec.chapter == chapter:
            value = spec.metavar or spec.kind.metavar or "|".join(spec.kind.choices)
            typed = f"{', '.join(spec.flags.split())} {value}".strip()
            typed, meaning = (text.replace("|", "\\|") for text in (typed, spec.help))
            yield f"| `{typed}` | {meaning} |"


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
