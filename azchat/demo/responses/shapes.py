"""A draft as a response: its items, and the object that holds them."""

import re
from dataclasses import dataclass

from azchat.demo.draft import Draft, Part
from azchat.demo.filters import FILTERS, PROMPT_FILTERS, TRIPPED
from azchat.demo.responses.facts import Json, facts
from azchat.demo.responses.request import Creation
from azchat.demo.responses.sealed import item_id, seal

_CREATED = 1718726686  # there is no clock: that of the documented sample
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_CACHED_FROM, _CACHED_STEP = 1024, 128  # tokens
_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides how a draft looks on the wire; ``id`` is 32 hex digits."""

    draft: Draft
    creation: Creation
    id: str
    failed: bool = False

    def response(self) -> Json:
        """Return the response object as it is at the end."""
        body, request = self.creation.request.body, self.creation.request
        reason = _REASONS.get(self.draft.finish)
        status = "failed" if self.failed else "incomplete" if reason else "completed"
        defaults: Json = facts()["defaults"]
        effort = request.effort if self.creation.model.form != "plain" else None
        return {
            **defaults,
            **{key: body[key] for key in defaults if body.get(key) is not None},
            "id": f"resp_{self.id}",
            "object": "response",
            "created_at": _CREATED,
            "completed_at": _CREATED if status == "completed" else None,
            "status": status,
            "background": self.creation.background,
            "store": self.creation.stored,
            "model": request.model,
            "reasoning": {"effort": effort, "summary": self.creation.summary},
            "text": defaults["text"] | (body.get("text") or {}),
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "output": [] if self.failed else self._items(),
            "usage": None if self.failed else self._usage(),
            "content_filters": self._filters(),
        }

    def _items(self) -> list[Json]:
        parts = self.draft.parts
        items: list[Json] = []
        if self.creation.thinks:
            items.append(self._reasoning(self.draft.joined("reasoning")))
            parts = [part for part in parts if part.kind != "reasoning"]
        for index, part in enumerate(parts, len(items)):
            shape = self._call if part.kind == "call" else self._message
            items.append(shape(part, index))
        if self.draft.finish in _REASONS and items and "status" in items[-1]:
            items[-1]["status"] = "incomplete"
        return items

    def _reasoning(self, text: str) -> Json:
        item: Json = {"id": self._item_id("rs", 0), "type": "reasoning", "summary": []}
        if self.creation.model.form == "reasoning":  # open weights think in the open
            return item | {"content": [{"type": "reasoning_text", "text": text}] if text else []}
        paragraphs = text.strip().split("\n\n") if text else []
        item["summary"] = [{"type": "summary_text", "text": text} for text in paragraphs]
        if self.creation.sealed:
            item["encrypted_content"] = seal(self.creation.request.model, item["id"])
        return item

    def _message(self, part: Part, index: int) -> Json:
        content = {"type": "output_text", "text": part.text, "annotations": _citations(part.text)}
        if part.kind == "refusal":
            content = {"type": "refusal", "refusal": part.text}
        item: Json = {"id": self._item_id("msg", index), "type": "message", "status": "completed"}
        if self.creation.model.phases:
            item["phase"] = "commentary" if part.kind == "comment" else "final_answer"
        return item | {"role": "assistant", "content": [content]}

    def _call(self, part: Part, index: int) -> Json:
        item = {"id": self._item_id("fc", index), "type": "function_call", "status": "completed"}
        call_id = f"call_{self.id[index : index + 24]}"
        return {**item, "call_id": call_id, "name": part.name, "arguments": part.text}

    def _item_id(self, prefix: str, index: int) -> str:
        return item_id(prefix, self.id, index, thought=self.creation.thinks and index > 0)

    def _usage(self) -> Json:
        draft, prompt = self.draft, self.draft.prompt_tokens
        is_cached = prompt >= _CACHED_FROM and not self.creation.request.alone
        cached = prompt // _CACHED_STEP * _CACHED_STEP if is_cached else 0
        shown = sum(len(part.tokens) for part in draft.parts if part.kind == "reasoning")
        thinking = draft.hidden_tokens if self.creation.model.form == "hidden" else shown
        return {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": cached},
            "output_tokens": draft.completion_tokens,
            "output_tokens_details": {"reasoning_tokens": thinking},
            "total_tokens": prompt + draft.completion_tokens,
        }

    def _filters(self) -> list[Json]:
        is_blocked = self.draft.finish == "content_filter"
        answer = TRIPPED if is_blocked else FILTERS
        kinds = (("prompt", PROMPT_FILTERS, False), ("completion", answer, is_blocked))
        return [
            {"blocked": blocked, "source_type": kind, "content_filter_results": results}
            for kind, results, blocked in kinds
        ]


def _citations(text: str) -> list[Json]:
    """Return an annotation for each link of a text."""
    return [
        {
            "type": "url_citation",
            "start_index": link.start(),
            "end_index": link.end(),
            "url": link[2],
            "title": link[1],
        }
        for link in _LINK.finditer(text)
    ]
