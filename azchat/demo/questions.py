"""Which prompts the script knows, found whatever their case, punctuation and spacing."""

import re
from dataclasses import dataclass

from azchat.demo.tables import table

_CUT = re.compile(r"cut the line after (\d+) events?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt the script knows; ``flights`` are from one city to another."""

    topic: str
    flights: tuple[tuple[str, str], ...] = ()


def recognise(prompt: str) -> Question | None:
    """Return the question a prompt asks; a fenced block after it does not count."""
    before = re.split(r"```|~~~", _CUT.sub("", prompt), maxsplit=1)[0]
    asked = " ".join(re.findall(r"[^\W_]+", before))
    for topic, about in table("samples")["topics"].items():
        if found := re.fullmatch(about["asks"], asked, re.IGNORECASE):
            cities = [_city(name) for name in found.groups() if name]
            return Question(topic, tuple(zip(cities[::2], cities[1::2], strict=True)))
    return None


def find_cut(prompt: str) -> int | None:
    """Return after how many events the prompt wants its line to be lost, if it does."""
    found = _CUT.search(prompt)
    return int(found[1]) if found else None


def _city(name: str) -> str:
    return name.title() if name.islower() or name.isupper() else name
