"""Scenarios of models that call tools: rightly, wrongly, and without end."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tests.faults.connection import Request
from tests.faults.payloads import JSON
from tests.faults.scenario import Parameters, Step, stream
from tests.faults.speech import speech_of
from tests.faults.told import Told, told


def rounds_of(request: Request) -> int:
    """Return how often the model has called in this turn already."""
    kinds = ["", *(one.kind for one in _turn(request))]
    return sum(kind == "call" != before for before, kind in pairwise(kinds))


def results_of(request: Request) -> list[str]:
    """Return what the tools returned in this turn."""
    return [one.text for one in _turn(request) if one.kind == "result"]


def _turn(request: Request) -> list[Told]:
    """Return what was said since the last question."""
    said = [Told("question"), *told(request)]
    last = max(at for at, one in enumerate(said) if one.kind == "question")
    return said[last + 1 :]


def call(name: str, arguments: str, **fields: Any) -> dict[str, Any]:
    """Return a whole call as one fragment."""
    return {**fields, "type": "function", "function": {"name": name, "arguments": arguments}}


def _calling(
    request: Request, calls: list[JSON], finish: str, think: str = "", text: str = ""
) -> Iterator[Step]:
    say = speech_of(request)
    yield say.begin
    if think:
        yield say.thought(think)
    if text:
        yield say.text(text)
    yield from map(say.call, calls)
    yield say.finish(finish)
    yield say.usage() + say.done


def _answering(request: Request) -> Iterator[Step]:
    say = speech_of(request)
    yield say.begin + say.text("results: " + " | ".join(results_of(request)))
    yield say.finish("stop") + say.usage() + say.done


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
        yield from _answering(request)
        return
    texts = [p.text("arguments").replace("{i}", str(i)) for i in range(p.number("n"))]
    calls = [
        call(p.text("tool"), text, index=i, id=f"call_{done}_{i}") for i, text in enumerate(texts)
    ]
    yield from _calling(request, calls, p.text("finish"), p.text("think"), p.text("text"))


@stream("toolloop", always=True, tool="get_time", arguments="{}")
def toolloop(request: Request, p: Parameters) -> Iterator[Step]:
    """Call a tool without end."""
    done = rounds_of(request)
    one = call(p.text("tool"), p.text("arguments"), index=0, id=f"call_{done}")
    yield from _calling(request, [one], "tool_calls")


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
        yield from _answering(request)
        return
    expressions = [json.dumps({"expression": f"{i}+0"}) for i in range(5)]
    yield from _calling(
        request,
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
        yield from _answering(request)
        return
    yield from _calling(request, [one], "tool_calls")
