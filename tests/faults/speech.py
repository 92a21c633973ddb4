"""What a service says, in each dialect: the same faults are played in all of them.

say = speech_of(request)
yield say.begin + say.text("tok0") + say.finish("stop") + say.done
"""

import json
from typing import Any, Protocol

from tests.faults import claude as messages
from tests.faults import payloads as chat
from tests.faults import response_payloads as responses
from tests.faults.connection import Request
from tests.faults.payloads import JSON


class Speech(Protocol):
    """The events of an answer in a dialect.

    ``done`` is an end mark that proves nothing where a dialect has none.
    """

    name: str
    begin: bytes
    done: bytes
    errors: tuple[str, ...]

    def text(self, text: str) -> bytes:
        """Return a piece of the answer."""

    def thought(self, text: str) -> bytes:
        """Return a piece of the thinking."""

    def call(self, call: JSON) -> bytes:
        """Return a call, given as chat has it, in one piece; ids lack where it has none."""

    def finish(self, reason: str, findings: JSON | None = None) -> bytes:
        """Return how the answer ends, by chat's words."""

    def usage(self) -> bytes:
        """Return the counts, where they have an event of their own."""

    def odd(self, field: str, value: object) -> bytes:
        """Return a piece ``.`` of the answer with a field of the event that is odd."""

    def whole(self, text: str, reason: str = "stop") -> JSON:
        """Return a reply that is not streamed."""

    def fold(self, events: bytes) -> JSON:
        """Return the reply that a stream spells."""

    def error(self, form: str, message: str) -> bytes:
        """Return an error in mid-stream, in one of the ``errors``: the forms of services."""


class _Chat:
    name = "chat"
    begin = chat.event(chat.chunk({"role": "assistant", "content": ""}))
    done = chat.DONE
    errors: tuple[str, ...] = (
        "openai",
        "vllm",
        "old",
        "openrouter",
        "mai",
        "event",
        "bare",
        "field",
    )

    def text(self, text: str) -> bytes:
        return chat.event(chat.content(text))

    def thought(self, text: str) -> bytes:
        return chat.event(chat.chunk({"content": "", "reasoning_content": text}))

    def call(self, call: JSON) -> bytes:
        return chat.event(chat.chunk({"tool_calls": [call]}))

    def finish(self, reason: str, findings: JSON | None = None) -> bytes:
        last = chat.chunk({}, reason)
        if findings:
            last["choices"][0]["content_filter_results"] = findings
        return chat.event(last)

    def usage(self) -> bytes:
        return chat.event(chat.usage_chunk())

    def odd(self, field: str, value: object) -> bytes:
        return chat.event({**chat.content("."), field: value})

    def whole(self, text: str, reason: str = "stop") -> JSON:
        return chat.completion(text, reason)

    def fold(self, events: bytes) -> JSON:
        return chat.fold(events)

    def error(self, form: str, message: str) -> bytes:
        return chat.stream_error(form, message)


class _Responses:
    name = "responses"
    begin = responses.named(responses.created()) + responses.named(
        responses.added(1, responses.message(1))
    )
    done = b""
    errors: tuple[str, ...] = (
        *("openai", "azure", "flat", "flat then failed", "failed", "unnamed", "event", "bare"),
        *("vllm", "old", "mai", "field"),
    )

    def text(self, text: str) -> bytes:
        return responses.named(responses.text(1, text))

    def thought(self, text: str) -> bytes:
        return responses.named(responses.summary(0, text))

    def call(self, call: JSON) -> bytes:
        index, given = call["index"] + 2, call["function"]
        named = {"call_id": call["id"]} if "id" in call else {}
        kept = {"type": "function_call", "name": given["name"], **named}
        told = [
            responses.added(index, kept | {"arguments": ""}),
            responses.arguments(index, given["arguments"]),
            responses.done(index, kept | {"arguments": given["arguments"]}),
        ]
        return b"".join(map(responses.named, told))

    def finish(self, reason: str, findings: JSON | None = None) -> bytes:
        kind = "completed" if reason in ("stop", "tool_calls") else "incomplete"
        return responses.named(responses.of(kind, response=_end(reason, findings)))

    def usage(self) -> bytes:
        return b""

    def odd(self, field: str, value: object) -> bytes:
        return responses.named({**responses.text(1, "."), field: value})

    def whole(self, text: str, reason: str = "stop") -> JSON:
        item = responses.message(0, text)
        return _end(reason) | {"output": [item] if text else []}

    def fold(self, events: bytes) -> JSON:
        said: dict[str, str] = {}
        end = _end("stop")
        for line in events.decode("utf-8", "replace").splitlines():
            payload = chat.payload_of(line)
            if payload.get("type") == "error":
                return {"error": payload.get("error") or payload}
            if "delta" in payload:
                said[payload["type"]] = said.get(payload["type"], "") + payload["delta"]
            if payload.get("type") in ("response.completed", "response.incomplete"):
                end = payload["response"]
        thought = said.get("response.reasoning_summary_text.delta")
        told = said.get("response.output_text.delta", "")
        output = [responses.reasoning(0, thought)] if thought else []
        if told:
            output.append(responses.message(len(output), told))
        return end | {"output": output}

    def error(self, form: str, message: str) -> bytes:
        plain = {"type": "server_error", "code": None, "message": message, "param": None}
        failed = responses.named(responses.ended("failed", error=None))
        nested = responses.named({"type": "error", "error": plain})
        flat = responses.named({**plain, "type": "error"})
        told = {"code": "server_error", "message": message}
        forms = {
            "openai": nested + failed,
            "azure": failed + nested,
            "flat": flat,
            "flat then failed": flat + failed,
            "failed": responses.named(responses.ended("failed", error=told)),
            "unnamed": responses.unnamed({"error": plain}),
        }
        return forms[form] if form in forms else chat.stream_error(form, message)


def _end(reason: str, findings: JSON | None = None) -> JSON:
    if reason in ("stop", "tool_calls"):
        return responses.response("completed")
    why = {"reason": {"length": "max_output_tokens"}.get(reason, reason)}
    found: list[dict[str, Any]] = [
        {"blocked": True, "source_type": "completion", "content_filter_results": findings}
    ]
    filters = {"content_filters": found} if findings else {}
    return responses.response("incomplete", incomplete_details=why, **filters)


class _Messages:
    name = "messages"
    begin = messages.stream(messages.events(stop=None))
    done = b""
    errors: tuple[str, ...] = (
        "anthropic",
        "azure",
        "unnamed",
        "event",
        "bare",
        "vllm",
        "old",
        "mai",
        "field",
    )

    def text(self, text: str) -> bytes:
        return _piece(1, {"type": "text_delta", "text": text})

    def thought(self, text: str) -> bytes:
        return _piece(0, {"type": "thinking_delta", "thinking": text})

    def call(self, call: JSON) -> bytes:
        index, given = call["index"] + 2, call["function"]
        named = {"id": call["id"]} if "id" in call else {}
        block = {"type": "tool_use", "name": given["name"], "input": {}, **named}
        start = {"type": "content_block_start", "index": index, "content_block": block}
        delta = {"type": "input_json_delta", "partial_json": given["arguments"]}
        return (
            messages.stream([start])
            + _piece(index, delta)
            + messages.stream([{"type": "content_block_stop", "index": index}])
        )

    def finish(self, reason: str, findings: JSON | None = None) -> bytes:
        told = messages.events(stop=_STOPS.get(reason, reason))[-2:]
        if findings:
            told[0]["content_filter_results"] = findings
        return messages.stream(told)

    def usage(self) -> bytes:
        return b""

    def odd(self, field: str, value: object) -> bytes:
        delta = {"type": "text_delta", "text": "."}
        event = {"type": "content_block_delta", "index": 1, "delta": delta, field: value}
        return b"event: content_block_delta\n" + chat.event(event)

    def whole(self, text: str, reason: str = "stop") -> JSON:
        blocks = [messages.text(text)] if text else []
        reply: JSON = json.loads(messages.whole(*blocks, stop=_STOPS.get(reason, reason)))
        return reply

    def fold(self, events: bytes) -> JSON:
        said = {"text": "", "thinking": ""}
        end: JSON = {"stop_reason": "end_turn"}
        for line in events.decode("utf-8", "replace").splitlines():
            payload = chat.payload_of(line)
            if payload.get("type") == "error":
                return payload
            if payload.get("type") == "message_delta":
                findings = payload.get("content_filter_results")
                end = payload["delta"] | ({"content_filter_results": findings} if findings else {})
            for kind, piece in payload.get("delta", {}).items():
                said[kind] = said.get(kind, "") + str(piece)
        blocks = [messages.thinking(said["thinking"])] if said["thinking"] else []
        blocks += [messages.text(said["text"])] if said["text"] else []
        reply: JSON = json.loads(messages.whole(*blocks)) | end
        return reply

    def error(self, form: str, message: str) -> bytes:
        plain = {"type": "api_error", "message": message}
        forms = {
            "anthropic": messages.stream([{"type": "error", "error": plain}]),
            "azure": chat.event({"error": {"code": "server_error", "message": message}}),
            "unnamed": messages.stream([{"type": "error", "error": plain}], named=False),
        }
        return forms[form] if form in forms else chat.stream_error(form, message)


_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def _piece(index: int, delta: JSON) -> bytes:
    return messages.stream([{"type": "content_block_delta", "index": index, "delta": delta}])


CHAT: Speech = _Chat()
RESPONSES: Speech = _Responses()
MESSAGES: Speech = _Messages()
SPEECHES = {speech.name: speech for speech in (CHAT, RESPONSES, MESSAGES)}


def speech_of(request: Request) -> Speech:
    """Return the dialect that a request is in, by its path."""
    ends = {"/responses": RESPONSES, "/messages": MESSAGES}
    path = request.path.partition("?")[0]
    return next((speech for end, speech in ends.items() if path.endswith(end)), CHAT)
