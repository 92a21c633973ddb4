"""Reads the events of a response: answer, thinking, calls, items for the way back, the end.

An event is known by its payload's ``type``: litellm and transformers send no ``event:`` line. What
the last events repeat counts once, and what only they say is shown then; an item is known by its
``output_index``, for ids lack, repeat and change. Neither an unknown kind nor ``[DONE]`` proves
anything: only a terminal event ends a response.
"""

from collections.abc import Callable
from typing import Any

from azchat.dialects.counts import count, string
from azchat.messages import Usage
from azchat.wire.safety import read_findings
from azchat.wire.said import Said
from azchat.wire.status import answer_error

_MOST_CHARACTERS = 16 * 1024 * 1024  # of items that go back
_ENDS = {"max_tokens": "length", "max_output_tokens": "length"}  # others as they are
_Event = dict[str, Any]


class _Told:
    """What of an item's text was told, by its parts; ``last`` are the pieces of the last one."""

    def __init__(self, index: object, kind: str) -> None:
        self.index, self.kind = index, kind
        self.parts: dict[object, list[str]] = {}
        self.part: object = self  # none yet
        self.last: list[str] = []

    def rest(self, part: object, whole: object) -> str:
        """Return what a whole text has more than was told; some count a part up with each piece."""
        if type(whole) is not str:
            return ""
        told = "".join(piece for pieces in self.parts.values() for piece in pieces)
        if not whole.startswith(told):
            told = "".join(self.parts.get(part, ()))
        return whole[len(told) :] if whole.startswith(told) else ""


class ResponsesReader:
    """Reads a stream's events, and replies that came as a whole."""

    def __init__(self, said: Said) -> None:
        self._said, self._answer, self._labels = said, said.first, said.first.labels
        self._items: dict[object, dict[str, Any]] = {}  # that are whole
        self._size = 0
        self._commentary: set[object] = set()  # messages that are no answer
        self._told: dict[tuple[object, str], _Told] = {}
        self._now = _Told(self, "")  # what the last piece was of
        self._called: dict[object, list[str]] = {}  # the arguments of each call
        self._has_thought = self._is_whole = False
        said.needs_end = True
        said.first.items = self._echo
        ends = ("completed", "incomplete", "failed", "cancelled")
        heads = ("created", "queued", "in_progress")
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
            "response.output_item.added": self._begin_item,
            "response.output_item.done": self._end_item,
            **dict.fromkeys((f"response.{word}" for word in heads), self._read_head),
            **dict.fromkeys((f"response.{word}" for word in ends), self._read_end),
            "error": self._fail,
        }

    def read(self, kind: str, payload: _Event) -> None:
        """Read an event; what nobody knows is counted, and skipped."""
        name = payload.get("type") or kind
        if reader := self._readers.get(name):
            number = payload.get("sequence_number")
            if type(number) is int:
                if number <= self._said.resumed:
                    return  # told before the line was lost
                self._said.position = number
            reader(payload)
        elif payload.get("object") == "response":
            self.read_whole(payload)
        elif "error" in payload:
            self._fail(payload)
        elif name not in _SILENT:
            self._skip(str(name)[:80])

    def read_whole(self, reply: _Event) -> None:
        """Read a reply; raises what one is that is no response."""
        if "output" not in reply:
            error = answer_error(reply)
            if not reply.get("error"):
                error.what = f"the reply is no response: {error.what}".removesuffix(": ")
                error.retryable = False
            raise error
        self._read_end({"response": reply, "type": f"response.{reply.get('status')}"})

    # Texts

    def _read_text(self, event: _Event) -> None:
        whole = event.get("text") or event.get("refusal")
        part = event.get("content_index")
        self._add(event.get("output_index"), "text", part or 0, event.get("delta"), whole)

    def _read_summary(self, event: _Event) -> None:
        part = event.get("summary_index") or 0
        self._add(event.get("output_index"), "summary", part, event.get("delta"), event.get("text"))

    def _read_thought(self, event: _Event) -> None:
        self._add(event.get("output_index"), "thought", 0, event.get("delta"), event.get("text"))

    def _add(
        self, index: object, kind: str, part: object, piece: object, whole: object = None
    ) -> None:
        """Show a piece of a text, or what a whole one has more than was shown of it."""
        told = self._now
        if told.index != index or told.kind != kind:
            told = self._now = self._told.setdefault((index, kind), _Told(index, kind))
        if type(piece) is not str:
            piece = told.rest(part, whole)
        if not piece or (kind == "thought" and (index, "summary") in self._told):
            return  # never both of one thought
        if part != told.part:
            told.part, told.last = part, told.parts.setdefault(part, [])
            if kind != "text" and self._has_thought and not told.last:
                self._labels.add_reasoning("\n\n")
        told.last.append(piece)
        if kind == "text" and index not in self._commentary:
            self._labels.add_content(piece)
        else:
            self._has_thought = True
            self._labels.add_reasoning(piece)

    def _add_all(self, index: object, kind: str, texts: list[str]) -> None:
        """Show what of an item's texts was not told."""
        if (index, kind) in self._told:
            self._add(index, kind, self._told[index, kind].part, None, "".join(texts))
        else:
            for part, text in enumerate(texts):
                self._add(index, kind, part, text)

    # Calls

    def _read_arguments(self, event: _Event) -> None:
        self._call(event.get("output_index"), {}, event.get("delta"), event.get("arguments"))

    def _call(self, index: object, item: _Event, piece: object, whole: object) -> None:
        """Take more of a call: a piece of its arguments, or all of them once more."""
        pieces = self._called.setdefault(index, [])
        if type(piece) is not str:
            known = "".join(pieces)
            piece = whole[len(known) :] if type(whole) is str and whole.startswith(known) else ""
        if piece:
            pieces.append(piece)
        name, number = string(item, "name") or "", index if type(index) is int else None
        call_id = string(item, "call_id") or string(item, "id") or ""
        self._answer.calls.add(number, call_id, name, piece)

    # Items

    def _begin_item(self, event: _Event) -> None:
        item, index = event.get("item"), event.get("output_index")
        if not isinstance(item, dict):
            return
        if item.get("phase") == "commentary":
            self._commentary.add(index)
        if item.get("type") == "function_call":
            self._call(index, item, None, item.get("arguments"))

    def _end_item(self, event: _Event) -> None:
        """Take an item that is whole, and show what of it was not told before."""
        item, index = event.get("item"), event.get("output_index")
        if not isinstance(item, dict):
            return
        self._size += len(str(item))
        if self._size <= _MOST_CHARACTERS:
            self._items[index] = item
        self._begin_item(event)
        parts = _dicts(item.get("content"))
        texts = [string(part, "text") or string(part, "refusal") or "" for part in parts]
        match item.get("type"):
            case "message":
                self._add_all(index, "text", texts)
                for part in parts:
                    for annotation in _dicts(part.get("annotations")):
                        self._read_annotation({"annotation": annotation})
            case "reasoning":
                self._labels.has_reasoning = True
                summary = [string(part, "text") or "" for part in _dicts(item.get("summary"))]
                told = ("summary", summary) if any(summary) else ("thought", texts)
                self._add_all(index, *told)
            case "function_call":
                pass
            case other:
                self._skip(f"item {other}")

    def _read_annotation(self, event: _Event) -> None:
        found = event.get("annotation")
        found = found if isinstance(found, dict) else {}
        at = string(found, "url") or string(found, "filename") or ""
        title = string(found, "title")
        source = f"{title}: {at}" if title and title != at else at
        if source and source not in self._said.sources:
            self._said.sources.append(source)

    def _skip(self, kind: str) -> None:
        skipped = self._said.skipped
        skipped[kind] = skipped.get(kind, 0) + 1

    def _echo(self) -> tuple[dict[str, Any], ...]:
        """Return the items of a whole response; of one that was cut they fit nothing."""
        if not self._is_whole or self._size > _MOST_CHARACTERS:
            return ()
        numbered = [index for index in self._items if type(index) is int]
        return tuple(self._items[index] for index in sorted(numbered) or self._items)

    # The response

    def _read_head(self, event: _Event) -> _Event:
        response = event.get("response")
        response = response if isinstance(response, dict) else {}
        said = self._said
        said.id = string(response, "id") or said.id
        said.model = string(response, "model") or said.model
        said.created = said.created or count(response, "created_at")
        return response

    def _read_end(self, event: _Event) -> None:
        response, said = self._read_head(event), self._said
        for index, item in enumerate(_dicts(response.get("output"))):
            self._end_late(index, item)
        if isinstance(usage := response.get("usage"), dict):
            said.usage = _usage(usage)
        for one in _dicts(response.get("content_filters")):
            of_prompt = one.get("source_type") == "prompt"
            found = read_findings(
                one.get("content_filter_results"), "prompt" if of_prompt else "answer"
            )
            self._answer.findings += found
        if isinstance(error := response.get("error"), dict) and any(error.values()):
            raise answer_error({"error": error})
        kind, status = event["type"].rpartition(".")[2], response.get("status")
        status = status if kind == "completed" and isinstance(status, str) else kind
        if status == "incomplete":
            details = response.get("incomplete_details")
            reason = string(details, "reason") if isinstance(details, dict) else None
            self._answer.ending.say(_ENDS.get(reason or "max_tokens", reason), None)
        elif status in ("queued", "in_progress"):
            self._said.is_pending = True
        elif status in ("failed", "cancelled"):
            self._answer.ending.say(status, None)  # why, an event behind it may say
        else:
            self._is_whole = True
            self._answer.ending.say("tool_calls" if self._called else "stop", None)

    def _end_late(self, index: int, item: _Event) -> None:
        """Take an item of the response's own list: what was encrypted may be whole there alone."""
        known = self._items.get(index)
        if known is None:
            self._end_item({"item": item, "output_index": index})
        elif known.get("type") == item.get("type") and item.get("encrypted_content"):
            self._items[index] = known | {"encrypted_content": item["encrypted_content"]}

    def _fail(self, event: _Event) -> None:
        raise answer_error(event)


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


# What says nothing more than other events do.
_SILENT = frozenset(
    {
        *("response.content_part.added", "response.content_part.done", "keepalive", "ping"),
        *("response.reasoning_summary_part.added", "response.reasoning_summary_part.done"),
        *("response.reasoning_part.added", "response.reasoning_part.done"),
    }
)
