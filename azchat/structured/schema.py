"""A JSON schema from a file, from JSON text or from the short form, and how it is asked for."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from azchat.conversation import AnswerFormat
from azchat.errors import InputError, UsageError, reason_of
from azchat.files import as_named, read_whole
from azchat.structured.dsl import parse_dsl
from azchat.structured.keywords import check_schema

_MAX_BYTES = 1024 * 1024
_ENVELOPE = {"name", "strict", "schema", "description", "type"}  # what APIs put around a schema
_SHARED = ("$schema", "$defs", "definitions")  # what stays at the top, where references find it


class Schema(NamedTuple):
    """A JSON schema under the name that the service is told."""

    document: dict[str, Any]
    name: str = "answer"

    def answer_format(self, *, strict: bool = True) -> AnswerFormat:
        """Return how it is demanded of the service."""
        return AnswerFormat(self.name, self.document, strict)

    def instruction(self) -> str:
        """Return what tells the model in words, where the service takes no schema."""
        text = json.dumps(self.document, ensure_ascii=False)
        return f"Answer with JSON alone, which must be valid under this JSON Schema:\n{text}"


def load_schema(text: str, *, multi: bool = False) -> Schema:
    """Return the schema that ``text`` is or names: JSON, a file, or the short form.

    ``multi`` asks for many of them: an object whose ``items`` is the list. Raises ``InputError``
    for a file or JSON that cannot be used, ``UsageError`` for a short form that is none.
    """
    document, name = _unwrap(_read(text.strip()))
    check_schema(document)
    if multi:
        document = _many(document)
    title = document.get("title")
    name = name or (title if isinstance(title, str) else "")
    return Schema(document, re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:64] or "answer")


def _read(text: str, name: str = "the schema") -> dict[str, Any]:
    if not text:
        raise UsageError(f"{name} is empty", "give a file, JSON, or: name, age int")
    if text[0] in '{["':
        return _parse(text, name)
    path = Path(text.removeprefix("@"))
    if name == "the schema" and (text[0] == "@" or text.endswith(".json") or _is_file(path)):
        return _read(_read_file(as_named(path)).strip(), str(path))
    return parse_dsl(text)


def _is_file(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()  # a shell's <(command) is one too
    except (OSError, ValueError):  # no name that a file can have
        return False


def _read_file(path: Path) -> str:
    try:
        content = read_whole(path, _MAX_BYTES)
    except (OSError, ValueError) as error:
        why = reason_of(error)
        raise InputError(f"cannot read {path}: {why}", "check the path of --schema") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8", "a schema is a JSON file") from None


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not JSON: {error}", "check it with: jq . FILE") from None
    if not isinstance(document, dict):
        raise InputError(f"{name} is no JSON object", "a schema is an object with a type")
    return document


def _unwrap(document: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Take off what an API's ``json_schema`` has around the schema itself."""
    inner = document.get("json_schema", document)
    has_schema = isinstance(inner, dict) and isinstance(inner.get("schema"), dict)
    if not has_schema or not inner.keys() <= _ENVELOPE:
        return document, ""
    return inner["schema"], str(inner.get("name") or "")


def _many(document: dict[str, Any]) -> dict[str, Any]:
    document = _moved(document)
    kept = {key: value for key, value in document.items() if key not in _SHARED}
    outer = {key: document[key] for key in _SHARED if key in document}
    properties = {"items": {"type": "array", "items": kept}}
    bounds = {"required": ["items"], "additionalProperties": False}
    return outer | {"type": "object", "properties": properties, **bounds}


def _moved(value: Any) -> Any:
    """Return a schema whose references to itself lead to where it stands in a list's schema."""
    if isinstance(value, list):
        return [_moved(item) for item in value]
    if not isinstance(value, dict):
        return value
    moved = {key: _moved(item) for key, item in value.items()}
    ref = moved.get("$ref")
    if isinstance(ref, str) and re.match(r"#(?!/(\$defs|definitions)/)(/|$)", ref):
        moved["$ref"] = f"#/properties/items/items{ref[1:]}"
    return moved
