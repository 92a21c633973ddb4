"""Where requests go, from the settings alone.

A module of its own with few imports: the early connection waits for nothing else.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.environment import Environment
from azchat.errors import ConfigError
from azchat.net.opening import CONNECT_SECONDS, Target
from azchat.settings.layers import Settings


class Means(NamedTuple):
    """What the flags say of the way: settings, the demo or a recording instead of an endpoint.

    ``settings`` are what profiles can set too; ``debug`` traces, ``debug_content`` all of it.
    """

    settings: Mapping[str, Any] = MappingProxyType({})
    demo: bool = False
    stream: bool = True
    record: str | None = None
    replay: str | None = None
    debug: bool = False
    debug_content: bool = False


class Route(NamedTuple):
    """Where requests go, settled before anything is sent; ``timeout`` is the user's wish."""

    endpoint: Endpoint
    model: str | None
    timeout: float | None = None

    def target(self, env: Environment) -> Target:
        """Return what to connect to."""
        return Target.of(self.endpoint.base, env.variables, self.timeout or CONNECT_SECONDS)


def choose_route(settings: Settings) -> Route:
    """Return the route that the settings name; raises ``ConfigError`` without an endpoint."""
    text = settings.endpoint
    if not text:
        hub = settings.origins.get("connection_string")
        raise ConfigError(
            f"no endpoint is set; {hub} is a hub's connection string, which is none"
            if hub
            else "no endpoint is set",
            "az login, then azchat config connect (`azchat` alone asks on a terminal); or export "
            "AZURE_INFERENCE_ENDPOINT and AZURE_INFERENCE_CREDENTIAL; or keep them: azchat config "
            "set endpoint URL, azchat config set key; or try it without an account: azchat ask "
            "--demo",
        )
    endpoint = parse_endpoint(text, api_version=settings.api_version, model=settings.model)
    extras = settings.extra_parameters
    is_typed = settings.origin("extra_parameters") == "flag"
    if extras and is_typed and not endpoint.takes_extra_parameters_header:
        note = "extra-parameters is not sent: this route has no such header"
        endpoint = endpoint._replace(notes=(*endpoint.notes, note))
    endpoint = endpoint._replace(headers=settings.headers, extra_parameters=extras)
    return Route(endpoint, settings.model or endpoint.model, settings.timeout)
