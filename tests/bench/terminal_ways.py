"""The usual ways to show a streamed Markdown answer: ``python terminal_ways.py WAY URL``.

All read alike and at the least cost, as floor.py does. Only the display differs.
"""

import io
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

_WINDOW = 6
"""How many lines aider keeps open at the end."""


def plain(deltas: Iterator[str]) -> None:
    """Print what comes, as it comes."""
    for delta in deltas:
        print(delta, end="", flush=True)


def once(deltas: Iterator[str]) -> None:
    """Show nothing before the end, then everything."""
    import rich
    from rich.markdown import Markdown

    rich.print(Markdown("".join(deltas)))


def live(deltas: Iterator[str]) -> None:
    """Render all that came, 12 times a second, as many programs do."""
    from rich.live import Live
    from rich.markdown import Markdown

    parts: list[str] = []
    with Live(get_renderable=lambda: Markdown("".join(parts)), refresh_per_second=12):
        for delta in deltas:
            parts.append(delta)


def aider(deltas: Iterator[str]) -> None:
    """Render all that came; print the lines above the last few for good, keep these open.

    The next frame waits for ten times as long as this one took.
    """
    from rich.console import Console
    from rich.live import Live
    from rich.markdown import Markdown
    from rich.text import Text

    def rendered() -> list[str]:
        paper = io.StringIO()
        Console(file=paper, force_terminal=True).print(Markdown("".join(parts)))
        return paper.getvalue().splitlines(keepends=True)

    parts: list[str] = []
    printed = 0
    due = 0.0
    with Live(Text(""), refresh_per_second=20) as window:
        for delta in deltas:
            parts.append(delta)
            if (started := time.monotonic()) < due:
                continue
            lines = rendered()
            took = time.monotonic() - started
            due = started + min(max(10 * took, 1 / 20), 2)
            final = max(printed, len(lines) - _WINDOW)
            if final > printed:
                window.console.print(Text.from_ansi("".join(lines[printed:final])))
                printed = final
            window.update(Text.from_ansi("".join(lines[printed:])))
        window.console.print(Text.from_ansi("".join(rendered()[printed:])))
        window.update(Text(""))


WAYS: dict[str, Callable[[Iterator[str]], None]] = {
    "plain": plain,
    "once": once,
    "live": live,
    "aider": aider,
}


def _read(url: str) -> Iterator[str]:
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    connection = socket.create_connection((place.hostname, place.port))
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}], "stream": True}).encode()
    head = f"POST {place.path}/chat/completions HTTP/1.1\r\nHost: {place.netloc}\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    tail = b""
    while True:
        data = connection.recv(65536)
        if not data:
            sys.exit("the answer was cut")
        *lines, tail = (tail + data).split(b"\n")
        for line in lines:  # the lengths of HTTP chunks are lines that do not begin with data:
            if line.startswith(b"data: {"):
                yield json.loads(line[6:])["choices"][0]["delta"]["content"]
            elif line == b"data: [DONE]":
                return


if __name__ == "__main__":
    WAYS[sys.argv[1]](_read(sys.argv[2]))
