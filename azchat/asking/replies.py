"""Reads the whole answer to a GET, and the JSON in it."""

import json
from typing import TYPE_CHECKING

from azchat.engine.transport import Reply
from azchat.errors import NetworkError, ServiceError
from azchat.wire.status import http_error

if TYPE_CHECKING:
    from azchat.azure.client import AzureTransport

_MOST_BYTES = 16 * 1024 * 1024
_READ_SECONDS = 10.0


def read_body(reply: Reply, what: str) -> bytes:
    """Return the body; ``what`` names it in the error for one that does not end."""
    pieces: list[bytes] = []
    size = 0
    try:
        while size < _MOST_BYTES and (data := reply.read(_READ_SECONDS)):
            pieces.append(data)
            size += len(data)
    except TimeoutError:
        raise NetworkError(f"{what} did not end in time", "ask again") from None
    return b"".join(pieces)


def fetch_json(transport: "AzureTransport", url: str) -> object:
    """Return the decoded JSON at ``url``; raises the error of any status but 200."""
    reply = transport.get_url(url)
    body = read_body(reply, "the list")
    if reply.status != 200:
        raise http_error(reply.status, reply.headers, body, destination=transport.destination)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        hint = "check the URL with: azchat info"
        raise ServiceError("the answer is no JSON: a proxy or a login page?", hint) from None
