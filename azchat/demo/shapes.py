"""A draft in the shapes of the wire: one JSON object, or the chunks of a stream."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azchat.demo.draft import Draft, Kind
from azchat.demo.models import Form
from azchat.demo.request import ChatRequest
from azchat.demo.routes import Route

Json = dict[str, Any]

# The responder knows no clock: the time of creation is that of the documented sample.
_CREATED = 1718726686

_SAFE = {"filtered": False, "severity": "safe"}
_FILTERS = {"hate": _SAFE, "self_harm": _SAFE, "sexual": _SAFE, "violence": _SAFE}
_PROMPT_FILTERS = {
    "prompt_filter_results": [
        {
            "prompt_index": 0,
            "content_filter_results": {
                **_FILTERS,
                "jailbreak": {"filtered": False, "detected": False},
            },
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides how a draft looks on the wire; ``id`` is 32 hex digits."""

    draft: Draft
    form: Form
    route: Route
    request: ChatRequest
    id: str

    def whole(self) -> Json:
        """Return the reply that is not streamed."""
        choice = {
            "index": 0,
            "message": self._message(),
            "finish_reason": self._finish,
            "logprobs": None,
        }
        reply = self._head("chat.completion")
        if self.route.openai:
            choice["content_filter_results"] = _FILTERS
            reply |= _PROMPT_FILTERS
        return reply | {"choices": [choice], "usage": self._usage()}

    def chunks(self) -> Iterator[tuple[int, Json]]:
        """Yield the chunks of a stream, each with the tokens to wait for before it."""
        if self.route.openai:
            # Azure's first chunk is about the prompt and has neither id nor model.
            nobody = {"id": "", "object": "", "created": 0, "model": ""}
            yield 0, {**nobody, **_PROMPT_FILTERS, "choices": [], **self._null_usage()}
        wait = self.draft.hidden_tokens
        for tokens, delta in self._deltas():
            yield wait + tokens, self._chunk(delta)
            wait = 0
        last = self._chunk(self._last_delta(), self._finish)
        if self._usage_on_last:
            last["usage"] = self._usage()
        yield wait, last
        if self.request.include_usage and self.form != "mai":
            head = self._head("chat.completion.chunk")
            yield 0, {**head, "choices": [], "usage": self._usage()}

    @property
    def _finish(self) -> str:
        # MAI says stop even for tool calls.
        is_call = self.form == "mai" and self.draft.finish == "tool_calls"
        return "stop" if is_call else self.draft.finish

    @property
    def _usage_on_last(self) -> bool:
        if self.form == "mai":
            return True
        unasked = not self.route.openai or self.form == "reasoning_content"
        return unasked and not self.request.include_usage

    def _head(self, kind: str) -> Json:
        head = {
            "id": self._reply_id(),
            "object": kind,
            "created": _CREATED,
            "model": self.request.model,
        }
        if self.route.openai or self.form == "mai":
            head["system_fingerprint"] = "" if self.form == "mai" else "fp_azchat_demo"
        return head

    def _reply_id(self) -> str:
        if self.form == "mai":
            return f"mai-api-{self.id}"
        return f"chatcmpl-{self.id[:29]}" if self.route.openai else self.id

    def _null_usage(self) -> Json:
        return {"usage": None} if self.request.include_usage or self.form == "mai" else {}

    def _chunk(self, delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        if self.route.openai:
            filtered = delta.get("content") and not finish
            choice["content_filter_results"] = _FILTERS if filtered else {}
        return {**self._head("chat.completion.chunk"), "choices": [choice], **self._null_usage()}

    def _usage(self) -> Json:
        draft = self.draft
        usage: Json = {
            "prompt_tokens": draft.prompt_tokens,
            "total_tokens": draft.prompt_tokens + draft.completion_tokens,
            "completion_tokens": draft.completion_tokens,
        }
        if self.form == "hidden":
            details = {"audio_tokens": None, "reasoning_tokens": draft.hidden_tokens}
            usage["completion_tokens_details"] = details
        if self.form in ("hidden", "mai"):
            usage["prompt_tokens_details"] = {"cached_tokens": 0}
        return usage

    def _message(self) -> Json:
        text, reasoning = self.draft.joined("text"), self.draft.joined("reasoning")
        calls = [self._call(self.draft.joined("call"))] if self.draft.calls else None
        empty = None if self.route.openai and calls else ""
        message: Json = {"role": "assistant", "content": text or empty, "tool_calls": calls}
        if self.form == "list":
            parts = [_thinking_part(reasoning)] if reasoning else []
            parts += [{"type": "text", "text": text}] if text else []
            message["content"] = parts
        elif self.form in ("reasoning_content", "reasoning"):
            message[self.form] = reasoning or None
        elif self.form == "mai":
            message |= {"reasoning": self._encrypted(), "annotations": None}
        if self.route.openai:
            message["refusal"] = None
        return message

    def _call(self, arguments: str) -> Json:
        function = {"name": self.draft.call_name, "arguments": arguments}
        return {"id": f"call_{self.id[:24]}", "type": "function", "function": function}

    def _encrypted(self) -> Json:
        blob = base64.b64encode(hashlib.sha256(self.id.encode()).digest()).decode()
        return {"encrypted_content": blob, "content": None, "summary": None}

    def _deltas(self) -> Iterator[tuple[int, Json]]:
        """Yield the deltas before the last one, each with its number of tokens."""
        deltas = self._token_deltas()
        if self.form == "mai":
            yield from ((1, self._mai_delta(delta)) for delta in deltas)
        elif self.form == "reasoning_content":
            # This one has no chunk for the role alone.
            role: Json = {"role": "assistant"}
            for delta in deltas:
                yield 1, {**role, **delta}
                role = {}
        else:
            yield 0, {"role": "assistant", "content": ""}
            yield from ((1, delta) for delta in deltas)

    def _token_deltas(self) -> Iterator[Json]:
        opened = False
        for kind, text in self.draft.tokens:
            if kind == "call" and not opened:
                opened = True
                yield {"tool_calls": [{"index": 0, **self._call("")}]}
            yield self._token_delta(kind, text)

    def _token_delta(self, kind: Kind, text: str) -> Json:
        if kind == "call":
            return {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}
        if kind == "text":
            return {"content": text}
        if self.form == "list":
            return {"content": [_thinking_part(text)]}
        return {self.form: text, "content": ""}

    def _mai_delta(self, delta: Json) -> Json:
        empty = {"content": None, "role": "assistant", "tool_calls": None}
        return {**empty, "reasoning": None, "annotations": None, **delta}

    def _last_delta(self) -> Json:
        if self.form == "mai":
            return self._mai_delta({"reasoning": self._encrypted()})
        if self.form == "reasoning_content":
            return {"reasoning_content": "", "content": ""}
        return {} if self.route.openai else {"content": ""}


def _thinking_part(text: str) -> Json:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
