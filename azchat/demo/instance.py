"""A small value that satisfies a JSON schema; pure, and knows the common keywords only.

Refs into the document, allOf, anyOf and oneOf are followed; ``not``, ``if`` and ``contains``
are not looked at.
"""

import math
import re
from contextlib import suppress
from functools import reduce
from operator import getitem
from typing import Any

from azchat.demo.tables import table

Schema = dict[str, Any]


class UnsatisfiableError(ValueError):
    """No value was found: contradicting bounds, an endless schema, or a pattern too clever."""


def instance(schema: object) -> Any:
    """Return a minimal JSON value for a schema, or raise UnsatisfiableError.

    Objects get their required properties only, arrays their ``minItems``, and one item if any
    can be.
    """
    try:
        return _build(schema, schema, frozenset())
    except (AttributeError, LookupError, RecursionError, TypeError, re.error) as error:
        raise UnsatisfiableError(f"the schema is malformed: {error}") from error


def _build(schema: object, root: object, opened: frozenset[str]) -> Any:
    match schema:
        case True:
            return {}
        case {"$ref": ref, **rest}:
            # A minimal value never needs the same definition inside itself, so meeting it again
            # on the way down means this branch has no end.
            if ref in opened:
                raise UnsatisfiableError(f"{ref} contains itself without end")
            return _build(_merge(_look_up(str(ref), root), rest), root, opened | {ref})
        case {"allOf": every, **rest}:
            return _build(_merge(rest, *every), root, opened)
        case {"anyOf": branches, **rest} | {"oneOf": branches, **rest}:
            return _build_first([_merge(rest, branch) for branch in branches], root, opened)
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"enum": _}:
            raise UnsatisfiableError("enum is empty")
        case dict():
            return _build_typed(schema, root, opened)
    raise UnsatisfiableError(f"no value fits the schema {schema!r}")


def _look_up(ref: str, root: object) -> Any:
    if not ref.startswith("#"):
        raise UnsatisfiableError(f"{ref} is outside the schema")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in ref.split("/")[1:]]
    return reduce(getitem, steps, root)  # type: ignore[arg-type]


def _build_first(branches: list[Any], root: object, opened: frozenset[str]) -> Any:
    problem = UnsatisfiableError("there is no branch")
    for branch in branches:
        try:
            return _build(branch, root, opened)
        except UnsatisfiableError as error:
            problem = error
    raise problem


def _merge(*schemas: Any) -> Any:
    """Put schemas that all hold into one; the last word wins where they differ."""
    if any(schema is False for schema in schemas):
        return False
    merged: Schema = {}
    for schema in schemas:
        if schema is not True:
            merged |= {word: _join(merged.get(word), value) for word, value in schema.items()}
    return merged


def _join(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | new
    if isinstance(old, list) and isinstance(new, list) and all(isinstance(x, str) for x in old):
        return list(dict.fromkeys(old + new))
    return new


def _build_typed(schema: Schema, root: object, opened: frozenset[str]) -> Any:
    implied = table("samples")["implied"].items()
    guess = next((kind for kind, words in implied if schema.keys() & set(words)), None)
    kind = schema.get("type", guess or ("string" if schema else "object"))
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return _build_object(schema, root, opened)
        case "array":
            return _build_array(schema, root, opened)
        case "string":
            return _build_string(schema)
        case "integer" | "number" as number:
            return _build_number(schema, step=number == "integer")
        case "boolean" | "null" as word:
            return True if word == "boolean" else None
    raise UnsatisfiableError(f"there is no type {kind!r}")


def _build_object(schema: Schema, root: object, opened: frozenset[str]) -> Any:
    known: Schema = schema.get("properties", {})
    names = list(dict.fromkeys(schema.get("required", [])))
    spare = [name for name in known if name not in names]
    invented = [f"key{number}" for number in range(1, schema.get("minProperties", 0) + 1)]
    missing = max(0, schema.get("minProperties", 0) - len(names))
    names += (spare + invented)[:missing]
    other = schema.get("additionalProperties", True)
    return {name: _build(known.get(name, other), root, opened) for name in names}


def _build_array(schema: Schema, root: object, opened: frozenset[str]) -> Any:
    count = schema.get("minItems", 0)
    is_plain = "items" in schema and "prefixItems" not in schema
    if count == 0 and is_plain and schema.get("maxItems", 1) > 0:
        with suppress(UnsatisfiableError):
            return [_build(schema["items"], root, opened)]
    given = schema.get("prefixItems", [])[:count]
    rest = [schema.get("items", True)] * (count - len(given))
    return [_build(item, root, opened) for item in [*given, *rest]]


def _build_string(schema: Schema) -> str:
    if text := table("samples")["formats"].get(schema.get("format", "")):
        return str(text)
    least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    if least > most:
        raise UnsatisfiableError("minLength is above maxLength")
    demo = "demo".ljust(least, ".")
    for guess in (demo if len(demo) <= most else demo[: int(most)], *table("samples")["texts"]):
        if re.search(schema.get("pattern", ""), guess):
            return str(guess)
    raise UnsatisfiableError(f"the demo has no text for the pattern {schema['pattern']}")


def _build_number(schema: Schema, step: float) -> float:
    """Return the first number that fits, of those that lie at the ends and between them."""
    step = schema.get("multipleOf", step) or 0
    least, above = (schema.get(name, -math.inf) for name in ("minimum", "exclusiveMinimum"))
    most, below = (schema.get(name, math.inf) for name in ("maximum", "exclusiveMaximum"))
    low, high = max(least, above), min(most, below)
    ends = [end for end in (low, high) if math.isfinite(end)]
    inner = [low + 1, high - 1, (low + high) / 2]
    if step:
        inner = [(math.floor(end / step) + more) * step for end in ends for more in (-1, 0, 1)]
    for value in (0, *ends, *inner):
        is_within = least <= value <= most and above < value < below
        if is_within and (not step or value % step == 0):
            return float(value) if isinstance(value, float) else int(value)
    raise UnsatisfiableError("no number lies within the bounds")
