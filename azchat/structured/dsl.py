"""The short way to write a schema: ``name, age int, tags list: what they are``.

As users of llm know it: fields stand between commas, or on lines of their own; a type may follow
the name, and a description a colon.
"""

from typing import Any

from azchat.errors import UsageError

_TYPES = {
    "str": "string",
    "string": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
}


def parse_dsl(text: str) -> dict[str, Any]:
    """Return the JSON schema of an object with the named fields; all of them are required."""
    separator = "\n" if "\n" in text else ","
    fields = [field for part in text.split(separator) if (field := part.strip().rstrip(","))]
    properties = dict(_parse_field(field) for field in fields)
    if not properties:
        raise UsageError("the schema names no field", _EXAMPLE)
    bounds = {"required": list(properties), "additionalProperties": False}
    return {"type": "object", "properties": properties, **bounds}


def _parse_field(field: str) -> tuple[str, dict[str, Any]]:
    head, _, description = field.partition(":")
    name, *types = head.split()
    if len(types) > 1 or not name.replace("-", "_").isidentifier():
        raise UsageError(f"the schema has a field that is not `name type`: {head!r}", _EXAMPLE)
    schema = _type(types[0] if types else "str")
    return name, schema | ({"description": description.strip()} if description.strip() else {})


def _type(word: str) -> dict[str, Any]:
    if word == "list":
        return _list_of("str")
    if word.startswith("list[") and word.endswith("]"):
        return _list_of(word[5:-1])
    if word not in _TYPES:
        known = ", ".join(("str", "int", "float", "bool", "list", "list[int]"))
        raise UsageError(f"the schema has an unknown type: {word!r}", f"types are {known}")
    return {"type": _TYPES[word]}


def _list_of(word: str) -> dict[str, Any]:
    return {"type": "array", "items": _type(word)}


_EXAMPLE = 'write it like "name, age int, tags list: what they are", as JSON, or as a file'
