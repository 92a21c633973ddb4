"""What a request may look like: a walk along the rules of ``requests.json``."""

from typing import Any

from azchat.demo.refusals import Refused, listed, quoted, refused
from azchat.demo.tables import table

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "decimal": (int, float),
    "array": (list,),
    "object": (dict,),
}
_BOUNDS = (
    ("least", "below minimum", "below_min", ">="),
    ("most", "above maximum", "above_max", "<="),
)


def check(value: Any, rule: Any, param: str = "") -> None:
    """Raise Refused for the first thing in a value that its rule forbids; null is absent.

    A rule is the name of another, a JSON type, or an object: the ``type`` or types, ``enum``,
    ``least`` and ``most`` of a number or the length of a list, ``longest`` and ``prefix`` of a
    text, ``each`` of a list, ``keys`` of an object (``closed``: no others), those it ``needs``
    and those that ``moved``; ``by`` is the key that chooses one of several ``kinds``.
    """
    if isinstance(rule, str):
        rule = table("requests").get(rule, {"type": rule})
    kinds = rule.get("type", "object" if "by" in rule else [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        got = next((_a(kind) for kind in _KINDS if _is(value, kind)), "null")
        words = {"expected": " or ".join(map(_a, kinds)), "got": got}
        raise refused("wrong_type", param=param or "body", **words)
    if "enum" in rule and (value not in rule["enum"] or isinstance(value, bool)):
        raise _wrong(value, rule["enum"], param)
    if isinstance(value, str):
        _check_text(value, rule, param)
    elif isinstance(value, list):
        if len(value) < rule.get("least", 0):
            raise refused("empty", param=param)
        for index, one in enumerate(value):
            check(one, rule.get("each", {}), f"{param}[{index}]")
    elif isinstance(value, dict):
        _check_object(value, rule, param)
    elif not isinstance(value, bool) and isinstance(value, int | float):
        _check_number(value, rule, param)


def _check_text(value: str, rule: Any, param: str) -> None:
    if len(value) > rule.get("longest", len(value)):
        raise refused("too_long", param=param, longest=rule["longest"], length=len(value))
    if not value.startswith(rule.get("prefix", "")):
        raise refused("wrong_prefix", param=param, id=value, prefix=rule["prefix"])


def _check_number(value: float, rule: Any, param: str) -> None:
    for name, out, code, sign in _BOUNDS:
        bound = rule.get(name, value)
        if value < bound if name == "least" else value > bound:
            words = {"value": value, "bound": bound, "out": out, "code": code, "sign": sign}
            raise refused("out_of_range", param=param, kind=rule["type"], **words)


def _check_object(value: dict[str, Any], rule: Any, param: str) -> None:
    within = f"{param}." if param else ""
    if "by" in rule:
        by = rule["by"]
        kind = value.get(by, rule.get("default"))
        if kind is None:
            raise refused("missing", param=f"{within}{by}")
        if not isinstance(kind, str) or kind not in rule["kinds"]:
            raise _wrong(kind, rule["kinds"], param)
        inner = rule["kinds"][kind]
        inner = table("requests")[inner] if isinstance(inner, str) else inner
        keys = {by: "string", **inner.get("keys", {})} if "by" not in inner else {}
        _check_object(value, {**inner, "keys": keys}, param)
        return
    for key, to in rule.get("moved", {}).items():
        if key in value:
            raise refused("moved", param=key, to=to)
    for key in rule.get("needs", ()):
        if value.get(key) is None:
            raise refused("missing", param=f"{within}{key}")
    for key, inner in value.items():
        if key not in rule.get("keys", {}):
            if rule.get("closed"):
                raise refused("unknown", param=f"{within}{key}")
        elif inner is not None:
            check(inner, rule["keys"][key], f"{within}{key}")


def _wrong(value: object, supported: Any, param: str) -> Refused:
    return refused("wrong_value", param=param, value=quoted(value), supported=listed(supported))


def _is(value: object, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and (kind == "boolean") == isinstance(value, bool)


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aio' else 'a'} {kind}"
