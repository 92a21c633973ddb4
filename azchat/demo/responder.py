"""The scripted service as a function: a request in, a reply out. No I/O and no clock.

It speaks the Azure AI Model Inference API and OpenAI chat completions, each path by its own
rules.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from azchat.demo.answers import find_answer
from azchat.demo.draft import compose
from azchat.demo.entra import check_token
from azchat.demo.lacks import check_abilities
from azchat.demo.lists import look_up
from azchat.demo.models import check_model, find_form
from azchat.demo.refusals import Refused, refused
from azchat.demo.request import read_request
from azchat.demo.routes import Route, find_route
from azchat.demo.shapes import Shape


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply, not yet sent.

    ``headers`` has lower-case names. ``pieces`` can be gone through once: each is the number of
    tokens to wait for before sending, and the bytes to send at once.
    """

    status: int
    headers: dict[str, str]
    pieces: Iterable[tuple[float, bytes]]


def respond(
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key: str | None = None,
    audience: str | None = None,
) -> Reply:
    """Return the reply to a request.

    ``target`` is path and query as in the request line; ``headers`` has lower-case names. Every
    key is good when ``key`` is None. With an ``audience`` no key is, but tokens for it; "auto" is
    the one of the route. The same request always gets the same reply.
    """
    named = f"{method} {target}\n".encode(errors="replace")
    identity = hashlib.sha256(named + body).hexdigest()[:32]
    try:
        if audience is None:
            _check_key(headers, key)
        else:
            check_token(headers, target, audience)
        route = find_route(method, target)
        if route.action == "chat":
            reply = _chat(route, headers, body, identity)
        else:
            reply = _whole(200, look_up(route.action))
    except Refused as refused:
        reply = _whole(refused.status, refused.body)
        reply.headers.update(refused.headers)
    reply.headers.update(_identification(identity))
    return reply


def _check_key(headers: Mapping[str, str], key: str | None) -> None:
    if key is None:
        return
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    given = (headers.get("api-key", ""), bearer)
    if not any(hmac.compare_digest(one.encode(), key.encode()) for one in given):
        raise refused("wrong_key")


def _chat(route: Route, headers: Mapping[str, str], body: bytes, identity: str) -> Reply:
    request = read_request(route, headers, body)
    form = find_form(request.model, route)
    check_abilities(request.model, request.body)
    check_model(request.model, form, request.body)
    thinks = form not in ("plain", "hidden", "mai") and request.effort != "none"
    draft = compose(find_answer(request, thinks=thinks), request, form)
    shape = Shape(draft, form, route, request, identity)
    if not request.stream:
        return _whole(200, shape.whole(), wait=draft.completion_tokens)
    headers_out = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
    return Reply(200, headers_out, _stream(shape))


def _whole(status: int, body: object, wait: float = 0) -> Reply:
    return Reply(status, {"content-type": "application/json"}, [(wait, _encode(body))])


def _stream(shape: Shape) -> Iterator[tuple[float, bytes]]:
    for wait, chunk in shape.chunks():
        yield wait, b"data: " + _encode(chunk) + b"\n\n"
    yield 0, b"data: [DONE]\n\n"


def _encode(value: object) -> bytes:
    # A lone surrogate can come in by a JSON escape; UTF-8 has no bytes for it.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _identification(identity: str) -> dict[str, str]:
    parts = (identity[:8], identity[8:12], identity[12:16], identity[16:20], identity[20:])
    request_id = "-".join(parts)
    return {"x-ms-request-id": request_id, "apim-request-id": request_id}
