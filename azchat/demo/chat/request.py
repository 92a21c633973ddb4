"""The body of a chat request, checked and taken apart; raises Refused for what is wrong."""

from collections.abc import Mapping
from typing import Any

from azchat.demo.chat.checks import (
    check_parameters,
    function_of,
    read_choice,
    read_schema,
    read_tools,
)
from azchat.demo.images import Picture, read_picture
from azchat.demo.models import DEFAULT_MODEL, Form, check_deployment, find_model
from azchat.demo.refusals import Refused, extra_parameters, listed, quoted, refused, unprocessable
from azchat.demo.request import Request, Said, read_body
from azchat.demo.routes import Route

_PLAIN_KEYS = {
    *("temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty"),
    *("stop", "seed"),
}
_KNOWN_KEYS = _PLAIN_KEYS | {
    *("messages", "model", "response_format", "stream", "tool_choice", "tools"),
}
_OPENAI_KEYS = {"max_completion_tokens", "reasoning_effort", "stream_options", "n"}
_ROLES = ("system", "developer", "user", "assistant", "tool")
_REFUSED_BY_HIDDEN = (
    *("max_tokens", "temperature", "top_p", "presence_penalty", "frequency_penalty"),
    *("logprobs", "logit_bias"),
)


def read_request(route: Route, headers: Mapping[str, str], raw: bytes) -> Request:
    """Return the checked request of a chat route."""
    body = read_body(raw)
    if route.guards_extras:
        body = _without_extras(body, headers.get("extra-parameters", "error").lower())
    check_parameters(body)
    default = "MAI-Thinking-1" if route.family == "mai" else DEFAULT_MODEL
    model = route.name or body.get("model") or default
    tools = read_tools(body.get("tools"))
    wanted, schema = read_schema(body.get("response_format"))
    said = _read_messages(route, body.get("messages"))
    choice = read_choice(body.get("tool_choice"), tools)
    check_deployment(model, "chat")
    parameters = {key: body[key] for key in body if key in _PLAIN_KEYS | _OPENAI_KEYS}
    extras = {key: body[key] for key in body if key not in _KNOWN_KEYS | _OPENAI_KEYS}
    return Request(
        dialect="chat",
        model=model,
        said=said,
        tools=tools,
        choice=choice,
        json=wanted == "json_object",
        schema=schema,
        effort=body.get("reasoning_effort") or find_model(model).default_effort,
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        body=body,
        parameters=parameters,
        extras=extras,
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
    extras = [key for key in body if key not in _KNOWN_KEYS]
    if not extras or wish == "pass-through":
        return body
    if wish == "drop":
        return {key: value for key, value in body.items() if key in _KNOWN_KEYS}
    raise extra_parameters(extras)


def _read_messages(route: Route, messages: object) -> tuple[Said, ...]:
    if messages is None:
        raise _bad_messages(route, "Field required")
    if not isinstance(messages, list) or not messages:
        raise _bad_messages(route, "a list of at least one message is needed")
    called: dict[str, str] = {}
    return tuple(_read_message(route, message, called) for message in messages)


def _bad_messages(route: Route, problem: str) -> Refused:
    if route.guards_extras:
        return unprocessable("messages", problem)
    if problem == "Field required":
        return refused("missing", param="messages")
    return refused("invalid_messages", why=problem)


def _read_message(route: Route, message: Any, called: dict[str, str]) -> Said:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise _bad_messages(route, f"a message needs a role, one of {', '.join(_ROLES)}")
    called |= _calls(message.get("tool_calls"))
    tool = called.get(str(message.get("tool_call_id")), "")
    content = message.get("content")
    if content is None or isinstance(content, str):
        return Said(message["role"], content or "", tool=tool)
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise _bad_messages(route, "content is neither a text nor a list of parts")
    texts = [str(part["text"]) for part in content if part.get("type") == "text" and "text" in part]
    images = tuple(_read_image(part) for part in content if part.get("type") == "image_url")
    return Said(message["role"], "\n".join(texts), images, tool)


def _calls(calls: Any) -> dict[str, str]:
    """Return which tool each call id of an assistant message names."""
    known = [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    return {str(call.get("id")): str(function_of(call).get("name")) for call in known}


def _read_image(part: dict[str, Any]) -> Picture:
    image = part.get("image_url")
    return read_picture(image.get("url") if isinstance(image, dict) else image)
