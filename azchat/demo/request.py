"""What is asked, in the script's words; each dialect makes it of its own bodies."""

import json
import re
from dataclasses import dataclass
from typing import Any

from azchat.demo.images import Picture
from azchat.demo.models import Dialect
from azchat.demo.refusals import refused

_TOKEN = re.compile(r"\s*[^\s]{1,16}|\s+")  # about a word, with the space before it


@dataclass(frozen=True, slots=True)
class Said:
    """One received message: its text, its images and files, and the call it belongs to."""

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
    ``comments``: text may come before a call. ``parameters`` are those that the API knows,
    ``extras`` those it does not, as sent.
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
    extras: dict[str, Any]
    comments: bool = False

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

    @property
    def stops(self) -> list[str]:
        """The texts that end the answer before they are written."""
        stop = self.body.get("stop") or []
        return [stop] if isinstance(stop, str) else stop

    @property
    def prompt_tokens(self) -> int:
        """The tokens of all messages; images count nothing."""
        return sum(count_tokens(said.text) for said in self.said)


def read_body(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a body, or raise Refused."""
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refused("bad_json", what=f"valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise refused("bad_json", what="a JSON object.")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def split_tokens(text: str) -> list[str]:
    """Return the tokens of a text; joined they are the text again."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return len(split_tokens(text))
