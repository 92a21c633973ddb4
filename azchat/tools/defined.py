"""Tools that a JSON file defines: offered as it has them. What they return, the user says.

A result is given beforehand, made by a command that gets the arguments as JSON, or asked on the
terminal. Where there is none, the call is left open, and the turn ends with it.
"""

import json
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from shutil import which
from tempfile import TemporaryFile
from threading import Thread
from time import monotonic
from typing import Any

from azchat.errors import InputError, UsageError, reason_of
from azchat.files import read_whole
from azchat.messages import ToolCall
from azchat.net.opening import Background, UnfinishedError
from azchat.tools import Tool

_ENVELOPES = {"parameters": "responses", "input_schema": "messages", "inputSchema": "mcp"}
"""The word for the schema, by which a definition's envelope is known."""
_LISTS = ("tools", "functions", "result")  # of a request, an older one, an MCP server's reply
_MOST_BYTES = 1 << 20  # of what a command says
_HINT = "NAME=JSON, NAME=@FILE, or NAME=COMMAND, which gets the arguments as JSON on stdin"


class Results:
    """What calls return, by the tools' names; of several the first call takes the first."""

    def __init__(
        self, given: Sequence[str], cwd: Path, variables: Callable[[], Mapping[str, str]]
    ) -> None:
        self._cwd, self._variables = cwd, variables
        self._given: dict[str, list[str]] = {}
        self.ask: Callable[[str, Mapping[str, Any]], str | None] = lambda *_: None
        for text in given:
            name, is_one, result = text.partition("=")
            if not (name and is_one):
                raise UsageError(f"--tool-result: {text!r} is no result of a tool", _HINT)
            self._given.setdefault(name, []).append(self._checked(name, result))

    @property
    def names(self) -> frozenset[str]:
        """The tools that results were given of."""
        return frozenset(self._given)

    def check(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Find nothing wrong: who says the result sees the arguments."""
        del name, arguments

    def start(
        self, name: str, arguments: Mapping[str, Any], seconds: float
    ) -> "Future[str] | None":
        """Begin to make a result; None where nobody has one."""
        future: Future[str] = Future()
        given = self._given.get(name, [])
        text = (given.pop(0) if len(given) > 1 else given[0]) if given else None
        if text is None or _is_json(text):
            text = self.ask(name, arguments) if text is None else text
            if text is None:
                return None
            future.set_result(text)
        else:
            Thread(target=self._run, args=(text, arguments, seconds, future), daemon=True).start()
        return future

    def of_call(self, call: ToolCall, seconds: float) -> "Future[str] | None":
        """Begin to make the result of a call that came in an earlier turn."""
        try:
            arguments = json.loads(call.arguments or "{}")
        except ValueError:
            arguments = {}
        return self.start(call.name, arguments, seconds)

    def close(self) -> None:
        """Commands end with their time."""

    def _checked(self, name: str, text: str) -> str:
        """Return JSON, or a command that is there; a file is read."""
        if text.startswith("@"):
            try:
                read = read_whole(self._cwd / text[1:]).decode("utf-8-sig")
            except (OSError, ValueError) as error:
                what = f"--tool-result {name}: {text[1:]}: {reason_of(error)}"
                raise InputError(what, "check the path") from None
            return read if _is_json(read) else json.dumps(read, ensure_ascii=False)
        try:
            is_there = _is_json(text) or which(shlex.split(text)[0])
        except (ValueError, IndexError):
            is_there = None
        if not is_there:
            raise UsageError(f"--tool-result {name}: {text!r} is neither JSON nor a command", _HINT)
        return text

    def _run(
        self, command: str, arguments: Mapping[str, Any], seconds: float, future: "Future[str]"
    ) -> None:
        try:
            code, said, failure = _ended(
                shlex.split(command), arguments, seconds, cwd=self._cwd, env=dict(self._variables())
            )
            text = (failure if code else said).decode("utf-8", "replace").strip()
            future.set_result(f"error: it ended with {code}: {text}" if code else text)
        except (UnfinishedError, subprocess.TimeoutExpired):
            future.set_result(f"error: no result after {seconds:g} s")
        except OSError as error:
            future.set_result(f"error: {reason_of(error)}")


def _ended(
    command: Sequence[str], arguments: Mapping[str, Any], seconds: float, **how: Any
) -> tuple[int, bytes, bytes]:
    """Run a command with the arguments as JSON; return its code and the beginning of all it said.

    Raises ``UnfinishedError``, or what subprocess raises.
    """
    end = monotonic() + seconds
    with TemporaryFile() as asked:
        asked.write(json.dumps(arguments, ensure_ascii=False).encode(errors="replace"))
        asked.seek(0)
        how |= {"stdin": asked, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, **how)  # noqa: S603 - the user's own, without a shell
    try:
        streams = filter(None, (process.stdout, process.stderr))
        reading = [Background(partial(stream.read, _MOST_BYTES)) for stream in streams]
        said, failure = (one.result(max(0.0, end - monotonic())) for one in reading)
        # One that said so much may say more: it has said enough.
        is_enough = _MOST_BYTES in (len(said), len(failure))
        code = 0 if is_enough else process.wait(max(0.0, end - monotonic()))
    finally:
        process.kill()  # after its end: nothing
        process.wait()
    return code, said, failure


def defined_tools(path: Path, results: Results) -> list[Tool]:
    """Return the tools of a file: one definition or several; raises ``InputError``."""
    try:
        text = read_whole(path).decode("utf-8-sig")
        return tools_of(json.loads(text), str(path), results)
    except OSError as error:
        raise InputError(f"{path}: {reason_of(error)}", "check the path") from None
    except (ValueError, RecursionError) as error:
        hint = "a definition as in a request of Chat, Responses or Messages, or of an MCP server"
        raise InputError(f"{path} defines no tool: {error}", hint) from None


def tools_of(value: Any, origin: str, results: Results) -> list[Tool]:
    """Return the tools of one definition, or of a list; raises ``ValueError``."""
    return [_tool(given, origin, results) for given in _definitions(value)]


def _definitions(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and not isinstance(value.get("name"), str):
        inner = next((value[name] for name in _LISTS if name in value), None)
        if inner is not None:
            yield from _definitions(inner)
            return
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            raise ValueError(f"{json.dumps(one)[:60]} is no object")
        yield one


def _tool(given: dict[str, Any], origin: str, results: Results) -> Tool:
    """Return the tool that a definition in any envelope is."""
    is_chat = isinstance(given.get("function"), dict)
    inner = given["function"] if is_chat else given
    name, about = inner.get("name"), inner.get("description", "")
    if not (isinstance(name, str) and name and isinstance(about, str)):
        raise ValueError("it has no name" if not name else "its name or description is no text")
    word = next((word for word in _ENVELOPES if word in inner), "parameters")
    if not isinstance(schema := inner.get(word, {}), dict):
        raise ValueError(f"the {word} of {name} are no schema")
    envelope = _ENVELOPES[word]
    if is_chat or (word == "parameters" and "type" not in given):
        envelope = "chat"
        given = given if is_chat else {"type": "function", "function": given}
    tool = Tool(name, about, schema or {"type": "object", "properties": {}}, origin, results)
    return tool._replace(is_safe=True, given=(envelope, given))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
