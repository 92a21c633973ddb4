"""The bytes of one response, streamed or whole, become events; the end is checked.

The frame of every dialect: what the payloads mean, a reader knows that is handed in.
A response is whole when a finish reason or ``[DONE]`` was seen; anything else raises, after
every event that came before has been yielded.
"""

import json
from collections.abc import Callable, Collection, Iterator

from azchat.errors import AuthError, AzchatError, IncompleteError, ServiceError
from azchat.events import Echoed, Event, NoticeRaised, ResponseFacts, ToolCalled, UsageReported
from azchat.messages import Echo, Usage
from azchat.wire.marking import Marking
from azchat.wire.payloads import is_broken_object, is_end_mark, read_values
from azchat.wire.safety import stopped
from azchat.wire.said import Reader, Said
from azchat.wire.sse import EventStreamDecoder, ServerEvent
from azchat.wire.status import answer_error
from azchat.wire.verdict import TRY_AGAIN, broken_off, empty, shortened

MAX_BODY_BYTES = 64 * 1024 * 1024
_decode = json.JSONDecoder().raw_decode  # half of what json.loads costs, for one object
_STREAMS = ("", "text/event-stream")
_BOM = b"\xef\xbb\xbf"


class ResponseDecoder:
    """Decodes one response; never reads itself, so any shell can be put around it.

    ``new_reader`` makes what reads the payloads.
    ``finish_reason`` and ``facts`` are what the service said of the response so far;
    ``finished`` becomes True at the end marker, after which nothing more needs to be read;
    ``payloads`` counts the service's real events (comments are none). ``tools``: their names.
    ``may_wait``: that the service is still at it is no failure.
    """

    def __init__(
        self,
        new_reader: Callable[[Said], Reader],
        content_type: str = "",
        marking: Marking = "auto",
        tools: Collection[str] = (),
    ) -> None:
        self.finished = False
        self.payloads = 0
        self.may_wait = False
        self._content_type = content_type.partition(";")[0].strip().lower()
        self._sse = EventStreamDecoder()
        self._said = Said(marking, tools)
        self._reader = new_reader(self._said)
        self._read, self._labels = self._reader.read, self._said.first.labels
        self._start = b""  # what came before the form of the body is known
        self._body: list[bytes] | None = None  # the pieces of a body that is one JSON object
        self._body_size = 0
        self._streaming = False
        self._has_failed = False

    @property
    def finish_reason(self) -> str | None:
        """The finish reason, as the service said it."""
        return self._said.first.ending.reason

    @property
    def pauses(self) -> bool:
        """Whether the service goes on when it gets back what it said."""
        return self._said.first.pauses

    @property
    def has_ended(self) -> bool:
        """Whether a finish reason says so that nothing belies, so that no more has to come."""
        said, ending = self._said, self._said.first.ending
        if not ending.is_certain:
            return False
        is_last = said.needs_end or said.usage is not None
        return ending.meaning != "whole" or said.first.has_any or is_last

    @property
    def has_begun(self) -> bool:
        """Whether any part of an answer came, so that a retry would say it twice."""
        labels = self._said.first.labels
        return labels.has_text or labels.has_reasoning

    @property
    def is_one_object(self) -> bool:
        """Whether the reply is one JSON object, of which nothing shows before its end."""
        return self._body is not None

    @property
    def position(self) -> int | None:
        """The number of the last event, where the service numbers them."""
        return self._said.position

    @property
    def is_pending(self) -> bool:
        """Whether the service says that it is still at it."""
        return self._said.is_pending

    def resume(self) -> None:
        """Go on with another reply to the same: what was half came to nothing."""
        self._sse, self._start, self._streaming = EventStreamDecoder(), b"", False
        self._body, self._said.resumed = None, -1 if self.position is None else self.position

    def facts(self) -> ResponseFacts:
        """Return what the service said beside the answer."""
        return self._said.facts()

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
            self._said.first.release()  # what was held back comes before the error
            yield from self._said.first.labels.close(at)
            raise self._in_mid_answer(error) from None
        yield from self._labels.flush(at)

    def close(self, at: float) -> Iterator[Event]:
        """Yield what was held back at the end; raises what an answer lacks that is not whole."""
        try:
            if self._body is not None:
                self._read_body(b"".join(self._body))
            elif not self.finished:
                self._read_last_event()
        except AzchatError as error:
            yield from self._said.first.close(at, is_whole=self.is_one_object)
            raise self._in_mid_answer(error) from None
        if self._said.is_pending and self.may_wait:
            return
        further = self._said.close_others(at)
        answer, usage = self._said.first, self._said.usage
        yield from answer.close(at, is_whole=self.is_one_object)
        lack = self._verdict()
        if not lack and not self._has_failed:
            for call in answer.calls.close():
                yield ToolCalled(call)
        if items := (*answer.items(), *answer.calls.echoes):
            yield Echoed(Echo(("", "", ""), "", items))  # whose it is, the engine knows
        if usage:
            yield UsageReported(usage)
        names = stopped(answer.findings)
        if names and answer.ending.meaning != "filter":
            yield NoticeRaised("filter", f"content filter: {names}")
        for source in self._said.sources:
            yield NoticeRaised("source", source)
        if skipped := self._said.skipped:
            kinds = ", ".join(f"{kind} ({number})" for kind, number in skipped.items())
            yield NoticeRaised("skipped", f"skipped, of kinds that azchat does not know: {kinds}")
        if further:
            more = f"{len(further) + 1} answers came, of which this is the first"
            yield NoticeRaised("choices", f"{more}; --json has them all")
        if lack:
            raise lack

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
            raise IncompleteError(
                f"the reply exceeds {MAX_BODY_BYTES // (1024 * 1024)} MiB", code="too_large"
            )
        return b""

    def _read_event(self, event: ServerEvent) -> None:
        kind, data = event
        if self.finished or not data:
            return
        if data == "[DONE]":
            self.finished = True
            return
        try:
            chunk, end = _decode(data) if data[0] == "{" else ({}, -1)
        except (ValueError, RecursionError):
            end = -1
        if end == len(data):
            self.payloads += 1
            self._read(kind, chunk)
        elif kind == "error":
            raise answer_error(next(read_values(data), None))
        else:
            for value in read_values(data):
                self._read_odd(kind, value)

    def _read_odd(self, kind: str, value: object) -> None:
        """Read one value of an event that is more or less than one object."""
        if self.finished:
            return
        for chunk in value if isinstance(value, list) else [value]:
            if isinstance(chunk, dict):
                self.payloads += 1
                self._read(kind, chunk)
        if not isinstance(value, str):
            return
        if is_end_mark(value):
            self.finished = True
        elif is_broken_object(value):
            raise IncompleteError(
                "a malformed event came from the service", TRY_AGAIN, code="malformed"
            )
        elif not value.startswith(":"):  # a comment that a gateway took for data
            self._said.odd = value

    def _read_last_event(self) -> None:
        """Read an event that lacks its blank line; one that was cut off counts as missing."""
        for event in self._sse.close():
            try:
                self._read_event(event)
            except IncompleteError:
                if self.finish_reason is None:
                    raise _closed_early() from None

    def _read_body(self, body: bytes) -> None:
        reply, *more = (*read_values(body.decode("utf-8", "replace")), None)
        if isinstance(reply, str) or len(more) > 1:
            raise IncompleteError(
                "the reply is not valid JSON; it may be cut", TRY_AGAIN, code="cut"
            )
        if isinstance(reply, list) and len(reply) == 1:
            reply = reply[0]
        self._reader.read_whole(reply if isinstance(reply, dict) else {})
        self.payloads += 1
        self.finished = True

    # The end

    def _verdict(self) -> AzchatError | None:
        """Return why the answer is not whole, if it is not."""
        said, odd = self._said, self._said.odd
        if error := broken_off(said.first, said.usage or Usage()):
            return error
        if isinstance(odd, dict) and not said.first.ending.is_certain:
            return self._in_mid_answer(answer_error(odd))
        error = self._lack()
        if error and isinstance(odd, str):
            error.what += f"; the service said: {shortened(odd)}"
        return error

    def _lack(self) -> AzchatError | None:
        """Return what is missing of an answer that nothing is known against."""
        is_finished = self.finished and not self._said.needs_end
        if not (self._said.first.ending.is_certain or is_finished):
            if not self._streaming:
                return IncompleteError("empty answer", TRY_AGAIN, code="empty")
            if self.payloads or self._said.odd or self._content_type in _STREAMS:
                return _closed_early()
            return self._no_api_answer()
        return empty(self._said.first)

    def _in_mid_answer(self, error: AzchatError) -> AzchatError:
        """Return the error as what it is once the answer has begun: incomplete."""
        if not (isinstance(error, ServiceError | AuthError) and self.has_begun):
            return error
        told = IncompleteError(f"service error: {error.what}", error.hint)
        for name in (
            "code",
            "service_code",
            "service_type",
            "parameter",
            "retryable",
            "retry_after",
        ):
            setattr(told, name, getattr(error, name))
        told.code = "filter_answer" if told.code == "filter_prompt" else told.code
        return told

    def _no_api_answer(self) -> ServiceError:
        kind = self._content_type or "a web page"
        return ServiceError(
            f"the endpoint answered {kind}, not an API answer: a proxy or a login page?",
            "open the endpoint in a browser, or check its URL with: azchat info",
        )


def _closed_early() -> IncompleteError:
    return IncompleteError("connection closed before the answer was whole", TRY_AGAIN, code="cut")
