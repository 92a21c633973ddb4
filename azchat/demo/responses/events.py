"""A response as the events of its stream."""

from collections.abc import Iterator
from typing import Any

from azchat.demo.request import Request, split_tokens
from azchat.demo.responses.items import Json
from azchat.demo.responses.store import unfinished

Timed = tuple[float, Json]  # an event, and the tokens to wait for before it

# Of each kind of part: the events that open it and that fill it, what counts it, its text.
_PARTS = {
    "summary_text": ("reasoning_summary_part", "reasoning_summary_text", "summary_index", "text"),
    "reasoning_text": ("content_part", "reasoning_text", "content_index", "text"),
    "output_text": ("content_part", "output_text", "content_index", "text"),
    "refusal": ("content_part", "refusal", "content_index", "refusal"),
}
_OPENED: Json = {"status": "in_progress", "content": [], "summary": [], "arguments": ""}


def timed_events(
    response: Json, request: Request, hidden: int, error: Json | None
) -> list[tuple[float, Json]]:
    """Return the events of a response, numbered, each with the tokens until it is due.

    ``hidden`` tokens are thought and not said; an ``error`` has an event of its own.
    """
    options = request.body.get("stream_options", {})
    is_padded = options.get("include_obfuscation") is not False
    due, numbered = 0.0, list[Timed]()
    for wait, event in _events(response, hidden, error):
        due += wait
        padding = response["id"][len(event.get("delta", "")) % 16 :]
        more = {"obfuscation": padding} if is_padded and "delta" in event else {}
        numbered.append((due, event | more | {"sequence_number": len(numbered)}))
    return numbered


def _events(response: Json, hidden: int, error: Json | None) -> Iterator[Timed]:
    going = unfinished(response, "in_progress")
    queued = unfinished(response, "queued") if response["background"] else None
    yield 0, _event("response.created", response=queued or going)
    if queued:
        yield 0, _event("response.queued", response=queued)
    if error:
        # Azure says the reason in a second event alone.
        yield 0, _event("response.failed", response=response | {"error": None})
        yield 0, _event("error", error=error)
        return
    yield 0, _event("response.in_progress", response=going)
    for index, item in enumerate(response["output"]):
        is_cut = response["status"] == "incomplete" and item is response["output"][-1]
        for wait, event in _item_events(item, hidden, is_cut=is_cut):
            yield wait, event | {"output_index": index}
    yield 0, _event(f"response.{response['status']}", response=response)


def _item_events(item: Json, hidden: int, *, is_cut: bool) -> Iterator[Timed]:
    opened = {key: _OPENED.get(key, value) for key, value in item.items()}
    if sealed := item.get("encrypted_content"):
        opened["encrypted_content"] = sealed[: len(sealed) // 2]  # it is not whole yet
    yield 0, _event("response.output_item.added", item=opened)
    its = {"item_id": item["id"]}
    if item["type"] == "function_call":
        name = "response.function_call_arguments"
        yield from _deltas(name, item["arguments"], its)
        yield 0, _event(f"{name}.done", **its, arguments=item["arguments"])
    summary = item.get("summary", ())
    shown = sum(len(split_tokens(part["text"])) for part in summary)
    for index, part in enumerate(item.get("content") or summary):
        is_open = is_cut and bool(summary) and part is summary[-1]
        yield from _part_events(part, index, its, hidden / shown if shown else 1, is_cut=is_open)
    wait = hidden if item["type"] == "reasoning" and not shown else 0
    yield wait, _event("response.output_item.done", item=item)


def _part_events(
    part: Json, index: int, its: Json, pace: float, *, is_cut: bool
) -> Iterator[Timed]:
    frame, name, count, key = _PARTS[part["type"]]
    its = its | {count: index}
    logprobs: Json = {"logprobs": []} if name == "output_text" else {}
    empty = part | {key: ""} | ({"annotations": []} if "annotations" in part else {})
    yield 0, _event(f"response.{frame}.added", **its, part=empty)
    yield from _deltas(f"response.{name}", part[key], its | logprobs, pace)
    for at, annotation in enumerate(part.get("annotations", ())):
        words = {"annotation_index": at, "annotation": annotation}
        yield 0, _event("response.output_text.annotation.added", **its, **words)
    yield 0, _event(f"response.{name}.done", **its, **logprobs, **{key: part[key]})
    status = {"status": "incomplete"} if is_cut else {}
    yield 0, _event(f"response.{frame}.done", **its, part=part, **status)


def _deltas(name: str, text: str, its: Json, pace: float = 1) -> Iterator[Timed]:
    yield from ((pace, _event(f"{name}.delta", **its, delta=one)) for one in split_tokens(text))


def _event(name: str, /, **keys: Any) -> Json:
    return {"type": name, **keys}
