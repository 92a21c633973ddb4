"""Which paths the demo serves, and what each family of paths asks of a request."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote

from azchat.demo.refusals import refused

Family = Literal[
    "inference",
    "serverless",
    "container",
    "v1",
    "deployment",
    "mai",
    "listing",
    "anthropic",
    "page",
]


@dataclass(frozen=True, slots=True)
class Route:
    """A served path: its family, what it does, and the deployment or response it names, if any."""

    family: Family
    action: str
    name: str | None = None

    @property
    def openai(self) -> bool:
        """Whether Azure OpenAI's own forms apply: reasoning in a field, filter results."""
        return self.family in ("v1", "deployment")

    @property
    def guards_extras(self) -> bool:
        """Whether unknown body keys need the header ``extra-parameters``."""
        return self.family in ("inference", "serverless")


_V1 = r"(?:/api/projects/[^/]+)?/openai/v1"
_TABLE: list[tuple[str, str, Family, str]] = [
    ("POST", r"/models/chat/completions", "inference", "chat"),
    ("GET", r"/models/info", "inference", "info"),
    ("GET", r"/models", "listing", "models"),
    ("POST", r"/chat/completions", "serverless", "chat"),
    ("GET", r"/info", "serverless", "info"),
    ("POST", r"/(?:v1/chat/completions|score)", "container", "chat"),
    ("GET", r"/v1/models", "listing", "models"),
    ("POST", rf"{_V1}/chat/completions", "v1", "chat"),
    ("GET", rf"{_V1}/models", "v1", "models"),
    ("POST", rf"{_V1}/responses", "v1", "create"),
    ("GET", rf"{_V1}/responses/(?P<name>[^/]+)", "v1", "retrieve"),
    ("DELETE", rf"{_V1}/responses/(?P<name>[^/]+)", "v1", "delete"),
    ("POST", rf"{_V1}/responses/(?P<name>[^/]+)/cancel", "v1", "cancel"),
    ("POST", r"/anthropic/v1/messages", "anthropic", "message"),
    ("POST", r"/v1/messages", "container", "message"),
    ("GET", r"/api/projects/[^/]+/deployments", "listing", "project deployments"),
    ("POST", r"/openai/deployments/(?P<name>[^/]+)/chat/completions", "deployment", "chat"),
    ("GET", r"/openai/deployments", "deployment", "deployments"),
    ("GET", r"/openai/models", "listing", "models"),
    ("POST", r"/chat/stream", "page", "stream"),
    ("POST", r"/mai/v1/chat/completions", "mai", "chat"),
]


def find_route(method: str, target: str) -> Route:
    """Return the route of a request line, or raise Refused: 404, 405, or a wrong api-version."""
    path, _, query = target.partition("?")
    hits = [(row, hit) for row in _TABLE if (hit := re.fullmatch(row[1], path))]
    if not hits:
        raise refused("not_supported" if path.startswith("/anthropic/") else "not_found")
    for (allowed, _, family, action), hit in hits:
        if method == allowed:
            _check_version(family, query)
            name = hit.groupdict().get("name")
            return Route(family, action, unquote(name) if name else None)
    raise refused("wrong_method", allowed=", ".join(row[0] for row, _ in hits))


def _check_version(family: Family, query: str) -> None:
    versions = parse_qs(query, keep_blank_values=True).get("api-version")
    if family == "v1" and versions is not None:
        raise refused("api_version")
    if family == "deployment" and not any(versions or []):
        raise refused("not_found")
    # The Model Inference API never had a later version; a later date is answered with 404.
    if family == "inference" and versions and max(versions) > "2024-05-01-preview":
        raise refused("not_found")
