"""The body of a chat request, checked and taken apart; raises Refused for what is wrong."""

from collections.abc import Mapping
from typing import Any

from azchat.demo.images import read_picture
from azchat.demo.models import DEFAULT_MODEL, Form, check_deployment, find_model
from azchat.demo.refusals import Refused, extra_parameters, listed, quoted, refused, unprocessable
from azchat.demo.request import Request, Said, read_body, read_choice
from azchat.demo.routes import Route
from azchat.demo.rules import check
from azchat.demo.tables import table

_SHOWN_APART = {"messages", "model", "response_format", "stream", "tool_choice", "tools"}
_OPENAI_KEYS = {"max_completion_tokens", "reasoning_effort", "stream_options", "n"}
_REFUSED_BY_HIDDEN = (
    *("max_tokens", "temperature", "top_p", "presence_penalty", "frequency_penalty"),
    *("logprobs", "logit_bias"),
)


def read_request(route: Route, headers: Mapping[str, str], raw: bytes) -> Request:
    """Return the checked request of a chat route."""
    body = read_body(raw)
    if route.guards_extras:
        body = _without_extras(body, headers.get("extra-parameters", "error").lower())
    _check_body(body, route)
    default = "MAI-Thinking-1" if route.family == "mai" else DEFAULT_MODEL
    model = route.name or body.get("model") or default
    check_deployment(model, "chat")
    functions = [tool["function"] for tool in body.get("tools") or ()]
    tools = {function["name"]: function.get("parameters") for function in functions}
    called: dict[str, str] = {}
    known = _known_keys() - _SHOWN_APART | _OPENAI_KEYS
    wanted = body.get("response_format") or {}
    return Request(
        dialect="chat",
        model=model,
        said=tuple(_read_message(message, called) for message in body["messages"]),
        tools=tools,
        choice=read_choice(body.get("tool_choice"), tools),
        json=wanted.get("type") == "json_object",
        schema=(wanted.get("json_schema") or {}).get("schema"),
        effort=body.get("reasoning_effort") or find_model(model).default_effort,
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        body=body,
        parameters={key: body[key] for key in body if key in known},
        extras={key: body[key] for key in body if key not in known | _SHOWN_APART},
    )


def check_model(request: Request, form: Form) -> None:
    """Raise Refused where this model would not take this request."""
    body, model = request.body, find_model(request.model)
    names = _REFUSED_BY_HIDDEN if form == "hidden" else ("max_tokens",) if form == "mai" else ()
    for name in names:
        if body.get(name) is not None:
            is_renamed = name == "max_tokens"
            raise refused("unsupported_max_tokens" if is_renamed else "unsupported", param=name)
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in model.accepted:
        words = {"value": quoted(effort), "supported": listed(model.accepted)}
        raise refused("unsupported_value", param="reasoning_effort", **words)
    if request.tools and model.tools_over_chat and request.effort != "none":
        is_free = model.tools_over_chat == "without effort"
        name = "tools_with_effort" if is_free else "tools_without_none"
        raise refused(name, model=request.model)


def _without_extras(body: dict[str, Any], wish: str) -> dict[str, Any]:
    extras = [key for key in body if key not in _known_keys()]
    if not extras or wish == "pass-through":
        return body
    if wish == "drop":
        return {key: value for key, value in body.items() if key not in extras}
    raise extra_parameters(extras)


def _known_keys() -> set[str]:
    """Return the keys that the inference routes know."""
    return {*table("requests")["chat"]["keys"]} - _OPENAI_KEYS


def _check_body(body: dict[str, Any], route: Route) -> None:
    try:
        check(body, "chat")
    except Refused as refusal:
        error = refusal.body["error"]
        if route.guards_extras and str(error["param"]).startswith("messages"):
            is_missing = error["code"] == "missing_required_parameter"
            raise unprocessable("messages", error["message"], is_missing=is_missing) from None
        raise


def _read_message(message: dict[str, Any], called: dict[str, str]) -> Said:
    called |= _calls(message.get("tool_calls"))
    role, content = message["role"], message.get("content") or ""
    tool = called.get(str(message.get("tool_call_id")), "")
    if isinstance(content, str):
        return Said(role, content, tool=tool)
    texts = [str(part["text"]) for part in content if part.get("type") == "text" and "text" in part]
    images = [part.get("image_url") for part in content if part.get("type") == "image_url"]
    urls = [image.get("url") if isinstance(image, dict) else image for image in images]
    return Said(role, "\n".join(texts), tuple(map(read_picture, urls)), tool)


def _calls(calls: Any) -> dict[str, str]:
    """Return which tool each call id of an assistant message names."""
    known = [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    named = [(str(call.get("id")), call.get("function")) for call in known]
    return {key: str(one.get("name")) for key, one in named if isinstance(one, dict)}
