"""Models that lack an ability, by their name: ``demo-no-tools`` refuses tools, and so on.

``demo-broken-tools`` fails with a 500 instead, so that clients can try both.
"""

from azchat.demo.refusals import Refused, refused
from azchat.demo.request import Request

# Where an ability has its place in a body: over chat, and over Responses.
_PLACES = {
    "streaming": ("stream", "stream"),
    "usage": ("stream_options", ""),
    "tools": ("tools", "tools"),
    "images": ("messages", "input"),
    "schema": ("response_format", "text.format"),
    "effort": ("reasoning_effort", "reasoning.effort"),
    "summary": ("", "reasoning.summary"),
    "encryption": ("", "include"),
}
_REFUSALS = {"images": "images_unsupported", "summary": "unverified", "encryption": "no_encryption"}


def check_abilities(request: Request) -> None:
    """Raise Refused where the request needs what the model's name says it lacks."""
    for ability, places in _PLACES.items():
        place = places[request.dialect == "responses"]
        if place and _is_wanted(ability, place, request):
            if f"broken-{ability}" in request.model.lower():
                raise refused("broken", ability=ability)
            if f"no-{ability}" in request.model.lower():
                raise _refusal(ability, place)


def _is_wanted(ability: str, place: str, request: Request) -> bool:
    if ability == "images":
        return any(said.images for said in request.said)
    if ability == "schema":
        return request.schema is not None
    name, _, inner = place.partition(".")
    value = request.body.get(name)
    return bool(value.get(inner) if inner and value else value)


def _refusal(ability: str, place: str) -> Refused:
    name = "unrecognized" if place == "reasoning_effort" else _REFUSALS.get(ability, "unsupported")
    return refused(name, param=place)
