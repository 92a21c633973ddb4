"""The routes: the page's own files, JSON for what it asks, and streams of what happens."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from azchat.errors import AzchatError, InputError
from azchat.web.guard import Guard, Secret
from azchat.web.hub import Hub, Work
from azchat.web.live import Live, Op, Seen

_PAGE = Path(__file__).parent / "page"
_EXPORTED = Path(__file__).parents[1] / "export" / "page.css"
_FRAME = 1 / 20  # seconds between two looks of a page at a turn
_SHARE = 3  # times as long as a look took nothing is rendered
_POLL, _LOOKS = 1.0, 20  # seconds between two looks at other processes; at our own meanwhile
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}

Endpoint = Callable[[Request], Awaitable[Response]]


def make_app(hub: Hub, secret: Secret, host: str) -> Guard:
    """Return the whole server; ``host`` is what the browser must call it."""
    changes = {
        "stop": hub.stop,
        "continue": hub.go_on,
        "consent": hub.consent,
        "fork": hub.fork,
    }
    routes = [
        Route("/", _file("html", lambda: _read("page.html"))),
        Route("/page.css", _file("css", _css)),
        Route("/page.js", _file("js", lambda: _read("page.js"))),
        Route("/api/enter", _enter(secret), methods=["POST"]),
        Route("/api/about", _api(hub.about)),
        Route("/api/sessions", _api(hub.sessions)),
        Route("/api/ask", _api(hub.ask), methods=["POST"]),
        Route("/chat/stream", _lines(hub), methods=["POST"]),
        Route("/api/sessions/{session:int}", _api(hub.session)),
        Route("/api/sessions/{session:int}/answer", _api(hub.answer)),
        Route("/api/sessions/{session:int}/export", _api(hub.export)),
        Route("/api/sessions/{session:int}/events", _events(hub)),
        *(
            Route(f"/api/sessions/{{session:int}}/{name}", _api(work), methods=["POST"])
            for name, work in changes.items()
        ),
    ]
    handlers: dict[Any, Any] = {AzchatError: _fail}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), host, secret)


def _events(hub: Hub) -> Endpoint:
    """Stream what happens in a session, whoever does it, until the page is gone."""

    async def events(session: int) -> AsyncIterator[str]:
        known: Any = None
        while True:
            if live := hub.live(session):
                async for ops in _follow(live):
                    yield "".join(map(_sent, ops))
            now = await run_in_threadpool(hub.state, session)
            if now != known:
                yield _sent({"do": "idle" if known is None else "changed"})
            known = now
            for _ in range(_LOOKS):
                if hub.live(session):
                    break
                await asyncio.sleep(_POLL / _LOOKS)

    async def endpoint(request: Request) -> Response:
        stream = events(request.path_params["session"])
        return StreamingResponse(stream, media_type="text/event-stream")

    return endpoint


def _sent(op: Op) -> str:
    return f"data: {json.dumps(op, ensure_ascii=False)}\n\n"


async def _follow(live: Live) -> AsyncIterator[list[Op]]:
    """Yield what happens in a turn until its end."""
    seen, is_new = Seen(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        if not is_new.is_set():
            loop.call_soon_threadsafe(is_new.set)

    live.wakes.add(wake)
    try:
        while not seen.has_ended:
            begin = time.monotonic()
            is_new.clear()
            if ops := await run_in_threadpool(live.news, seen):
                yield ops
            took = time.monotonic() - begin
            await asyncio.sleep(max(_FRAME - took, _SHARE * took))
            if not seen.has_ended:
                await is_new.wait()
    finally:
        live.wakes.discard(wake)


def _api(work: Work) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        values = {**request.query_params, **request.path_params}
        if request.method == "POST":
            values = await _json(request) | request.path_params
        return JSONResponse(await run_in_threadpool(work, values))

    return endpoint


def _lines(hub: Hub) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        lines = hub.lines(await _json(request))
        return StreamingResponse(lines, media_type="application/jsonl")

    return endpoint


def _enter(secret: Secret) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        values = await _json(request)
        text = secret.enter(str(values.get("ticket")))
        return JSONResponse({"secret": text}, 200 if text else 401)

    return endpoint


async def _json(request: Request) -> dict[str, Any]:
    try:
        values = await request.json()
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise InputError("that is no JSON object", "send one")
    return values


def _file(kind: str, text: Callable[[], str]) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return Response(await run_in_threadpool(text), media_type=_KINDS[kind])

    return endpoint


def _css() -> str:
    from azchat.render.html import code_css

    dark = f"@media (prefers-color-scheme: dark) {{\n{code_css('dark')}\n}}"
    exported = _EXPORTED.read_text(encoding="utf-8")
    return f"{exported}\n{_read('page.css')}\n{code_css('light')}\n{dark}\n"


def _read(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")


async def _fail(_: Request, error: AzchatError) -> Response:
    said = {"what": error.what, "hint": error.hint, "kind": error.kind}
    return JSONResponse({"error": said}, 400)
