"""What a request holds of a conversation, told alike for all dialects."""

import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tests.faults.connection import Request
from tests.faults.payloads import JSON


class Told(NamedTuple):
    """A question, a call with its arguments, the result of one, or a part of an answer."""

    kind: Literal["question", "call", "result", "other"]
    id: str = ""
    name: str = ""
    text: str = ""


def told(request: Request) -> list[Told]:
    """Return what a request holds, in its order."""
    body = request.json()
    parts: list[JSON] = body["input"] if "input" in body else body["messages"]
    return [one for part in parts for one in _told(part)]


def _told(part: JSON) -> Iterator[Told]:
    content = part.get("content")
    blocks = content if isinstance(content, list) else []
    match part:
        case {"type": "function_call"}:
            yield Told("call", part["call_id"], part["name"], part["arguments"])
        case {"type": "function_call_output"}:
            yield Told("result", part["call_id"], text=part["output"])
        case {"role": "tool"}:
            yield Told("result", part["tool_call_id"], text=part["content"])
        case {"tool_calls": [*calls]}:
            for call in calls:
                given = call["function"]
                yield Told("call", call["id"], given["name"], given["arguments"])
        case {"role": "user"} if not any(block["type"] == "tool_result" for block in blocks):
            yield Told("question")
        case _ if not blocks:
            yield Told("other")
    for block in blocks:
        match block:
            case {"type": "tool_use"}:
                yield Told("call", block["id"], block["name"], json.dumps(block["input"]))
            case {"type": "tool_result", "content": str(text) | [{"text": text}]}:
                yield Told("result", block["tool_use_id"], text=text)
            case _:
                yield Told("other")
