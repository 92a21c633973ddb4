"""The arguments of a tool call, from the pieces in which they came: JSON, whole, told once."""

import json
import re
from collections.abc import Sequence
from typing import Any

_decode = json.JSONDecoder(strict=False).raw_decode
_QUOTED = re.compile(
    r""""(?:[^"\\]|\\.)*" | '((?:[^'\\]|\\.)*)' | \b(True|False|None)\b""", re.DOTALL | re.VERBOSE
)
_CONSTANTS = {"True": "true", "False": "false", "None": "null"}


def text_of(arguments: object) -> str:
    """Return what came as arguments, as text: some servers send an object."""
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(arguments)


def read_arguments(pieces: Sequence[str]) -> list[str]:
    """Return the JSON objects that the pieces make, each of them a call; none if it is not sure.

    Objects that only grow are one: servers send an empty one first, or all of it again. A piece
    that begins with all that came before is a snapshot of it.
    """
    snapshot = ""
    for piece in pieces:
        if snapshot.strip() and piece.startswith(snapshot):
            snapshot = piece
        else:
            snapshot += piece
    texts = ["".join(pieces).strip(), snapshot.strip()]
    readings = (_objects(form(text)) for text in texts for form in (str, _as_json) if text)
    return next(filter(None, readings), [])


def _objects(text: str) -> list[str]:
    """Return the objects of which the text consists, each as it stands; none if more is there."""
    found: list[tuple[Any, str]] = []
    at = 0
    try:
        while at < len(text):
            value, end = _decode(text, at)
            said, at = text[at:end], end
            while isinstance(value, str):  # encoded twice
                said, value = value, json.loads(value)
            if value is None or value == []:  # how a call without any is told
                said, value = "{}", {}
            if not isinstance(value, dict):
                return []
            if found and _grows(found[-1][0], value):
                found.pop()
            if value or not found:
                found.append((value, _strict(value, said)))
            at += len(text[at:]) - len(text[at:].lstrip())
    except (ValueError, RecursionError):
        return []
    return [said for _, said in found]


def _strict(value: object, said: str) -> str:
    """Return the JSON of a value as it came, where that has no raw newlines in its strings."""
    try:
        json.loads(said)
    except ValueError:
        return json.dumps(value, ensure_ascii=False)
    return said


def _grows(value: object, later: object) -> bool:
    """Return whether ``later`` is more of ``value``, or the same."""
    if isinstance(value, dict) and isinstance(later, dict):
        return all(key in later and _grows(value[key], later[key]) for key in value)
    if isinstance(value, list) and isinstance(later, list):
        pairs = zip(value, later, strict=False)
        return len(value) <= len(later) and all(_grows(*pair) for pair in pairs)
    if isinstance(value, str) and isinstance(later, str):
        return later.startswith(value)
    return value == later


def _as_json(text: str) -> str:
    """Return what a model wrote as Python writes it, as JSON; what is no Python fails as before."""
    return _QUOTED.sub(_quoted, text)


def _quoted(found: re.Match[str]) -> str:
    if found[1] is None:
        return _CONSTANTS.get(found[0], found[0])
    inner = re.sub(r"""\\(.)|(")""", _unquoted, found[1], flags=re.DOTALL)
    return f'"{inner}"'


def _unquoted(found: re.Match[str]) -> str:
    if found[2]:
        return '\\"'
    return "'" if found[1] == "'" else found[0]
