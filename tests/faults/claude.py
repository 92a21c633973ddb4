"""What a service says in the Messages dialect, and what it demands of a request."""

import json
from typing import Any

Block = dict[str, Any]
USAGE = {"input_tokens": 7, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2}


def text(words: str) -> Block:
    """Return a block of the answer."""
    return {"type": "text", "text": words}


def thinking(words: str, signature: str = "c2lnbmVk") -> Block:
    """Return a block of thinking."""
    return {"type": "thinking", "thinking": words, "signature": signature}


def call(name: str, arguments: dict[str, Any], call_id: str = "toolu_1") -> Block:
    """Return a call."""
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


HIDDEN: Block = {"type": "redacted_thinking", "data": "ZW5jcnlwdGVk"}


def events(*blocks: Block, stop: str | None = "end_turn", **delta: Any) -> list[dict[str, Any]]:
    """Return the events of a message, each text in pieces of three characters."""
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x"}
    usage = USAGE | {"output_tokens": 1}
    told: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**head, "content": [], "usage": usage}},
        {"type": "ping"},
    ]
    for index, block in enumerate(blocks):
        start, deltas = _begun(block)
        told.append({"type": "content_block_start", "index": index, "content_block": start})
        for one in deltas:
            told.append({"type": "content_block_delta", "index": index, "delta": one})
        told.append({"type": "content_block_stop", "index": index})
    if stop:
        delta = {"stop_reason": stop, "stop_sequence": None, **delta}
        told.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 20}})
        told.append({"type": "message_stop"})
    return told


def _begun(block: Block) -> tuple[Block, list[Block]]:
    """Return what a block begins with, and its pieces."""
    match block:
        case {"type": "text", "text": words}:
            return block | {"text": ""}, [{"type": "text_delta", "text": one} for one in cut(words)]
        case {"type": "thinking", "thinking": words, "signature": signature}:
            pieces = [{"type": "thinking_delta", "thinking": one} for one in cut(words)]
            pieces.append({"type": "signature_delta", "signature": signature})
            return block | {"thinking": "", "signature": ""}, pieces
        case {"type": "tool_use", "input": arguments}:
            words = ["", *cut(json.dumps(arguments))] if arguments else []
            return block | {"input": {}}, [
                {"type": "input_json_delta", "partial_json": one} for one in words
            ]
    return block, []


def cut(words: str) -> list[str]:
    """Return a text in pieces."""
    return [words[at : at + 3] for at in range(0, len(words), 3)]


def stream(told: list[dict[str, Any]], *, named: bool = True) -> bytes:
    """Return events as a stream; not ``named``: without ``event:`` lines, as litellm sends them."""
    names = (f"event: {one['type']}\n" if named and "type" in one else "" for one in told)
    lines = zip(names, map(json.dumps, told), strict=True)
    return "".join(f"{name}data: {data}\n\n" for name, data in lines).encode()


def whole(*blocks: Block, stop: str | None = "end_turn") -> bytes:
    """Return a message that came in one piece."""
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x"}
    usage = USAGE | {"output_tokens": 20}
    message = head | {"content": list(blocks), "stop_reason": stop, "usage": usage}
    return json.dumps(message).encode()


def check_request(body: dict[str, Any]) -> None:
    """Check what the service would refuse: order, pairs, signatures, limits."""
    assert body["max_tokens"] > (body.get("thinking") or {}).get("budget_tokens", 0)
    turns = body["messages"]
    assert [turn["role"] for turn in turns] == [
        ("user", "assistant")[n % 2] for n in range(len(turns))
    ]
    assert turns[-1]["role"] == "user"
    asked: list[str] = []
    for turn in turns:
        content = turn["content"]
        blocks = [text(content)] if isinstance(content, str) else content
        assert blocks
        kinds = [block["type"] for block in blocks]
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        assert results == asked
        assert kinds[: len(results)] == ["tool_result"] * len(results)
        asked = [block["id"] for block in blocks if block["type"] == "tool_use"]
        for block in blocks:
            assert block["type"] != "text" or block["text"].strip()
            is_signed = block["type"] != "thinking" or block["signature"]
            assert is_signed or "claude" not in body["model"]
