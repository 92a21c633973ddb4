"""Reads one message or delta: which field holds the answer, which the thinking.

The order of preference is the one rule that covers all known servers: the fields of ``_FIELDS``,
each as a string, as an object or as a list, then ``reasoning_details``, then the parts of a
content list. Gateways send the same thinking under several names: it is counted once.
"""

from typing import Any

_TEXT_TYPES = ("text", "output_text")
_REASONING_TYPES = ("thinking", "reasoning", "reasoning_text", "summary_text")
_PART_FIELDS = ("thinking", "text", "content", "summary")
_FIELDS = (
    "reasoning_content",  # DeepSeek, SGLang, llama.cpp, vLLM before 0.16
    "reasoning",  # vLLM, Ollama, OpenRouter; MAI sends an object
    "thinking",  # Ollama's own name, passed on by gateways: odysseus-dev/odysseus#2449
    "reasoning_text",  # GitHub Copilot
)


def read_text(content: object) -> str:
    """Return the answer's text of a ``content`` field: a string, a list of parts, or null."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part for part in content if isinstance(part, dict))
    return "".join(_joined(part.get("text")) for part in parts if part.get("type") in _TEXT_TYPES)


def read_reasoning(delta: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Return the thinking of a delta, and the object that must be echoed unchanged, if any."""
    details = delta.get("reasoning_details")
    detailed, opaque = _read_details(details) if isinstance(details, list) else ("", None)
    for name in _FIELDS:
        if thinking := delta.get(name):
            if isinstance(thinking, dict):
                text = _joined(thinking.get("content")) or _joined(thinking.get("summary"))
                return text, thinking if name == "reasoning" else opaque
            parts = _read_details(thinking)[0] if isinstance(thinking, list) else ""
            if text := thinking if isinstance(thinking, str) else parts:
                return text, opaque
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
    return next(filter(None, map(_joined, map(part.get, _PART_FIELDS))), "")


def _joined(value: object) -> str:
    """Return a string, or the texts of a list of strings and ``{"text": …}`` objects."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    texts = (item.get("text") if isinstance(item, dict) else item for item in value)
    return "".join(text for text in texts if isinstance(text, str))
