"""The fault server: a raw-socket HTTP/1.1 server that misbehaves on purpose.

    with FaultServer() as fs:
        fs.url("miderror", ms=5)     # http://127.0.0.1:PORT/miderror:ms=5/v1
        fs.requests                  # everything that was asked

The first component of the path names the scenario and its parameters. A second
listener, ``fs.foreign``, plays another host: it answers everything and remembers it.
"""

import argparse
import contextlib
import dataclasses
import json
import select
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults import answers, hostile, streams, tool_streams  # noqa: F401 - they fill the table
from tests.faults.connection import Accepted, Connection, Gone, Request
from tests.faults.scenario import SCENARIOS, Scenario, respond

LOOPBACK = "127.0.0.1"


class Listener:
    """A listening socket; each connection gets a thread, each request the ``serve`` function."""

    def __init__(
        self,
        serve: Callable[[Connection, Request], bool],
        *,
        port: int = 0,
        context: ssl.SSLContext | None = None,
        log: Callable[[Request], None] = lambda request: None,
    ) -> None:
        self._serve = serve
        self._context = context
        self._log = log
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: set[Connection] = set()
        self._seen: Counter[str] = Counter()
        self._requests: list[Request] = []
        self._connections: list[Accepted] = []
        self._listening = socket.create_server((LOOPBACK, port), backlog=128)
        self._wake, self._woken = socket.socketpair()
        self.port: int = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def requests(self) -> list[Request]:
        """Every request so far, oldest first (a copy)."""
        with self._changed:
            return list(self._requests)

    @property
    def connections(self) -> list[Accepted]:
        """Every connection so far, also those on which nothing was asked (a copy)."""
        with self._changed:
            return list(self._connections)

    def wait(self, true: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Wait until ``true()``; it is asked again after whatever happens on a socket."""
        end = time.monotonic() + seconds
        while not true():
            left = end - time.monotonic()
            if left <= 0:
                return False
            with self._changed:
                self._changed.wait(min(left, 0.02))
        return True

    def close(self) -> None:
        """Stop listening and end every connection; a second time does nothing."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._wake.send(b"x")
        self._accepting.join()
        with self._changed:
            connections, threads = list(self._open), list(self._threads)
        for connection in connections:
            connection.wake()
        for thread in threads:
            thread.join(timeout=5)
        for sock in (self._listening, self._wake, self._woken):
            sock.close()

    def _accept(self) -> None:
        while True:
            select.select([self._listening, self._woken], [], [])
            if self._stop.is_set():
                return
            sock, _ = self._listening.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                record = Accepted(len(self._connections), self.port)
                self._connections.append(record)
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                thread = threading.Thread(target=self._converse, args=(sock, record), daemon=True)
                self._threads.append(thread)
                self._changed.notify_all()
            thread.start()

    def _converse(self, sock: socket.socket, record: Accepted) -> None:
        connection = Connection(sock, record, self._stop)
        with self._changed:
            self._open.add(connection)
        try:
            self._answer_all(connection)
        except Gone:
            pass
        except (OSError, ValueError, KeyError) as error:
            record.failure = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
            with self._changed:
                self._open.discard(connection)
                self._changed.notify_all()

    def _answer_all(self, connection: Connection) -> None:
        if self._stop.is_set():
            return
        if self._context:
            connection.secure(self._context)
        again = True
        while again and not self._stop.is_set() and (request := connection.read_request()):
            again = self._serve(connection, self._remember(request))
            if (request.header("connection") or "").lower() == "close":
                return

    def _remember(self, request: Request) -> Request:
        with self._changed:
            self._seen[request.path] += 1
            request = dataclasses.replace(request, nth=self._seen[request.path])
            self._requests.append(request)
            self._log(request)
            self._changed.notify_all()
        return request


class FaultServer:
    """All scenarios on one port, and a foreign host on another; a context manager.

    With a TLS ``context`` the main port speaks TLS and the URLs begin with https.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        foreign_port: int = 0,
        context: ssl.SSLContext | None = None,
        log: Path | None = None,
    ) -> None:
        self.scheme = "https" if context else "http"
        self.host = LOOPBACK
        self._lines = log.open("a", encoding="utf-8") if log else None
        self.main = Listener(_serve, port=port, context=context, log=self._write)
        self.foreign = Listener(_welcome, port=foreign_port, log=self._write)
        self.port = self.main.port
        self.foreign_port = self.foreign.port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End both listeners and every connection."""
        self.main.close()
        self.foreign.close()
        if self._lines:
            self._lines.close()

    def url(self, scenario: str, /, *, base: object = "v1", **parameters: object) -> str:
        """Return the endpoint of a scenario; an unknown name or parameter raises."""
        if scenario not in SCENARIOS:
            raise ValueError(f"no scenario {scenario!r}")
        return f"{self.origin}/{SCENARIOS[scenario].route(**parameters)}/{base}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def requests(self) -> list[Request]:
        """Every request to the main port, oldest first."""
        return self.main.requests

    def requests_for(self, scenario: str) -> list[Request]:
        """Return the requests for one scenario, whatever its parameters."""
        return [request for request in self.requests if request.scenario == scenario]

    @property
    def connections(self) -> list[Accepted]:
        """Every connection to the main port."""
        return self.main.connections

    @property
    def foreign_requests(self) -> list[Request]:
        """Every request to the foreign host; most tests want none."""
        return self.foreign.requests

    @property
    def foreign_connections(self) -> list[Accepted]:
        """Every connection to the foreign host."""
        return self.foreign.connections

    def wait(self, true: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Wait until ``true()`` holds, which may look at requests and connections."""
        return self.main.wait(true, seconds)

    def _write(self, request: Request) -> None:
        if self._lines:
            self._lines.write(json.dumps(request.to_dict()) + "\n")
            self._lines.flush()


def _serve(connection: Connection, request: Request) -> bool:
    """Answer on the main port."""
    scenario = _choose(request)
    if not scenario:
        body = json.dumps({"error": {"code": "404", "message": "Resource not found"}})
        return respond(connection, 404, body.encode())
    return scenario.run(connection, request, scenario.parse(_route(request, scenario)))


def _choose(request: Request) -> Scenario | None:
    """Return the scenario of the path; good servers also know their model and the list."""
    scenario = SCENARIOS.get(request.scenario)
    if scenario and request.method == "GET" and "framing" in scenario.defaults:
        last = request.path.partition("?")[0].rpartition("/")[2]
        return SCENARIOS.get(last) if last in ("info", "models") else None
    return scenario


def _route(request: Request, scenario: Scenario) -> str:
    return request.route if request.scenario == scenario.name else scenario.name


def _welcome(connection: Connection, request: Request) -> bool:
    """Answer on the foreign port: everything is well."""
    good = SCENARIOS["ok"]
    return good.run(connection, request, good.parse("ok"))


def describe() -> str:
    """Return one line for each scenario: name, parameters with defaults, what it is."""
    lines = []
    for name, scenario in sorted(SCENARIOS.items()):
        defaults = " ".join(f"{key}={value}" for key, value in scenario.defaults.items())
        lines.append(f"{name:14} {scenario.about}\n{'':14} {defaults}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.server")
    parser.add_argument("--port", type=int, default=8931)
    parser.add_argument("--foreign-port", type=int, default=8932)
    parser.add_argument("--log", type=Path, default=Path("server.jsonl"))
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    options = parser.parse_args()
    if options.list:
        sys.stdout.write(describe())
        return
    server = FaultServer(port=options.port, foreign_port=options.foreign_port, log=options.log)
    with server, contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
