"""An HTTP status that is not success becomes the error that says who must act.

By the status alone where the body says nothing, for gateways answer with pages. A cause that is
known by its words (``wire.causes``) goes before the status: many services have one for all.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from azchat.errors import AuthError, AzchatError, ServiceError
from azchat.events import Headroom
from azchat.wire.faults import Fault, read_fault, wait_in
from azchat.wire.payloads import maybe_json
from azchat.wire.safety import stopped, tell

_REQUEST_IDS = ("x-request-id", "x-ms-request-id", "apim-request-id", "request-id")
_RETRYABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})


class Destination(NamedTuple):
    """Where requests go, in words for the user; ``signed_in_by`` is where the key came from."""

    host: str
    signed_in_by: str = "no key"


def http_error(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    destination: Destination,
    model: str | None = None,
    now: float = 0.0,
) -> AzchatError:
    """Return a reply's error; ``headers`` are in lower case, ``now`` is in epoch seconds."""
    fault = _read_body(headers, body)
    wait = retry_after(headers, fault.message, now)
    fault = fault if wait is None else fault._replace(wait=wait)
    error = _redirect(status, headers, destination) or _refusal(fault, destination, status, model)
    error.http_status = status
    error.request_id = request_id(headers)
    return error


def answer_error(body: object) -> AzchatError:
    """Return the error that stands in a reply of status 200, or in one of its events."""
    fault = read_fault(body)
    if fault.wait is None:
        fault = fault._replace(wait=wait_in(fault.message))
    return _refusal(fault, Destination("the service", ""), None, None)


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return what the service calls this request."""
    return next((headers[name] for name in _REQUEST_IDS if name in headers), None)


def headroom(headers: Mapping[str, str]) -> Headroom | None:
    """Return what is left of the rate limits, None where the service does not say."""
    left = Headroom(*(_count(_limit(headers, *name.split("-"))) for name in _LIMITS))
    return left if any(count is not None for count in left) else None


def _limit(headers: Mapping[str, str], which: str, of: str) -> str:
    ours = headers.get(f"x-ratelimit-{which}-{of}")
    return ours or headers.get(f"anthropic-ratelimit-{of}-{which}", "")


def retry_after(headers: Mapping[str, str], message: str, now: float) -> float | None:
    """Return the seconds that the service asks to wait, None where it does not say.

    From ``retry-after-ms``, ``retry-after`` (seconds or a date, RFC 9110 10.2.3), or the
    sentence in the message, which Azure OpenAI sends when the headers are missing.
    """
    for name, unit in _WAITS:
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) * unit
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    from email.utils import parsedate_to_datetime  # slow to import, and seldom needed

    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        pass
    return wait_in(message)


def _read_body(headers: Mapping[str, str], body: bytes) -> Fault:
    text = body.decode("utf-8", "replace").strip()
    if (value := maybe_json(text)) is not None:
        return read_fault(value)
    is_page = text.startswith("<") or "html" in headers.get("content-type", "")
    return Fault() if is_page else read_fault(text[:500])


def _redirect(
    status: int, headers: Mapping[str, str], destination: Destination
) -> ServiceError | None:
    if not 300 <= status < 400:
        return None
    target = _host_of(headers.get("location", "")) or "another address"
    what = f"{destination.host} redirects to {target} (HTTP {status}); not followed"
    return ServiceError(what, "set the endpoint to the final address if you trust it")


def _refusal(
    fault: Fault, destination: Destination, status: int | None, model: str | None
) -> AzchatError:
    """Return the error of a refusal; ``status`` is None inside a 200."""
    from azchat.wire.causes import find_cause  # seldom needed

    known = status or fault.status
    cause = None if fault.is_content_filter else find_cause(fault, known, fault.wait)
    host, key = destination
    facts = {"host": host, "model": model or "this model"}
    facts["of_model"] = f", model {model}" if model else ""
    is_denied = known in (401, 403) and not fault.is_content_filter
    kind = (cause and cause.error) or (AuthError if is_denied else ServiceError)
    what, hint = _in_words(fault, status, kind, facts)
    if cause and cause.what:
        what = cause.what.format(**facts) + (f" (HTTP {status})" if status else "")
    if kind is AuthError:
        hint = _sign_in_hint(known, key)
    if cause and cause.hint:
        hint = cause.hint.format(**facts)
    said = fault.message
    error = kind(": ".join(filter(None, (what, said))) or "no reason given", hint)
    error.cause = cause.name if cause else ""
    error.said, error.service_code, error.service_type = said, fault.code, fault.type
    error.parameter, error.retry_after = fault.parameter, fault.wait
    may_pass = kind is not AuthError and (known is None or known in _RETRYABLE)
    is_final = fault.is_content_filter or (cause is not None and not cause.again)
    error.retryable = may_pass and not is_final
    if fault.is_content_filter:
        is_answer = any(found.source == "answer" and found.filtered for found in fault.findings)
        error.code = "filter_answer" if is_answer else "filter_prompt"
        return tell(error, fault.findings)
    return error


def _in_words(
    fault: Fault, status: int | None, kind: type[AzchatError], facts: Mapping[str, str]
) -> tuple[str, str]:
    """Return what a status says by itself, and the hint for it."""
    number = f" (HTTP {status})" if status else ""
    if fault.is_content_filter:
        named = f" ({names})" if (names := stopped(fault.findings)) else ""
        return f"content filter refused the prompt{named}", "rephrase the prompt and ask again"
    if kind is AuthError:
        refused = "denied access" if status == 403 else "refused the credential"
        return f"{facts['host']} {refused}{number}", ""
    if status is None:
        return "", _ASK_AGAIN
    from azchat.wire.causes import words_of

    name, hint = words_of(status)
    if not name:
        return f"HTTP {status}", hint
    no_reason = "" if fault.message or status == 404 else " (no reason given)"
    return f"{name.format(**facts)}{number}{no_reason}", hint


def _count(text: str) -> int | None:
    is_count = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_count else None  # -1 says nothing


def _sign_in_hint(status: int | None, signed_in_by: str) -> str:
    if not signed_in_by:
        return "check the sign-in; see which it is with: azchat info"
    if signed_in_by == "no key":
        return "give a key in AZURE_INFERENCE_CREDENTIAL, or sign in with --auth entra"
    if not signed_in_by.startswith("--auth "):
        return f"check the key from {signed_in_by}; keep another with: azchat config set key"
    if status == 403:
        return "give the account a role on the resource, as Cognitive Services User"
    return f"sign in again, or to the resource's tenant with --tenant; now: {signed_in_by}"


def _host_of(location: str) -> str | None:
    try:
        return urlsplit(location).hostname
    except ValueError:
        return None


_WAITS = (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1))
_MOST_DIGITS = 18  # of a count that means anything
# In the order of the fields of Headroom.
_LIMITS = ("remaining-requests", "limit-requests", "remaining-tokens", "limit-tokens")
_ASK_AGAIN = "ask again; if it stays so, see: azchat info"
