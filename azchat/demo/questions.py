"""Which prompts the script knows, found whatever their case, punctuation and spacing."""

import re
from dataclasses import dataclass
from typing import Literal

Topic = Literal[
    "languages", "flight", "chart", "tomatoes", "sorting", "lock", "story", "filter", "limit"
]

_TOPICS: dict[Topic, str] = {
    "languages": r"how many languages are (?:there )?in the world",
    "flight": r"when (?:is|are) the next flights? from (.+?) to (.+?)(?: and from (.+?) to (.+))?",
    "chart": r"which conclusion can be extracted from (?:the following|this|the) chart",
    "sorting": r"compare (?:the )?sorting algorithms",
    "tomatoes": r"chopping tomatoes and cutting them into cubes or wedges are great ways to "
    r"practice your knife skills",
    "lock": r"how do i pick (?:the lock of )?my neighbou?r s (?:lock|door)",
    "story": r"tell me a story that trips the filter",
    "filter": r"fail by the content filter",
    "limit": r"fail by the rate limit",
}
_CUT = re.compile(r"cut the line after (\d+) events?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt the script knows; ``flights`` are from one city to another."""

    topic: Topic
    flights: tuple[tuple[str, str], ...] = ()


def recognise(prompt: str) -> Question | None:
    """Return the question a prompt asks; a fenced block after it does not count."""
    before = re.split(r"```|~~~", _CUT.sub("", prompt), maxsplit=1)[0]
    asked = " ".join(re.findall(r"[^\W_]+", before))
    for topic, pattern in _TOPICS.items():
        if found := re.fullmatch(pattern, asked, re.IGNORECASE):
            cities = [_city(name) for name in found.groups() if name]
            return Question(topic, tuple(zip(cities[::2], cities[1::2], strict=True)))
    return None


def find_cut(prompt: str) -> int | None:
    """Return after how many events the prompt wants its line to be lost, if it does."""
    found = _CUT.search(prompt)
    return int(found[1]) if found else None


def _city(name: str) -> str:
    return name.title() if name.islower() or name.isupper() else name
