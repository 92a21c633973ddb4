"""A running ``azchat web``, and a client that speaks to it as the page does."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.front_door import Environ, Session

Json = dict[str, Any]
LANGUAGES = "How many languages are in the world?"
_LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/#(\S+)\n")


class Came(NamedTuple):
    """A reply, read to its end."""

    status: int
    headers: Message
    data: bytes

    @property
    def json(self) -> Json:
        """What it says."""
        told: Json = json.loads(self.data)
        return told


class Served:
    """``azchat web`` as a process; a context manager that ends it."""

    def __init__(
        self, *args: str, home: Path, env: Environ | None = None, opens: bool = False
    ) -> None:
        args = args if opens else ("--no-open", *args)
        self.session = Session("web", *args, home=home, env=env, tty=False)

    def __enter__(self) -> Self:
        self.session.wait_for(_LINK)
        link = _LINK.search(self.session.output)
        assert link
        self.link, self.port, self.secret = link[0].strip(), int(link[1]), link[2]
        self.host = f"127.0.0.1:{self.port}"
        self.origin = f"http://{self.host}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.__exit__(kind, error, trace)

    @property
    def usual(self) -> dict[str, str]:
        """The headers of a request of the page."""
        json_kind = {"Content-Type": "application/json"}
        return {"Origin": self.origin, "Azchat-Secret": self.secret, **json_kind}

    def send(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Came:
        """Return the reply to a request with just these headers, and Host."""
        with closing(self._line()) as line:
            reply = self._sent(line, method, path, body, headers)
            return Came(reply.status, reply.headers, reply.read())

    def get(self, path: str) -> Json:
        """Return what the page is told."""
        return self.send("GET", path).json

    def post(self, path: str, **body: object) -> Json:
        """Return what the page is told."""
        return self.send("POST", path, body).json

    def _line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def _sent(
        self,
        line: http.client.HTTPConnection,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        content = None if body is None else json.dumps(body).encode()
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        given = {"Host": self.host} | (self.usual if headers is None else headers)
        if content is not None:
            given.setdefault("Content-Length", str(len(content)))
        for name, value in given.items():
            line.putheader(name, value)
        line.endheaders(content)
        return line.getresponse()

    def ask(self, text: str, **more: object) -> Json:
        """Ask; return the session and the turn."""
        return self.post("/api/ask", text=text, **more)

    def events(self, session: int) -> Iterator[Json]:
        """Yield what happens in a session; closing the iterator closes the connection."""
        with closing(self._line()) as line:
            reply = self._sent(line, "GET", f"/api/sessions/{session}/events")
            for said in reply:
                if said.startswith(b"data: "):
                    yield json.loads(said[6:])

    def until(self, session: int, what: str) -> list[Json]:
        """Return what happens until that, or until nothing does any more."""
        came: list[Json] = []
        for op in self.events(session):
            came.append(op)
            if op["do"] == what or op["do"] == "idle":
                break
        return came

    def answered(self, text: str, **more: object) -> Json:
        """Ask, wait for the end, and return the session."""
        asked = self.ask(text, **more)
        assert "session" in asked, asked
        self.until(asked["session"], "end")
        return self.get(f"/api/sessions/{asked['session']}")


def sections(turn: Json, kind: str) -> list[Json]:
    """Return the sections of that kind."""
    return [section for section in turn["sections"] if section["kind"] == kind]


def text_of(turn: Json) -> str:
    """Return the answer of a turn, as HTML."""
    return "".join("".join(section["more"]) for section in sections(turn, "text"))
