"""What servers announce becomes what services take: a tool is mended, or left out; others stay.

OpenAI refuses the whole request for one array without items, object without properties, or
alternatives at the top of a schema.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

_DEEPEST = 64
_WITHIN = ("items", "additionalProperties", "not", "contains", "if", "then", "else")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_TABLES = ("properties", "$defs", "definitions", "patternProperties")


class Announced(NamedTuple):
    """The tools that can be offered, and what is to be said of the others."""

    tools: list[dict[str, Any]]
    said: list[str]


def mended(listed: Any) -> Announced:
    """Return what of a server's list can be offered, whatever it is."""
    tools, said = list[dict[str, Any]](), list[str]()
    for number, tool in enumerate(listed if isinstance(listed, list) else ()):
        name = tool.get("name") if isinstance(tool, dict) else None
        try:
            tools.append(_tool(tool))
            given, plain = tool.get("inputSchema"), {"type": "object", "properties": {}}
            if tools[-1]["inputSchema"] != plain | (given if isinstance(given, dict) else {}):
                said.append(f"tool {name}: its schema is mended")
        except (TypeError, ValueError, RecursionError) as error:
            said.append(f"tool {name or number + 1} is left out: {error}")
    return Announced(tools, said)


def _tool(tool: Any) -> dict[str, Any]:
    if not isinstance(tool, dict) or not isinstance(tool.get("name"), str) or not tool["name"]:
        raise ValueError("it has no name")
    schema = tool.get("inputSchema")
    if schema is None or schema is True:
        schema = {}
    if not isinstance(schema, dict) or schema.get("type") not in (None, "object", ["object"]):
        raise ValueError("what it takes is no object")
    json.dumps(schema, allow_nan=False, ensure_ascii=False).encode()  # ValueError: not sendable
    schema = _schema(schema, 0) | {"type": "object"}
    for branch in [one for word in _LISTS[:3] for one in schema.pop(word, ())]:
        schema["properties"] = branch.get("properties", {}) | schema.get("properties", {})
    for word in ("enum", "not", "if", "then", "else"):
        schema.pop(word, None)
    about = tool.get("description")
    kept = {name: tool[name] for name in ("name", "title") if isinstance(tool.get(name), str)}
    described = {"description": about if isinstance(about, str) else ""}
    return {**kept, **described, "inputSchema": {"properties": {}, **schema}}


def _schema(schema: Any, depth: int) -> dict[str, Any]:
    """Return a schema that says what it said, in words that services take."""
    if depth > _DEEPEST:
        raise ValueError("its schema is nested too deeply")
    if not isinstance(schema, dict):  # true, false, or a mistake
        return {}
    return {**dict(_fields(schema, depth + 1)), **_missing(schema)}


def _fields(schema: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for word, value in schema.items():
        if word in _TABLES:
            table = value.items() if isinstance(value, dict) else ()
            yield word, {name: _schema(one, depth) for name, one in table}
        elif word in _LISTS:
            if isinstance(value, list) and value:
                yield word, [_schema(one, depth) for one in value]
        elif word in _WITHIN and not isinstance(value, bool):
            yield word, _schema(value[0] if isinstance(value, list) and value else value, depth)
        elif word == "required":
            known = schema.get("properties")
            names = value if isinstance(value, list) and isinstance(known, dict) else []
            yield word, [name for name in names if known and name in known]
        elif word not in ("enum", "type") or value:
            yield word, value


def _missing(schema: dict[str, Any]) -> dict[str, Any]:
    types = schema.get("type")
    types = types if isinstance(types, list) else [types]
    fields: dict[str, Any] = {}
    if "array" in types and not isinstance(schema.get("items"), dict | list):
        fields["items"] = {}
    if "object" in types and not isinstance(schema.get("properties"), dict):
        fields["properties"] = {}
    return fields
