"""Reads the events of a message: answer, thinking, calls, blocks for the way back, the end.

An event is known by its payload's ``type``: litellm sends no ``event:`` line. Its own number is
given to each block, for indexes lack and repeat. A stop reason or ``message_stop`` ends a message;
without either it was cut.
"""

import json
from collections.abc import Callable
from typing import Any

from azchat.dialects.counts import count, no_such, string
from azchat.messages import Usage
from azchat.wire.arguments import read_arguments
from azchat.wire.safety import read_findings
from azchat.wire.said import Said
from azchat.wire.status import answer_error

_MOST_CHARACTERS = 16 * 1024 * 1024  # of blocks that go back
# In azchat's words; others are known as they are.
_ENDS = {
    **dict.fromkeys(("end_turn", "stop_sequence", "pause_turn"), "stop"),
    "tool_use": "tool_calls",
    "max_tokens": "length",
}
_SILENT = ("ping", "keepalive")
# The field of a delta that has the piece, and the block that it is of.
_PIECES = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "thinking"),
    "input_json_delta": ("partial_json", "tool_use"),
}
_Event = dict[str, Any]


class _Block:
    """A block that goes on; ``head`` is what it began with, until more of it comes."""

    def __init__(self, number: int, start: _Event) -> None:
        self.number, self.start = number, start
        kind = start.get("type")
        self.kind = kind if type(kind) is str else ""
        self.head = string(start, self.kind) or "" if self.kind in ("text", "thinking") else ""
        self.pieces: list[str] = []
        self.seal: list[str] = []
        self.citations: list[_Event] = []

    @property
    def whole(self) -> _Event:
        """The block as it would have come in one piece."""
        text = "".join(self.pieces)
        block = dict(self.start)
        if self.kind in ("text", "thinking"):
            block[self.kind] = text
        elif text:
            (arguments, *_) = (*read_arguments([text]), "{}")
            block["input"] = json.loads(arguments)
        if self.seal and self.kind == "thinking":
            block["signature"] = "".join(self.seal)
        if self.citations:
            block["citations"] = self.citations
        return block


class MessagesReader:
    """Reads a stream's events, and replies that came as a whole."""

    def __init__(self, said: Said) -> None:
        self._said, self._answer, self._labels = said, said.first, said.first.labels
        self._blocks: list[_Block] = []
        self._open: dict[object, _Block] = {}  # by their indexes
        self._size = 0
        self._counts: _Event = {}
        self._has_thought = False
        said.needs_end = True
        said.first.items = self._echo
        self._readers: dict[str, Callable[[_Event], object]] = {
            "content_block_delta": self._read_delta,
            "content_block_start": self._begin,
            "content_block_stop": self._stop,
            "message_start": lambda event: self._read_head(event.get("message")),
            "message_delta": self._read_end,
            "message_stop": self._end,
            "message": self.read_whole,
            "error": self._fail,
        }

    def read(self, kind: str, payload: _Event) -> None:
        """Read an event; what nobody knows is counted, and skipped."""
        name = payload.get("type")
        name = name if type(name) is str else kind
        if reader := self._readers.get(name):
            reader(payload)
        elif "error" in (kind, payload.get("object")) or payload.get("error"):
            self._fail(payload)
        elif name not in _SILENT:
            self._said.skip(name or "an event without a type")

    def read_whole(self, reply: _Event) -> None:
        """Read a reply; raises what one is that is no message."""
        content = reply.get("content")
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if not isinstance(content, list) or reply.get("type") == "error":
            raise no_such("message", reply)
        self._read_head(reply)
        for index, block in enumerate(content):
            self._begin({"index": index, "content_block": block})
            self._stop({"index": index})
        self._read_end(reply | {"delta": reply})
        self._end(reply)

    # Blocks

    def _begin(self, event: _Event) -> None:
        start, index = event.get("content_block"), _index(event)
        if not isinstance(start, dict):
            return
        if (known := self._open.get(index)) and known.start == start and not known.pieces:
            return  # told twice
        self._finish(index)
        self._add(index, start)

    def _add(self, index: object, start: _Event) -> _Block:
        block = self._open[index] = _Block(len(self._blocks), start)
        self._blocks.append(block)
        self._size += len(str(start))
        if block.kind == "tool_use":
            name = string(start, "name") or ""
            self._answer.calls.add(block.number, string(start, "id") or "", name, "")
        elif block.kind not in ("text", "thinking", "redacted_thinking"):
            self._said.skip(f"block {block.kind}")
        return block

    def _read_delta(self, event: _Event) -> None:
        delta = event.get("delta")
        if type(delta) is not dict:
            return
        kind = delta.get("type")
        field, of = _PIECES.get(kind, ("", "")) if type(kind) is str else ("", "")
        if not field:
            self._read_other(event, delta)
            return
        piece = delta.get(field)
        if type(piece) is not str or not piece:
            return
        index = _index(event)
        block = self._open.get(index)
        if block is None or (block.kind != of and field == of):  # of a block that was not begun
            self._finish(index)
            block = self._add(index, {"type": of})
        if kind == "signature_delta":
            self._size += len(piece)
            block.seal.append(piece)
            return
        if block.head:
            head, block.head = block.head, ""
            piece = piece if piece.startswith(head) else head + piece
        self._show(block, piece)

    def _show(self, block: _Block, piece: str) -> None:
        is_first = not block.pieces
        self._size += len(piece)
        block.pieces.append(piece)
        if block.kind == "text":
            self._labels.add_content(piece)
        elif block.kind == "thinking":
            self._labels.add_reasoning(f"\n\n{piece}" if is_first and self._has_thought else piece)
            self._has_thought = True
        elif block.kind == "tool_use":
            self._answer.calls.add(block.number, "", "", piece)

    def _read_other(self, event: _Event, delta: _Event) -> None:
        if delta.get("type") != "citations_delta":
            self._said.skip(f"delta {delta.get('type')}")
        elif isinstance(cited := delta.get("citation"), dict):
            if block := self._open.get(_index(event)):
                block.citations.append(cited)
            self._cite(cited)

    def _cite(self, cited: _Event) -> None:
        title = string(cited, "title") or string(cited, "document_title")
        self._said.cite(": ".join(filter(None, (title, string(cited, "url")))))

    def _stop(self, event: _Event) -> None:
        self._finish(_index(event))

    def _finish(self, index: object) -> None:
        """End a block: show what of it no delta brought."""
        block = self._open.pop(index, None)
        if block is None:
            return
        if block.head:
            head, block.head = block.head, ""
            self._show(block, head)
        if block.kind == "tool_use" and not block.pieces and block.start.get("input"):
            self._show(block, json.dumps(block.start["input"]))
        if block.kind in ("thinking", "redacted_thinking"):
            self._labels.has_reasoning = True
        citations = block.start.get("citations")
        for cited in citations if isinstance(citations, list) else ():
            if isinstance(cited, dict):
                self._cite(cited)

    def _echo(self) -> tuple[_Event, ...]:
        """Return the blocks of a whole message, where there is more in them than the parts have."""
        is_whole = self._answer.ending.meaning == "whole" and self._size <= _MOST_CHARACTERS
        is_more = any(block.kind not in ("text", "tool_use") for block in self._blocks)
        return tuple(block.whole for block in self._blocks) if is_whole and is_more else ()

    # The message

    def _read_head(self, message: object) -> None:
        if isinstance(message, dict):
            self._said.id = string(message, "id") or self._said.id
            self._said.model = string(message, "model") or self._said.model
            self._count(message.get("usage"))

    def _read_end(self, event: _Event) -> None:
        delta = event.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        self._count(event.get("usage"))
        for one in (event, delta):
            found = read_findings(one.get("content_filter_results"), "answer")
            self._answer.findings = found or self._answer.findings
        if reason := string(delta, "stop_reason"):
            self._finish_all()
            if reason == "refusal":
                self._answer.refused = _refused(delta.get("stop_details"))
            self._answer.pauses = reason == "pause_turn"
            self._answer.ending.say(_ENDS.get(reason, reason), None)

    def _end(self, event: _Event) -> None:
        del event
        self._finish_all()
        if self._answer.ending.reason is None:
            self._answer.ending.say("tool_calls" if self._answer.calls.has_any else "stop", None)

    def _finish_all(self) -> None:
        for index in [*self._open]:
            self._finish(index)

    def _count(self, usage: object) -> None:
        """Take counts, which are of the whole message so far: some servers tell a zero later."""
        if not isinstance(usage, dict):
            return
        for name, value in usage.items():
            known = self._counts.get(name)
            if value is not None and not (type(value) is type(known) is int and value < known):
                self._counts[name] = value
        counts = self._counts
        fresh, cached = count(counts, "input_tokens"), count(counts, "cache_read_input_tokens")
        made = count(counts, "cache_creation_input_tokens")
        prompt = None if fresh is None else fresh + (cached or 0) + (made or 0)
        thought = count(counts.get("output_tokens_details"), "thinking_tokens")
        self._said.usage = Usage(
            prompt, count(counts, "output_tokens"), thought, cached, cache_write=made
        )

    def _fail(self, event: _Event) -> None:
        raise answer_error(event)


def place_of_thinking(stream: bytes) -> str:
    """Return where a stream has its thinking; "" where it has none."""
    places = {b"thinking_delta": "blocks", b"signature_delta": "blocks without a text"}
    places[b"redacted_thinking"] = "encrypted blocks"
    return next((words for event, words in places.items() if event in stream), "")


def _index(event: _Event) -> int | None:
    index = event.get("index")
    return index if type(index) is int else None


def _refused(details: object) -> str:
    """Return why the model refused, as far as it says."""
    details = details if isinstance(details, dict) else {}
    category, why = string(details, "category"), string(details, "explanation")
    return (f" ({category})" if category else "") + (f": {why}" if why else "")
