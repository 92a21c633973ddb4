"""Reads the chunks of Chat Completions: answer, thinking, calls, end, and who said it.

A token's way: for each chunk of a stream ``read`` is called once, so it looks at no field twice.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from azchat.dialects.chat.echo import EchoCollector
from azchat.dialects.chat.fields import read_reasoning, read_text
from azchat.dialects.counts import count, string
from azchat.errors import AzchatError
from azchat.messages import Usage
from azchat.wire.faults import read_fault
from azchat.wire.safety import read_findings
from azchat.wire.said import Answer, Said
from azchat.wire.sse import EventStreamDecoder
from azchat.wire.status import answer_error

_FAULTS = frozenset({"message", "detail", "msg", "errors", "base_resp", "fault"})
_WRAPPERS = ("data", "result", "response", "output", "completion")  # of gateways
_MOST_CHARACTERS = 64 * 1024 * 1024  # of the choices behind the first
_MOST_LOGPROBS = 32 << 20  # characters; an endless answer must not fill the memory
_CHECK_URL = "check the endpoint's URL with: azchat info"


class ChatReader:
    """Reads chunks, and replies that came as a whole."""

    def __init__(self, said: Said) -> None:
        self._said = said
        self._first = _ChoiceReader(said.first)
        self._others: dict[int, _ChoiceReader] = {}  # behind the first
        self._others_size = 0
        self._is_named = False

    def read(self, kind: str, payload: dict[str, Any], field: str = "delta") -> None:
        """Read a chunk; ``field`` is where a choice has its answer, message in a whole reply."""
        if kind == "error":
            raise answer_error(payload)
        choices = payload.get("choices")
        if choices is None:
            payload = _unwrapped(payload)
            choices = payload.get("choices")
        for place, choice in enumerate(choices if type(choices) is list else ()):
            if type(choice) is dict:
                if index := choice.get("index", place):
                    self._read_other(index, choice, field)
                else:
                    self._first.read(choice, field)
        said = self._said
        if not self._is_named:
            self._read_head(payload)
        if type(usage := payload.get("usage")) is dict:
            said.usage = _read_usage(usage)  # the last one wins: some send it with every chunk
        if payload.get("error") or self._first.failure:
            raise answer_error(self._first.failure or payload)
        if choices:
            said.odd = None
        elif "error" in (payload.get("object"), payload.get("type")):
            raise answer_error(payload)
        elif not _FAULTS.isdisjoint(payload) and read_fault(payload).message:
            said.odd = payload

    def read_whole(self, reply: dict[str, Any]) -> None:
        """Read a reply; raises what one is that has no choices."""
        reply = _unwrapped(reply)
        if not (reply.get("choices") or reply.get("error")):
            _check_emptiness(reply)
        self.read("", reply, "message")

    def _read_head(self, chunk: dict[str, Any]) -> None:
        """Take a chunk's head; the first that says something counts (Azure's first is empty)."""
        said = self._said
        said.id = said.id or string(chunk, "id")
        said.model = said.model or string(chunk, "model")
        said.created = said.created or count(chunk, "created")
        said.fingerprint = said.fingerprint or string(chunk, "system_fingerprint")
        self._is_named = bool(said.id and said.model)

    def _read_other(self, index: object, choice: dict[str, Any], field: str) -> None:
        if type(index) is not int or self._others_size > _MOST_CHARACTERS:
            return
        self._others_size += len(str(choice))
        if index not in self._others and (answer := self._said.maybe_add(index)):
            self._others[index] = _ChoiceReader(answer)
        if other := self._others.get(index):
            with suppress(AzchatError):  # the first counts
                other.read(choice, field)


class _ChoiceReader:
    """Reads a choice into its answer; ``failure`` holds why the service broke off."""

    def __init__(self, answer: Answer) -> None:
        self.failure: object = None
        self._answer, self._labels, self._ending = answer, answer.labels, answer.ending
        self._add: Callable[[str], None] = answer.labels.add_content
        self._echo, self._logprobs = EchoCollector(), _Logprobs()
        self._by_message = False
        answer.items = self._echo.items

    def read(self, choice: dict[str, Any], field: str) -> None:
        """Read one object of ``choices``."""
        delta = choice.get(field)
        more: object = None
        if type(delta) is dict or (delta := self._find_delta(choice, field)):
            more = content = delta.get("content")
            if len(delta) > 1 or type(content) is not str:
                text, opaque = read_reasoning(delta)
                self._labels.add_reasoning(text)
                if opaque:
                    self._labels.has_reasoning = True
                self._echo.receive(delta)
                self._answer.calls.receive(calls := delta.get("tool_calls"))
                if old := delta.get("function_call"):
                    self._answer.calls.receive_old(calls := old)
                content = read_text(content) or read_text(delta.get("refusal"))
                more = content or text or calls
            self._add(content)
        ending = self._ending
        if more and ending.reason is not None:
            ending.go_on(more)
        if reason := choice.get("finish_reason"):
            ending.say(reason, more)
        if results := choice.get("content_filter_results"):
            self._answer.findings = read_findings(results, "answer") or self._answer.findings
        if logprobs := choice.get("logprobs"):
            self._answer.logprobs = self._logprobs.joined_with(logprobs)
        if error := choice.get("error"):  # OpenRouter
            self.failure = error

    def _find_delta(self, choice: dict[str, Any], field: str) -> dict[str, Any] | None:
        """Return what stands for a delta: some streams have ``message``, older ones ``text``."""
        found = choice.get("message" if field == "delta" else "delta")
        if type(found) is dict:
            if not self._by_message and self._answer.has_any:
                return None  # all of it once more, at the end
            self._by_message = True
            return found
        text = choice.get("text")
        return {"content": text} if type(text) is str else None


class _Logprobs:
    """Joins the ``logprobs`` of a choice: its lists go on from chunk to chunk."""

    def __init__(self) -> None:
        self._joined: dict[str, Any] | None = None
        self._size = 0

    def joined_with(self, logprobs: object) -> dict[str, Any] | None:
        """Return those of all chunks so far and of one more."""
        if not isinstance(logprobs, dict):
            return self._joined
        self._size += len(str(logprobs))
        if self._size > _MOST_LOGPROBS:
            return self._joined
        joined = self._joined = self._joined or {}
        for name, value in logprobs.items():
            if isinstance(value, list) and isinstance(joined.get(name), list):
                joined[name] += value
            elif value is not None:
                joined[name] = value
        return joined


def _read_usage(usage: dict[str, Any]) -> Usage:
    """Return the counts of a ``usage`` object; thinking is part of the completion."""
    counts = Usage(
        prompt=count(usage, "prompt_tokens"),
        completion=count(usage, "completion_tokens"),
        reasoning=count(usage.get("completion_tokens_details"), "reasoning_tokens"),
        cached=count(usage.get("prompt_tokens_details"), "cached_tokens"),
        total=count(usage, "total_tokens"),
    )
    said, thought = counts.completion or 0, counts.reasoning or 0
    is_apart = counts.total == (counts.prompt or 0) + said + thought  # as xAI counts
    return counts._replace(completion=said + thought) if thought and is_apart else counts


def place_of_thinking(stream: bytes) -> str:
    """Return in which field of its deltas a stream has the thinking; "" where in none."""
    events = EventStreamDecoder()
    for _, data in (*events.receive(stream), *events.close()):
        try:
            choices = json.loads(data).get("choices") or [{}]
            delta = choices[0].get("delta")
        except (ValueError, AttributeError, LookupError, TypeError):
            continue
        text, opaque = read_reasoning(delta) if isinstance(delta, dict) else ("", None)
        if text or opaque:
            fields = ("reasoning_content", "reasoning", "reasoning_details")
            name = next((one for one in fields if delta.get(one)), "a list in content")
            return name if text else f"{name}, encrypted"
    return ""


def _unwrapped(reply: dict[str, Any]) -> dict[str, Any]:
    """Return the reply that a gateway put into another object, or the reply itself."""
    for name in _WRAPPERS:
        inner = reply.get(name)
        if isinstance(inner, dict) and ("choices" in inner or "error" in inner):
            return {**reply, name: None, **inner}
    return reply


def _check_emptiness(reply: dict[str, Any]) -> None:
    """Raise what a reply without choices is, unless it is an answer without a word."""
    fault, error = read_fault(reply), answer_error(reply)
    is_completion = "usage" in reply or str(reply.get("object", "")).startswith("chat.completion")
    is_own = is_completion or fault.code or reply.get("success") is False
    if error.cause or (fault.message and is_own):
        raise error
    if fault.message or not is_completion:
        error.what = ": ".join(filter(None, ("the reply is no chat completion", fault.message)))
        error.hint, error.retryable = _CHECK_URL, False
        raise error
