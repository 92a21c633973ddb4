"""Who may speak to the page's server: this machine's browser, on our page, with our secret.

A port of loopback is reached by any site's script and by any user of the machine, and a name
that is made to mean 127.0.0.1 makes a foreign page look like ours: so the exact Host and Origin
are checked at each request, and the secret at each that does more than load the page's own files.
There is no cookie: cookies know no ports. Pure ASGI, so that nothing is reached around it.
"""

import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from hmac import compare_digest
from typing import Any

HEADER = "azchat-secret"
MOST = 96 * 1024 * 1024
"""Bytes of a request: pictures are a third larger in base64."""
_LOADED = ("/", "/page.css", "/page.js")
_ENTRY = "/api/enter"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types azchat"
)
_SENT = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Secret:
    """What a request must bring; ``ticket`` gives it away once.

    A browser is started with a ticket: other users of the machine see its command line.
    """

    def __init__(self) -> None:
        self.text = secrets.token_urlsafe(32)
        self._tickets = {secrets.token_urlsafe(32)}

    @property
    def ticket(self) -> str:
        """What is good for one entry, while nobody has entered with it."""
        return next(iter(self._tickets), self.text)

    def enter(self, ticket: str) -> str | None:
        """Return the secret for a ticket that was not used yet."""
        if ticket not in self._tickets:
            return None
        self._tickets.remove(ticket)
        return self.text

    def fits(self, given: str) -> bool:
        """Return whether that is it, in the same time for each that is not."""
        return compare_digest(given.encode("latin-1"), self.text.encode())


class Guard:
    """Lets through to ``app`` what passes every check."""

    def __init__(self, app: App, host: str, secret: Secret) -> None:
        self._app, self._host, self._secret = app, host, secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the app do it."""
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} is served here")
        status, why = self._refused(scope)
        if status:
            body = json.dumps({"error": {"what": why, "hint": ""}}).encode()
            head = [(b"content-type", b"application/json"), *_headers()]
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": body})
            return

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_headers()]
            await send(message)

        await self._app(scope, receive, send_guarded)

    def _refused(self, scope: Scope) -> tuple[int, str]:
        """Return the status and why; 0 for what may pass."""
        told = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in scope["headers"]]
        method, path = scope["method"], scope["path"]
        if _all(told, "host") != [self._host]:
            return 403, "wrong Host"
        origins = _all(told, "origin")
        if any(origin != f"http://{self._host}" for origin in origins) or len(origins) > 1:
            return 403, "wrong Origin"
        if method not in ("GET", "POST"):
            return 405, "GET and POST alone"
        if method == "GET" and path in _LOADED:
            return 0, ""
        if _all(told, "sec-fetch-site") not in ([], ["same-origin"]):
            return 403, "another site asks"
        given = _all(told, HEADER)
        if path != _ENTRY and (len(given) != 1 or not self._secret.fits(given[0])):
            return 401, "no secret, or a wrong one"
        return self._unfit(told) if method == "POST" else (0, "")

    def _unfit(self, told: list[tuple[str, str]]) -> tuple[int, str]:
        if not _all(told, "origin"):
            return 403, "no Origin"
        kind = "".join(_all(told, "content-type")).partition(";")[0].strip().lower()
        if kind != "application/json":
            return 415, "JSON alone"
        length = "".join(_all(told, "content-length"))
        if not length.isdigit() or int(length) > MOST:
            return 413, f"a length of at most {MOST} bytes"
        return 0, ""


def _all(told: Iterable[tuple[str, str]], name: str) -> list[str]:
    return [text for each, text in told if each == name]


def _headers() -> list[tuple[bytes, bytes]]:
    return [(name.encode(), text.encode()) for name, text in _SENT.items()]
