"""A draft as a response: its items, and the object that holds them."""

import re
from dataclasses import dataclass

from azchat.demo.draft import Draft, Part
from azchat.demo.models import Model
from azchat.demo.request import Request
from azchat.demo.responses.items import Json, item_id, seal
from azchat.demo.tables import table

_CREATED = 1718726686  # there is no clock: that of the documented sample
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_CACHED_FROM, _STEP = 1024, 128  # tokens
_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides how a draft looks on the wire; ``id`` is 32 hex digits."""

    draft: Draft
    request: Request
    id: str
    model: Model
    thinks: bool
    error: Json | None

    def response(self) -> Json:
        """Return the response object as it is at the end."""
        body, error = self.request.body, self.error
        reason = _REASONS.get(self.draft.finish)
        status = "failed" if error else "incomplete" if reason else "completed"
        effort = self.request.effort if self.model.form != "plain" else None
        return {
            "id": f"resp_{self.id}",
            "object": "response",
            "created_at": _CREATED,
            **{key: body[key] for key in table("replies")["defaults"]},
            "completed_at": _CREATED if status == "completed" else None,
            "status": status,
            "model": self.request.model,
            "reasoning": {"effort": effort, "summary": body["reasoning"].get("summary")},
            "text": {"format": {"type": "text"}, "verbosity": "medium"} | body["text"],
            "error": {key: error[key] for key in ("code", "message")} if error else None,
            "incomplete_details": {"reason": reason} if reason else None,
            "output": [] if error else self._items(),
            "usage": None if error else self._usage(),
            "content_filters": self._filters(),
        }

    def _items(self) -> list[Json]:
        items = [self._reasoning(self.draft.joined("reasoning"))] * self.thinks
        for part in self.draft.parts:
            if part.kind != "reasoning":
                items.append(self._item(part, len(items)))
        if self.draft.finish in _REASONS and "status" in items[-1]:
            items[-1]["status"] = "incomplete"
        return items

    def _item(self, part: Part, index: int) -> Json:
        prefix, kind = ("fc", "function_call") if part.kind == "call" else ("msg", "message")
        name = item_id(prefix, self.id, index, thought=self.thinks)
        item: Json = {"id": name, "type": kind, "status": "completed"}
        if part.kind == "call":
            call_id = f"call_{self.id[index : index + 24]}"
            return item | {"call_id": call_id, "name": part.name, "arguments": part.text}
        content = {"type": "output_text", "text": part.text, "annotations": _citations(part.text)}
        if part.kind == "refusal":
            content = {"type": "refusal", "refusal": part.text}
        if self.model.phases:
            item["phase"] = "commentary" if part.kind == "comment" else "final_answer"
        return item | {"role": "assistant", "content": [content]}

    def _reasoning(self, text: str) -> Json:
        item: Json = {"id": item_id("rs", self.id, 0), "type": "reasoning", "summary": []}
        if self.model.form == "reasoning":  # open weights think in the open
            return item | {"content": [{"type": "reasoning_text", "text": text}] if text else []}
        paragraphs = text.strip().split("\n\n") if text else []
        item["summary"] = [{"type": "summary_text", "text": text} for text in paragraphs]
        body = self.request.body
        if "reasoning.encrypted_content" in body.get("include", ()) or not body["store"]:
            item["encrypted_content"] = seal(self.request.model, item["id"])
        return item

    def _usage(self) -> Json:
        draft, prompt = self.draft, self.draft.prompt_tokens
        is_cached = prompt >= _CACHED_FROM and not self.request.alone
        shown = sum(len(part.tokens) for part in draft.parts if part.kind == "reasoning")
        thinking = draft.hidden_tokens if self.model.form == "hidden" else shown
        return {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": prompt // _STEP * _STEP if is_cached else 0},
            "output_tokens": draft.completion_tokens,
            "output_tokens_details": {"reasoning_tokens": thinking},
            "total_tokens": prompt + draft.completion_tokens,
        }

    def _filters(self) -> list[Json]:
        filters, is_blocked = table("replies")["filters"], self.draft.finish == "content_filter"
        answer = filters["completion"] | (filters["tripped"] if is_blocked else {})
        kinds = (("prompt", filters["prompt"], False), ("completion", answer, is_blocked))
        keys = ("source_type", "content_filter_results", "blocked")
        return [dict(zip(keys, kind, strict=True)) for kind in kinds]


def _citations(text: str) -> list[Json]:
    """Return an annotation for each link of a text."""
    keys = ("start_index", "end_index", "title", "url")
    links = ((*link.span(), *link.groups()) for link in _LINK.finditer(text))
    return [{"type": "url_citation", **dict(zip(keys, link, strict=True))} for link in links]
