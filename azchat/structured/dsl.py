"""The short way to write a schema: ``name, age int, tags list{3}, mood happy|sad: what it is``.

As users of llm know it: fields stand between commas, or on lines of their own; a type may follow
the name, and a description a colon. Words between bars are all that there may be; braces say how
many items, how long a text, how large a number: ``{3}``, ``{1..5}``, ``{2..}``, ``{..9}``.
"""

import re
from typing import Any

from azchat.errors import UsageError

_TYPES = {
    "str": "string",
    "string": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
}
_BOUNDS = {
    "array": ("minItems", "maxItems"),
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}
_BRACES = re.compile(r"(.*)\{(-?\d*)(\.\.)?(-?\d*)\}")
_EXAMPLE = 'write it like "name, age int, tags list: what they are", as JSON, or as a file'


def parse_dsl(text: str) -> dict[str, Any]:
    """Return the JSON schema of an object with the named fields; all of them are required."""
    separator = "\n" if "\n" in text else ","
    fields = [field for part in text.split(separator) if (field := part.strip().rstrip(","))]
    properties: dict[str, Any] = {}
    for name, schema in map(_parse_field, fields):
        if name in properties:
            raise UsageError(f"the schema has the field {name} twice", "name each field once")
        properties[name] = schema
    if not properties:
        raise UsageError("the schema names no field", _EXAMPLE)
    bounds = {"required": list(properties), "additionalProperties": False}
    return {"type": "object", "properties": properties, **bounds}


def _parse_field(field: str) -> tuple[str, dict[str, Any]]:
    head, _, description = field.partition(":")
    name, _, kind = re.sub(r"\s*([|\[\]{}]|\.\.)\s*", r"\1", head.strip()).partition(" ")
    if " " in kind.strip() or not name.replace("-", "_").isidentifier():
        raise UsageError(f"the schema has a field that is not `name type`: {head!r}", _EXAMPLE)
    schema = _type(kind.strip() or "str")
    return name, schema | ({"description": description.strip()} if description.strip() else {})


def _type(word: str) -> dict[str, Any]:
    if "|" in word and not word.startswith("list["):
        return _enum(word)
    if braces := _BRACES.fullmatch(word):
        return _bounded(braces[1], braces[2], braces[4] if braces[3] else braces[2])
    if word == "list":
        return _list_of("str")
    if word.startswith("list[") and word.endswith("]"):
        return _list_of(word[5:-1])
    if word not in _TYPES:
        known = "str, int, float, bool, list, list[int], red|green, list{3}"
        raise UsageError(f"the schema has an unknown type: {word!r}", f"types are {known}")
    return {"type": _TYPES[word]}


def _list_of(word: str) -> dict[str, Any]:
    return {"type": "array", "items": _type(word)}


def _enum(word: str) -> dict[str, Any]:
    words = word.split("|")
    if not all(words) or len({*words}) < len(words):
        raise UsageError(f"the schema has an empty or a repeated word: {word!r}", _EXAMPLE)
    if all(re.fullmatch(r"-?\d{1,15}", each) for each in words):
        return {"type": "integer", "enum": [*map(int, words)]}
    return {"type": "string", "enum": words}


def _bounded(word: str, least: str, most: str) -> dict[str, Any]:
    """Return a type with its limits: of a list its items, of a text its characters."""
    schema = _type(word)
    names = _BOUNDS.get(schema["type"], ())
    try:
        limits = {n: int(text) for n, text in zip(names, (least, most), strict=True) if text}
    except ValueError:
        limits = {}
    low, high = (limits.get(name) for name in (names or ("", "")))
    is_turned = low is not None and high is not None and low > high
    is_negative = "minimum" not in names and min(limits.values(), default=0) < 0
    if not limits or "enum" in schema or is_turned or is_negative:
        hint = "write how many as list{3}, list{1..5}, int{..9}"
        raise UsageError(f"the schema has limits that are none, of {word!r}", hint)
    return schema | limits
