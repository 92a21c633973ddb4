"""What a service says of a response beside the answer: who, when, how many tokens, how likely."""

from typing import Any

from azchat.events import ResponseFacts
from azchat.messages import Usage

_MOST_TOKENS = 2**53  # what is more is no count, and more than a database adds up
_MOST_CHARACTERS = 32 << 20  # of logprobs; an endless answer must not fill the memory


class FactsReader:
    """Reads the heads of chunks; ``is_open`` until one has named what it belongs to."""

    def __init__(self) -> None:
        self.is_open = True
        self.model: str | None = None
        self._id: str | None = None
        self._created: int | None = None
        self._fingerprint: str | None = None

    def read(self, chunk: dict[str, Any]) -> None:
        """Take a chunk's head; the first that says something counts (Azure's first is empty)."""
        self._id = self._id or _string(chunk, "id")
        self.model = self.model or _string(chunk, "model")
        self._created = self._created or _count(chunk, "created")
        self._fingerprint = self._fingerprint or _string(chunk, "system_fingerprint")
        self.is_open = not (self._id and self.model)

    def facts(self) -> ResponseFacts:
        """Return what the heads said so far."""
        return ResponseFacts(self._id, self._created, self.model, self._fingerprint)


class Logprobs:
    """Joins the ``logprobs`` of a choice: its lists go on from chunk to chunk."""

    def __init__(self) -> None:
        self.joined: dict[str, Any] | None = None
        self._size = 0

    def add(self, logprobs: object) -> None:
        """Take those of a chunk."""
        if not isinstance(logprobs, dict):
            return
        self._size += len(str(logprobs))
        if self._size > _MOST_CHARACTERS:
            return
        joined = self.joined = self.joined or {}
        for name, value in logprobs.items():
            if isinstance(value, list) and isinstance(joined.get(name), list):
                joined[name] += value
            elif value is not None:
                joined[name] = value


def read_usage(usage: dict[str, Any]) -> Usage:
    """Return the counts of a ``usage`` object; thinking is part of the completion."""
    counts = Usage(
        prompt=_count(usage, "prompt_tokens"),
        completion=_count(usage, "completion_tokens"),
        reasoning=_count(usage.get("completion_tokens_details"), "reasoning_tokens"),
        cached=_count(usage.get("prompt_tokens_details"), "cached_tokens"),
        total=_count(usage, "total_tokens"),
    )
    said, thought = counts.completion or 0, counts.reasoning or 0
    is_apart = counts.total == (counts.prompt or 0) + said + thought  # as xAI counts
    return counts._replace(completion=said + thought) if thought and is_apart else counts


def _count(counts: object, name: str) -> int | None:
    value = counts.get(name) if isinstance(counts, dict) else None
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def _string(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None
