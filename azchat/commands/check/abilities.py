"""What the deployment can do: one question for each ability, and what is worth remembering."""

import json
import re
from collections.abc import Callable
from typing import Any

from azchat.commands.check.asking import Answer, Asking, is_refusal
from azchat.commands.check.report import Finding, Outcome, failed
from azchat.conversation import AnswerFormat, Offer, OfferedTool
from azchat.dialects import named
from azchat.dialects.asked import USAGE_WISH, Manner, Repair
from azchat.dialects.messages.request import model_of
from azchat.errors import AzchatError
from azchat.messages import Image, Part

Probe = Callable[[Asking], Outcome]

_TOOL = OfferedTool(
    "get_time",
    "The current time of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
_SCHEMA = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}
_PARAMETERS: dict[str, Any] = {
    "temperature": 0.9,
    "top_p": 0.9,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.1,
    "seed": 1,
}
# By this name even where the newer one would be sent.
_OLD_LIMIT: dict[str, Any] = {"extras": {"max_tokens": 4096}}
# A PNG of 32 pixels a side: some services refuse smaller ones.
_RED_SQUARE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKElEQVR4nO3NsQ0AAAzCMP5/un0"
    "CNkuZ41wybXsHAAAAAAAAAAAAxR4yw/wuPL6QkAAAAABJRU5ErkJggg=="
)
_BUDGETS = "minimal to max, each a budget of tokens to think with"
_NO_EFFORT = "azchat-asks-which"  # no service has such an effort: its refusal lists those it has
_THINK = "How many times is the letter r in strawberry? Think first, then reply with the number."


def stream(asking: Asking) -> Outcome:
    """Stream one answer: does it come in pieces, is its usage told, where is its thinking."""
    asks_usage: bool | None = True if asking.endpoint.reports_usage_on_request else None
    try:
        answer, asks_usage = _streamed(asking, asks_usage)
    except AzchatError as error:
        lost = Finding("thinking", False, "not known without a stream", "mend the streaming first")
        if is_refusal(error):
            lack = Finding("streaming", False, error.what, "ask with --no-stream")
            return Outcome((lack, lost), {"streams": False})
        return Outcome((failed("streaming", error), lost))
    usage = "with" if answer.usage.total or answer.usage.completion else "without"
    refused = "; it refuses stream_options" if asks_usage is False else ""
    place = asking.dialect.place_of_thinking(answer.raw) or _place_of_thinking(answer)
    starts = True if answer.starts_thinking else None
    told = {"asks_usage": asks_usage, "thinking": place or None, "starts_thinking": starts}
    facts = {name: value for name, value in told.items() if value is not None} | {"streams": True}
    streaming = Finding("streaming", True, f"in pieces, {usage} token counts{refused}")
    thinking = Finding("thinking", True, f"arrives as {place}" if place else "none came")
    return Outcome((streaming, thinking), facts)


def dialects(asking: Asking) -> Outcome:
    """Ask in every dialect that the route may speak; a refusal is an answer, too."""
    speaks = asking.endpoint.speaks
    if len(speaks) == 1:
        return Outcome((Finding("dialects", True, named(speaks[0]).words),))
    try:
        spoken = [name for name in speaks if asking.speaks(name)]
    except AzchatError as error:
        return Outcome((failed("dialects", error),))
    words = ", ".join(named(name).words for name in spoken)
    first = f"; asked in {asking.dialect.words}" if len(spoken) > 1 else ""
    facts = {"dialects": spoken, "asked in": asking.dialect.name, "turned": asking.has_turned}
    return Outcome((Finding("dialects", bool(spoken), (words or "none") + first),), facts)


def tools(asking: Asking) -> Outcome:
    """Offer a tool."""

    def judge(answer: Answer) -> Finding:
        return Finding(
            "tools", True, "called" if answer.calls else "taken, but not called this time"
        )

    return _tried("tools", judge, asking, "What time is it in Oslo?", offer=Offer((_TOOL,)))


def images(asking: Asking) -> Outcome:
    """Show a small red square."""
    question, square = "Which colour is this? One word.", Image(_RED_SQUARE)
    return _tried("images", lambda _: Finding("images", True, "taken"), asking, question, square)


def schema(asking: Asking) -> Outcome:
    """Demand an answer by a JSON schema."""

    def judge(answer: Answer) -> Finding:
        try:
            is_met = isinstance(json.loads(answer.text).get("ready"), bool)
        except (ValueError, AttributeError):
            is_met = False
        mend = "check the answers, or use --json-mode"
        return (
            Finding("schema", True, "kept")
            if is_met
            else Finding("schema", False, "taken, but not kept", mend)
        )

    question, wanted = "Are you ready? Reply in JSON.", AnswerFormat("state", _SCHEMA)
    return _tried("schema", judge, asking, question, answer_format=wanted)


def effort(asking: Asking) -> Outcome:
    """Ask with an effort that cannot be: the refusal lists those that can."""
    try:
        asking.ask("Reply with the one word: ready", effort=_NO_EFFORT)
    except AzchatError as error:
        if not is_refusal(error):
            return Outcome((failed("effort", error),))
        if efforts := _listed(error.what):
            return Outcome((Finding("effort", True, ", ".join(efforts)),), {"efforts": efforts})
        lack = Finding("effort", False, error.what, "leave --effort out")
        return Outcome((lack,), {"efforts": []})
    is_budget = asking.dialect.name == "messages" and model_of(asking.model).thinks == "enabled"
    told = _BUDGETS if is_budget else "any value is taken; the service checks none"
    return Outcome((Finding("effort", True, told),))


def parameters(asking: Asking) -> Outcome:
    """Send all the standard parameters; those that are refused are found one after the other."""
    repairs: dict[Repair, str] = {}
    while True:
        manner = Manner(repairs=tuple(repairs))
        is_chat = asking.dialect.name == "chat"
        given = _PARAMETERS | (_OLD_LIMIT if is_chat else {"max_tokens": 4096})
        asked = asking.asked("Reply with the one word: ready", manner=manner, **given)
        try:
            asking.answer_to(asked)
            break
        except AzchatError as error:
            repair = asking.dialect.mend(error, asked)
            if repair is None or repair in repairs:
                if not is_refusal(error):
                    return Outcome((failed("parameters", error),))
                found = Finding("parameters", False, error.what, "leave it out, or see: --dry-run")
                return Outcome((found,))
            repairs[repair] = error.what
    said = "; ".join(repair.said for repair in repairs) or "all are taken"
    return Outcome((Finding("parameters", True, said),), {"repairs": repairs} if repairs else {})


PROBES: tuple[tuple[tuple[str, ...], Probe], ...] = (
    (("dialects",), dialects),
    (("streaming", "thinking"), stream),
    (("tools",), tools),
    (("images",), images),
    (("schema",), schema),
    (("effort",), effort),
    (("parameters",), parameters),
)


_MENDS = {
    "tools": "ask without tools, or choose another model: azchat models",
    "images": "choose a model that sees: azchat models --catalog",
    "schema": "ask with --json-mode",
}


def _tried(
    name: str,
    judge: Callable[[Answer], Finding],
    asking: Asking,
    question: str,
    *parts: Part,
    **how: Any,
) -> Outcome:
    try:
        found = judge(asking.ask(question, *parts, **how))
    except AzchatError as error:
        if not is_refusal(error):
            return Outcome((failed(name, error),))
        found = Finding(name, False, error.what, _MENDS[name])
    return Outcome((found,), {name: found.ok})


def _streamed(asking: Asking, asks_usage: bool | None) -> tuple[Answer, bool | None]:
    """Return the answer, and whether the question for usage was taken (None: not asked)."""
    if asks_usage:
        try:
            return asking.ask(_THINK, stream=True, manner=Manner()), True
        except AzchatError as error:
            if not (is_refusal(error) and USAGE_WISH in error.what):
                raise
    return asking.ask(_THINK, stream=True), False if asks_usage else None


def _place_of_thinking(answer: Answer) -> str:
    """Return where the thinking was, if not in a field; "" where there was none."""
    if answer.starts_thinking:
        return "text without an opening tag"
    if answer.reasoning:
        return "tags in the text"
    return "a token count only" if answer.usage.reasoning else ""


def _listed(message: str) -> list[str]:
    """Return the values that a refusal lists: ``Supported values are: 'low', 'high'.``"""
    _, found, after = message.partition("upported values are")
    if not found:  # the other wordings: "expected one of", "must be one of", "Input should be"
        after = re.split(r"one of|should be", message, maxsplit=1)[-1]
    values = re.findall(r"['\"`]([a-z]{2,12})['\"`]", after)
    known = ("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra")
    return [value for value in dict.fromkeys(values) if value in known]
