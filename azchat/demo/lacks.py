"""Models that lack an ability, by their name: ``demo-no-tools`` refuses tools, and so on.

``demo-broken-tools`` fails with a 500 instead, so that clients can try both.
"""

from typing import Any

from azchat.demo.refusals import Refused, azure, openai, unsupported_parameter


def check_abilities(model: str, body: dict[str, Any]) -> None:
    """Raise Refused where the request needs what the model's name says it lacks."""
    for ability, is_wanted in _wanted(body).items():
        if is_wanted and f"broken-{ability}" in model.lower():
            raise azure(500, "InternalServerError", f"The demo breaks on {ability}.")
        if is_wanted and f"no-{ability}" in model.lower():
            raise _refusal(ability)


def _wanted(body: dict[str, Any]) -> dict[str, bool]:
    wanted = body.get("response_format")
    return {
        "streaming": body.get("stream") is True,
        "usage": body.get("stream_options") is not None,
        "tools": bool(body.get("tools")),
        "images": any(map(_has_image, body.get("messages") or ())),
        "schema": isinstance(wanted, dict) and wanted.get("type") == "json_schema",
        "effort": body.get("reasoning_effort") is not None,
    }


def _has_image(message: Any) -> bool:
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else []
    return any(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _refusal(ability: str) -> Refused:
    if ability == "images":
        message = "Invalid content type. image_url is only supported by certain models."
        return openai(message, "messages", "invalid_value")
    if ability == "effort":
        message = "Unrecognized request argument supplied: reasoning_effort"
        return openai(message, None, "unrecognized_request_argument")
    names = {"streaming": "stream", "usage": "stream_options", "schema": "response_format"}
    return unsupported_parameter(names.get(ability, ability))
