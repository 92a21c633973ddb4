"""Reads the events of a response: answer, thinking, calls, items for the way back, the end.

An event is known by its payload's ``type``: litellm and transformers send no ``event:`` line. What
the last events repeat counts once, and what only they say is shown then; an item is known by its
place in the output, for ids lack, repeat and change. Neither an unknown kind nor ``[DONE]`` proves
anything: only a terminal event ends a response.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from azchat.dialects.counts import count, no_such, string
from azchat.dialects.responses.texts import Place, Texts
from azchat.messages import Usage
from azchat.wire.arguments import text_of
from azchat.wire.faults import read_fault
from azchat.wire.safety import read_findings, tell
from azchat.wire.said import Said
from azchat.wire.status import answer_error

_MOST_CHARACTERS = 16 * 1024 * 1024  # of items that go back
_LAST_SECOND = 2**53
_BEGIN = "response.output_item.added"
_SEALED = "encrypted_content"
_ENDS = {"max_tokens": "length", "max_output_tokens": "length"}  # others as they are
_UNFINISHED = ("queued", "in_progress")
_Event = dict[str, Any]


class ResponsesReader:
    """Reads a stream's events, and replies that came as a whole."""

    def __init__(self, said: Said) -> None:
        self._said, self._answer, self._labels = said, said.first, said.first.labels
        self._kinds: dict[Place, str] = {}  # of all items
        self._items: dict[Place, _Event] = {}  # that are whole
        self._size = 0
        self._by_id: dict[str, Place] = {}
        self._called: dict[Place, tuple[int, list[str]]] = {}  # the arguments of each
        self._texts = Texts(self._labels, self._kinds)
        self._is_whole = False
        said.needs_end = True
        said.first.items, said.first.release = self._echo, self._texts.release
        self._readers: dict[str, Callable[[_Event], object]] = {
            "response.output_text.delta": self._read_text,
            "response.output_text.done": self._read_text,
            "response.refusal.delta": self._read_text,
            "response.refusal.done": self._read_text,
            "response.reasoning_summary_text.delta": self._read_summary,
            "response.reasoning_summary_text.done": self._read_summary,
            "response.reasoning_text.delta": self._read_thought,
            "response.reasoning_text.done": self._read_thought,
            "response.function_call_arguments.delta": self._read_arguments,
            "response.function_call_arguments.done": self._read_arguments,
            "response.output_text.annotation.added": self._read_annotation,
            _BEGIN: self._begin_item,
            "response.output_item.done": self._end_item,
            **dict.fromkeys(("response.created", "response.queued"), self._read_head),
            "response.in_progress": self._read_head,
            "error": self._fail,
        }

    def read(self, kind: str, payload: _Event) -> None:
        """Read an event; what nobody knows is counted, and skipped."""
        name = payload.get("type")
        name = name if type(name) is str else kind
        if reader := self._readers.get(name):
            number = payload.get("sequence_number")
            if type(number) is int:
                if number <= self._said.resumed:
                    return  # told before the line was lost
                self._said.position = number
            reader(payload)
        elif end := re.fullmatch(r"response\.(completed|incomplete|failed|cancelled)", name):
            self._read_end(payload, end[1])
        elif payload.get("object") == "response":
            self.read_whole(payload)
        elif "error" in payload or "error" in (kind, payload.get("object")):
            self._fail(payload)
        elif not re.fullmatch(_SILENT, name):
            self._said.skip(name)

    def read_whole(self, reply: _Event) -> None:
        """Read a reply; raises what one is that is no response."""
        if "output" not in reply:
            raise no_such("response", reply)
        self._read_end({"response": reply}, "completed")

    # Texts

    def _read_text(self, event: _Event) -> None:
        place, part = self._place(event, "message"), event.get("content_index")
        whole = event.get("text") or event.get("refusal")
        self._texts.add(place, "text", part, event.get("delta"), whole)

    def _read_summary(self, event: _Event) -> None:
        place, part = self._place(event, "reasoning"), event.get("summary_index")
        self._texts.add(place, "summary", part, event.get("delta"), event.get("text"))

    def _read_thought(self, event: _Event) -> None:
        place = self._place(event, "reasoning")
        self._texts.add(place, "thought", 0, event.get("delta"), event.get("text"))

    def _place(self, event: _Event, kind: object, name: object = None) -> Place:
        """Return an item's place: its index, else its id, else that of the last of its kind."""
        index = event.get("output_index")
        if type(index) is int:
            if type(name) is str:
                self._by_id[name] = index
            return index
        name = name if "item" in event else event.get("item_id")
        if type(name) is str:
            return self._by_id.get(name, name)
        same = [place for place, one in self._kinds.items() if one == kind]
        is_next = event.get("type") == _BEGIN or not same or same[-1] in self._items
        return f"#{len(self._kinds)}" if is_next else same[-1]

    # Calls

    def _read_arguments(self, event: _Event) -> None:
        place = self._place(event, "function_call")
        self._call(place, {}, event.get("delta"), event.get("arguments"))

    def _call(self, place: Place, item: _Event, piece: object, whole: object) -> None:
        """Take more of a call: a piece of its arguments, or all of them once more."""
        number, pieces = self._called.setdefault(place, (len(self._called), []))
        self._kinds.setdefault(place, "function_call")
        if type(piece) is not str:
            known, text = "".join(pieces), text_of(whole)
            piece = text[len(known) :] if text.startswith(known) else ""
        if piece:
            pieces.append(piece)
        call_id = string(item, "call_id") or string(item, "id") or ""
        self._answer.calls.add(number, call_id, string(item, "name") or "", piece)

    # Items

    def _begin_item(self, event: _Event) -> None:
        item = event.get("item")
        if isinstance(item, dict):
            place = self._place(event, item.get("type"), item.get("id") or item.get("call_id"))
            self._texts.begin(place)
            self._take(place, item)

    def _end_item(self, event: _Event) -> None:
        """Take an item that is whole, and show what of it was not told before."""
        item = event.get("item")
        if isinstance(item, dict):
            place = self._place(event, item.get("type"), item.get("id") or item.get("call_id"))
            self._keep(place, item)
            self._tell(place, item)
            self._texts.end(place)

    def _keep(self, place: Place, item: _Event) -> None:
        self._size += len(str(item))
        if self._size <= _MOST_CHARACTERS:
            self._items[place] = item

    def _take(self, place: Place, item: _Event) -> None:
        """Take what an item says of itself: what it is, and of a call all of it."""
        kind = item.get("type")
        self._kinds.setdefault(place, kind if type(kind) is str else "")
        if item.get("phase") == "commentary":
            self._texts.commentary.add(place)
        if kind == "function_call":
            self._call(place, item, None, item.get("arguments"))

    def _tell(self, place: Place, item: _Event) -> None:
        self._take(place, item)
        parts = _dicts(item.get("content"))
        texts = [string(part, "text") or string(part, "refusal") or "" for part in parts]
        match item.get("type"):
            case "message":
                self._texts.add_all(place, "text", texts)
                for part in parts:
                    for annotation in _dicts(part.get("annotations")):
                        self._read_annotation({"annotation": annotation})
            case "reasoning":
                self._labels.has_reasoning = True
                summary = [string(part, "text") or "" for part in _dicts(item.get("summary"))]
                if any(summary):
                    self._texts.add_all(place, "summary", summary)
                else:
                    self._texts.add(place, "thought", 0, None, "".join(texts))
            case "function_call":
                pass
            case other:
                self._said.skip(f"item {other}")

    def _read_annotation(self, event: _Event) -> None:
        found = event.get("annotation")
        found = found if isinstance(found, dict) else {}
        at = string(found, "url") or string(found, "filename") or ""
        title = string(found, "title")
        self._said.cite(f"{title}: {at}" if title and title != at else at)

    def _echo(self) -> tuple[_Event, ...]:
        """Return the items of a whole response; of one that was cut they fit nothing."""
        is_all = self._size <= _MOST_CHARACTERS and self._kinds.keys() <= self._items.keys()
        if not (self._is_whole and is_all):
            return ()
        numbered = sorted(place for place in self._items if type(place) is int)
        places: Iterable[Place] = numbered if len(numbered) == len(self._items) else self._items
        return tuple(self._items[place] for place in places)

    # The response

    def _read_head(self, event: _Event) -> _Event:
        response = event.get("response")
        response = response if isinstance(response, dict) else {}
        said, created = self._said, response.get("created_at")
        said.id = string(response, "id") or said.id
        said.model = string(response, "model") or said.model
        if type(created) is float and abs(created) < _LAST_SECOND:
            response = response | {"created_at": int(created)}
        said.created = said.created or count(response, "created_at")
        return response

    def _read_end(self, event: _Event, kind: str) -> None:
        response, answer = self._read_head(event), self._answer
        kinds: list[object] = []
        for index, item in enumerate(_dicts(response.get("output"))):
            self._end_late(index, item, kinds.count(item.get("type")))
            kinds.append(item.get("type"))
        self._texts.release()
        if isinstance(usage := response.get("usage"), dict):
            self._said.usage = _usage(usage)
        for one in _dicts(response.get("content_filters")):
            results = one.get("content_filter_results")
            of_prompt = one.get("source_type") == "prompt"
            answer.findings += read_findings(results, "prompt" if of_prompt else "answer")
        error, status = response.get("error"), response.get("status")
        if isinstance(error, dict) and any(error.values()):
            self._fail({"error": error})
            return
        status = status if kind == "completed" and isinstance(status, str) else kind
        if status == "incomplete":
            details = response.get("incomplete_details")
            reason = string(details, "reason") if isinstance(details, dict) else None
            answer.ending.say(_ENDS.get(reason or "max_tokens", reason), None)
        elif status in _UNFINISHED:
            self._said.is_pending = True
        elif status in ("failed", "cancelled"):
            self._end_badly(status)  # why, an event behind it may say
        else:
            self._is_whole = True
            answer.ending.say("tool_calls" if self._called else "stop", None)

    def _end_late(self, index: int, item: _Event, number: int) -> None:
        """Take an item of the response's own list: some of it may be told there alone."""
        place = self._found(index, item, number)
        known = self._items.get(place)
        if known is None:
            self._keep(place, item)
        elif item.get("type") != "reasoning":
            self._items[place] = known | {n: it for n, it in item.items() if not known.get(n)}
        elif sealed := item.get(_SEALED):  # Azure tells it whole here alone
            self._items[place] = known | {_SEALED: sealed}
        self._tell(place, item)

    def _found(self, index: int, item: _Event, number: int) -> Place:
        """Return where an item was told: by its index, its id, or as the nth of its kind."""
        name = str(item.get("id"))
        same = [place for place, kind in self._kinds.items() if kind == item.get("type")]
        for place in (index, self._by_id.get(name, name)):
            if place in same:
                return place
        if number < len(same):
            return same[number]
        return index if index not in self._kinds else f"{index} at the end"

    def _fail(self, event: _Event) -> None:
        """Raise why the service failed; where nothing is said, another event may tell it."""
        error, answer = event.get("error"), self._answer
        if not any((error if isinstance(error, dict) else _unnamed(event)).values()):
            self._end_badly("failed")
            return
        is_filter = read_fault(event).is_content_filter
        if is_filter and self._labels.has_any:
            answer.ending.say("content_filter", None)
            return
        failure = answer_error(event)
        raise tell(failure, answer.findings) if is_filter and answer.findings else failure

    def _end_badly(self, reason: str) -> None:
        """Say how a response failed, where nothing better is known."""
        ending = self._answer.ending
        if ending.meaning not in ("failure", "filter"):
            ending.say(reason, None)


def place_of_thinking(stream: bytes) -> str:
    """Return where a stream has its thinking; "" where it has none."""
    places = {b"response.reasoning_summary_text": "a summary", b"response.reasoning_text": "text"}
    return next((words for event, words in places.items() if event in stream), "")


def _unnamed(event: _Event) -> _Event:
    return {name: it for name, it in event.items() if name not in ("type", "sequence_number")}


def _usage(usage: _Event) -> Usage:
    return Usage(
        prompt=count(usage, "input_tokens"),
        completion=count(usage, "output_tokens"),
        reasoning=count(usage.get("output_tokens_details"), "reasoning_tokens"),
        cached=count(usage.get("input_tokens_details"), "cached_tokens"),
        total=count(usage, "total_tokens"),
    )


def _dicts(value: object) -> list[_Event]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


# Says nothing that other events do not, or is of tools that a service runs by itself.
_SILENT = (
    r"keepalive|ping|response\.(content_part|reasoning_summary_part|reasoning_part)\.(added|done)"
    r"|response\.(web_search|file_search|code_interpreter|image_generation|mcp|shell)_\w+\.\w+"
    r"|response\.(code_interpreter_call_code|custom_tool_call_input|audio|compaction)[\w.]*"
)
