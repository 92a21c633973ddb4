"""What is asked, in the script's words; each dialect makes it of its own bodies."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from azchat.demo.images import Picture
from azchat.demo.models import Dialect
from azchat.demo.refusals import Refused, refused
from azchat.wire.payloads import no_constant

# Where an ability has its place in a body: over chat, over Responses, and over Messages.
_PLACES = {
    "streaming": ("stream", "stream", "stream"),
    "usage": ("stream_options", "", ""),
    "tools": ("tools", "tools", "tools"),
    "images": ("messages", "input", "messages"),
    "schema": ("response_format", "text.format", "output_config.format"),
    "effort": ("reasoning_effort", "reasoning.effort", "output_config.effort"),
    "summary": ("", "reasoning.summary", "thinking.display"),
    "encryption": ("", "include", ""),
}
_DIALECTS = ("chat", "responses", "messages")
_REFUSALS = {"images": "images_unsupported", "summary": "unverified", "encryption": "no_encryption"}
_TOKEN = re.compile(r"\s*[^\s]{1,16}|\s+")  # about a word, with the space before it


@dataclass(frozen=True, slots=True)
class Said:
    """One received message: its text, its images and files, and the tool of the call it answers."""

    role: str
    text: str
    images: tuple[Picture, ...] = ()
    tool: str = ""
    files: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the script needs it.

    ``tools`` maps names to parameter schemas; ``choice`` is auto, none, required or a tool's
    name; ``schema`` is set for ``json_schema`` replies, ``json`` for ``json_object`` ones.
    ``parameters`` are those that the API knows, ``extras`` those it does not, as sent;
    ``items`` are the input of a response.
    """

    dialect: Dialect
    model: str
    said: tuple[Said, ...]
    tools: dict[str, Any]
    choice: str
    json: bool
    schema: Any
    effort: str
    max_tokens: int | None
    body: dict[str, Any]
    parameters: dict[str, Any]
    extras: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)

    @property
    def asked(self) -> Said:
        """The last message of the user, or an empty one."""
        users = [said for said in self.said if said.role == "user"]
        return users[-1] if users else Said("user", "")

    @property
    def system(self) -> str:
        """The text of the system and developer messages."""
        return "\n".join(one.text for one in self.said if one.role in ("system", "developer"))

    @property
    def results(self) -> list[Said]:
        """The tool results that came after the last message of the user."""
        roles = [said.role for said in self.said]
        after = len(roles) - roles[::-1].index("user") if "user" in roles else 0
        return [said for said in self.said[after:] if said.role == "tool"]

    @property
    def alone(self) -> bool:
        """Whether nothing but the one question (and a system message) was sent."""
        others = [said for said in self.said if said.role not in ("system", "developer")]
        return len(others) == 1 and "```" not in others[0].text

    @property
    def stream(self) -> bool:
        """Whether the reply is to be streamed."""
        return self.body.get("stream") is True


def read_body(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a body, or raise Refused."""
    try:
        body = json.loads(raw, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise refused("bad_json", what=f"valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise refused("bad_json", what="a JSON object.")
    return body


def read_choice(choice: Any, tools: dict[str, Any]) -> str:
    """Return auto, none, required, or the name of the tool that must be called."""
    if choice in (None, "auto", "none"):
        return choice or "auto"
    if choice == "required" and tools:
        return "required"
    given = choice if isinstance(choice, dict) else {}
    if given.get("type") == "allowed_tools":
        return read_choice(given.get("mode"), tools)
    named = given.get("function") or given  # inside of it over chat
    name = named.get("name") if isinstance(named, dict) else None
    if name not in list(tools):
        raise refused("tool_choice", name=name or choice)
    return str(name)


def split_tokens(text: str) -> list[str]:
    """Return the tokens of a text; joined they are the text again."""
    return _TOKEN.findall(text)


def check_abilities(request: Request) -> None:
    """Raise Refused where the request needs what the model's name says it lacks.

    ``demo-no-tools`` refuses tools, and so on; ``demo-broken-tools`` fails with a 500 instead, so
    that clients can try both.
    """
    for ability, places in _PLACES.items():
        place = places[_DIALECTS.index(request.dialect)]
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
