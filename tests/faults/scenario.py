"""The table of scenarios, their parameters, and how an answer's bytes are framed."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain
from urllib.parse import quote, unquote

from tests.faults.connection import Connection, Gone, Request
from tests.faults.speech import Speech, speech_of

Value = int | str


class End(Enum):
    """How an answer ends when it does not end well."""

    CUT = auto()  # FIN in the middle of a chunk, or before Content-Length
    RST = auto()  # TCP RST
    HOLD = auto()  # silence; the socket stays open


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence between two writes, in seconds."""

    seconds: float


Step = bytes | Pause | End


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the URL asks of a scenario; every parameter has a default, which gives its type."""

    values: dict[str, Value]

    def number(self, name: str) -> int:
        """Return a parameter that is a number."""
        value = self.values[name]
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        """Return a parameter that is a text."""
        value = self.values[name]
        assert isinstance(value, str)
        return value


Run = Callable[[Connection, Request, Parameters], bool]
Steps = Callable[[Request, Parameters], Iterator[Step]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to misbehave. ``run`` says whether the connection may be used again."""

    name: str
    run: Run
    defaults: dict[str, Value]
    about: str

    def parse(self, route: str) -> Parameters:
        """Read ``name:key=value:key=value``; a parameter it does not have is a ValueError."""
        given: dict[str, Value] = {}
        for item in route.split(":")[1:]:
            key, _, value = item.partition("=")
            given[key] = self._typed(key, unquote(value))
        return Parameters(self.defaults | given)

    def route(self, **parameters: object) -> str:
        """Return the first component of a URL's path for this scenario."""
        for key, value in parameters.items():
            self._typed(key, str(value))
        items = [f":{key}={quote(str(value), safe='')}" for key, value in parameters.items()]
        return self.name + "".join(items)

    def _typed(self, key: str, value: str) -> Value:
        if key not in self.defaults:
            raise ValueError(f"scenario {self.name!r} has no parameter {key!r}")
        return int(value) if isinstance(self.defaults[key], int) else value


SCENARIOS: dict[str, Scenario] = {}

# ``id`` does nothing: it makes two URLs of one scenario different (flaky counts per URL).
_EVERYWHERE: dict[str, Value] = {"id": ""}
_STREAMED: dict[str, Value] = {"ms": 0, "framing": "chunked", "gzip": 0}


def answer(name: str, **defaults: Value) -> Callable[[Run], Run]:
    """Register a scenario that writes its HTTP answer itself."""

    def register(run: Run) -> Run:
        about = (run.__doc__ or "").strip().partition("\n")[0]
        SCENARIOS[name] = Scenario(name, run, _EVERYWHERE | defaults, about)
        return run

    return register


def stream(
    name: str, *, endless: bool = False, always: bool = False, **defaults: Value
) -> Callable[[Steps], Steps]:
    """Register a scenario that is an event stream, given as the steps of its body.

    A request that did not ask for a stream gets the same answer as one JSON object,
    unless ``always``. An ``endless`` one is never laid out in advance.
    """

    def register(steps: Steps) -> Steps:
        def run(connection: Connection, request: Request, parameters: Parameters) -> bool:
            body = steps(request, parameters)
            if not (always or endless or request.json().get("stream")):
                body = _whole(body, speech_of(request))
                kind = "application/json"
            else:
                kind = "text/event-stream; charset=utf-8"
            return write(connection, body, parameters, kind, endless=endless)

        run.__doc__ = steps.__doc__
        answer(name, **(_STREAMED | defaults))(run)
        return steps

    return register


def respond(
    connection: Connection,
    status: int,
    body: bytes = b"",
    headers: Iterable[tuple[str, str]] = (),
    kind: str = "application/json",
) -> bool:
    """Write a whole answer with Content-Length; the connection may be used again."""
    fields = [("Content-Type", kind), ("Content-Length", str(len(body))), *headers]
    connection.send(_head(status, fields) + body)
    return True


def write(
    connection: Connection,
    steps: Iterator[Step],
    parameters: Parameters,
    kind: str,
    *,
    endless: bool = False,
) -> bool:
    """Write a 200 answer step by step, with the framing and coding the parameters ask for."""
    fields = [("Content-Type", kind), ("x-request-id", "req-fault-0001")]
    if parameters.number("gzip"):
        steps = _gzip(steps)
        fields.append(("Content-Encoding", "gzip"))
    framing = parameters.text("framing")
    if framing == "chunked":
        fields.append(("Transfer-Encoding", "chunked"))
    elif framing == "length":
        steps, size = _measure(steps, endless=endless)
        fields.append(("Content-Length", str(size)))
    elif framing == "close":
        fields.append(("Connection", "close"))
    else:
        raise ValueError(f"no framing {framing!r}")
    connection.send(_head(200, fields))
    # Inside the promised chunk comes the beginning of an event, or of compressed data: none.
    rest = b"" if parameters.number("gzip") else b'data: {"choices":[{"ind'
    _write_steps(connection, steps, chunked=framing == "chunked", rest=rest)
    return framing != "close"


def _write_steps(
    connection: Connection, steps: Iterator[Step], *, chunked: bool, rest: bytes
) -> None:
    for step in steps:
        match step:
            case bytes():
                connection.send(b"%x\r\n%b\r\n" % (len(step), step) if chunked else step)
            case Pause(seconds):
                connection.pause(seconds)
            case End.RST:
                connection.reset()
            case End.CUT:
                if chunked:
                    connection.send(b"ff\r\n" + rest)
                connection.close()
                raise Gone
            case End.HOLD:
                connection.hold()
    if chunked:
        connection.send(b"0\r\n\r\n")


def _measure(steps: Iterator[Step], *, endless: bool) -> tuple[Iterator[Step], int]:
    """Return the steps and their Content-Length; a broken answer promises more than it has."""
    if endless:
        return steps, 1 << 40
    laid_out = list(steps)
    size = sum(len(step) for step in laid_out if isinstance(step, bytes))
    return iter(laid_out), size + 1000 * any(isinstance(step, End) for step in laid_out)


def _gzip(steps: Iterator[Step]) -> Iterator[Step]:
    packer = zlib.compressobj(wbits=31)
    for step in steps:
        if isinstance(step, End):
            yield step
            return
        if isinstance(step, bytes):
            yield packer.compress(step) + packer.flush(zlib.Z_SYNC_FLUSH)
        else:
            yield step
    yield packer.flush()


def _whole(steps: Iterator[Step], speech: Speech) -> Iterator[Step]:
    """Turn an event stream into the JSON object of a request without ``stream``."""
    events = bytearray()
    end: list[Step] = []
    for step in steps:
        if isinstance(step, bytes):
            events += step
        elif isinstance(step, End):
            end = [step]
            break
    body = json.dumps(speech.fold(bytes(events)), ensure_ascii=True).encode()
    if not end:
        return iter([body])
    # A broken stream is a broken object.
    return chain([body[: len(body) // 2]], end)


def _head(status: int, fields: Iterable[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Fault')}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


_REASONS = {
    200: "OK",
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
