"""Scenarios of models that call tools: rightly, wrongly, and without end."""

import json
from collections.abc import Iterator
from typing import Any

from tests.faults.connection import Request
from tests.faults.payloads import DONE, chunk, content, event, usage_chunk
from tests.faults.scenario import Parameters, Step, stream


def rounds_of(request: Request) -> int:
    """Return how often the model has called in this turn already."""
    rounds = 0
    for message in request.json()["messages"]:
        if message["role"] == "user":
            rounds = 0
        rounds += bool(message.get("tool_calls"))
    return rounds


def results_of(request: Request) -> list[str]:
    """Return what the tools returned in this turn."""
    results: list[str] = []
    for message in request.json()["messages"]:
        if message["role"] == "user":
            results.clear()
        elif message["role"] == "tool":
            results.append(message["content"])
    return results


def call(name: str, arguments: str, **fields: Any) -> dict[str, Any]:
    """Return a whole call as one fragment."""
    return {**fields, "type": "function", "function": {"name": name, "arguments": arguments}}


def _calling(calls: list[dict[str, Any]], finish: str, **said: str) -> Iterator[Step]:
    yield event(chunk({"role": "assistant", "content": ""}))
    for field, text in said.items():
        if text:
            yield event(chunk({field: text}))
    for one in calls:
        yield event(chunk({"tool_calls": [one]}))
    yield event(chunk({}, finish))
    yield event(usage_chunk())
    yield DONE


def _answering(text: str) -> Iterator[Step]:
    yield event(content(text))
    yield event(chunk({}, "stop"))
    yield event(usage_chunk())
    yield DONE


@stream(
    "tool",
    always=True,
    tool="get_time",
    arguments="{}",
    n=1,
    rounds=1,
    finish="tool_calls",
    think="",
    text="",
)
def tool(request: Request, p: Parameters) -> Iterator[Step]:
    """Call a tool ``n`` times side by side, ``rounds`` times in a row; then quote the results.

    ``{i}`` in the arguments is the number of the call.
    """
    done = rounds_of(request)
    if done >= p.number("rounds"):
        yield from _answering("results: " + " | ".join(results_of(request)))
        return
    texts = [p.text("arguments").replace("{i}", str(i)) for i in range(p.number("n"))]
    calls = [
        call(p.text("tool"), text, index=i, id=f"call_{done}_{i}") for i, text in enumerate(texts)
    ]
    said = {"reasoning_content": p.text("think"), "content": p.text("text")}
    yield from _calling(calls, p.text("finish"), **said)


@stream("toolloop", always=True, tool="get_time", arguments="{}")
def toolloop(request: Request, p: Parameters) -> Iterator[Step]:
    """Call a tool without end."""
    done = rounds_of(request)
    one = call(p.text("tool"), p.text("arguments"), index=0, id=f"call_{done}")
    yield from _calling([one], "tool_calls")


@stream("toolbad", always=True, tool="get_time", arguments='{"zone": "UT', rounds=99)
def toolbad(request: Request, p: Parameters) -> Iterator[Step]:
    """Call with arguments that are no JSON, for ``rounds`` rounds."""
    yield from _wrong(request, p, call(p.text("tool"), p.text("arguments"), index=0, id="c"))


@stream("toolunknown", always=True, tool="rm_rf", rounds=99)
def toolunknown(request: Request, p: Parameters) -> Iterator[Step]:
    """Call a tool that was not offered."""
    yield from _wrong(request, p, call(p.text("tool"), "{}", index=0, id="c"))


@stream("toolempty", always=True, rounds=99)
def toolempty(request: Request, p: Parameters) -> Iterator[Step]:
    """Call a tool without a name."""
    yield from _wrong(request, p, call("", "{}", index=0, id="c"))


@stream("tooldup", always=True)
def tooldup(request: Request, p: Parameters) -> Iterator[Step]:
    """Call with ids that repeat, lack or are empty, and gaps, the same in each round."""
    del p
    if rounds_of(request) >= 2:
        yield from _answering("results: " + " | ".join(results_of(request)))
        return
    expressions = [json.dumps({"expression": f"{i}+0"}) for i in range(5)]
    yield from _calling(
        [
            call("calculate", expressions[0], index=0, id="same"),
            call("calculate", expressions[1], index=3, id="same"),
            call("calculate", expressions[2], index=7, id=""),
            call("calculate", expressions[3], index=8),
            call("calculate", expressions[4], index=9, id=None),
        ],
        "tool_calls",
    )


def _wrong(request: Request, p: Parameters, one: dict[str, Any]) -> Iterator[Step]:
    if rounds_of(request) >= p.number("rounds"):
        yield from _answering("results: " + " | ".join(results_of(request)))
        return
    yield from _calling([one], "tool_calls")
