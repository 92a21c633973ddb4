"""The process in which Python tools live: it loads them once and forks for each call.

What a tool does to its process (exits, hangs, prints, crashes) ends with that process, and so do
its children, wherever they went. Talks lines of JSON over what were its stdin and
stdout; the tools' own stdin is empty, and what they print is lost. When azchat is gone, however
it went, the pipe closes and everything here ends.
"""

import gc
import importlib.util
import inspect
import json
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from azchat.tools import BUILTIN, QUICK_START, cut, told
from azchat.tools.leash import adopt, conceal, end_children
from azchat.tools.loaded import FromSource, Loading
from azchat.tools.schema import TypedFunction, UnfitError, is_typed

_BLOCK = 65536
_LONGEST_REPLY = 1024 * 1024  # bytes; more than any result takes as JSON
_NO_REPLY = "error: the tool's process sent something that is no reply"


class _Call:
    """A call that runs in a process of its own."""

    def __init__(self, number: int, process: int, pipe: int, seconds: float) -> None:
        self.number, self.process, self.pipe = number, process, pipe
        self.seconds, self.deadline = seconds, time.monotonic() + seconds
        self.received = b""


class Worker:
    """Serves requests until there are no more."""

    def __init__(self, functions: dict[str, TypedFunction], requests: int, replies: int) -> None:
        self._functions, self._requests, self._replies = functions, requests, replies
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)
        self._calls: dict[int, _Call] = {}  # by their pipes
        self._unread = b""

    def serve(self) -> None:
        """Answer what comes, until the pipe is closed."""
        while True:
            now = time.monotonic()
            waiting = [call.deadline - now for call in self._calls.values()]
            for key, _ in self._selector.select(max(0.0, min(waiting)) if waiting else None):
                if key.fd != self._requests:
                    self._receive(self._calls[key.fd])
                elif not self._take_requests():
                    for call in list(self._calls.values()):
                        self._end(call)
                    return end_children()
            for call in list(self._calls.values()):
                if call.deadline <= time.monotonic():
                    self._end(call)
                    self._reply(call.number, f"error: no result after {call.seconds:g} s; killed")

    def _take_requests(self) -> bool:
        data = os.read(self._requests, _BLOCK)
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        return bool(data)

    def _take(self, request: dict[str, Any]) -> None:
        number = request["id"]
        if request["do"] == "cancel":
            for call in [call for call in self._calls.values() if call.number == number]:
                self._end(call)
            return
        function = self._functions[request["name"]]
        if request["do"] == "check":
            self._reply(number, problem(function, request["arguments"]))
        else:
            self._start(number, function, request["arguments"], request["seconds"])

    def _start(
        self, number: int, function: TypedFunction, arguments: dict[str, Any], seconds: float
    ) -> None:
        if not hasattr(os, "fork"):  # Windows: one after the other, and azchat ends us if need be
            self._reply(number, outcome(function, arguments))
            return
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:  # what is ours is not for the tool: it could speak for others
            ours = (self._replies, self._requests, self._selector.fileno())
            for descriptor in (*ours, *self._calls):
                os.close(descriptor)
            _run(function, arguments, writing)
        os.close(writing)
        self._calls[reading] = _Call(number, process, reading, seconds)
        self._selector.register(reading, selectors.EVENT_READ)

    def _receive(self, call: _Call) -> None:
        data = os.read(call.pipe, _BLOCK)
        call.received += data
        if call.received.endswith(b"\n"):  # not the end of the pipe: a child may hold it open
            self._end(call)
            self._reply(call.number, _said(call.received))
        elif not data:
            status = self._end(call)
            self._reply(call.number, f"error: the tool's process ended with {status}")
        elif len(call.received) > _LONGEST_REPLY:
            self._end(call)
            self._reply(call.number, _NO_REPLY)

    def _end(self, call: _Call) -> int:
        """Forget a call, and kill it with its children; return its process's exit code."""
        self._selector.unregister(call.pipe)
        os.close(call.pipe)
        del self._calls[call.pipe]
        for kill_one in (os.killpg, os.kill):  # it may not lead a group of its own yet
            with suppress(ProcessLookupError, PermissionError):
                kill_one(call.process, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(call.process, 0)[1])
        if not self._calls:  # those of several calls cannot be told apart
            end_children(strays=True)
        return code

    def _reply(self, number: int, text: str | None) -> None:
        _write(self._replies, {"id": number, "text": text})


def load(words: list[str]) -> list[TypedFunction]:
    """Return the tools that ``words`` name, built-in ones or files; raises ``UnfitError``."""
    tools: list[TypedFunction] = []
    for word in words:
        if word in BUILTIN:
            from azchat.tools.builtin import FUNCTIONS

            tools.append(TypedFunction(FUNCTIONS[word]))
        else:
            tools += _load_file(Path(word))
    return tools


def _said(line: bytes) -> str:
    with suppress(ValueError, RecursionError):
        if isinstance(said := json.loads(line), str):
            return said
    return _NO_REPLY


def problem(function: TypedFunction, arguments: dict[str, Any]) -> str | None:
    """Return what is wrong with the arguments, None if they fit."""
    try:
        return function.check(arguments)
    except BaseException as error:  # noqa: BLE001 - types are somebody else's code too
        return told(error)


def outcome(function: TypedFunction, arguments: dict[str, Any]) -> str:
    """Return what a call returns, or how it failed: the model is to know, and may try again."""
    try:
        return cut(function.call(arguments))
    except BaseException as error:  # noqa: BLE001 - somebody else's code, in its own process
        return cut(f"error: {told(error)}")


def _run(function: TypedFunction, arguments: dict[str, Any], pipe: int) -> NoReturn:
    """Run a call in the forked process, and end it, whatever threads are left."""
    try:
        os.setsid()
        _write(pipe, outcome(function, arguments))
    finally:
        os._exit(0)


def _load_file(path: Path) -> list[TypedFunction]:
    module = _import(path)
    functions = [
        function
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not name.startswith("_")
        and name == function.__name__
    ]
    if names := getattr(module, "__all__", None):
        functions = [function for function in functions if function.__name__ in names]
    typed = [function for function in functions if is_typed(function)]
    if not typed:
        others = ", ".join(function.__name__ for function in functions)
        why = f"; without type hints: {others}" if others else ""
        raise UnfitError(f"{path} has no typed function{why}")
    try:
        return [TypedFunction(function) for function in typed]
    except UnfitError as error:
        raise UnfitError(f"{path}: {error}") from None


def _import(path: Path) -> Any:
    if not path.is_file():
        raise UnfitError(f"there is no file {path}")
    sys.path.insert(0, str(path.parent.resolve()))  # as for a script
    loader = FromSource(path.stem, str(path))
    spec = importlib.util.spec_from_file_location(path.stem, path, loader=loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        loader.exec_module(module)
    except BaseException as error:  # noqa: BLE001 - somebody else's code
        why = "it calls sys.exit" if isinstance(error, SystemExit) else told(error)
        raise UnfitError(f"{path} does not import{_line_in(path, error)}: {why}") from None
    return module


def _line_in(path: Path, error: BaseException) -> str:
    trace, line = error.__traceback__, getattr(error, "lineno", None)
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f", line {line}" if line else ""


def _write(descriptor: int, value: object) -> None:
    data = memoryview(json.dumps(value).encode() + b"\n")
    while data:
        data = data[os.write(descriptor, data) :]


def _take_streams() -> tuple[int, int]:
    """Keep stdin and stdout to ourselves: what the tools read and print must not come there."""
    requests, replies = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(empty, descriptor)
    return requests, replies


def main(words: list[str], end: Callable[[int], NoReturn] = os._exit) -> NoReturn:
    """Load the tools, say what they are, and serve them."""
    gc.set_threshold(100_000)  # what imports make stays: looking through it is wasted
    requests, replies = _take_streams()
    adopt()
    conceal()
    files = [word for word in words if word not in BUILTIN]
    loading = Loading() if files else None
    try:
        functions = load(words)
    except UnfitError as error:
        _write(replies, {"problem": str(error)})
        end(1)
    for name in QUICK_START:  # it was for us, not for what the tools start
        os.unsetenv(name)
    tools = [[tool.name, tool.description, tool.parameters] for tool in functions]
    _write(replies, {"tools": tools, "digest": loading.pin(files) if loading else ""})
    with suppress(OSError):  # azchat is gone
        Worker({function.name: function for function in functions}, requests, replies).serve()
    end(0)  # whatever threads a file has started
