"""Reads what a service says when it fails, in every form servers have for it."""

import json
import re
from typing import Any, NamedTuple

from azchat.wire.safety import Finding, read_findings


class Fault(NamedTuple):
    """A service's own account of a failure.

    ``message`` is one line, "" where nothing readable came. ``findings`` are what content
    safety found.
    """

    message: str = ""
    code: str | None = None
    parameter: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_content_filter(self) -> bool:
        """Whether the content filter stopped the prompt."""
        return any(finding.filtered for finding in self.findings) or self.code in (
            "content_filter",
            "ResponsibleAIPolicyViolation",
        )


def read_fault(body: object) -> Fault:
    """Return the fault that a decoded JSON body (or a piece of one) describes."""
    try:
        fault = _read(body)
        return fault if fault.parameter else fault._replace(parameter=refused_place(body))
    except RecursionError:  # nested so deep that nobody meant it to be read
        return Fault()


def refused_place(body: object) -> str | None:
    """Return the first ``loc`` at any depth as a place in a request: ``messages[0].role``.

    Also where it stands in a text that is JSON or, as vLLM writes it, Python.
    """
    if isinstance(body, str):
        if body.lstrip()[:1] in ("{", "["):
            try:
                return refused_place(json.loads(body))
            except ValueError:
                pass
        found = re.search(r"""["']loc["']: ?[(\[]([^()\[\]]*)[)\]]""", body)
        return _place(re.findall(r"[^\s,'\"]+", found[1])) if found else None
    steps = body.get("loc") if isinstance(body, dict) else None
    if isinstance(steps, list):
        return _place(steps)
    inner = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return next((place for item in inner if (place := refused_place(item))), None)


def _place(steps: list[Any]) -> str | None:
    words = [str(step) for step in steps if isinstance(step, str | int)]
    words = words[words[:1] == ["body"] :]
    return "".join(f"[{w}]" if w.isdigit() else f".{w}" for w in words).lstrip(".") or None


def _read(body: object) -> Fault:
    if isinstance(body, str):
        return Fault(_one_line(body))
    if isinstance(body, list):
        return _read(body[0]) if body else Fault()
    if not isinstance(body, dict):
        return Fault()
    error = body.get("error")
    if isinstance(error, dict):
        return _read_object(error)
    if isinstance(error, str) and "detail" not in body:
        return Fault(_one_line(error), _code(body.get("code")))
    return _read_object(body)


def _read_object(error: dict[str, Any]) -> Fault:
    inner = error.get("innererror")
    inner = inner if isinstance(inner, dict) else {}
    results = inner.get("content_filter_result") or error.get("content_filter_result")
    findings = read_findings(results, "prompt")
    code = _code(inner.get("code") if findings else None) or _code(error.get("code"))
    parameter = error.get("param")
    return Fault(
        _message(error),
        code or _code(error.get("type")),
        parameter if isinstance(parameter, str) else None,
        findings,
    )


def _message(error: dict[str, Any]) -> str:
    for name in ("message", "detail", "error", "msg"):
        value = error.get(name)
        if isinstance(value, str) and value.strip():
            return "; ".join([_unwrap(value), *_details(error.get("details"))])
        if isinstance(value, list) and value:
            return "; ".join(_detail(item) for item in value[:3])
        if isinstance(value, dict):
            return _message(value) or _one_line(json.dumps(value))
    return ""


def _unwrap(message: str) -> str:
    """Return the message inside a message: some gateways pack JSON into the string."""
    if message.lstrip().startswith("{"):
        try:
            inner = read_fault(json.loads(message)).message
        except (ValueError, RecursionError):
            inner = ""
        return inner or _one_line(message)
    return _one_line(message)


def _detail(item: object) -> str:
    """Return one entry of a FastAPI ``detail`` list as ``body.field: what is wrong``."""
    if not isinstance(item, dict):
        return _one_line(str(item))
    where = ".".join(str(step) for step in item.get("loc", ()) if isinstance(step, str | int))
    what = _one_line(str(item.get("msg") or item.get("type") or item))
    return f"{where}: {what}" if where else what


def _details(items: object) -> list[str]:
    """Return what is said of single parameters beside a message that says nothing of them."""
    listed = items[:3] if isinstance(items, list) else []
    return [_detail(item) for item in listed if isinstance(item, dict) and "loc" in item]


def _code(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
