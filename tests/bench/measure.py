"""One run of one program: start it, let the server answer it, tell what it took."""

import contextlib
import marshal
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from tests.bench.server import Scenario
from tests.bench.terminal_screen import appearances, visible
from tests.bench.terminal_text import LAST

ROOT = Path(__file__).parents[2]
RUN_LIMIT = 180.0
"""Seconds after which a run has failed."""
_TERM = {"TERM": "xterm-256color"}
_Spawned = tuple[int, int, int, int, float, int, int, int, list[tuple[int, bytes]]]
"""What spawn.py returns."""
ONE_WAY = 20
"""Milliseconds that the relay adds each way."""


class RunFailedError(Exception):
    """A program ended badly, or its answer was not whole. The message is one line."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command line and its whole environment."""

    argv: tuple[str, ...]
    env: dict[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took. ``wire`` and ``first`` are 0 where no server was asked."""

    wall: float
    """Milliseconds from start to end."""
    cpu: float
    """Milliseconds of CPU, user and system."""
    peak: float
    """MiB of resident memory, at most."""
    wire: float = 0.0
    """Milliseconds from the start until the server had the whole request."""
    first: float = 0.0
    """Milliseconds from the sending of the first content byte to its arrival on stdout."""
    size: int = 0
    """Bytes printed, as they come out of the terminal or the pipe."""
    delays: tuple[float, ...] = ()
    """Milliseconds from the sending of each numbered word to its arrival on the screen."""


class Bench:
    """The processes around a run: who starts it, who answers it, the long line between."""

    def __init__(self, folder: Path, certificate: tuple[Path, Path] | None) -> None:
        self._errors = folder / "stderr"
        self._cwd = folder / "cwd"  # empty: no .env to be found
        self._cwd.mkdir()
        self._server = _start("tests.bench.server", *map(str, certificate or ()))
        self.port, *tls = self._ports(self._server)
        self.tls_port: int | None = None
        self._helpers = [self._server]
        if tls:
            relay = _start("tests.bench.relay", str(tls[0]), str(ONE_WAY))
            self._helpers.append(relay)
            (self.tls_port,) = self._ports(relay)
        self._starter = self._start_starter()
        self._marks = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self._helpers, self._starter):
            _end(process)

    def url(self, scenario: Scenario, *, tls: bool) -> str | None:
        """Return the base URL of a scenario; None when the server cannot speak TLS here."""
        if not tls:
            return f"http://127.0.0.1:{self.port}/{scenario.path}/v1"
        if not self.tls_port:
            return None
        return f"https://localhost:{self.tls_port}/{scenario.path}/v1"

    def run(
        self,
        call: Call,
        scenario: Scenario | None = None,
        *,
        terminal: bool = False,
        limit: float = RUN_LIMIT,
    ) -> Run:
        """Run a program. Raises ``RunFailedError`` unless it did all that was asked of it."""
        for _ in self._lines(0.0):
            pass  # what a failed run left
        numbered = scenario is not None and scenario.text == "numbered"
        screen = ("keep" if numbered else "count") if terminal else ""
        result = self._spawn(call, screen, limit)
        code, started, ended, first_out, cpu, peak, ink, size, reads = result
        shown = visible(b"".join(data for _, data in reads))
        if code:
            said = shown if terminal else self._errors.read_text(errors="replace")
            raise RunFailedError(f"exit {code}: {_last_words(said)}")
        took = Run((ended - started) / 1e6, cpu * 1e3, peak / 1024, size=size)
        if not scenario:
            return took
        if terminal and LAST not in shown:
            raise RunFailedError("the end of the answer was not printed")
        if not terminal and ink != scenario.ink:
            raise RunFailedError(f"printed {ink} of the answer's {scenario.ink} visible bytes")
        for line in self._lines(2.0):
            path, *times = line.split()
            if path == scenario.path:
                arrived, sent, *later = map(int, times)
                return replace(
                    took,
                    wire=(arrived - started) / 1e6,
                    first=(first_out - sent) / 1e6,
                    delays=_delays([sent + more for more in later[:-1]], reads),
                )
        raise RunFailedError("the server saw no such request")

    def _spawn(self, call: Call, screen: str, limit: float) -> _Spawned:
        orders, results = self._starter.stdin, self._starter.stdout
        assert orders is not None
        assert results is not None
        env = call.env | _TERM if screen else call.env
        marshal.dump((list(call.argv), env, str(self._cwd), str(self._errors), screen), orders)
        orders.flush()
        if not select.select([results], [], [], limit)[0]:
            self._renew_starter()
            raise RunFailedError(f"not done after {limit:.0f} s")
        try:
            result: _Spawned = marshal.load(results)
        except EOFError:
            self._renew_starter()
            raise RunFailedError(f"could not be started: {call.argv[0]}") from None
        return result

    def _renew_starter(self) -> None:
        _end(self._starter)
        self._starter = self._start_starter()

    def _start_starter(self) -> "subprocess.Popen[bytes]":
        # Its own process group: when a run hangs, the program that hangs ends with it. One on a
        # terminal is in a group of its own, but ends as the terminal does.
        return _popen([sys.executable, "-I", "-S", str(Path(__file__).with_name("spawn.py"))])

    def _ports(self, process: "subprocess.Popen[bytes]") -> list[int]:
        assert process.stdout is not None
        return [int(port) for port in process.stdout.readline().split()]

    def _lines(self, timeout: float) -> Iterator[str]:
        """Yield what the server has said, waiting for more at most ``timeout`` seconds."""
        assert self._server.stdout is not None
        pipe = self._server.stdout.fileno()
        while True:
            while b"\n" in self._marks:
                line, _, self._marks = self._marks.partition(b"\n")
                yield line.decode()
            if not select.select([pipe], [], [], timeout)[0]:
                return
            if not (data := os.read(pipe, 65536)):
                return
            self._marks += data


def _last_words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines()]
    # Three: azchat says what happened and then a hint, a traceback's point is its last line.
    return " / ".join([line for line in lines if line][-3:])[-300:] or "no message"


def _delays(sent: list[int], reads: list[tuple[int, bytes]]) -> tuple[float, ...]:
    """Return how long each numbered word was under way. None may be missing."""
    if not sent:
        return ()
    seen = appearances(reads)
    if lost := set(range(len(sent))) - seen.keys():
        raise RunFailedError(f"{len(lost)} of {len(sent)} words were not printed")
    return tuple((seen[number] - time) / 1e6 for number, time in enumerate(sent))


def make_certificate(folder: Path) -> tuple[Path, Path] | None:
    """Make a certificate for localhost that is its own authority; None without openssl."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        f" -out {certificate} -keyout {key}"
    )
    try:
        subprocess.run(command.split(), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return certificate, key


def _start(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    return _popen([sys.executable, "-m", module, *arguments])


def _popen(argv: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.communicate()
