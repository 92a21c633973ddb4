"""Which prompts the script knows, found whatever their case, punctuation and spacing."""

import re
from dataclasses import dataclass
from typing import Literal

Topic = Literal["languages", "flight", "chart", "tomatoes", "sorting"]

_TOPICS: dict[Topic, str] = {
    "languages": r"how many languages are (?:there )?in the world",
    "flight": r"when is the next flight from (?P<origin>.+) to (?P<destination>.+)",
    "chart": r"which conclusion can be extracted from (?:the following|this|the) chart",
    "sorting": r"compare (?:the )?sorting algorithms",
    "tomatoes": r"chopping tomatoes and cutting them into cubes or wedges are great ways to "
    r"practice your knife skills",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt the script knows; the cities belong to the flight."""

    topic: Topic
    origin: str = ""
    destination: str = ""


def recognise(prompt: str) -> Question | None:
    """Return the question a prompt asks; a fenced block after it does not count."""
    before = re.split(r"```|~~~", prompt, maxsplit=1)[0]
    asked = " ".join(re.findall(r"[^\W_]+", before))
    for topic, pattern in _TOPICS.items():
        if found := re.fullmatch(pattern, asked, re.IGNORECASE):
            return Question(topic, **{key: _city(name) for key, name in found.groupdict().items()})
    return None


def _city(name: str) -> str:
    return name.title() if name.islower() or name.isupper() else name
