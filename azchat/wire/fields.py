"""Reads one message or delta: which field holds the answer, which the thinking.

The order of preference is the one rule that covers all known servers: ``reasoning_content``,
``reasoning`` as a string, ``reasoning`` as an object, ``reasoning_details``, then the parts of
a content list. Gateways send the same thinking under several names: it is counted once.
"""

from typing import Any

_TEXT_TYPES = ("text", "output_text")
_REASONING_TYPES = ("thinking", "reasoning")


def read_text(content: object) -> str:
    """Return the answer's text of a ``content`` field: a string, a list of parts, or null."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(
        _joined(part.get("text"))
        for part in content
        if isinstance(part, dict) and part.get("type") in _TEXT_TYPES
    )


def read_reasoning(delta: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Return the thinking of a delta, and the object that must be echoed unchanged, if any."""
    details = delta.get("reasoning_details")
    detailed, opaque = _read_details(details) if isinstance(details, list) else ("", None)
    for name in ("reasoning_content", "reasoning"):
        if text := delta.get(name):
            if isinstance(text, str):
                return text, opaque
            if isinstance(text, dict):
                return _joined(text.get("content")) or _joined(text.get("summary")), text
    if detailed or opaque:
        return detailed, opaque
    if isinstance(content := delta.get("content"), list):
        return "".join(map(_read_thinking_part, content)), None
    return "", None


def _read_details(details: list[Any]) -> tuple[str, dict[str, Any] | None]:
    known = [detail for detail in details if isinstance(detail, dict)]
    text = "".join(_joined(d.get("text")) or _joined(d.get("summary")) for d in known)
    opaque = any(detail.get(seal) for detail in known for seal in ("data", "signature"))
    return text, {"reasoning_details": details} if opaque else None


def _read_thinking_part(part: object) -> str:
    if not isinstance(part, dict) or part.get("type") not in _REASONING_TYPES:
        return ""
    return _joined(part.get("thinking")) or _joined(part.get("text"))


def _joined(value: object) -> str:
    """Return a string, or the texts of a list of strings and ``{"text": …}`` objects."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    texts = (item.get("text") if isinstance(item, dict) else item for item in value)
    return "".join(text for text in texts if isinstance(text, str))
