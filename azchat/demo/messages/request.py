"""The body of a request for a message, checked and taken apart; raises Refused."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from azchat.demo.messages.turns import blocks_of, check_turns, read_said
from azchat.demo.models import Model, check_deployment, find_model, starred
from azchat.demo.refusals import listed, refuse
from azchat.demo.request import Request, Said, read_body, read_choice
from azchat.demo.rules import check

Json = dict[str, Any]

_CHOICES = {"auto": "auto", "none": "none", "any": "required"}
_SAMPLING = ("temperature", "top_p", "top_k")
_SHOWN_APART = {"messages", "model", "stream", "system", "tool_choice", "tools"}


class Asked(NamedTuple):
    """A request; the way of its ``thinking``; and the digest of all that came ``before``."""

    request: Request
    thinking: str
    before: str


def read_request(headers: Mapping[str, str], raw: bytes) -> Asked:
    """Return the checked request."""
    if not headers.get("anthropic-version"):
        raise refuse("no_version")
    if betas := headers.get("anthropic-beta"):
        raise refuse("unknown_beta", betas=betas)
    sent = {key: value for key, value in read_body(raw).items() if value is not None}
    turns = sent.get("messages")
    for turn in turns if isinstance(turns, list) else ():
        if isinstance(turn, dict) and turn.get("role") == "system":
            raise refuse("system_role")
    check(sent, "messages")
    model = find_model(sent["model"])
    check_deployment(sent["model"], "messages")
    thinking = sent.get("thinking", {}).get("type") or starred(model.thinking)
    _check_model(sent, model, thinking)
    before = check_turns(sent, model)
    tools = {tool["name"]: tool["input_schema"] for tool in sent.get("tools", ())}
    choice, config = sent.get("tool_choice", {}), sent.get("output_config", {})
    system = [block["text"] for block in blocks_of(sent.get("system", ""))]
    request = Request(
        dialect="messages",
        model=sent["model"],
        said=(*(Said("system", text) for text in system if text), *read_said(sent["messages"])),
        tools=tools,
        choice=read_choice(_CHOICES.get(choice.get("type", "auto"), choice), tools),
        json=False,
        schema=config.get("format", {}).get("schema"),
        effort="none" if thinking == "disabled" else config.get("effort") or model.default_effort,
        max_tokens=sent["max_tokens"],
        body={
            **sent,
            "stop": sent.get("stop_sequences"),
            "parallel_tool_calls": not choice.get("disable_parallel_tool_use"),
        },
        parameters={key: sent[key] for key in sent if key not in _SHOWN_APART},
    )
    return Asked(request, thinking, before)


def _check_model(sent: Json, model: Model, thinking: str) -> None:
    """Raise Refused for the first thing that this model would not take."""
    most, thinks = sent["max_tokens"], thinking != "disabled"
    effort = sent.get("output_config", {}).get("effort", model.default_effort)
    is_forced = sent.get("tool_choice", {}).get("type") in ("any", "tool")
    efforts = {"supported": listed(model.accepted or ["high"])}
    refusals = (
        (f"no_{thinking}", thinking not in model.thinking.replace("*", "").split(), {}),
        (
            "too_many",
            most > model.most,
            {"value": most, "most": model.most, "model": sent["model"]},
        ),
        ("budget", sent.get("thinking", {}).get("budget_tokens", 0) >= most, {}),
        ("no_efforts", not model.accepted and "effort" in sent.get("output_config", {}), {}),
        ("effort", model.accepted and effort not in model.accepted, efforts),
        *(("sampling", model.hides and name in sent, {"param": name}) for name in _SAMPLING),
        ("warm_thinking", thinks and sent.get("temperature", 1) != 1, {}),
        ("top_k_thinking", thinks and "top_k" in sent, {}),
        ("forced", thinks and is_forced, {}),
    )
    for name, is_wrong, words in refusals:
        if is_wrong:
            raise refuse(name, **words)
    if thinking == "enabled":
        _check_call_was_thought(sent["messages"])


def _check_call_was_thought(turns: list[Json]) -> None:
    """By budget a call that is answered now has its thinking before it."""
    kinds = [blocks_of(turn["content"])[0]["type"] for turn in turns[-2:]]
    if kinds[-1] == "tool_result" and "thinking" not in kinds[0]:
        raise refuse("lost_thinking", param=f"messages[{len(turns) - 2}].content[0]", kind=kinds[0])
