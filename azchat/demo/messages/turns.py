"""The turns: what they say, and whether they go together as the real service demands.

Thinking is signed by the model that thought it and by all that it came behind.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import takewhile
from typing import Any

from azchat.demo.images import read_file, read_picture
from azchat.demo.models import Model
from azchat.demo.refusals import refuse
from azchat.demo.request import Said
from azchat.demo.responses.items import sign

Json = dict[str, Any]

_KEYS = {"base64": "file_data", "url": "file_url"}
_SEALS = {"thinking": "signature", "redacted_thinking": "data"}


def blocks_of(content: str | list[Json]) -> list[Json]:
    """Return content as blocks; a text alone is one."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def behind(before: str, role: str, block: Json) -> str:
    """Return the digest of all that came, with one block more."""
    kept = {key: value for key, value in block.items() if key != "cache_control"}
    return sign(json.dumps([before, role, kept], sort_keys=True))[:16]


def seal(model: str, text: str, before: str) -> str:
    """Return the signature of what a model thought behind ``before``."""
    signed = f"{before} {sign(f'{model.lower()} {text} {before}')}"
    return base64.b64encode(signed.encode()).decode()


def check_turns(body: Json, model: Model) -> str:
    """Raise Refused where turns, calls, results and thinking do not go together.

    Returns the digest of them, with the system's words and the tools.
    """
    role, called, known = "assistant", list[str](), set[str]()
    before = behind("", "system", {key: body.get(key) for key in ("system", "tools")})
    for number, turn in enumerate(body["messages"]):
        where, blocks = f"messages[{number}]", blocks_of(turn["content"])
        if turn["role"] == role:
            raise refuse("same_role" if number else "first_role", role=role)
        role = turn["role"]
        _check_results(blocks, called, number)
        called = [block["id"] for block in blocks if block["type"] == "tool_use"]
        if len({*called}) < len(called) or known & {*called}:
            raise refuse("call_twice", param=where)
        known |= {*called}
        for index, block in enumerate(blocks):
            _check_block(block, f"{where}.content[{index}]", body["model"], before, model)
            before = behind(before, role, block)
    if called:
        raise refuse("no_results", param=f"messages[{number}]", ids=", ".join(called))
    return before


def read_said(turns: list[Json]) -> Iterator[Said]:
    """Yield what the turns say; thinking says nothing."""
    names: dict[str, str] = {}
    for number, turn in enumerate(turns):
        blocks = blocks_of(turn["content"])
        names |= {block["id"]: block["name"] for block in blocks if block["type"] == "tool_use"}
        results = [block for block in blocks if block["type"] == "tool_result"]
        for result in results:
            content = blocks_of(result.get("content") or "")
            yield _said("tool", content, f"messages[{number}]", names[result["tool_use_id"]])
        others = [block for block in blocks if block["type"] != "tool_result"]
        if others or not results:
            yield _said(turn["role"], others, f"messages[{number}]")


def _check_results(blocks: list[Json], called: list[str], number: int) -> None:
    """Each call has one result, and the results come first."""
    first = takewhile(lambda block: block["type"] == "tool_result", blocks)
    came = {block["tool_use_id"] for block in first}
    if missing := [name for name in called if name not in came]:
        raise refuse("no_results", param=f"messages[{number - 1}]", ids=", ".join(missing))
    left = list(called)
    for index, block in enumerate(blocks):
        if block["type"] == "tool_result":
            name = block["tool_use_id"]
            if name not in left:
                kind = "two_results" if name in called else "no_call"
                raise refuse(kind, param=f"messages[{number}].content[{index}]", id=name)
            left.remove(name)


def _check_block(block: Json, where: str, name: str, before: str, model: Model) -> None:
    if block["type"] == "text" and not block["text"].strip():
        raise refuse("blank")
    if field := _SEALS.get(block["type"]):
        words = {"param": where, "seal": field, "kind": block["type"]}
        was = _was_behind(block[field], block.get("thinking", ""), name)
        if was is None:
            raise refuse("unsigned", **words)
        if model.binds and was != before:
            raise refuse("bound", **words)


def _was_behind(signature: str, text: str, model: str) -> str | None:
    """Return what thinking came behind; None where this model has not signed it."""
    with suppress(ValueError):
        before = base64.b64decode(signature).decode().partition(" ")[0]
        return before if seal(model, text, before) == signature else None
    return None


def _said(role: str, blocks: list[Json], where: str, tool: str = "") -> Said:
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    images = [read_picture(_url(one["source"])) for one in blocks if one["type"] == "image"]
    sources = [(one.get("title"), one["source"]) for one in blocks if one["type"] == "document"]
    texts += [source["data"] for _, source in sources if source["type"] == "text"]
    files = [
        read_file({_KEYS[source["type"]]: _url(source), "filename": title}, where)
        for title, source in sources
        if source["type"] in _KEYS
    ]
    return Said(role, "\n".join(texts), tuple(images), tool, tuple(files))


def _url(source: Json) -> str:
    if source["type"] == "url":
        return str(source["url"])
    return f"data:{source['media_type']};base64,{source['data']}"
