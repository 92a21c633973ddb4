"""The JSON that services send: chunks, completions, errors. Pure values, no I/O."""

import json
from typing import Any

MODEL = "fault-model"
DONE = b"data: [DONE]\n\n"
SERVER_ERROR = "The server had an error"
USAGE = {"prompt_tokens": 11, "completion_tokens": 10, "total_tokens": 21}
INFO = {
    "model_name": MODEL,
    "model_type": "chat-completion",
    "model_provider_name": "Fault Inc.",
}
MODELS = {
    "object": "list",
    "data": [
        {"id": name, "object": "model", "created": 1718726686, "owned_by": "fault"}
        for name in (MODEL, "fault-model-mini")
    ],
}
FILTERED = {
    "hate": {"filtered": False, "severity": "safe"},
    "violence": {"filtered": True, "severity": "medium"},
}

JSON = dict[str, Any]


def tokens(n: int, word: str = "tok") -> list[str]:
    """Return ``n`` deltas: ``tok0``, `` tok1``, …"""
    return [f"{' ' if i else ''}{word}{i}" for i in range(n)]


def text_of(n: int = 10, word: str = "tok") -> str:
    """Return the text that ``n`` tokens make: ``tok0 tok1 …``, no space at the end."""
    return "".join(tokens(n, word))


def event(payload: object, *, space: str = " ", newline: str = "\n") -> bytes:
    """Return one SSE event; a str payload is taken as it is, anything else is JSON."""
    data = payload if isinstance(payload, str) else json.dumps(payload)
    return f"data:{space}{data}{newline}{newline}".encode()


def chunk(delta: JSON | None, finish: str | None = None, **extra: object) -> JSON:
    """Return one chunk; ``delta=None`` leaves the key out."""
    choice: JSON = {"index": 0, "finish_reason": finish, "logprobs": None}
    if delta is not None:
        choice["delta"] = delta
    return {
        "id": "chatcmpl-fault",
        "object": "chat.completion.chunk",
        "created": 1718726686,
        "model": MODEL,
        "choices": [choice],
        **extra,
    }


def content(text: str) -> JSON:
    """Return a chunk with text of the answer."""
    return chunk({"content": text})


def usage_chunk(usage: JSON | None = None) -> JSON:
    """Return the chunk that ``include_usage`` asks for."""
    return {**chunk(None), "choices": [], "usage": usage or USAGE}


def completion(text: str, finish: str = "stop", **message: object) -> JSON:
    """Return an answer that is not streamed."""
    return {
        "id": "chatcmpl-fault",
        "object": "chat.completion",
        "created": 1718726686,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "finish_reason": finish,
            }
        ],
        "usage": USAGE,
    }


def fold(events: bytes) -> JSON:
    """Return the completion that a stream of events spells; what is no chunk is skipped.

    An error event becomes the whole answer, as a service would answer it.
    """
    message: dict[str, str] = {}
    finish = "stop"
    verdict: JSON = {}
    for line in events.decode("utf-8", "replace").splitlines():
        payload = payload_of(line)
        if "error" in payload:
            return {"error": payload["error"]}
        for choice in payload.get("choices", ()):
            finish = choice.get("finish_reason") or finish
            verdict = choice.get("content_filter_results") or verdict
            for key, value in choice.get("delta", {}).items():
                if isinstance(value, str) and key != "role":
                    message[key] = message.get(key, "") + value
    text = message.pop("content", "")
    whole = completion(text, finish, **message)
    if verdict:
        whole["choices"][0]["content_filter_results"] = verdict
    return whole


def payload_of(line: str) -> JSON:
    """Return the object of a ``data:`` line; an empty one for any other."""
    try:
        value = json.loads(line.removeprefix("data:"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def error_body(shape: str, status: int, message: str, code: str) -> bytes:
    """Return an error's body in one of the shapes that services and gateways use."""
    inner = {"type": "extra_forbidden", "loc": ["body", "n"], "msg": message, "input": 1}
    shapes: dict[str, object] = {
        "azure": {"error": {"code": code, "message": message}},
        "openai": {
            "error": {
                "message": message,
                "type": "invalid_request_error",
                "param": None,
                "code": code,
            }
        },
        "gateway": {"statusCode": status, "message": message},
        "detail": {"detail": message},
        "detail_list": {"detail": [inner]},
        "string": message,
        "list": [{"error": {"code": status, "message": message}}],
        "vllm": {"object": "error", "message": message, "type": "BadRequest", "code": status},
        "ollama": {"error": message},
        "mistral": {
            "error": {
                "code": "Invalid input",
                "message": json.dumps({"detail": [inner]}),
                "status": status,
            }
        },
    }
    if shape == "empty":
        return b""
    if shape == "html":
        page = f"<html><head><title>{status}</title></head><body><h1>{message}</h1></body></html>"
        return page.encode()
    return json.dumps(shapes[shape]).encode()


def prompt_filtered() -> JSON:
    """Return the error of a prompt that the content filter refused."""
    message = (
        "The response was filtered due to the prompt triggering Azure OpenAI's content "
        "management policy. Please modify your prompt and retry."
    )
    return {
        "error": {
            "message": message,
            "type": None,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": FILTERED,
            },
        }
    }


def stream_error(form: str, message: str) -> bytes:
    """Return an error in mid-stream, with the end that its service gives it."""
    plain = {"message": message, "type": "server_error", "param": None, "code": None}
    match form:
        case "openai":
            return event({"error": plain})
        case "vllm":
            return event({"error": {**plain, "type": "GatewayTimeout", "code": 504}}) + DONE
        case "old":
            return event({"object": "error", **plain, "code": 500}) + DONE
        case "openrouter":
            error = {"code": "server_error", "message": message}
            return event(chunk({"content": ""}, "error", error=error)) + DONE
        case "mai":
            return event({"error": {**plain, "type": "SafetyBlockedError"}}) + DONE
        case "event":
            return b"event: error\n" + event({"error": plain})
        case "bare":
            return b"event: error\n" + event(plain)
        case "field":
            return f"error: {json.dumps({'code': 500, 'message': message})}\n\n".encode()
    raise ValueError(f"no form {form!r}")
