"""Models that lack an ability, by their name: ``demo-no-tools`` refuses tools, and so on.

``demo-broken-tools`` fails with a 500 instead, so that clients can try both.
"""

from azchat.demo.models import Dialect
from azchat.demo.refusals import Refused, refused
from azchat.demo.request import Request

# What an ability is called in the body of each dialect, where that is not its name.
_NAMES: dict[str, dict[Dialect, str]] = {
    "streaming": {"chat": "stream", "responses": "stream"},
    "usage": {"chat": "stream_options"},
    "images": {"chat": "messages", "responses": "input"},
    "schema": {"chat": "response_format", "responses": "text.format"},
    "effort": {"chat": "reasoning_effort", "responses": "reasoning.effort"},
}
_REFUSALS = {
    "images": "images_unsupported",
    "summary": "unverified",
    "encryption": "no_encryption",
}


def check_abilities(request: Request) -> None:
    """Raise Refused where the request needs what the model's name says it lacks."""
    for ability, is_wanted in _wanted(request).items():
        if is_wanted and f"broken-{ability}" in request.model.lower():
            raise refused("broken", ability=ability)
        if is_wanted and f"no-{ability}" in request.model.lower():
            raise _refusal(ability, request)


def _wanted(request: Request) -> dict[str, bool]:
    body = request.body
    reasoning = body.get("reasoning") or {}
    return {
        "streaming": request.stream,
        "usage": request.dialect == "chat" and body.get("stream_options") is not None,
        "tools": bool(request.tools),
        "images": any(said.images for said in request.said),
        "schema": request.schema is not None,
        "effort": (body.get("reasoning_effort") or reasoning.get("effort")) is not None,
        "summary": reasoning.get("summary") is not None,
        "encryption": bool(body.get("include")),
    }


def _refusal(ability: str, request: Request) -> Refused:
    param = _NAMES.get(ability, {}).get(request.dialect, ability)
    if ability == "effort" and request.dialect == "chat":
        return refused("unrecognized", param=param)
    return refused(_REFUSALS.get(ability, "unsupported"), param=param)
