"""The scripted service as a function: a request in, a reply out. No I/O and no clock.

It speaks the Azure AI Model Inference API, OpenAI chat completions, the Responses API and
Anthropic's Messages API, each path by its own rules.
"""

import hashlib
import hmac
from collections.abc import Mapping
from uuid import UUID

from azchat.demo.chat.page import answer_page
from azchat.demo.chat.service import complete
from azchat.demo.entra import check_token
from azchat.demo.limits import Limits
from azchat.demo.lists import look_up
from azchat.demo.messages.service import answer_message
from azchat.demo.refusals import Refused, refused, retold
from azchat.demo.reply import Reply, whole
from azchat.demo.responses.service import create
from azchat.demo.responses.store import Store
from azchat.demo.routes import Route, find_route

_ASKING = ("chat", "message", "create")


def respond(
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key: str | None = None,
    audience: str | None = None,
    store: Store | None = None,
    limits: Limits | None = None,
) -> Reply:
    """Return the reply to a request.

    ``target`` is path and query as in the request line; ``headers`` has lower-case names. Every
    key is good when ``key`` is None. With an ``audience`` no key is, but tokens for it; "auto" is
    the one of the route. Who asks a model is held to the ``limits``. What a request asks to be
    kept goes into the ``store``; but for these the same request always gets the same reply.
    """
    named = f"{method} {target}\n".encode(errors="replace")
    identity = hashlib.sha256(named + body).hexdigest()[:32]
    path = target.partition("?")[0]
    is_claudes = path.endswith("/v1/messages")
    try:
        if path == "/chat/stream":
            pass  # a page has no key: its own server signs in
        elif audience is None:
            _check_key(headers, key, "x-api-key" if is_claudes else "api-key")
        else:
            check_token(headers, target, audience)
        route = find_route(method, target)
        is_limited = limits is not None and route.action in _ASKING
        if limits and is_limited:
            limits.check(len(body) / 4)
        if route.action == "chat":
            reply = complete(route, headers, body, identity)
        elif route.action == "stream":
            reply = answer_page(headers, body, identity)
        elif route.action == "message":
            reply = answer_message(headers, body, identity)
        else:
            reply = _answer(route, target, body, identity, store or Store())
        if limits and is_limited:
            reply = limits.counted(reply)
    except Refused as refused_as:
        refusal = retold(refused_as) if is_claudes else refused_as
        reply = whole(refusal.status, refusal.body)
        reply.headers.update(refusal.headers)
    request_id = str(UUID(identity))
    reply.headers.update({"x-ms-request-id": request_id, "apim-request-id": request_id})
    return reply


def _answer(route: Route, target: str, body: bytes, identity: str, store: Store) -> Reply:
    match route.action, route.name:
        case "create", _:
            return create(body, identity, store)
        case "retrieve", str(name):
            return store.retrieve(name, target)
        case "cancel", str(name):
            return store.cancel(name)
        case "delete", str(name):
            return store.delete(name)
    return whole(200, look_up(route.action))


def _check_key(headers: Mapping[str, str], key: str | None, header: str) -> None:
    if key is None:
        return
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    given = (headers.get("api-key", ""), headers.get(header, ""), bearer)
    if not any(hmac.compare_digest(one.encode(), key.encode()) for one in given):
        raise refused("wrong_key")
