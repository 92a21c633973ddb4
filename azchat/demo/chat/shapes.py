"""A draft in the shapes of the wire: one JSON object, or the chunks of a stream."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azchat.demo.draft import Draft, Part
from azchat.demo.filters import FILTERS, PROMPT_FILTERS
from azchat.demo.models import Form
from azchat.demo.request import Request
from azchat.demo.routes import Route

Json = dict[str, Any]

# The responder knows no clock: the time of creation is that of the documented sample.
_CREATED = 1718726686
_PROMPT_FILTERS = {
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": PROMPT_FILTERS}]
}


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides how a draft looks on the wire; ``id`` is 32 hex digits."""

    draft: Draft
    form: Form
    route: Route
    request: Request
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
            choice["content_filter_results"] = FILTERS
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
        if self._asks_usage and self.form != "mai":
            head = self._head("chat.completion.chunk")
            yield 0, {**head, "choices": [], "usage": self._usage()}

    @property
    def _finish(self) -> str:
        # MAI says stop even for tool calls.
        is_call = self.form == "mai" and self.draft.finish == "tool_calls"
        return "stop" if is_call else self.draft.finish

    @property
    def _asks_usage(self) -> bool:
        wish = self.request.body.get("stream_options")
        return isinstance(wish, dict) and wish.get("include_usage") is True

    @property
    def _usage_on_last(self) -> bool:
        if self.form == "mai":
            return True
        unasked = not self.route.openai or self.form == "reasoning_content"
        return unasked and not self._asks_usage

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
        return {"usage": None} if self._asks_usage or self.form == "mai" else {}

    def _chunk(self, delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        if self.route.openai:
            filtered = delta.get("content") and not finish
            choice["content_filter_results"] = FILTERS if filtered else {}
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
        refusal = self.draft.joined("refusal") or None
        if not self.route.openai:
            text += refusal or ""
        calls = [self._call(*one) for one in enumerate(self.draft.calls)] or None
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
            message["refusal"] = refusal
        return message

    def _call(self, index: int, part: Part, arguments: str | None = None) -> Json:
        function = {"name": part.name, "arguments": part.text if arguments is None else arguments}
        name = f"call_{self.id[index : index + 24]}"
        return {"id": name, "type": "function", "function": function}

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
        index = -1
        for part in self.draft.parts:
            if part.kind == "call":
                index += 1
                yield {"tool_calls": [{"index": index, **self._call(index, part, "")}]}
                for token in part.tokens:
                    fragment = {"index": index, "function": {"arguments": token}}
                    yield {"tool_calls": [fragment]}
            else:
                yield from (self._text_delta(part, token) for token in part.tokens)

    def _text_delta(self, part: Part, text: str) -> Json:
        if part.kind == "refusal" and self.route.openai:
            return {"refusal": text}
        if part.kind != "reasoning":
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
