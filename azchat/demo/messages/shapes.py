"""A draft as a message: its blocks, and the events of its stream."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from azchat.demo.answers import Answer
from azchat.demo.draft import Draft, Part
from azchat.demo.messages.request import Asked
from azchat.demo.messages.turns import Json, seal

Timed = tuple[float, Json]  # an event, and the tokens to wait for before it

_CACHED_FROM, _STEP = 1024, 128  # tokens
_REASONS = {"length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
# How a block begins, and how its text comes: the delta, and its field.
_BLOCKS: dict[str, tuple[Json, str, str]] = {
    "text": ({"text": ""}, "text_delta", "text"),
    "thinking": ({"thinking": "", "signature": ""}, "thinking_delta", "thinking"),
    "tool_use": ({"input": {}}, "input_json_delta", "partial_json"),
    "redacted_thinking": ({}, "", ""),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides how a draft looks on the wire; ``id`` is 32 hex digits."""

    draft: Draft
    answer: Answer
    asked: Asked
    id: str

    def message(self) -> Json:
        """Return the message as it is at the end."""
        blocks = [block for block, _ in self._blocks()]
        return {**self._head(), "content": blocks, **self._end(), "usage": self._usage()}

    def events(self) -> Iterator[Timed]:
        """Yield the events of its stream."""
        usage = self._usage()
        begun = {**self._head(), "content": [], "stop_reason": None, "stop_sequence": None}
        begun["usage"] = {**usage, "output_tokens": 1}
        begun["usage"].pop("output_tokens_details")
        yield 0, _event("message_start", message=begun)
        for index, (block, tokens) in enumerate(self._blocks()):
            for wait, event in self._block_events(block, tokens):
                yield wait, event | {"index": index}
            if not index:
                yield 0, _event("ping")
        yield 0, _event("message_delta", delta=self._end(), usage=usage)
        yield 0, _event("message_stop")

    def _block_events(self, block: Json, tokens: list[str]) -> Iterator[Timed]:
        opened, kind, field = _BLOCKS[block["type"]]
        yield 0, _event("content_block_start", content_block=block | opened)
        is_thought, hidden = "thinking" in block["type"], self.draft.hidden_tokens
        pace = hidden / len(tokens) if is_thought and hidden and tokens else 1
        for token in tokens:
            yield pace, _event("content_block_delta", delta={"type": kind, field: token})
        if signature := block.get("signature"):
            delta = {"type": "signature_delta", "signature": signature}
            yield 0, _event("content_block_delta", delta=delta)
        wait = hidden if is_thought and not tokens else 0
        yield wait, _event("content_block_stop")

    def _head(self) -> Json:
        head = {"id": f"msg_{self.id[:24]}", "type": "message", "role": "assistant"}
        return head | {"model": self.asked.request.model}

    def _end(self) -> Json:
        answer, stopped, reason = self.answer, None, _REASONS.get(self.draft.finish)
        if reason is None:
            rest = answer.text[len(self.draft.joined("text")) :]
            stops = self.asked.request.body["stop"] or ()
            stopped = next((stop for stop in stops if stop and rest.startswith(stop)), None)
            kinds = {"stop_sequence": stopped, "refusal": answer.is_refusal}
            kinds |= {"pause_turn": answer.pauses, "end_turn": True}
            reason = next(kind for kind, is_it in kinds.items() if is_it)
        end: Json = {"stop_reason": reason, "stop_sequence": stopped}
        if reason == "refusal":
            why = "The demo's script refuses this."
            end["stop_details"] = {"type": "refusal", "category": "demo", "explanation": why}
        return end

    def _blocks(self) -> Iterator[tuple[Json, list[str]]]:
        """Yield each block with the tokens that it comes in."""
        model, before = self.asked.request.model, self.asked.before
        parts = [part for part in self.draft.parts if part.kind != "reasoning"]
        if self.asked.thinking != "disabled":
            text = self.draft.joined("reasoning")
            block: Json = {"type": "thinking", "thinking": text}
            block["signature"] = seal(model, text, before)
            tokens = [one for part in self.draft.parts if part not in parts for one in part.tokens]
            if self.answer.is_redacted:
                block, tokens = {"type": "redacted_thinking", "data": seal(model, "", before)}, []
            yield block, tokens
        for index, part in enumerate(parts):
            yield self._block(part, index), part.tokens

    def _block(self, part: Part, index: int) -> Json:
        if part.kind != "call":
            return {"type": "text", "text": part.text}
        arguments = {}
        with suppress(ValueError):  # it may have been cut
            arguments = json.loads(part.text)
        name = f"toolu_{self.id[index : index + 24]}"
        return {"type": "tool_use", "id": name, "name": part.name, "input": arguments}

    def _usage(self) -> Json:
        draft, request = self.draft, self.asked.request
        prompt = draft.prompt_tokens
        is_kept = '"cache_control"' in json.dumps(request.body) and prompt >= _CACHED_FROM
        kept = prompt // _STEP * _STEP if is_kept else 0
        shown = sum(len(part.tokens) for part in draft.parts if part.kind == "reasoning")
        thought = draft.hidden_tokens if self.asked.thinking == "adaptive" else shown
        return {
            "input_tokens": prompt - kept,
            "cache_creation_input_tokens": kept if request.alone else 0,
            "cache_read_input_tokens": 0 if request.alone else kept,
            "output_tokens": draft.completion_tokens,
            "output_tokens_details": {"thinking_tokens": thought},
            "service_tier": "standard",
        }


def _event(name: str, /, **keys: Any) -> Json:
    return {"type": name, **keys}
