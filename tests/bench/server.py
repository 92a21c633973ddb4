"""The fast local server of the benchmark: canned answers, and the times at which they left.

Its own process (``python -m tests.bench.server [CERT KEY]``), so that its work is not counted. It
prints its ports, then one line an answer: the scenario, when the whole request had arrived, when
the first content byte was sent, and for numbered words how much later each was sent. Times are
nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share. It ends with its stdin.
"""

import json
import os
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, Self, get_args

from tests.bench.terminal_text import markdown, numbered

Text = Literal["prose", "markdown", "numbered"]
"""What an answer says: always the same sentences, lifelike Markdown, words to find again."""

_TEXT = (
    "There are about 7,000 living languages in the world today. Counting them is hard: where a\n"
    "dialect ends and a language begins is a matter of politics as much as of grammar. Half of\n"
    "all people speak one of only 23; some 3,000 are endangered, many by silence.\n"
)
TOKENS = tuple(_TEXT[at : at + 4] for at in range(0, 256, 4))
"""The words of every answer, repeated as often as needed."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one answer is like. Its path says it all, so the server needs no other state.

    Delays are milliseconds: before the first token (after the headers), and before each other.
    ``blocks`` puts about 16 KB of events into one HTTP chunk, not one event.
    """

    tokens: int
    first_delay: int = 0
    delay: int = 0
    blocks: bool = False
    text: Text = "prose"

    @property
    def path(self) -> str:
        """The first part of the URL's path."""
        unit = "blocks" if self.blocks else "events"
        return f"{self.tokens}-{self.first_delay}-{self.delay}-{unit}-{self.text}"

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """Find the scenario in a request's path."""
        if not (found := re.match(r"/(\d+)-(\d+)-(\d+)-(blocks|events)-(\w+)/", path)):
            return None
        tokens, first_delay, delay = (int(number) for number in found.groups()[:3])
        text = next(text for text in get_args(Text) if text == found[5])
        return cls(tokens, first_delay, delay, found[4] == "blocks", text)

    @property
    def ink(self) -> int:
        """The bytes of the prose that are neither spaces nor newlines."""
        rounds, rest = divmod(self.tokens, len(TOKENS))
        return rounds * _ink(TOKENS) + _ink(TOKENS[:rest])


def _ink(tokens: tuple[str, ...]) -> int:
    return sum(len("".join(token.split())) for token in tokens)


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    chunk = {
        "id": "chatcmpl-4f7c9b21d0e84a6b",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "DeepSeek-R1-0528",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}],
    }
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_EVENTS = tuple(_event({"content": token}) for token in TOKENS)
_BY_EVENT = b"".join(_framed(event) for event in _EVENTS)
_BY_BLOCK = _framed(b"".join(_EVENTS))
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    + _framed(_event({"role": "assistant", "content": ""}))
)
_END = _framed(_event({"content": ""}, "stop")) + _framed(b"data: [DONE]\n\n") + _framed(b"")
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def _writes(scenario: Scenario) -> Iterator[bytes]:
    """Cut the answer into what goes to the socket at once."""
    if scenario.text != "prose":
        yield from _written(scenario)
        return
    if scenario.delay:
        for number in range(scenario.tokens):
            yield _framed(_EVENTS[number % len(_EVENTS)])
        return
    rounds, rest = divmod(scenario.tokens, len(_EVENTS))
    for _ in range(rounds):
        yield _BY_BLOCK if scenario.blocks else _BY_EVENT
    if rest:
        last = _EVENTS[:rest]
        yield _framed(b"".join(last)) if scenario.blocks else b"".join(map(_framed, last))


@cache
def _written(scenario: Scenario) -> tuple[bytes, ...]:
    """Return the writes of an answer that is made up for its length, kept for the next run."""
    write = markdown if scenario.text == "markdown" else numbered
    events = [_event({"content": piece}) for piece in write(scenario.tokens)]
    if scenario.delay:
        return tuple(map(_framed, events))
    batches = [events[at : at + len(TOKENS)] for at in range(0, len(events), len(TOKENS))]
    if scenario.blocks:
        return tuple(_framed(b"".join(batch)) for batch in batches)
    return tuple(b"".join(map(_framed, batch)) for batch in batches)


def _answer(connection: socket.socket, scenario: Scenario, arrived: int) -> None:
    connection.sendall(_HEAD)
    time.sleep(scenario.first_delay / 1000)
    sent = 0
    later: list[int] = []
    due = time.monotonic()
    for data in _writes(scenario):
        if not sent:
            sent = time.monotonic_ns()
        elif scenario.delay:
            # Against the clock, so that a late wake-up does not lower the rate.
            due += scenario.delay / 1000
            time.sleep(max(0, due - time.monotonic()))
        if scenario.text == "numbered":
            later.append(time.monotonic_ns() - sent)
        connection.sendall(data)
    # Before the end goes out: when the client is done, this line can be read.
    line = " ".join(map(str, (scenario.path, arrived, sent, *later)))
    os.write(sys.stdout.fileno(), f"{line}\n".encode())
    connection.sendall(_END)


def _request(connection: socket.socket, data: bytearray) -> str | None:
    """Read one whole request and return its path; what follows it stays in ``data``."""
    wanted = 0
    while True:
        if not wanted and (head := data.find(b"\r\n\r\n")) >= 0:
            length = re.search(rb"(?i)\ncontent-length: *(\d+)", data[:head])
            wanted = head + 4 + (int(length[1]) if length else 0)
        if wanted and len(data) >= wanted:
            path = data.split(b" ", 2)[1].decode()
            del data[:wanted]
            return path
        if not (received := connection.recv(65536)):
            return None
        data += received


def _serve(connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    data = bytearray()
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with tls.wrap_socket(connection, server_side=True) if tls else connection as peer:
            while path := _request(peer, data):
                arrived = time.monotonic_ns()
                scenario = Scenario.parse(path)
                if scenario and path.partition("?")[0].endswith("/chat/completions"):
                    _answer(peer, scenario, arrived)
                else:
                    peer.sendall(_NOT_FOUND)
    except OSError:
        return  # the client went away: its own run says why


def _listen(tls: ssl.SSLContext | None) -> int:
    """Serve in the background; return the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, tls), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def main(certificate: list[str]) -> None:
    """Serve plainly, and with TLS where a certificate and its key are given, until stdin ends."""
    ports = [_listen(None)]
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*certificate)
        ports.append(_listen(tls))
    print(*ports, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
