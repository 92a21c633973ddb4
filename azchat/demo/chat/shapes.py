"""A draft in the shapes of the wire: one JSON object, or the chunks of a stream."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azchat.demo.draft import Draft, Part
from azchat.demo.models import Form
from azchat.demo.request import Request
from azchat.demo.routes import Route
from azchat.demo.tables import table

Json = dict[str, Any]

# The responder knows no clock: the time of creation is that of the documented sample.
_CREATED = 1718726686
_MAI_DELTA: Json = dict.fromkeys(("content", "tool_calls", "reasoning", "annotations")) | {
    "role": "assistant"
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
        choice = {"index": 0, "message": self._message(), **self._finish, "logprobs": None}
        reply = self._head("chat.completion")
        if self.route.openai:
            choice["content_filter_results"] = _filters("completion")
            reply |= _prompt_filters()
        return reply | {"choices": [choice], "usage": self._usage()}

    def chunks(self) -> Iterator[tuple[int, Json]]:
        """Yield the chunks of a stream, each with the tokens to wait for before it."""
        null_usage = {"usage": None} if self._asks_usage or self.form == "mai" else {}
        if self.route.openai:
            # Azure's first chunk is about the prompt and has neither id nor model.
            nobody = {"id": "", "object": "", "created": 0, "model": ""}
            yield 0, {**nobody, **_prompt_filters(), "choices": [], **null_usage}
        wait = self.draft.hidden_tokens
        for tokens, delta in self._deltas():
            yield wait + tokens, self._chunk(delta) | null_usage
            wait = 0
        last = self._chunk(self._last_delta(), self._finish) | null_usage
        is_unasked = not self.route.openai or self.form == "reasoning_content"
        if self.form == "mai" or (is_unasked and not self._asks_usage):
            last["usage"] = self._usage()
        yield wait, last
        if self._asks_usage and self.form != "mai":
            head = self._head("chat.completion.chunk")
            yield 0, {**head, "choices": [], "usage": self._usage()}

    @property
    def _finish(self) -> Json:
        # MAI says stop even for tool calls.
        is_call = self.form == "mai" and self.draft.finish == "tool_calls"
        return {"finish_reason": "stop" if is_call else self.draft.finish}

    @property
    def _asks_usage(self) -> bool:
        wish = self.request.body.get("stream_options")
        return isinstance(wish, dict) and wish.get("include_usage") is True

    def _head(self, kind: str) -> Json:
        name, fingerprint = self.id, {}
        if self.form == "mai":
            name, fingerprint = f"mai-api-{self.id}", {"system_fingerprint": ""}
        elif self.route.openai:
            name = f"chatcmpl-{self.id[:29]}"
            fingerprint = {"system_fingerprint": "fp_azchat_demo"}
        head = {"id": name, "object": kind, "created": _CREATED, "model": self.request.model}
        return head | fingerprint

    def _chunk(self, delta: Json, finish: Json | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}
        if self.route.openai:
            is_text = delta.get("content") and not finish
            choice["content_filter_results"] = _filters("completion") if is_text else {}
        return self._head("chat.completion.chunk") | {"choices": [choice | (finish or {})]}

    def _usage(self) -> Json:
        prompt, completion = self.draft.prompt_tokens, self.draft.completion_tokens
        usage: Json = {
            "prompt_tokens": prompt,
            "total_tokens": prompt + completion,
            "completion_tokens": completion,
        }
        if self.form == "hidden":
            details = {"audio_tokens": None, "reasoning_tokens": self.draft.hidden_tokens}
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
            yield from ((1, {**_MAI_DELTA, **delta}) for delta in deltas)
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

    def _last_delta(self) -> Json:
        if self.form == "mai":
            return {**_MAI_DELTA, "reasoning": self._encrypted()}
        if self.form == "reasoning_content":
            return {"reasoning_content": "", "content": ""}
        return {} if self.route.openai else {"content": ""}


def _thinking_part(text: str) -> Json:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def _filters(name: str) -> Json:
    filters: Json = table("replies")["filters"][name]
    return filters


def _prompt_filters() -> Json:
    about = {"prompt_index": 0, "content_filter_results": _filters("prompt")}
    return {"prompt_filter_results": [about]}
