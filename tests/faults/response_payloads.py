"""The JSON of the Responses API: its events, items and whole replies. Pure values, no I/O."""

import json
from typing import Any

JSON = dict[str, Any]
MODEL = "fault-model"
USAGE: JSON = {
    "input_tokens": 11,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 10,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 21,
}


def named(payload: JSON) -> bytes:
    """Return an event as OpenAI, Azure and most servers frame it."""
    return f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n".encode()


def unnamed(payload: JSON) -> bytes:
    """Return an event as litellm and transformers frame it."""
    return f"data: {json.dumps(payload)}\n\n".encode()


def of(kind: str, **fields: object) -> JSON:
    """Return an event; ``kind`` is without its ``response.``."""
    return {"type": f"response.{kind}", **fields}


def response(status: str, *output: JSON, **more: object) -> JSON:
    """Return a response object."""
    return {
        "id": "resp_fault",
        "object": "response",
        "created_at": 1718726686,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": MODEL,
        "output": list(output),
        "usage": USAGE,
        **more,
    }


def created() -> JSON:
    """Return the first event."""
    return of("created", response=response("in_progress", usage=None))


def ended(status: str, *output: JSON, **more: object) -> JSON:
    """Return the last event."""
    return of(status, response=response(status, *output, **more))


def added(index: int, item: JSON) -> JSON:
    """Return the event with which an item begins."""
    return of("output_item.added", output_index=index, item=item | {"status": "in_progress"})


def done(index: int, item: JSON) -> JSON:
    """Return the event with which an item ends."""
    return of("output_item.done", output_index=index, item=item)


def text(index: int, delta: str, part: int = 0) -> JSON:
    """Return a piece of the answer."""
    at = {"item_id": f"msg_{index}", "output_index": index, "content_index": part}
    return of("output_text.delta", **at, delta=delta, logprobs=[], obfuscation="xYz")


def text_done(index: int, whole: str, part: int = 0) -> JSON:
    """Return the answer once more."""
    at = {"item_id": f"msg_{index}", "output_index": index, "content_index": part}
    return of("output_text.done", **at, text=whole, logprobs=[])


def refusal(index: int, delta: str) -> JSON:
    """Return a piece of a refusal."""
    at = {"item_id": f"msg_{index}", "output_index": index, "content_index": 0}
    return of("refusal.delta", **at, delta=delta)


def summary(index: int, delta: str, part: int = 0) -> JSON:
    """Return a piece of the summary of what was thought."""
    at = {"item_id": f"rs_{index}", "output_index": index, "summary_index": part}
    return of("reasoning_summary_text.delta", **at, delta=delta)


def summary_done(index: int, whole: str, part: int = 0) -> JSON:
    """Return a paragraph of the summary once more."""
    at = {"item_id": f"rs_{index}", "output_index": index, "summary_index": part}
    return of("reasoning_summary_text.done", **at, text=whole)


def thought(index: int, delta: str) -> JSON:
    """Return a piece of the thinking itself, as open weights tell it."""
    at = {"item_id": f"rs_{index}", "output_index": index, "content_index": 0}
    return of("reasoning_text.delta", **at, delta=delta)


def arguments(index: int, delta: str) -> JSON:
    """Return a piece of a call's arguments."""
    at = {"item_id": f"fc_{index}", "output_index": index}
    return of("function_call_arguments.delta", **at, delta=delta)


def message(index: int, *texts: str, **more: object) -> JSON:
    """Return a message as an item."""
    parts = [{"type": "output_text", "text": one, "annotations": []} for one in texts]
    kept = {"type": "message", "id": f"msg_{index}", "role": "assistant", "status": "completed"}
    return {**kept, "content": parts, **more}


def reasoning(index: int, *summaries: str, **more: object) -> JSON:
    """Return what was thought as an item."""
    parts = [{"type": "summary_text", "text": one} for one in summaries]
    return {"type": "reasoning", "id": f"rs_{index}", "summary": parts, **more}


def call(index: int, name: str, given: str, **more: object) -> JSON:
    """Return a call as an item."""
    kept = {"type": "function_call", "id": f"fc_{index}", "call_id": f"call_{index}"}
    return {**kept, "name": name, "arguments": given, "status": "completed", **more}
