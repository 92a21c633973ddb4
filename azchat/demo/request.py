"""The body of a chat request, checked and taken apart; raises Refused for what is wrong."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azchat.demo.checks import check_parameters, function_of, read_choice, read_schema, read_tools
from azchat.demo.images import Picture, read_picture
from azchat.demo.models import DEFAULT_MODEL
from azchat.demo.refusals import Refused, azure, extra_parameters, openai, unprocessable
from azchat.demo.routes import Route

_PLAIN_KEYS = {
    *("temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty"),
    *("stop", "seed"),
}
_KNOWN_KEYS = _PLAIN_KEYS | {
    *("messages", "model", "response_format", "stream", "tool_choice", "tools")
}
_OPENAI_KEYS = {"max_completion_tokens", "reasoning_effort", "stream_options", "n"}
_TOKEN = re.compile(r"\s*[^\s]{1,16}|\s+")  # about a word, with the space before it
_ROLES = ("system", "developer", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class Said:
    """One received message: its text, its images, and the tool call it belongs to."""

    role: str
    text: str
    images: tuple[Picture, ...] = ()
    tool: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat request as the script needs it.

    ``tools`` maps names to parameter schemas; ``choice`` is auto, none, required or a tool's
    name; ``schema`` is set for ``json_schema`` replies, ``json`` for ``json_object`` ones.
    """

    model: str
    said: tuple[Said, ...]
    tools: dict[str, Any]
    choice: str
    json: bool
    schema: Any
    body: dict[str, Any]

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
    def parameters(self) -> dict[str, Any]:
        """The parameters that the API knows, as sent."""
        known = _PLAIN_KEYS | _OPENAI_KEYS
        return {key: value for key, value in self.body.items() if key in known}

    @property
    def extras(self) -> dict[str, Any]:
        """The body keys that the API does not know, as sent."""
        known = _KNOWN_KEYS | _OPENAI_KEYS
        return {key: value for key, value in self.body.items() if key not in known}

    @property
    def stream(self) -> bool:
        """Whether the reply is to be streamed."""
        return self.body.get("stream") is True

    @property
    def include_usage(self) -> bool:
        """Whether a chunk with the token counts was asked for."""
        wish = self.body.get("stream_options")
        return isinstance(wish, dict) and wish.get("include_usage") is True

    @property
    def max_tokens(self) -> int | None:
        """The most tokens the reply may have, thinking included."""
        limit: int | None = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return limit

    @property
    def effort(self) -> str:
        """The reasoning effort asked for; medium when nothing was said."""
        return self.body.get("reasoning_effort") or "medium"

    @property
    def stops(self) -> list[str]:
        """The texts that end the answer before they are written."""
        stop = self.body.get("stop") or []
        return [stop] if isinstance(stop, str) else stop

    @property
    def prompt_tokens(self) -> int:
        """The tokens of all messages; images count nothing."""
        return sum(count_tokens(said.text) for said in self.said)


def read_request(route: Route, headers: Mapping[str, str], raw: bytes) -> ChatRequest:
    """Return the checked request of a chat route."""
    body = _read_body(raw)
    if route.guards_extras:
        body = _without_extras(body, headers.get("extra-parameters", "error").lower())
    check_parameters(body)
    tools = read_tools(body.get("tools"))
    default = "MAI-Thinking-1" if route.family == "mai" else DEFAULT_MODEL
    wanted, schema = read_schema(body.get("response_format"))
    return ChatRequest(
        model=route.deployment or body.get("model") or default,
        said=_read_messages(route, body.get("messages")),
        tools=tools,
        choice=read_choice(body.get("tool_choice"), tools),
        json=wanted == "json_object",
        schema=schema,
        body=body,
    )


def _read_body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise azure(400, "BadRequest", f"The request body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise azure(400, "BadRequest", "The request body is not a JSON object.")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


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
        code = "missing_required_parameter"
        return openai("Missing required parameter: 'messages'.", "messages", code)
    return openai(f"Invalid 'messages': {problem}.", "messages", "invalid_value")


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


def split_tokens(text: str) -> list[str]:
    """Return the tokens of a text; joined they are the text again."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return len(split_tokens(text))
