"""The JSON in an answer: found, parsed and checked against a schema. No I/O, and no network.

jsonschema is slow to import, so it is imported when an answer is checked, or before that by
``prepare``, while the service works on it.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.errors import InputError
from azchat.structured.schema import Schema
from azchat.wire.payloads import no_constant
from azchat.wire.verdict import shortened

if TYPE_CHECKING:
    from jsonschema import SchemaError, ValidationError
    from jsonschema.protocols import Validator

_MAX_PROBLEMS = 10
_MAX_CHARACTERS = 300  # of one problem: a message may quote the whole answer
# A fence at a line's beginning, up to one that is as long, or to the end.
_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n(.*?)(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_RAW = re.compile(r"[\x00-\x1f]")
_OPENINGS = (r'\{\s*"', r"\{", r"\[")  # words may stand in braces before the object does


class Checked(NamedTuple):
    """The JSON of an answer and what is wrong with it; without any, ``text`` is all of it."""

    text: str
    problems: tuple[str, ...] = ()
    is_one_of_several: bool = False


def prepare() -> None:
    """Import what checking takes."""
    import jsonschema  # noqa: F401


def check_answer(answer: str, schema: Schema) -> Checked:
    """Return the first JSON that is valid, else the first; raises ``InputError`` for the schema."""
    first: Checked | None = None
    validator = _validator(schema)
    for text, value, end in _candidates(answer):
        problems = _problems(validator, value)
        if not problems:
            behind = (other for _, other, _ in _candidates(answer[end:]) if other != value)
            return Checked(text, (), any(not _problems(validator, other) for other in behind))
        first = first or Checked(text, problems)
    return first or Checked(answer.strip(), (_why_not_json(answer),))


def _candidates(answer: str) -> Iterator[tuple[str, Any, int]]:
    """Yield what may be JSON, its value and its end: all, fenced blocks, what is between words."""
    fenced = ((found[2], found.end()) for found in _FENCED.finditer(answer))
    for text, end in ((answer, len(answer)), *fenced):
        text = text.strip()
        try:
            yield _escaped(text), _DECODER.decode(text), end
        except (ValueError, RecursionError):
            continue
    for opening in _OPENINGS:
        if found := re.search(opening, answer):
            try:
                value, end = _DECODER.raw_decode(answer, found.start())
            except (ValueError, RecursionError):
                continue
            yield _escaped(answer[found.start() : end]), value, end


def _escaped(text: str) -> str:
    """Return JSON with the control characters escaped that models leave raw in its strings."""
    return _STRING.sub(
        lambda string: _RAW.sub(lambda raw: json.dumps(raw[0])[1:-1], string[0]), text
    )


_DECODER = json.JSONDecoder(parse_constant=no_constant, strict=False)


def _why_not_json(answer: str) -> str:
    fenced = _FENCED.search(answer)
    text = (fenced[2] if fenced else answer).strip()
    if not text.startswith(("{", "[")):
        return "there is no JSON in the answer"
    try:
        _DECODER.decode(text)
    except ValueError as error:
        return f"the answer is not JSON: {error}"
    except RecursionError:
        pass
    return "the answer is not JSON: it is nested too deeply"


def _validator(schema: Schema) -> "Validator":
    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry

    kind = validator_for(schema.document, default=Draft202012Validator)
    try:
        kind.check_schema(schema.document)
    except SchemaError as error:
        raise _unusable(_told(error)) from None
    # With a registry of its own it fetches nothing that a $ref names.
    return kind(schema.document, registry=Registry())


def _problems(validator: "Validator", value: Any) -> tuple[str, ...]:
    from referencing.exceptions import Unresolvable

    try:
        errors = list(islice(validator.iter_errors(value), _MAX_PROBLEMS))
    except Unresolvable as error:
        raise _unusable(f"there is no {getattr(error, 'ref', error)}") from None
    except re.error as error:
        raise _unusable(f"a pattern that is not understood ({error})") from None
    except RecursionError:
        return ("it is nested too deeply",)
    return tuple(shortened(_told(error), _MAX_CHARACTERS) for error in errors)


def _told(error: "ValidationError | SchemaError") -> str:
    """Return what is wrong in JSON's words, not Python's; of alternatives the nearest one's."""
    message = error.message
    if error.validator == "oneOf" and " is valid under each of " in message:
        message = f"{error.instance!r} is valid under more than one of the given schemas"
    for value in (error.instance, error.validator_value):
        message = message.replace(repr(value), json.dumps(value, ensure_ascii=False))
    told = f"{error.json_path}: {message}"
    if not error.context:
        return told
    from jsonschema.exceptions import best_match

    nearest = best_match(error.context)
    return f"{shortened(told, 150)} ({_told(nearest)})" if nearest else told


def _unusable(why: str) -> InputError:
    hint = "see https://json-schema.org; refs to other files and addresses are not followed"
    return InputError(f"the schema cannot be used: {shortened(why, _MAX_CHARACTERS)}", hint)
