"""A response as the events of its stream."""

from collections.abc import Iterator
from typing import Any

from azchat.demo.request import split_tokens
from azchat.demo.responses.facts import Json
from azchat.demo.responses.store import unfinished

Timed = tuple[float, Json]
"""An event, after the tokens to wait for."""

# Of each kind of part: the events that open it and that fill it, what counts it, its text.
_PARTS = {
    "summary_text": ("reasoning_summary_part", "reasoning_summary_text", "summary_index", "text"),
    "reasoning_text": ("content_part", "reasoning_text", "content_index", "text"),
    "output_text": ("content_part", "output_text", "content_index", "text"),
    "refusal": ("content_part", "refusal", "content_index", "refusal"),
}
_OPENED: Json = {"status": "in_progress", "content": [], "summary": [], "arguments": ""}


def stream(response: Json, hidden: int, *, obfuscated: bool, error: Json | None) -> list[Timed]:
    """Return the events of a response, numbered; ``hidden`` tokens are thought and not said.

    An ``error`` is the reason of one that failed, which its own event does not know.
    """
    padding = response["id"] if obfuscated else ""
    events = _events(response, hidden, padding, error)
    return [(wait, event | {"sequence_number": at}) for at, (wait, event) in enumerate(events)]


def _events(response: Json, hidden: int, padding: str, error: Json | None) -> Iterator[Timed]:
    is_queued = response["background"]
    first = unfinished(response, "queued" if is_queued else "in_progress")
    yield 0, _event("response.created", response=first)
    if is_queued:
        yield 0, _event("response.queued", response=first)
    if not error:
        going = unfinished(response, "in_progress")
        yield 0, _event("response.in_progress", response=going)
    for index, item in enumerate(response["output"]):
        is_cut = response["incomplete_details"] and item is response["output"][-1]
        thought = hidden if item["type"] == "reasoning" else 0
        for wait, event in _item_events(item, thought, padding, is_cut=bool(is_cut)):
            yield wait, event | {"output_index": index}
    yield 0, _event(f"response.{response['status']}", response=response)
    if error:
        yield 0, _event("error", error=error)


def _item_events(item: Json, hidden: int, padding: str, *, is_cut: bool) -> Iterator[Timed]:
    opened = {key: _OPENED.get(key, value) for key, value in item.items()}
    if sealed := item.get("encrypted_content"):
        opened["encrypted_content"] = sealed[: len(sealed) // 2]  # it is not whole yet
    yield 0, _event("response.output_item.added", item=opened)
    its = {"item_id": item["id"]}
    if item["type"] == "function_call":
        name = "response.function_call_arguments"
        yield from _deltas(f"{name}.delta", item["arguments"], its, padding)
        yield 0, _event(f"{name}.done", **its, arguments=item["arguments"], name=item["name"])
    parts = item.get("content") or item.get("summary") or []
    shown = sum(len(split_tokens(part["text"])) for part in item.get("summary", ()))
    for index, part in enumerate(parts):
        pace = hidden / shown if shown else 1
        last = is_cut and "summary" in item and part is parts[-1]
        yield from _part_events(part, index, its, padding, pace=pace, is_cut=last)
    yield 0 if shown else hidden, _event("response.output_item.done", item=item)


def _part_events(
    part: Json, index: int, its: Json, padding: str, *, pace: float, is_cut: bool
) -> Iterator[Timed]:
    frame, name, count, key = _PARTS[part["type"]]
    its = its | {count: index}
    logprobs: Json = {"logprobs": []} if name == "output_text" else {}
    empty = part | {key: ""} | ({"annotations": []} if "annotations" in part else {})
    yield 0, _event(f"response.{frame}.added", **its, part=empty)
    more = its | logprobs
    yield from _deltas(f"response.{name}.delta", part[key], more, padding, pace)
    for at, annotation in enumerate(part.get("annotations", ())):
        words = {"annotation_index": at, "annotation": annotation}
        yield 0, _event("response.output_text.annotation.added", **its, **words)
    yield 0, _event(f"response.{name}.done", **more, **{key: part[key]})
    status = {"status": "incomplete"} if is_cut else {}
    yield 0, _event(f"response.{frame}.done", **its, part=part, **status)


def _deltas(name: str, text: str, its: Json, padding: str, pace: float = 1) -> Iterator[Timed]:
    for token in split_tokens(text):
        pad = {"obfuscation": padding[len(token) % 16 :]} if padding else {}
        yield pace, _event(name, **its, delta=token, **pad)


def _event(name: str, /, **keys: Any) -> Json:
    return {"type": name, **keys}
