"""The bytes of one response, streamed or whole, become events; the end is checked.

A response is whole when a finish reason or ``[DONE]`` was seen; anything else raises, after
every event that came before has been yielded.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from azchat.errors import AuthError, AzchatError, IncompleteError, ServiceError
from azchat.events import Echoed, Event, NoticeRaised, ToolCalled, UsageReported
from azchat.messages import Echo, Usage
from azchat.wire.deltas import DeltaLabeller, settled
from azchat.wire.echo import EchoCollector
from azchat.wire.faults import read_fault
from azchat.wire.fields import read_reasoning, read_text
from azchat.wire.marking import Marking
from azchat.wire.safety import Finding, read_findings, stopped, tell
from azchat.wire.sse import EventStreamDecoder, ServerEvent
from azchat.wire.status import answer_error
from azchat.wire.tool_calls import ToolCallJoiner

MAX_BODY_BYTES = 64 * 1024 * 1024
_decode = json.JSONDecoder().raw_decode  # half of what json.loads costs, for one object
_LENGTH = ("length", "model_length", "max_tokens", "max_output_tokens")
_STREAMS = ("", "text/event-stream")
_BROKEN = ("error", "abort", "insufficient_system_resource")
_FAILED = (*_LENGTH, *_BROKEN, "content_filter")
_FAULTS = frozenset({"message", "detail", "msg", "errors", "base_resp", "fault"})
_BOM = b"\xef\xbb\xbf"
_MOST_TOKENS = 2**53  # what is more is no count, and more than a database adds up


class ResponseDecoder:
    """Decodes one response; never reads itself, so any shell can be put around it.

    ``finish_reason``, ``usage`` and ``model`` are what the service said of the response so far;
    ``finished`` becomes True at the end marker, after which nothing more needs to be read;
    ``payloads`` counts the service's real events (comments are none). ``tools``: their names.
    """

    def __init__(
        self, content_type: str = "", marking: Marking = "auto", tools: Collection[str] = ()
    ) -> None:
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.model: str | None = None
        self.finished = False
        self.payloads = 0
        self._content_type = content_type.partition(";")[0].strip().lower()
        self._sse = EventStreamDecoder()
        self._labels = DeltaLabeller(marking)
        self._calls = ToolCallJoiner(tools)
        self._echo = EchoCollector()
        self._start = b""  # what came before the form of the body is known
        self._body: list[bytes] | None = None  # the pieces of a body that is one JSON object
        self._body_size = 0
        self._streaming = False
        self._has_failed = False
        self._findings: tuple[Finding, ...] = ()

    @property
    def has_begun(self) -> bool:
        """Whether any part of an answer came, so that a retry would say it twice."""
        return self._labels.has_text or self._labels.has_reasoning

    @property
    def is_one_object(self) -> bool:
        """Whether the reply is one JSON object, of which nothing shows before its end."""
        return self._body is not None

    def receive(self, data: bytes, at: float) -> Iterator[Event]:
        """Yield the events that ``data``, which came at the clock's ``at``, completes."""
        if not self._streaming:
            data = self._sniff(data)
        if not data:
            return
        try:
            for event in self._sse.receive(data):
                self._read_event(event)
        except AzchatError as error:
            self._has_failed = True
            yield from self._labels.close(at)  # what was held back comes before the error
            raise self._in_mid_answer(error) from None
        yield from self._labels.flush(at)

    def close(self, at: float) -> Iterator[Event]:
        """Yield what was held back, at the end of the bytes or after ``finished``.

        Raises ``IncompleteError`` or ``ServiceError`` when the answer is not whole.
        """
        try:
            if self._body is not None:
                self._read_body(b"".join(self._body))
            elif not self.finished:
                self._read_last_event()
        except AzchatError as error:
            yield from self._close_labels(at)
            raise self._in_mid_answer(error) from None
        yield from self._close_labels(at)
        is_answered = (self.finish_reason or self.finished) and not self._has_failed
        if is_answered and self.finish_reason not in _FAILED:
            for call in self._calls.close():
                yield ToolCalled(call)
        if items := (*self._echo.items(), *self._calls.echoes()):
            yield Echoed(Echo(("", "", ""), "", items))  # whose it is, the engine knows
        if self.usage:
            yield UsageReported(self.usage)
        names = stopped(self._findings)
        if names and self.finish_reason != "content_filter":
            yield NoticeRaised("filter", f"content filter: {names}")
        self._check_end()

    def _close_labels(self, at: float) -> Iterable[Event]:
        labelled = self._labels.close(at, calls=bool(self._calls.close()))
        return labelled if self._body is None else settled(labelled)

    # From bytes to payloads

    def _sniff(self, data: bytes) -> bytes:
        """Tell an event stream from one JSON object and from a web page, by the first bytes.

        The content type alone cannot: streams come as text/plain, objects come to a request
        for a stream. Returns the bytes of an event stream.
        """
        if self._body is None:
            start = self._start = self._start + data
            if _BOM.startswith(start):
                return b""  # perhaps a byte order mark, of which more has to come
            head = start.removeprefix(_BOM).lstrip()
            if head.startswith(b"<") or self._content_type == "text/html":
                raise self._no_api_answer()
            if not head:
                # Of blank lines without end one is enough, and how the line begins that is open.
                self._start = b"\n" + start.replace(b"\r", b"\n").rpartition(b"\n")[2][:1]
                return b""
            self._start = b""
            if head[:1] not in b"{[":
                self._streaming = True
                return start
            self._body, data = [], head
        self._body.append(data)
        self._body_size += len(data)
        if self._body_size > MAX_BODY_BYTES:
            raise IncompleteError(f"the reply exceeds {MAX_BODY_BYTES // (1024 * 1024)} MiB")
        return b""

    def _read_event(self, event: ServerEvent) -> None:
        kind, data = event
        if self.finished or not data:
            return
        if data == "[DONE]":
            self.finished = True
            return
        self.payloads += 1
        if kind == "error":
            raise answer_error(_read_json(data))
        try:
            chunk, end = _decode(data) if data[0] == "{" else (None, -1)
            if end != len(data):
                chunk = json.loads(data)  # white space around it, or something behind it
        except (ValueError, RecursionError):
            raise IncompleteError("a malformed event came from the service", _TRY_AGAIN) from None
        if type(chunk) is not dict:
            raise IncompleteError("an event came that is no JSON object", _TRY_AGAIN)
        self._read_chunk(chunk, "delta")

    def _read_last_event(self) -> None:
        """Read an event that lacks its blank line; one that was cut off counts as missing."""
        for event in self._sse.close():
            try:
                self._read_event(event)
            except IncompleteError:
                if self.finish_reason is None:
                    raise _closed_early() from None

    def _read_body(self, body: bytes) -> None:
        try:
            reply = json.loads(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise IncompleteError(
                "the reply is not valid JSON; it may be cut", _TRY_AGAIN
            ) from None
        if type(reply) is not dict or not (reply.get("choices") or reply.get("error")):
            error = answer_error(reply)
            if not error.cause:
                what = f": {said}" if (said := read_fault(reply).message) else ""
                error.what, error.hint = f"the reply is no chat completion{what}", _CHECK_URL
                error.retryable = False
            raise error
        self.payloads += 1
        self._read_chunk(reply, "message")
        self.finished = True

    # From payloads to labelled text

    def _read_chunk(self, chunk: dict[str, Any], field: str) -> None:
        """Read one chunk of a stream (``field`` is delta) or a whole reply (message)."""
        choices = chunk.get("choices")
        for choice in choices if type(choices) is list else ():
            if type(choice) is dict and not choice.get("index"):
                self._read_choice(choice, field)
        if self.model is None and type(model := chunk.get("model")) is str and model:
            self.model = model
        if type(usage := chunk.get("usage")) is dict:
            self.usage = _read_usage(usage)  # the last one wins: some send it with every chunk
        if chunk.get("error") or (not choices and _is_fault(chunk)):
            raise answer_error(chunk)

    def _read_choice(self, choice: dict[str, Any], field: str) -> None:
        delta = choice.get(field)
        if type(delta) is dict:
            content = delta.get("content")
            if len(delta) > 1 or type(content) is not str:
                text, opaque = read_reasoning(delta)
                self._labels.add_reasoning(text)
                if opaque:
                    self._labels.has_reasoning = True
                self._echo.receive(delta)
                self._calls.receive(delta.get("tool_calls"))
                if old := delta.get("function_call"):
                    self._calls.receive_old(old)
                content = read_text(content) or read_text(delta.get("refusal"))
            self._labels.add_content(content)
        if reason := choice.get("finish_reason"):
            self.finish_reason = str(reason)
        if error := choice.get("error"):  # OpenRouter
            raise answer_error(error)
        if results := choice.get("content_filter_results"):
            self._findings = read_findings(results, "answer") or self._findings

    # The end

    def _check_end(self) -> None:
        if not (self.finish_reason or self.finished):
            if self._streaming and not self.payloads and self._content_type not in _STREAMS:
                raise self._no_api_answer()
            raise (
                _closed_early() if self._streaming else IncompleteError("empty answer", _TRY_AGAIN)
            )
        if self.finish_reason in _LENGTH:
            raise self._length_limit()
        if self.finish_reason == "content_filter":
            named = f": {names}" if (names := stopped(self._findings)) else ""
            what = f"content filter stopped the answer{named}"
            error = IncompleteError(what, "rephrase the prompt and ask again")
            raise tell(error, self._findings)
        if self.finish_reason in _BROKEN:
            raise IncompleteError(f"service error: finish reason {self.finish_reason}", _TRY_AGAIN)
        if name := self._labels.called:
            raise IncompleteError(_CALL_IN_TEXT.format(name), _CALL_PARSER)
        if not self._labels.has_text and not self._calls.close():
            hint = _IN_THINKING if self._labels.has_reasoning else _TRY_AGAIN
            raise IncompleteError(self._emptiness(), hint)

    def _length_limit(self) -> IncompleteError:
        usage = self.usage or Usage()
        if self._labels.has_text or not (self._labels.has_reasoning or usage.reasoning):
            hint = "raise it with --max-tokens, or ask for less"
            return IncompleteError("length limit reached", hint)
        tokens = usage.completion
        if not tokens:
            hint = "raise it with --max-tokens, or lower --effort"
            return IncompleteError(_ALL_THINKING.format(""), hint)
        hint = f"ask again with --max-tokens {2 * tokens}, or for less thinking with --effort low"
        error = IncompleteError(_ALL_THINKING.format(f"{tokens} "), hint)
        error.again = ("--max-tokens", str(2 * tokens))
        return error

    def _emptiness(self) -> str:
        if self._labels.unclosed:
            return "the thinking never ended, so there is no answer"
        if self._labels.has_reasoning:
            return "empty answer: only thinking came"
        return "empty answer"

    def _in_mid_answer(self, error: AzchatError) -> AzchatError:
        """Return the error as what it is once the answer has begun: incomplete."""
        if not (isinstance(error, ServiceError | AuthError) and self.has_begun):
            return error
        told = IncompleteError(f"service error: {error.what}", error.hint)
        for name in ("service_code", "service_type", "parameter", "retryable", "retry_after"):
            setattr(told, name, getattr(error, name))
        return told

    def _no_api_answer(self) -> ServiceError:
        kind = self._content_type or "a web page"
        return ServiceError(
            f"the endpoint answered {kind}, not an API answer: a proxy or a login page?",
            "open the endpoint in a browser, or check its URL with: azchat info",
        )


_ALL_THINKING = "length limit: all {}tokens went to thinking, none to the answer"
_CALL_IN_TEXT = "a tool call came as text, so nothing was run: {}"
_CALL_PARSER = "switch on the server's parser for the calls of this model, or ask without tools"
_IN_THINKING = (
    "the answer may be in the thinking: see it with --thinking live or azchat sessions think; "
    "often the server's reasoning parser is not the model's"
)
_TRY_AGAIN = "ask again; if it stays so, see: azchat info"
_CHECK_URL = "check the endpoint's URL with: azchat info"


def _is_fault(chunk: dict[str, Any]) -> bool:
    """Return whether an object without choices tells of a failure, in any form."""
    if chunk.get("object") == "error":
        return True
    return not _FAULTS.isdisjoint(chunk) and bool(read_fault(chunk).message)


def _read_json(data: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data  # an error in plain words


def _closed_early() -> IncompleteError:
    return IncompleteError("connection closed before the answer was whole", _TRY_AGAIN)


def _read_usage(usage: dict[str, Any]) -> Usage:
    counts = Usage(
        prompt=_count(usage, "prompt_tokens"),
        completion=_count(usage, "completion_tokens"),
        reasoning=_count(usage.get("completion_tokens_details"), "reasoning_tokens"),
        cached=_count(usage.get("prompt_tokens_details"), "cached_tokens"),
        total=_count(usage, "total_tokens"),
    )
    said, thought = counts.completion or 0, counts.reasoning or 0
    is_apart = counts.total == (counts.prompt or 0) + said + thought  # as xAI counts
    return counts._replace(completion=said + thought) if thought and is_apart else counts


def _count(counts: object, name: str) -> int | None:
    value = counts.get(name) if isinstance(counts, dict) else None
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None
