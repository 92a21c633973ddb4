"""Reads what a service says when it fails, in every form servers have for it.

A body is searched by two tables: the places of words, and the places of what a proxy heard from
whoever stands behind it. A string may hold a body of its own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from azchat.wire.payloads import maybe_json
from azchat.wire.safety import Finding, read_findings

_Value = TypeVar("_Value")


class Fault(NamedTuple):
    """A service's own account of a failure.

    ``message`` is one line, "" where nothing readable came. ``findings`` are what content
    safety found. ``status`` is the HTTP status that the body names, ``wait`` the seconds after
    which to ask again; ``signs`` are the codes and types at every depth.
    """

    message: str = ""
    code: str | None = None
    parameter: str | None = None
    findings: tuple[Finding, ...] = ()
    type: str | None = None
    status: int | None = None
    wait: float | None = None
    signs: str = ""

    @property
    def is_content_filter(self) -> bool:
        """Whether the content filter stopped the prompt."""
        return self.code in _FILTER_CODES or any(finding.filtered for finding in self.findings)


def read_fault(body: object) -> Fault:
    """Return the fault that a decoded JSON body (or a piece of one) describes."""
    try:
        return _read(body)
    except RecursionError:  # nested so deep that nobody meant it to be read
        return Fault()


def _read(body: object) -> Fault:
    error, objects = _core(body), list(_objects(body))
    message, kind = _said(body), _text(error.get("type"))
    inner = error.get("innererror")
    inner = inner if isinstance(inner, dict) else {}
    results = inner.get("content_filter_result") or error.get("content_filter_result")
    findings = read_findings(results, "prompt")
    owners = [error, *objects[:1]]
    code = _first(_text(one.get(name)) for one in owners for name in _CODES) or kind
    return Fault(
        message,
        _text(inner.get("code") if findings else None) or code,
        _first(map(_parameter, objects)) or _quoted(message),
        findings,
        kind,
        _first(_status(one.get(name)) for one in objects for name in _STATUSES),
        _first(map(_wait, objects)),
        " ".join(filter(None, (_text(one.get(name)) for one in objects for name in _SIGNS))),
    )


def _core(body: object) -> dict[str, Any]:
    """Return the object in which the service says what is wrong."""
    if isinstance(body, list):
        body = body[0] if body else None
    if not isinstance(body, dict):
        return {}
    return _first(_core(body.get(name)) for name in _INNER) or body


def _objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a body, the outer before the inner, also those within strings."""
    if isinstance(value, str):
        value = _packed(value)[1]
    if isinstance(value, dict):
        yield value
        value = [inner for name, inner in value.items() if name != "input"]  # the user's own words
    for inner in _list(value):
        yield from _objects(inner)


def _said(value: object) -> str:
    """Return the words of a piece of a body, and behind them those of its cause."""
    if isinstance(value, str):
        before, packed = _packed(value)
        within = _said(packed)
        is_page = re.match(r"\s*<(!doctype|html|\?xml)", value, re.IGNORECASE)
        return "" if is_page else " ".join((before + within if within else value).split())
    if not isinstance(value, dict):
        return "; ".join(filter(None, map(_said, _list(value)[:3])))
    if value.get("status_code") == 0:  # MiniMax says "success" of what is none
        return ""
    said = ""
    for name in _WORDS:
        more = _said(inner := value.get(name))
        if not said:
            said = more
        elif isinstance(inner, dict | list) and more not in said:
            said = more if said in more else f"{said.rstrip(' .:')}: {more}"
    if where := ".".join(str(step) for step in _list(value.get("loc"))):
        return f"{where}: {said}" if said else where  # an entry of FastAPI's ``detail``
    if said and (provider := _text(value.get("provider_name"))):  # OpenRouter
        return f"{said} ({provider})"
    return said or "; ".join(  # {"temperature": ["must be less than 2"]}, as web frameworks say
        f"{name}: {_said(inner)}"
        for name, inner in value.items()
        if _list(inner) and all(isinstance(one, str) for one in _list(inner))
    )


def _packed(text: str) -> tuple[str, object]:
    """Return the error that ends ``text``, JSON or as Python prints it, and what is before it."""
    text = text.rstrip(" .\n")
    for start in islice(re.finditer(r"[{\[]", text if text[-1:] in ("}", "]") else ""), 5):
        inner = _decoded(text[start.start() :])
        first = (*inner, None)[0] if isinstance(inner, list) else inner
        if isinstance(first, dict):
            return text[: start.start()], inner
    return text, None


def _decoded(text: str) -> object:
    if (value := maybe_json(text)) is not None:
        return value
    if "'" not in text or len(text) > _LONGEST_PYTHON:
        return None
    from ast import literal_eval  # slow to import, and seldom needed

    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _parameter(error: dict[str, Any]) -> str | None:
    """Return the parameter that an object names, as ``messages[0].role``."""
    for name in ("param", "loc", "field"):  # OpenAI; FastAPI, Azure's own 422; Google
        steps = error.get(name)
        path = "".join(
            f"[{step}]" if isinstance(step, int) else f".{step}"
            for step in ([steps] if isinstance(steps, str) else _list(steps))
            if re.fullmatch(r"[\w.\[\]$-]+", str(step))
        )
        if path := re.sub(r"^\.(?:body|\$)(?![\w-])", "", path).lstrip("."):
            return path
    return None


def _quoted(message: str) -> str | None:
    found = re.search(
        r"\b(?:parameter|argument|field|property)(?:\(?s\)?)?(?: supplied)?:? ?[\[(]?"
        r"['\"`]([\w.\[\]-]+)['\"`]",
        message,
        re.IGNORECASE,
    )
    return found[1] if found else None


def _wait(error: dict[str, Any]) -> float | None:
    for name, value in error.items():
        unit = _WAITS.get(re.sub("[_-]", "", str(name).lower()))
        if unit and (value := value.get("seconds") if isinstance(value, dict) else value):
            seconds = seconds_in(value if re.search("[a-z]", str(value)) else f"{value} s")
            return seconds and seconds * unit
    return None


def wait_in(sentence: str) -> float | None:
    """Return the seconds that a sentence asks to wait, as "Please try again in 1h20m." does."""
    found = re.search(rf"{_ASKED}({_SPAN}|{_CLOCK})", sentence, re.IGNORECASE)
    return seconds_in(found[1]) if found else None


def seconds_in(span: object) -> float | None:
    """Return the seconds of "3 hours", "21 minutes and 33 seconds", "41.8s" or "03:14:05"."""
    text = str(span).lower()
    if clock := re.search(_CLOCK, f"in {text}"):
        numbers = [float(one or 0) for one in clock.groups()]
        return sum(n * unit for n, unit in zip(numbers, (86400, 3600, 60, 1), strict=True))
    parts = re.findall(rf"({_NUMBER}) ?({_UNIT})", text)
    return sum(_number(number) * _unit(unit) for number, unit in parts) if parts else None


def _number(text: str) -> float:
    return 1.0 if text[0] == "a" else float(text)


def _unit(unit: str) -> float:
    return 0.001 if unit.startswith(("ms", "mil")) else _UNITS[unit[0]]


def _status(value: object) -> int | None:
    text = _text(value) or ""
    return int(text) if re.fullmatch(r"[45]\d\d", text) else None


def _first(values: Iterable[_Value]) -> _Value | None:
    return next(filter(None, values), None)


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None


# Chat Completions; both; Responses (maximhq/bifrost#6652).
_FILTER_CODES = ("content_filter", "ResponsibleAIPolicyViolation", "content_policy_violation")
_LONGEST_PYTHON = 10_000  # characters
# The object of an error; Cloudflare's list, MiniMax's, Apigee's, OpenRouter's in a choice.
_INNER = ("error", "errors", "base_resp", "fault", "choices")
# Where words stand: the first that says something, and objects and lists that say why.
_WORDS = (
    *("message", "detail", "msg", "raw", "status_msg", "error_msg", "error_message"),
    *("errorMessage", "error_description", "Message", "defaultMessage", "faultstring"),
    *("error", "errors", "details", "metadata", "base_resp", "fault", "innererror", "choices"),
    *("fieldViolations", "description", "title", "reasons", "reason", "type"),
)
_CODES = ("code", "error_code", "status_code", "errorcode")
_STATUSES = ("code", "status", "statusCode", "status_code", "http_status", "error_code")
_SIGNS = (*_CODES, "type", "status", "reason", "error")
# Names without their dashes, and the unit. Google's RetryInfo; OpenRouter's headers; ChatGPT.
_WAITS = {"retrydelay": 1.0, "retryafter": 1.0, "retryafterseconds": 1.0} | {
    "retryafterms": 0.001,
    "resetsinseconds": 1.0,
}
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_NUMBER = r"(?:(?<![\d.])\d{1,9}(?:\.\d+)?|\ban?(?= [a-z]{3}))"
_UNIT = (
    r"(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
    "(?![a-z])"
)
_SPAN = rf"{_NUMBER} ?{_UNIT}(?:(?:,? and|,)? ?{_NUMBER} ?{_UNIT})*"
_CLOCK = r"(?<=\bin )(?:(\d{1,3})\.)?(\d{1,2}):(\d\d):(\d\d)\b"  # API Management's quota
_ASKED = r"(?:retry|again|wait|resets?|replenished|renewed|available|lifted)\b[^.\d]{0,24}?"
