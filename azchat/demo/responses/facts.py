"""The fields that the API knows, of requests and of items; ``responses.json`` has them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from azchat.demo.refusals import Refused, refused

Json = dict[str, Any]

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "decimal": (int, float),
    "array": (list,),
    "object": (dict,),
}


@cache
def facts() -> dict[str, Any]:
    """Return what ``responses.json`` holds."""
    known: dict[str, Any] = json.loads(
        Path(__file__).parent.with_name("responses.json").read_bytes()
    )
    return known


def check_type(value: object, kind: str, param: str) -> None:
    """Raise Refused for a value of another JSON type; null is absent."""
    if value is not None and not _is(value, kind):
        raise wrong_type(value, f"{'an' if kind[0] in 'aio' else 'a'} {kind}", param)


def wrong_type(value: object, expected: str, param: str) -> Refused:
    """Return the refusal of a value of a wrong JSON type."""
    kind = "null" if value is None else next(kind for kind in _KINDS if _is(value, kind))
    got = kind if value is None else f"{'an' if kind[0] in 'aio' else 'a'} {kind}"
    return refused("wrong_type", param=param, expected=expected, got=got)


def _is(value: object, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and (kind == "boolean") == isinstance(value, bool)
