"""Collects what a response says for its own service alone, to go back as it came.

The items of an echo of Chat Completions are fields of the assistant's message; None stands for
its thinking, which the message has already. Those with a ``tool_call``, a number, are of a call.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_MOST_CHARACTERS = 8 * 1024 * 1024  # more of it no service would take back
# Lists that may come in pieces: OpenRouter's, and LiteLLM's for Claude.
_LISTS = ("reasoning_details", "thinking_blocks")
_RARE = frozenset({*_LISTS, "extra_content"})
_SEALS = ("data", "signature")
_TEXTS = ("text", "summary", "thinking")


class EchoCollector:
    """Collects the fields of one response's deltas, or of its message."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._lists: dict[str, list[dict[str, Any]]] = {}
        self._size = 0

    def receive(self, delta: Mapping[str, Any]) -> None:
        """Take a delta, or the message of a whole reply."""
        if delta.get("reasoning_content"):
            self._fields["reasoning_content"] = None
        elif said := delta.get("reasoning"):  # vLLM's text; MAI's object, encrypted
            self._fields["reasoning"] = self._measured(said) if isinstance(said, dict) else None
        if _RARE.isdisjoint(delta):
            return
        for name in _LISTS:
            if listed := delta.get(name):
                for piece in listed if isinstance(listed, list) else ():
                    if isinstance(piece, dict):
                        self._size += sum(len(text) for text in piece.values() if type(text) is str)
                        self._lists.setdefault(name, []).append(piece)
        # Gemini signs a text without thinking shown, too; without a signature it is no news.
        extra = delta.get("extra_content")
        if isinstance(extra, dict) and "signature" in str(extra):
            self._fields["extra_content"] = self._measured(extra)

    def items(self) -> tuple[dict[str, Any], ...]:
        """Return what is to go back of the message; nothing of what is too long."""
        fields = dict(self._fields)
        for name, pieces in self._lists.items():
            if any(piece.get(seal) for piece in pieces for seal in _SEALS):
                fields[name] = list(_joined(pieces))
        if self._size > _MOST_CHARACTERS:
            fields = {name: None for name, value in fields.items() if value is None}
        return (fields,) if fields else ()

    def _measured(self, value: dict[str, Any]) -> dict[str, Any]:
        self._size += len(str(value))
        return value


def _joined(pieces: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the items of a list that came in pieces; what is encrypted comes whole."""
    groups: list[list[dict[str, Any]]] = []
    for piece in pieces:
        if groups and _goes_on(groups[-1][-1], piece):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    for group in groups:
        whole = dict(group[0])
        for piece in group[1:]:
            whole |= {name: value for name, value in piece.items() if value is not None}
        for name in _TEXTS:
            if name in whole:
                whole[name] = "".join(str(piece.get(name) or "") for piece in group)
        yield whole


def _goes_on(last: dict[str, Any], piece: dict[str, Any]) -> bool:
    if any(last.get(seal) for seal in _SEALS) or piece.get("data"):
        return False
    return all(last.get(name) == piece.get(name) for name in ("type", "index"))
