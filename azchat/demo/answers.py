"""What the script answers to a request: thinking, text, or a tool call. No wire shapes here."""

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from azchat.blanks import read_parts
from azchat.demo.instance import UnsatisfiableError, instance
from azchat.demo.refusals import refused
from azchat.demo.request import Request
from azchat.demo.tables import table
from azchat.wire.payloads import maybe_json

FLIGHT_TOOL = "get_flight_info"
_SCHEMAS = {
    "chat": "response_format",
    "responses": "text.format.schema",
    "messages": "output_config.format.schema",
}
_CUT = re.compile(r"cut the line after (\d+) events?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt the script knows; ``flights`` are from one city to another."""

    topic: str
    flights: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A tool the answer calls; ``arguments`` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A scripted answer; the counts are those of the documented sample, where it is one.

    ``thinking`` is empty where the model does not show any; ``comment`` is said before a call.
    One that is filtered stops in the middle; ``failure`` is the refusal it ends in. Claude sends
    thinking that ``is_redacted`` encrypted, and goes on with what ``pauses`` when it gets it back.
    """

    text: str = ""
    thinking: str = ""
    calls: tuple[Call, ...] = ()
    comment: str = ""
    is_refusal: bool = False
    is_filtered: bool = False
    failure: str = ""
    is_redacted: bool = False
    pauses: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


def find_answer(request: Request, *, thinks: bool, comments: bool = False) -> Answer:
    """Return the answer to a request; ``thinks`` says whether the thinking will be shown.

    With ``comments`` something is said before a call.
    Raises Refused for the prompt that content safety stops and for schemas nothing satisfies.
    """
    question = recognise(request.asked.text)
    if question and question.topic == "tomatoes":
        raise refused("content_filtered")
    answer = _choose(request, question)
    if comments and answer.calls:
        comment = _says("call_comment").format(name=answer.calls[0].name)
        answer = replace(answer, comment=comment, completion_tokens=None)
    if not thinks:
        return replace(answer, thinking="")
    # The other samples were counted without the thinking that is added here.
    if answer.text != _says("languages"):
        return replace(answer, completion_tokens=None)
    text, thinking = _says("languages_reasoned"), _says("languages_thinking")
    return Answer(text, thinking, prompt_tokens=11, completion_tokens=886)


@cache
def _says(name: str) -> str:
    """Return a text of the script: a documented sample answer, or words for all else."""
    return read_parts(Path(__file__).with_name("script.txt")).get(name, "")


def _choose(request: Request, question: Question | None) -> Answer:
    calls = () if request.results else _find_calls(request, question)
    if calls:
        return _call_answer(calls, question)
    if request.schema is not None:
        reply = _json(_instance(request.schema, _SCHEMAS[request.dialect]))
        return Answer(reply, _says("json_thinking"))
    if request.json:
        return _json_answer(request, question)
    if request.results:
        return Answer(_quote_results(request), _says("result_thinking"))
    return _topic_answer(request, question) if question else _demo_answer(request)


def _topic_answer(request: Request, question: Question) -> Answer:
    name = question.topic
    if name == "chart" and not request.asked.images:
        name = "no_chart"
    if name == "pause" and request.said[-1].role == "assistant":
        name = "paused"
    about = table("samples")["topics"].get(name, {})
    text, thinking = (_fill(_says(part), question) for part in (name, f"{name}_thinking"))
    return Answer(text, thinking, **about.get("answer", {}))


def _fill(text: str, question: Question) -> str:
    for origin, destination in question.flights[:1]:
        text = text.format(origin=origin, destination=destination)
    return text


def _find_calls(request: Request, question: Question | None) -> tuple[Call, ...]:
    if not request.tools or request.choice == "none":
        return ()
    may_call = request.choice in ("auto", "required", FLIGHT_TOOL)
    if may_call and FLIGHT_TOOL in request.tools and question and question.topic == "flight":
        flights = question.flights if request.body.get("parallel_tool_calls", True) else ()
        asked = [_flight_arguments(request, *flight) for flight in flights or question.flights[:1]]
        return tuple(Call(FLIGHT_TOOL, _json(arguments)) for arguments in asked)
    if request.choice == "auto":
        return ()
    name = next(iter(request.tools)) if request.choice == "required" else request.choice
    return (Call(name, _json(_instance(request.tools[name] or True, "tools"))),)


def _flight_arguments(request: Request, origin: str, destination: str) -> dict[str, Any]:
    """Return the two cities under the names that the tool's own schema has for them."""
    schema = request.tools[FLIGHT_TOOL]
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not properties:
        return {"origin_city": origin, "destination_city": destination}
    arguments: dict[str, Any] = dict(_instance(schema, "tools"))
    for name in properties:
        if re.match(r"(loc_)?(dest|to(_|$))", name):
            arguments[name] = destination
        elif re.match(r"(loc_)?(orig|from(_|$))", name):
            arguments[name] = origin
    return arguments


def _call_answer(calls: tuple[Call, ...], question: Question | None) -> Answer:
    if question and calls[0].name == FLIGHT_TOOL:
        thinking = _fill(_says("flight_call_thinking"), question)
        answer = Answer("", thinking, calls, prompt_tokens=190, completion_tokens=36)
        return answer if len(calls) == 1 else replace(answer, completion_tokens=None)
    return Answer("", _says("call_thinking").format(name=calls[0].name), calls)


def _json_answer(request: Request, question: Question | None) -> Answer:
    if question and question.topic == "languages":
        reply = _json({"answer": _says("languages_json_answer")})
        thinking = _says("json_thinking")
        return Answer(reply, thinking, prompt_tokens=39, completion_tokens=48)
    answer = _quote_results(request) if request.results else _says("demo_introduction")
    received = {} if request.results else {"received": _received(request)}
    return Answer(_json({"answer": answer.rstrip(":"), **received}), _says("json_thinking"))


def _quote_results(request: Request) -> str:
    return "\n\n".join(_quote(said.tool, said.text) for said in request.results)


def _quote(tool: str, text: str) -> str:
    """Say what a tool returned: the sentence of an ``info`` field, or else the text itself."""
    source = f"`{tool}`" if tool else "the tool"
    value = maybe_json(text)
    if isinstance(value, dict) and isinstance(value.get("info"), str):
        return f"According to {source}: {value['info']}"
    fence = max(["``", *re.findall(r"`+", text)], key=len) + "`"
    return f"According to {source}:\n\n{fence}\n{text}\n{fence}"


def _demo_answer(request: Request) -> Answer:
    facts = "\n".join(f"- **{name}:** {value}" for name, value in _received(request).items())
    text = "\n\n".join([_says("demo_introduction"), facts, _says("demo_advice")])
    length = _characters(request.asked.text)
    return Answer(text, _says("demo_thinking").format(length=length))


def _received(request: Request) -> dict[str, str]:
    """Return what arrived, as label and text; what did not arrive is left out or says no."""
    facts = {
        "Model asked for": f"`{request.model}`",
        "Messages": str(len(request.said)),
        "Prompt": _characters(request.asked.text),
        "System message": f"yes, {_characters(request.system)}" if request.system else "no",
        "Images": _list([str(image) for image in request.asked.images]),
        "Files": _list([str(file) for file in request.asked.files]),
        "Tools offered": _list([f"`{name}`" for name in request.tools]),
        "Parameters": _list_values(request.parameters),
        "Extra parameters": _list_values(request.extras),
    }
    return {name: value for name, value in facts.items() if value}


def _characters(text: str) -> str:
    return "1 character" if len(text) == 1 else f"{len(text):,} characters"


def _list(items: list[str]) -> str:
    return f"{len(items)} ({'; '.join(items)})" if items else ""


def _list_values(values: dict[str, Any]) -> str:
    return ", ".join(f"`{name}` = `{_json(value)}`" for name, value in values.items())


def _instance(schema: object, param: str) -> Any:
    try:
        return instance(schema)
    except UnsatisfiableError as error:
        raise refused("invalid_schema", param=param, why=error) from None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def recognise(prompt: str) -> Question | None:
    """Return the question a prompt asks; a fenced block after it does not count."""
    before = re.split(r"```|~~~", _CUT.sub("", prompt), maxsplit=1)[0]
    asked = " ".join(re.findall(r"[^\W_]+", before))
    for topic, about in table("samples")["topics"].items():
        if found := re.fullmatch(about["asks"], asked, re.IGNORECASE):
            cities = [_city(name) for name in found.groups() if name]
            return Question(topic, tuple(zip(cities[::2], cities[1::2], strict=True)))
    return None


def find_cut(prompt: str) -> int | None:
    """Return after how many events the prompt wants its line to be lost, if it does."""
    found = _CUT.search(prompt)
    return int(found[1]) if found else None


def _city(name: str) -> str:
    return name.title() if name.islower() or name.isupper() else name
