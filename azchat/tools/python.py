"""Python tools, seen from azchat: a worker process that loads, checks and runs them."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azchat.errors import InputError
from azchat.tools import AS_YOU, BUILTIN, QUICK_START, Tool

if TYPE_CHECKING:
    from concurrent.futures import Future

# Not -m: what that imports is 3 ms of each start.
_WORKER = "import sys; from azchat.tools.worker import main; main(sys.argv[1:])"
_LOADING = 30.0  # seconds
_GRACE = 3.0  # seconds in which the worker itself ends a call that takes too long
_LONGEST_LINE = 16 * 1024 * 1024  # bytes of what a worker says
_GONE = "error: the process of the tools has ended"
_NO_REPLY = "error: the process of the tools sent something that is no reply; it was ended"


class PythonTools:
    """The tools of files, and built-in ones. Starts at once; ``load`` waits."""

    def __init__(self, words: Sequence[str], *, cwd: Path, variables: Mapping[str, str]) -> None:
        self._words, self._cwd, self._variables = words, cwd, variables
        self._lock = threading.Lock()
        self._number = 0
        self._waiting: dict[int, Future[Any]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    def load(self) -> list[Tool]:
        """Return the tools; raises ``InputError`` for a file that cannot be used."""
        try:
            said = self._loaded.result(_LOADING)
        except TimeoutError:
            said = {"problem": f"{' '.join(self._words)}: not loaded after {_LOADING:g} s"}
        try:
            listed = [(str(name), str(about), dict(takes)) for name, about, takes in said["tools"]]
            digest = str(said["digest"])
        except (KeyError, TypeError, ValueError):
            self.close()
            problem = said.get("problem") or f"{' '.join(self._words)}: it ends its own process"
            raise InputError(
                f"tool file: {problem}", "mend it; see: azchat tools list -T FILE"
            ) from None
        # Whose it is, and so whether it is safe, is nothing that a file may say of itself.
        safe = [BUILTIN.get(word) for word in self._words if word in BUILTIN]
        origin = "azchat" if safe else self._words[0]
        touches = "read the files of this folder" if safe else AS_YOU
        return [
            Tool(name, about, takes, origin, self, digest, bool(safe) and BUILTIN[name], touches)
            for name, about, takes in listed
        ]

    def check(self, name: str, arguments: Mapping[str, Any]) -> str | None:
        """Return what is wrong with the arguments, None if they fit."""
        try:
            answer: str | None = self._ask("check", name, arguments).result(_LOADING)
        except TimeoutError:
            self.close()
            return "they took too long to check"
        return answer.removeprefix("error: ") if answer else None

    def start(self, name: str, arguments: Mapping[str, Any], seconds: float) -> "Future[str]":
        """Begin a call."""
        future = self._ask("call", name, arguments, seconds)
        # A worker that cannot kill the call, or hangs itself, is killed with all it runs.
        timer = threading.Timer(seconds + _GRACE, self.close)
        timer.daemon = True
        timer.start()
        future.add_done_callback(lambda _: timer.cancel())
        return future

    def close(self) -> None:
        """End the worker, which ends what it runs."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:  # it hangs in somebody's code
            process.kill()
            process.wait()

    def _start(self) -> None:
        # A session of its own: Ctrl-C and the terminal are not for the tools.
        process = subprocess.Popen(  # noqa: S603 - no shell reads it
            [sys.executable, "-P", "-c", _WORKER, *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._cwd,
            env={**self._variables, **QUICK_START},
            start_new_session=True,
        )
        self._process = process
        from concurrent.futures import Future  # while the worker starts

        self._loaded: Future[dict[str, Any]] = Future()
        reading = threading.Thread(target=self._read, args=(process, self._loaded), daemon=True)
        reading.start()

    def _ask(
        self, what: str, name: str, arguments: Mapping[str, Any], seconds: float = 0.0
    ) -> "Future[Any]":
        from concurrent.futures import Future

        future: Future[Any] = Future()
        with self._lock:
            self._number += 1
            number = self._number
            self._waiting[number] = future
        future.add_done_callback(lambda done: self._forget(number, done))
        self._revive()
        request = {"do": what, "name": name, "arguments": arguments, "seconds": seconds}
        if not self._write({"id": number, **request}):
            self._settle(future, _GONE)
        return future

    def _revive(self) -> None:
        """Start another worker if the last one has ended."""
        if self._process is None:
            self._start()
            with suppress(TimeoutError):  # what is asked of it will take too long, then
                self._loaded.result(_LOADING)

    def _forget(self, number: int, future: "Future[Any]") -> None:
        self._waiting.pop(number, None)
        if future.cancelled():
            self._write({"id": number, "do": "cancel"})

    def _write(self, request: Mapping[str, Any]) -> bool:
        with self._lock:
            if self._process is None or self._process.stdin is None:
                return False
            try:
                data = json.dumps(request).encode() + b"\n"
                while data:
                    data = data[os.write(self._process.stdin.fileno(), data) :]
            except (OSError, ValueError):
                return False
            return True

    def _read(self, process: "subprocess.Popen[bytes]", loaded: "Future[dict[str, Any]]") -> None:
        """Hand out what a worker says until it ends; runs in a thread."""
        assert process.stdout
        ending = _GONE
        while line := process.stdout.readline(_LONGEST_LINE):
            said = _read_line(line)
            if said is None:
                ending = _NO_REPLY
                break
            if not loaded.done():
                loaded.set_result(said)
            elif (waiting := self._waiting.get(said.get("id", 0))) and not waiting.done():
                self._settle(waiting, said.get("text"))
        with self._lock:
            if self._process is process:
                self._process = None  # a call needs another one
        process.kill()  # whoever closed its stdout, or wrote something else to it, is not it
        process.wait()
        if not loaded.done():
            loaded.set_result({})
        for future in list(self._waiting.values()):
            self._settle(future, ending)

    def _settle(self, future: "Future[Any]", text: str | None) -> None:
        if future.set_running_or_notify_cancel():
            future.set_result(text)


def _read_line(line: bytes) -> dict[str, Any] | None:
    """Return what a worker says; None if that is not how it speaks."""
    with suppress(ValueError, RecursionError):
        said = json.loads(line)
        if isinstance(said, dict) and isinstance(said.get("text"), str | None):
            return said
    return None
