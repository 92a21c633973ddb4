"""The tools of MCP servers, by the official SDK: over stdio or streamable HTTP; tools only.

A server lives in a thread with an event loop of its own; of what it says on stderr the end is kept.
What it says of its tools is shown to the model and the user, and believed by neither.
"""

import hashlib
import json
import logging
import os
import re
import shlex
import shutil
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.errors import InputError
from azchat.tools import AS_YOU, Tool, leash, told
from azchat.tools.announced import mended
from azchat.tools.loaded import digest, hashes, is_users

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal
    from mcp import Client

_STARTING = 60.0  # seconds: npx and uvx may have to fetch the server first
_SILENT = 1.0  # seconds of it before a word is said
_LEAVING = 0.2  # seconds: one that has not started need not end well
_LAST_WORDS = 5  # lines, each cut
_LONGEST_WORD = 200
_ENDING = 8.0  # seconds: more than the SDK takes to kill what does not end by itself
_MOST_PAGES = 100


class Way(NamedTuple):
    """How a server is reached: by a command to run, or a URL."""

    name: str
    command: tuple[str, ...] = ()
    variables: Mapping[str, str] = MappingProxyType({})
    url: str = ""
    headers: Mapping[str, str] = MappingProxyType({})


class McpServer:
    """A server and its tools. Starts at once; ``load`` waits."""

    def __init__(self, way: Way, *, cwd: Path) -> None:
        self._way, self._cwd = way, cwd
        self._ready: Future[list[Any]] = Future()
        self._until = time.monotonic() + _STARTING
        self._said: list[str] = []
        self._last_words = b""
        self._names: dict[str, str] = {}  # those the model knows, and the server's own
        self._portal: BlockingPortal | None = None
        self._client: Client | None = None
        self._is_closed = False
        # Not in the way of a process that ends: the server notices.
        self._thread = threading.Thread(target=self._main, daemon=True)
        self._thread.start()

    def load(
        self,
        taken: Iterable[str] = (),
        tell: Callable[[str], object] = bool,
        tell_waiting: Callable[[str], object] = bool,
    ) -> list[Tool]:
        """Return the tools; one whose name is taken is called after its server too.

        ``tell`` what is left out, and ``tell_waiting`` that it takes long. Raises ``InputError``
        where the server does not start or speak.
        """
        name = self._way.name
        try:
            try:
                error = self._ready.exception(min(_SILENT, self._left))
            except TimeoutError:
                tell_waiting(f"starting MCP server {name} ...")
                error = self._ready.exception(self._left)
        except TimeoutError:
            error = TimeoutError(f"it gave no answer after {_STARTING:g} s")
        if error:
            self.close()
            by_itself = shlex.join(self._way.command) or self._way.url
            failure = InputError(
                f"MCP server {name}: {told(error)}", f"see whether it runs by itself: {by_itself}"
            )
            failure.details = self._last_lines()
            raise failure
        for said in self._said:
            tell(f"MCP server {name}: {said}")
        names = set(taken)
        own = self._own_digest()
        return [self._tool(tool, names, own) for tool in self._ready.result()]

    @property
    def _left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def _last_lines(self) -> tuple[str, ...]:
        """Return the end of what it said on stderr."""
        lines = self._last_words.decode("utf-8", "replace").splitlines()
        return tuple(line[:_LONGEST_WORD] for line in lines if line.strip())[-_LAST_WORDS:]

    def _own_digest(self) -> str:
        """Return what changes with the files that its command names, and those that they name."""
        words = [shutil.which(word) or str(self._cwd / word) for word in self._way.command[:1]]
        words += [str(self._cwd / word) for word in self._way.command[1:]]
        files = [word for word in words if Path(word).is_file() and is_users(word)]
        return digest(hashes(files, {Path(file).parent for file in files}))

    def check(self, name: str, arguments: Mapping[str, Any]) -> str | None:
        """Return None: the server itself checks."""
        del name, arguments
        return None

    def start(self, name: str, arguments: Mapping[str, Any], seconds: float) -> "Future[str]":
        """Begin a call."""
        outer: Future[str] = Future()
        try:
            if self._portal is None:
                raise RuntimeError
            inner = self._portal.start_task_soon(self._call, self._names[name], arguments, seconds)
        except RuntimeError:
            outer.set_result(f"error: the MCP server {self._way.name} has ended")
            return outer
        inner.add_done_callback(lambda done: self._settle(outer, done))
        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        return outer

    def close(self) -> None:
        """End the server, also one that has not said a word yet."""
        self._is_closed = True
        patience = _ENDING if self._client else _LEAVING
        if portal := self._portal:
            with suppress(RuntimeError):  # it has ended by itself
                portal.start_task_soon(portal.stop, True)
        self._thread.join(patience)

    # In the thread

    def _main(self) -> None:
        try:
            import anyio

            for name in ("mcp", "httpx2", "anyio", "asyncio"):  # what they log is no answer
                logger = logging.getLogger(name)
                logger.addHandler(logging.NullHandler())
                logger.propagate = False
            anyio.run(self._live)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told by load
            if not self._ready.done():
                self._ready.set_exception(error)
        finally:
            self._portal = self._client = None

    async def _live(self) -> None:
        import anyio
        from anyio.from_thread import BlockingPortal

        async with BlockingPortal() as portal:
            self._portal = portal
            if self._is_closed:
                return
            async with self._connect() as client:
                self._client = client
                self._ready.set_result(await _list(client))
                await anyio.sleep_forever()

    def _connect(self) -> "Client":
        from mcp import Client, StdioServerParameters, stdio_client

        way = self._way
        if way.command:
            on_leash = [sys.executable, "-I", "-S", leash.__file__] if os.name == "posix" else []
            command, *arguments = [*on_leash, *way.command]
            parameters = StdioServerParameters(
                command=command,
                args=arguments,
                env=dict(way.variables),
                cwd=self._cwd,
                encoding_error_handler="replace",
            )
            return Client(self._mended(stdio_client(parameters, errlog=self._listen())))
        from httpx2 import AsyncClient, Timeout
        from mcp.client.streamable_http import streamable_http_client

        http = AsyncClient(headers=dict(way.headers), timeout=Timeout(30.0, read=300.0))
        return Client(self._mended(streamable_http_client(way.url, http_client=http)))

    def _listen(self) -> Any:
        """Return what is to be a server's stderr; a thread keeps the end of it."""
        reading, writing = os.pipe()

        def listen() -> None:
            while data := os.read(reading, 65536):
                self._last_words = (self._last_words + data)[-_LAST_WORDS * _LONGEST_WORD * 4 :]
            os.close(reading)

        threading.Thread(target=listen, daemon=True).start()
        return os.fdopen(writing, "w")

    @asynccontextmanager
    async def _mended(self, transport: Any) -> AsyncIterator[Any]:
        """Mend the lists of tools before the SDK reads them: it would refuse the whole."""
        async with transport as (reading, writing):
            yield _Mending(reading, self._said), writing

    async def _call(self, name: str, arguments: Mapping[str, Any], seconds: float) -> str:
        import anyio

        assert self._client
        with anyio.move_on_after(seconds):
            return _text(await self._client.call_tool(name, dict(arguments)))
        return f"error: no result after {seconds:g} s"

    # From the server's words to ours

    def _settle(self, outer: "Future[str]", done: "Future[str]") -> None:
        if not outer.set_running_or_notify_cancel():
            return
        if done.cancelled():
            said = f"error: the MCP server {self._way.name} has ended"
            outer.set_result("\n".join((said, *self._last_lines())))
        elif error := done.exception():
            said = f"error: MCP server {self._way.name}: {told(error)}"
            last = self._last_lines() if "Connection closed" in said else ()
            outer.set_result("\n".join((said, *last)))
        else:
            outer.set_result(done.result())

    def _tool(self, tool: Any, taken: set[str], own: str) -> Tool:
        name = _name(tool.name, self._way.name, taken)
        taken.add(name)
        self._names[name] = tool.name
        schema = tool.input_schema
        described = json.dumps([tool.name, tool.description, schema, own], sort_keys=True)
        return Tool(
            name,
            tool.description or "",
            schema,
            f"MCP {' '.join(self._way.command) or self._way.url}",
            self,
            hashlib.sha256(described.encode()).hexdigest(),
            touches=f"do what {self._way.url} does with it" if self._way.url else AS_YOU,
        )


class _Mending:
    """What a server says, its lists of tools mended."""

    def __init__(self, inner: Any, said: list[str]) -> None:
        self._inner, self._said = inner, said

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __aiter__(self) -> "_Mending":
        return self

    async def __anext__(self) -> Any:
        item = await self._inner.__anext__()
        result = getattr(getattr(item, "message", None), "result", None)
        if isinstance(result, dict) and "tools" in result and "content" not in result:
            result["tools"], said = mended(result["tools"])
            self._said += said
            if not isinstance(result.get("nextCursor"), str):
                result.pop("nextCursor", None)
        return item

    async def __aenter__(self) -> "_Mending":
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *why: Any) -> Any:
        return await self._inner.__aexit__(*why)


def _name(own: str, server: str, taken: set[str]) -> str:
    """Return a name that services take and no other tool has."""
    plain, full = (re.sub(r"[^a-zA-Z0-9_-]", "_", text) for text in (own, f"{server}_{own}"))
    numbered = (f"{full[:60]}_{number}" for number in count(2))
    return next(name for name in chain((plain[:64], full[:64]), numbered) if name not in taken)


async def _list(client: "Client") -> list[Any]:
    tools: list[Any] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if not cursor:
            break
    return tools


def _text(result: Any) -> str:
    """Return what a call returned as text; pictures and sounds are named, not sent."""
    parts = [_part_text(part) for part in result.content]
    if not parts and result.structured_content is not None:
        parts = [json.dumps(result.structured_content, ensure_ascii=False)]
    text = "\n".join(parts)
    return f"error: {text}" if result.is_error else text


def _part_text(part: Any) -> str:
    if part.type == "text":
        return str(part.text)
    if part.type == "resource":
        text = getattr(part.resource, "text", None)
        return str(part.resource.uri) if text is None else str(text)
    if part.type == "resource_link":
        return str(part.uri)
    return f"[{part.type}: {getattr(part, 'mime_type', '')}, which cannot be passed on]"
