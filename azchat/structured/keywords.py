"""Whether an object is a JSON schema: what its keywords take, drafts 4 to 2020-12.

jsonschema knows more of it, and takes half a second to import: it looks once an answer is there.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from azchat.errors import InputError

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_HINT = "see https://json-schema.org; what a $ref names must stand in the schema itself"


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(re.compile(value))
    except (re.error, RecursionError, OverflowError):
        return False


def _all(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_types(value: Any) -> bool:
    return bool(value) and all(one in _TYPES for one in (value if _is_list(value) else [value]))


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


_VALUES: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    ("type", f"one of {', '.join(_TYPES)}, or a list of them", _are_types),
    ("minimum maximum", "a number", _is_number),
    ("multipleOf", "a number above 0", lambda value: _is_number(value) and value > 0),
    # Flags in draft 4.
    (
        "exclusiveMinimum exclusiveMaximum",
        "a number",
        lambda v: _is_number(v) or v in (True, False),
    ),
    (
        "minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains",
        "a count",
        lambda value: _is_number(value) and value >= 0 and value == int(value),
    ),
    ("uniqueItems", "true or false", lambda value: isinstance(value, bool)),
    ("enum", "a list", _is_list),
    ("pattern", "a regular expression that Python knows", _is_pattern),
    ("$ref $schema format title description", "a text", _is_text),
    ("required", "a list of names", _all(_is_text)),
    ("const", "", lambda _: True),
    ("allOf anyOf oneOf prefixItems", "a list of schemas", lambda v: _is_list(v) and bool(v)),
    (
        "$defs definitions dependentSchemas patternProperties properties",
        "an object of schemas",
        lambda value: isinstance(value, dict),
    ),
    (
        "additionalItems additionalProperties contains else if items not propertyNames then",
        "a schema",
        lambda value: isinstance(value, dict | bool | list),
    ),
    ("unevaluatedItems unevaluatedProperties", "a schema", lambda v: isinstance(v, dict | bool)),
)
_TAKES = {word: (wants, fits) for words, wants, fits in _VALUES for word in words.split()}


def check_schema(document: dict[str, Any]) -> None:
    """Raise ``InputError`` where ``document`` is no schema, or has one in it that is none."""
    if not document.keys() & _TAKES.keys():
        raise _wrong("it", "has no keyword of a schema, as type or properties")
    waiting: list[tuple[str, Any]] = [("$", document)]
    while waiting:
        place, schema = waiting.pop()
        if not isinstance(schema, dict | bool):
            raise _wrong(place, "is to be a schema")
        for word, value in schema.items() if isinstance(schema, dict) else ():
            wants, fits = _TAKES.get(word, ("", bool))
            if wants and not fits(value):
                raise _wrong(f"{place}.{word}", f"is to be {wants}")
            if word == "$ref" and not _leads(value, document):
                raise _wrong(f"{place}.{word}", f"leads nowhere: {value}")
            waiting += _inner(f"{place}.{word}", wants, value)


def _inner(place: str, wants: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the schemas that a keyword has in it."""
    if wants == "an object of schemas":
        yield from ((f"{place}.{name}", each) for name, each in value.items())
    elif "schema" in wants and isinstance(value, list):
        yield from ((f"{place}[{at}]", each) for at, each in enumerate(value))
    elif wants == "a schema":
        yield place, value


def _leads(ref: str, document: Any) -> bool:
    """Return whether a ref leads somewhere in the document, a JSON pointer (RFC 6901) or its id."""
    from urllib.parse import unquote

    if re.search(r"'(\$?id|\$\w*[aA]nchor)'", str(document)) or not ref.startswith("#/"):
        return ref.startswith("#") or "id'" in str(document)
    for step in unquote(ref[2:]).split("/"):
        items = dict(enumerate(document)) if isinstance(document, list) else document
        names = {str(name): name for name in items} if isinstance(items, dict) else {}
        name = step.replace("~1", "/").replace("~0", "~")
        if name not in names:
            return False
        document = items[names[name]]
    return True


def _wrong(place: str, what: str) -> InputError:
    return InputError(f"the schema cannot be used: {place} {what}", _HINT)
