"""The body of a request for a response, checked and taken apart; raises Refused."""

from typing import Any

from azchat.demo.models import Model, check_deployment, find_model
from azchat.demo.refusals import listed, quoted, refused
from azchat.demo.request import Request, Said, read_body, read_choice
from azchat.demo.responses.items import Json, check_items, read_items, read_said
from azchat.demo.responses.store import Store
from azchat.demo.rules import check
from azchat.demo.tables import table

_SAMPLING = ("temperature", "top_p", "top_logprobs")
_VERBOSITIES = ["low", "medium", "high"]
# What the script's answer says was sent, beside the messages and the tools.
_PARAMETERS = {
    *("max_output_tokens", "reasoning", "text", "truncation", "service_tier", "metadata"),
    *("parallel_tool_calls", *_SAMPLING),
}


def read_request(raw: bytes, store: Store) -> Request:
    """Return the checked request; its body has every field that has a default."""
    sent = {key: value for key, value in read_body(raw).items() if value is not None}
    check(sent, "responses")
    model = find_model(sent["model"])
    check_deployment(sent["model"], "responses")
    _check_model(sent, model)
    body: Json = table("replies")["defaults"] | sent
    if body["background"] and not body["store"]:
        raise refused("unstored_background")
    if "conversation" in body:
        raise refused("no_conversation", id=body["conversation"])
    previous = body["previous_response_id"]
    items = store.conversation(previous) if previous is not None else []
    items += read_items(body["input"], store.find_item)
    check_items(items, body["model"], store.find_item, stored=body["store"])
    tools = {tool["name"]: tool.get("parameters") for tool in body["tools"]}
    wanted = body["text"].get("format") or {}
    system = [Said("system", body["instructions"])] if body["instructions"] else []
    return Request(
        dialect="responses",
        model=body["model"],
        said=(*system, *read_said(items)),
        tools=tools,
        choice=read_choice(body["tool_choice"], tools),
        json=wanted.get("type") == "json_object",
        schema=wanted.get("schema"),
        effort=body["reasoning"].get("effort") or model.default_effort,
        max_tokens=body["max_output_tokens"],
        body=body,
        parameters={key: sent[key] for key in sent if key in _PARAMETERS},
        items=items,
    )


def _check_model(sent: Json, model: Model) -> None:
    """Raise Refused where this model would not take this request."""
    reasoning, text = sent.get("reasoning", {}), sent.get("text", {})
    reasons, hides = model.form != "plain", model.form == "hidden"
    if reasoning.get("summary") and reasons and not model.summaries:
        raise refused("unverified")
    if "reasoning.encrypted_content" in sent.get("include", ()) and not hides:
        raise refused("no_encryption")
    refusable = [*_SAMPLING] if hides else []
    refusable += [] if reasons else [f"reasoning.{name}" for name in reasoning if reasoning[name]]
    for param in refusable:
        if param in sent or "." in param:
            raise refused("unsupported", param=param)
    takes: dict[str, tuple[Any, list[Any]]] = {
        "reasoning.effort": (reasoning.get("effort"), model.accepted),
        "reasoning.summary": (reasoning.get("summary"), model.summaries.split()),
        "text.verbosity": (text.get("verbosity"), _VERBOSITIES if hides else ["medium"]),
        "stream": (sent.get("stream"), [False, True] if model.streams else [False]),
    }
    for param, (value, supported) in takes.items():
        if value is not None and value not in supported:
            words = {"value": quoted(value), "supported": listed(supported)}
            raise refused("value_unsupported", param=param, model=sent["model"], **words)
