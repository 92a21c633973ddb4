"""Fields of a reply that are what they should be, counts and texts; and a reply that is not."""

from typing import Any

from azchat.errors import AzchatError
from azchat.wire.status import answer_error

_MOST_TOKENS = 2**53  # what is more is no count, and more than a database adds up


def count(counts: object, name: str) -> int | None:
    """Return a field that is a count."""
    value = counts.get(name) if isinstance(counts, dict) else None
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def string(fields: dict[str, Any], name: str) -> str | None:
    """Return a field that is a text, and not an empty one."""
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def no_such(kind: str, reply: dict[str, Any]) -> AzchatError:
    """Return the error of a reply that is no message, or whatever it should be."""
    error = answer_error(reply)
    if not reply.get("error"):
        error.what = f"the reply is no {kind}: {error.what}".removesuffix(": ")
        error.retryable = False
    return error
