"""What a chunk says beside the answer: how many tokens it took, how likely each of them was."""

from typing import Any

from azchat.dialects.counts import count
from azchat.messages import Usage

_MOST_CHARACTERS = 32 << 20  # of logprobs; an endless answer must not fill the memory


class Logprobs:
    """Joins the ``logprobs`` of a choice: its lists go on from chunk to chunk."""

    def __init__(self) -> None:
        self._joined: dict[str, Any] | None = None
        self._size = 0

    def joined_with(self, logprobs: object) -> dict[str, Any] | None:
        """Return those of all chunks so far and of one more."""
        if not isinstance(logprobs, dict):
            return self._joined
        self._size += len(str(logprobs))
        if self._size > _MOST_CHARACTERS:
            return self._joined
        joined = self._joined = self._joined or {}
        for name, value in logprobs.items():
            if isinstance(value, list) and isinstance(joined.get(name), list):
                joined[name] += value
            elif value is not None:
                joined[name] = value
        return joined


def read_usage(usage: dict[str, Any]) -> Usage:
    """Return the counts of a ``usage`` object; thinking is part of the completion."""
    counts = Usage(
        prompt=count(usage, "prompt_tokens"),
        completion=count(usage, "completion_tokens"),
        reasoning=count(usage.get("completion_tokens_details"), "reasoning_tokens"),
        cached=count(usage.get("prompt_tokens_details"), "cached_tokens"),
        total=count(usage, "total_tokens"),
    )
    said, thought = counts.completion or 0, counts.reasoning or 0
    is_apart = counts.total == (counts.prompt or 0) + said + thought  # as xAI counts
    return counts._replace(completion=said + thought) if thought and is_apart else counts
