"""Reads whole replies within bounds: the answer to a GET, the JSON in it, what a refusal says."""

import json
import time
from collections.abc import Callable

from azchat.engine.transport import Reply
from azchat.errors import AzchatError, NetworkError, ServiceError
from azchat.wire.status import Destination, http_error

_MOST_BYTES = 16 * 1024 * 1024
_READ_SECONDS = 10.0
_REFUSAL_BYTES = 1024 * 1024
_REFUSAL_SECONDS = 2.0


def refusal(
    reply: Reply,
    destination: Destination,
    model: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> AzchatError:
    """Return the error of a reply that refuses, from what came of its body in time."""
    body, deadline = b"", clock() + _REFUSAL_SECONDS
    try:
        while len(body) < _REFUSAL_BYTES and (data := reply.read(max(0.0, deadline - clock()))):
            body += data
    except (TimeoutError, NetworkError):
        pass  # the status alone says enough
    head = reply.status, reply.headers
    return http_error(*head, body, destination=destination, model=model, now=time.time())


def read_body(reply: Reply, what: str) -> bytes:
    """Return the body; ``what`` names it in the error for one that does not end."""
    body = bytearray()
    try:
        while len(body) < _MOST_BYTES and (data := reply.read(_READ_SECONDS)):
            body += data
    except TimeoutError:
        raise NetworkError(f"{what} did not end in time", "ask again", code="timeout") from None
    return bytes(body)


def fetch_json(get: Callable[[str], Reply], url: str, destination: Destination) -> object:
    """Return the decoded JSON at ``url``; raises the error of any status but 200."""
    reply = get(url)
    if reply.status != 200:
        raise refusal(reply, destination)
    try:
        return json.loads(read_body(reply, "the list"))
    except (ValueError, RecursionError):
        hint = "check the URL with: azchat info"
        raise ServiceError("the answer is no JSON: a proxy or a login page?", hint) from None
