"""An HTTP status that is not success becomes the error that says who must act."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from azchat.errors import AuthError, AzchatError, ServiceError
from azchat.wire.faults import Fault, read_fault

_REQUEST_IDS = ("x-request-id", "x-ms-request-id", "apim-request-id", "request-id")
_RETRYABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_RETRY_IN_TEXT = r"(?:retry|try again) (?:after|in) (?:(\d{1,9})m)?(\d{1,9}(?:\.\d+)?) ?(m?s)"


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
    """Return the error for a reply; ``headers`` have lower-case names.

    ``now`` is the time of day in epoch seconds, for a ``retry-after`` that is a date.
    """
    fault = _read_body(headers, body)
    error = _error_for(status, headers, fault, destination, model)
    error.http_status = status
    error.service_code = fault.code
    error.request_id = next((headers[name] for name in _REQUEST_IDS if name in headers), None)
    error.retryable = status in _RETRYABLE
    error.retry_after = retry_after(headers, fault.message, now)
    return error


def retry_after(headers: Mapping[str, str], message: str, now: float) -> float | None:
    """Return the seconds that the service asks to wait, None where it does not say.

    From ``retry-after-ms``, ``retry-after`` (seconds or a date, RFC 9110 10.2.3), or the
    sentence in the message, which Azure OpenAI sends when the headers are missing.
    """
    for name, unit in (
        ("retry-after-ms", 0.001),
        ("x-ms-retry-after-ms", 0.001),
        ("retry-after", 1),
    ):
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
    if found := re.search(_RETRY_IN_TEXT, message.lower()):
        minutes, number = float(found[1] or 0), float(found[2])
        return 60 * minutes + number * (0.001 if found[3] == "ms" else 1)
    return None


def _read_body(headers: Mapping[str, str], body: bytes) -> Fault:
    text = body.decode("utf-8", "replace").strip()
    try:
        return read_fault(json.loads(text))
    except (ValueError, RecursionError):
        pass
    is_page = text.startswith("<") or "html" in headers.get("content-type", "")
    return Fault() if is_page else read_fault(text[:500])


def _error_for(
    status: int,
    headers: Mapping[str, str],
    fault: Fault,
    destination: Destination,
    model: str | None,
) -> AzchatError:
    said = f": {fault.message}" if fault.message else ""
    if status in (401, 403):
        refused = "refused the credential" if status == 401 else "denied access"
        return AuthError(
            f"{destination.host} {refused} (HTTP {status}){said}",
            _sign_in_hint(status, destination.signed_in_by),
        )
    if 300 <= status < 400:
        target = _host_of(headers.get("location", "")) or "another address"
        return ServiceError(
            f"{destination.host} redirects to {target} (HTTP {status}); not followed",
            "set the endpoint to the final address if you trust it",
        )
    if fault.is_content_filter:
        named = f" ({', '.join(fault.filtered)})" if fault.filtered else ""
        return ServiceError(
            f"content filter refused the prompt{named}{said}", "rephrase the prompt and ask again"
        )
    if status == 404:
        of_model = f", model {model}" if model else ""
        return ServiceError(
            f"deployment or path not found at {destination.host}{of_model} (HTTP 404){said}",
            "check the model's name (-m) and the endpoint's URL with: azchat info",
        )
    name, hint = _WORDS.get(status, (f"HTTP {status}", _SEE_INFO))
    return ServiceError(
        f"{name}{said}" if said or status not in _WORDS else f"{name} (no reason given)", hint
    )


def _sign_in_hint(status: int, signed_in_by: str) -> str:
    if signed_in_by == "no key":
        return "give a key in AZURE_INFERENCE_CREDENTIAL, or sign in with --auth entra"
    if not signed_in_by.startswith("--auth "):
        return f"check the key from {signed_in_by}"
    if status == 403:
        return "give the account a role on the resource, as Cognitive Services OpenAI User"
    return f"sign in again, or to the resource's tenant with --tenant; now: {signed_in_by}"


def _host_of(location: str) -> str | None:
    try:
        return urlsplit(location).hostname
    except ValueError:
        return None


_SEE_INFO = "see what is sent with --dry-run, and where to with: azchat info"
_LATER = "try again later; more attempts with --retries N"
_WORDS = {
    400: ("the service refused the request (HTTP 400)", _SEE_INFO),
    405: ("the endpoint takes no chat requests at this path (HTTP 405)", _SEE_INFO),
    408: ("the service timed out (HTTP 408)", _LATER),
    410: ("the service retired this route or model (HTTP 410)", "use the resource's /openai/v1"),
    413: ("the request is too large (HTTP 413)", "send less text or smaller images"),
    415: ("the service refused the request's type (HTTP 415)", _SEE_INFO),
    422: ("the service refused a parameter (HTTP 422)", _SEE_INFO),
    424: ("the model's container failed (HTTP 424)", "see the deployment's logs in the portal"),
    429: ("too many requests (HTTP 429)", _LATER),
    500: ("the service failed (HTTP 500)", _LATER),
    502: ("bad gateway (HTTP 502)", _LATER),
    503: ("the service is unavailable (HTTP 503)", _LATER),
    504: ("the service's gateway timed out (HTTP 504)", _LATER),
}
