"""An HTTP status that is not success becomes the error that says who must act."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from azchat.errors import AuthError, AzchatError, ServiceError
from azchat.events import Headroom
from azchat.wire.faults import Fault, read_fault
from azchat.wire.safety import stopped, tell

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
    error.parameter = fault.parameter
    error.request_id = request_id(headers)
    error.retryable = status in _RETRYABLE
    error.retry_after = retry_after(headers, fault.message, now)
    return error


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return what the service calls this request."""
    return next((headers[name] for name in _REQUEST_IDS if name in headers), None)


def headroom(headers: Mapping[str, str]) -> Headroom | None:
    """Return what is left of the rate limits, None where the service does not say."""
    left = Headroom(*(_count(headers.get(f"x-ratelimit-{name}", "")) for name in _LIMITS))
    return left if any(count is not None for count in left) else None


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
        named = f" ({names})" if (names := stopped(fault.findings)) else ""
        what = f"content filter refused the prompt{named}{said}"
        return tell(ServiceError(what, "rephrase the prompt and ask again"), fault.findings)
    if _is_responses_only(fault):
        return ServiceError(
            f"{model or 'this model'} answers only over the Responses API, which azchat does not "
            f"speak (HTTP {status}){said}",
            "deploy a model that takes chat completions, such as gpt-5 or gpt-5-mini",
        )
    if _TOOLS_WITH_EFFORT in fault.message.lower():
        return ServiceError(
            f"{model or 'this model'} takes tools with an effort only over the Responses API, "
            f"which azchat does not speak (HTTP {status}){said}",
            "leave --effort out, or use a model that takes both, such as gpt-5",
        )
    if status == 404:
        of_model = f", model {model}" if model else ""
        return ServiceError(
            f"deployment or path not found at {destination.host}{of_model} (HTTP 404){said}",
            "check the model's name (-m) and the endpoint's URL with: azchat info",
        )
    if status in (400, 413, 415, 422) and (words := _about_images(fault.message)):
        return ServiceError(f"{words[0]} (HTTP {status}){said}", words[1])
    name, hint = _WORDS.get(status, (f"HTTP {status}", _SEE_INFO))
    return ServiceError(
        f"{name}{said}" if said or status not in _WORDS else f"{name} (no reason given)", hint
    )


def _is_responses_only(fault: Fault) -> bool:
    """Return whether a service says that a model has no chat completions (as of 2026)."""
    said = fault.message.lower()
    only = "responses" in said and any(words in said for words in _RESPONSES_ONLY)
    return only or ("chatcompletion operation does not work with the specified model" in said)


def _count(text: str) -> int | None:
    is_count = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_count else None  # -1 says nothing


def _about_images(message: str) -> tuple[str, str] | None:
    """Return what to say where a model takes one image, or none at all."""
    if re.search(_ONE_IMAGE, message, re.IGNORECASE):
        return (
            "the model takes one image at a time",
            "--last-image-only sends only the last one of the conversation",
        )
    if re.search(_NO_IMAGES, message, re.IGNORECASE):
        return "the model takes no images", "ask one that does: -m NAME"
    return None


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


_MOST_DIGITS = 18  # of a count that means anything
# In the order of the fields of Headroom.
_LIMITS = ("remaining-requests", "limit-requests", "remaining-tokens", "limit-tokens")
# "At most 1 image(s) may be provided in one request" (vLLM), "only supports a single image" …
_ONE_IMAGE = (
    r"(at most|only|more than|maximum of|up to|limited to|supports?|exceed\w*) "
    r"(support\w* )?(1|one|a single) image|too many images|multiple images"
)
_NO_IMAGES = (
    r"not? support(ed)? .{0,30}(image (input|content)|images|vision|image_url)|not a multimodal"
    r"|(image_url|image (input|content)|images|vision)( \w+)?( \w+)? not (support|allow|accept)"
    r"|unknown variant `?image_url|'image_url' is only supported"
)
_SEE_INFO = "see what is sent with --dry-run, and where to with: azchat info"
_TOOLS_WITH_EFFORT = "tools with reasoning_effort are not supported"
_RESPONSES_ONLY = (
    *("only supported in", "not supported in the v1/chat/completions", "use the responses api"),
    *("not in v1/chat/completions", "only available through the responses", "use v1/responses"),
)
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
