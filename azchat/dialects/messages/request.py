"""A conversation becomes the JSON body of a Messages request. Pure.

The system's words stand apart, turns alternate, the results of tools come first in the user's.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from azchat.conversation import ModelSettings, Offer
from azchat.dialects import history
from azchat.dialects.asked import JSON_ALONE, Asked, Repair, Request
from azchat.dialects.models import family_of, known
from azchat.messages import Echo, File, Image, Message, Part, Text, fenced

Thinks = Literal["adaptive", "enabled", ""]
"""adaptive: by an effort; enabled: by a budget of tokens."""
ADAPTIVE, BUDGET = "adaptive thinking", "thinking by budget"
WAYS: dict[str, Thinks] = {ADAPTIVE: "adaptive", BUDGET: "enabled"}
EARLIER, ALL = "thinking", "all thinking"
"""What repairs call the ways to think, and which thinking is forgotten."""


class Model(NamedTuple):
    """What is known of a model.

    ``most`` tokens it says, thinking included; ``hides`` its thinking, unless it is asked for it.
    ``signs``: without its signature it takes no thinking back.
    """

    thinks: Thinks
    most: int
    hides: bool = False
    signs: bool = True


_UNNAMED = Model("adaptive", 32_000, hides=True)
_OTHERS = Model("enabled", 16_384, signs=False)  # of other makers, behind vLLM, llama.cpp, Ollama
_BUDGETS = {"minimal": 1_024, "low": 4_096, "high": 16_384, "xhigh": 32_000, "max": 48_000}
_LEAST, _USUAL = 1_024, 8_192

AS_TEXT = "input_file"  # of a repair: what is no text is sent as its text
LACKS = ("seed", "presence_penalty", "frequency_penalty", "verbosity")
"""Parameters that this API does not have."""
HEADERS = MappingProxyType({"anthropic-version": "2023-06-01"})
_THOUGHTS = ("thinking", "redacted_thinking")
_SEALS = ("signature", "data")
_Block = dict[str, Any]


def request(body: dict[str, Any], repairs: Sequence[Repair] = ()) -> Request:
    """Return the request with a body; ``repairs`` changed it."""
    return Request("/messages", body, HEADERS, repairs=tuple(repairs))


def body(asked: Asked, repairs: Sequence[Repair] = ()) -> dict[str, Any]:
    """Return the JSON body, with the dialect's own ``repairs``."""
    settings, offer = asked.conversation.settings, asked.offer
    limits = [int(repair.to) for repair in repairs if repair.kind == "limit"]
    most = settings.parameters.get("max_tokens")
    most = most or min([model_of(settings.model).most, *limits])
    leaves = {one.name for one in repairs if one.kind == "forget" or one.name == AS_TEXT}
    messages = list(_turns(asked, leaves))
    made = {
        "model": settings.model,
        "max_tokens": most,
        "system": _system(asked),
        "messages": messages,
        **(_offered(offer) if offer else {}),
        **_parameters(settings),
        "stream": asked.stream or None,
    }
    given = settings.extras.get("max_tokens")
    most = given if type(given) is int else most
    made |= _thinking(settings, most, repairs, goes_on=_thought_on(messages))
    if offer and offer.choice not in (None, "auto", "none"):
        made["thinking"] = None  # "Thinking may not be enabled when tool_choice forces tool use."
    made = {name: value for name, value in made.items() if value is not None}
    return made | dict(settings.extras)


def _system(asked: Asked) -> str | None:
    settings, messages = asked.conversation.settings, asked.conversation.messages
    said = [message.text for message in messages if message.role == "system"]
    if (wanted := settings.answer_format) and wanted.schema is None:
        said.append(JSON_ALONE)  # there is no such mode
    return "\n\n".join(filter(str.strip, said)) or None


def _offered(offer: Offer) -> dict[str, Any]:
    tools = [
        tool.told("messages", {"name": name, "description": description, "input_schema": schema})
        for tool in offer.tools
        for name, description, schema, _ in [tool]
    ]
    choice: Any = {"required": "any"}.get(offer.choice or "", offer.choice)
    if choice:
        is_word = choice in ("auto", "any", "none")
        choice = {"type": choice} if is_word else {"type": "tool", "name": choice}
    return {"tools": tools, "tool_choice": choice}


def _parameters(settings: ModelSettings) -> dict[str, Any]:
    given = dict(settings.parameters)
    for name in ("effort", "summary", "max_tokens"):
        given.pop(name, None)
    return {"stop_sequences": given.pop("stop", None) or None, **given}


def _thinking(
    settings: ModelSettings, most: int, repairs: Sequence[Repair], *, goes_on: bool
) -> dict[str, Any]:
    """Return how to think, and the form of the answer: they share a field.

    By budget only where there is an effort; and not where a call's turn has lost its thinking:
    "Expected `thinking` or `redacted_thinking`, but found `tool_use`".
    """
    model, effort = model_of(settings.model), settings.parameters.get("effort")
    wanted, way = settings.answer_format, model.thinks
    told: dict[str, Any] = {}
    config: dict[str, Any] = {}
    for repair in repairs:
        if repair.kind == "rename":
            way = WAYS[repair.to]
        elif repair[:2] == ("drop", "thinking"):
            way = ""
    is_open = repairs and any(one[:2] == ("drop", "display") for one in repairs)
    if effort == "none" and way:
        told = {"type": "disabled"}
    elif way == "adaptive":
        display = "omitted" if settings.parameters.get("summary") == "none" else "summarized"
        is_told = not is_open and (model.hides or display == "omitted")
        told = {"type": way} | ({"display": display} if is_told else {})
        if effort:
            config["effort"] = "low" if effort == "minimal" else effort
    elif way and effort and goes_on and (budget := budget_of(effort, most)):
        told = {"type": way, "budget_tokens": budget}
    if wanted and wanted.schema is not None:
        config["format"] = {"type": "json_schema", "schema": wanted.schema}
    return {"thinking": told or None, "output_config": config or None}


def _thought_on(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the turn of a call that was answered has its thinking."""
    kinds = [
        "text" if isinstance(turn["content"], str) else turn["content"][0]["type"]
        for turn in messages[-2:]
    ]
    return kinds[-1:] != ["tool_result"] or kinds[0] in _THOUGHTS


# The turns


def _turns(asked: Asked, leaves: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the turns, alternating; a turn of one text alone as a string."""
    spoken = ((speaker, blocks) for speaker, blocks in _spoken(asked, leaves) if blocks)
    for role, several in groupby(spoken, itemgetter(0)):
        yield {
            "role": role,
            "content": _plain([block for _, blocks in several for block in blocks]),
        }


def _spoken(asked: Asked, leaves: Collection[str]) -> Iterator[tuple[str, list[_Block]]]:
    conversation = asked.conversation
    settings, messages = conversation.settings, conversation.messages
    origin = history.origin_of("messages", asked.manner.base, settings.model)
    is_kept = history.history_rule(settings.model, settings.reasoning_history) != "strip"
    asking = max((n for n, one in enumerate(messages) if one.role == "user"), default=0)
    digests = conversation.digests() if any(one.echo for one in messages) else iter(())
    signs = model_of(settings.model).signs
    for number, message in enumerate(messages):
        before = next(digests, "")
        match message.role:
            case "user":
                yield "user", list(_content(message.parts, as_text=AS_TEXT in leaves))
            case "assistant":
                echo = history.echo_of(message, origin)
                keeps = is_kept and ALL not in leaves and (number > asking or EARLIER not in leaves)
                keeps = keeps and echo is not None and echo.after in ("", before)
                yield "assistant", list(_said(message, echo, keeps=keeps, signs=signs))
                results = history.results_of(messages, number, settings.model)
                yield "user", [_result(history.short_id(call.id), text) for call, text in results]
            case _:
                pass  # each result follows its call; the system's words stand apart


def _said(message: Message, echo: Echo | None, *, keeps: bool, signs: bool) -> Iterator[_Block]:
    """Yield what the model said: the service's own blocks, or such as anybody may send."""
    calls = [
        {
            "type": "tool_use",
            "id": history.short_id(call.id),
            "name": called["name"],
            "input": arguments,
        }
        for call in message.tool_calls
        if (called := history.called(call))
        for arguments in [json.loads(called["arguments"])]
    ]
    items = echo.items if echo else ()
    if not items or sum(item.get("type") == "tool_use" for item in items) != len(calls):
        yield from _text(message.text)
        yield from calls
        return
    following = iter(calls)
    for item in items:
        if item.get("type") == "tool_use":
            yield {**item, **next(following)}  # as its result names it
        elif item.get("type") in _THOUGHTS:
            if keeps and (not signs or any(item.get(seal) for seal in _SEALS)):
                yield dict(item)
        elif item.get("type") != "text" or str(item.get("text")).strip():
            yield dict(item)


def _result(call_id: str, text: str) -> _Block:
    failed = {"is_error": True} if text.startswith("error:") else {}
    return {"type": "tool_result", "tool_use_id": call_id, "content": text, **failed}


def _plain(content: list[_Block]) -> str | list[_Block]:
    is_text = len(content) == 1 and content[0].keys() == {"type", "text"}
    return content[0]["text"] if is_text else content


def _content(parts: Sequence[Part], *, as_text: bool) -> Iterator[_Block]:
    for part in parts:
        match part:
            case Text(text=text):
                yield from _text(text)
            case File(name=name, original=str(url)) if not as_text:
                yield {"type": "document", "source": _source(url), "title": name}
            case File(name=name, text=text):
                yield from _text(f"{name}:\n{fenced(text)}")
            case Image(url=url):
                yield {"type": "image", "source": _source(url)}
            case _:
                pass


def _text(text: str) -> Iterator[_Block]:
    if text.strip():  # "text content blocks must contain non-whitespace text"
        yield {"type": "text", "text": text}


def _source(url: str) -> _Block:
    head, is_data, data = url.partition(";base64,")
    if is_data and head.startswith("data:"):
        return {"type": "base64", "media_type": head.removeprefix("data:"), "data": data}
    return {"type": "url", "url": url}


# Thinking


def model_of(name: str | None) -> Model:
    """Return what is known of a model by its name."""
    thinks, most, *hides = known("claude", name).split() or ("", "", "")
    if not most:
        return _OTHERS if family_of(name) else _UNNAMED
    way: Thinks = next((way for way in WAYS.values() if way == thinks), "")
    return Model(way, int(most), bool(hides))


def budget_of(effort: str, most: int) -> int | None:
    """Return the tokens to think with, of ``most`` for all; None where they are too few."""
    budget = max(_LEAST, min(_BUDGETS.get(effort, _USUAL), most * 3 // 4))
    return budget if budget < most else None
