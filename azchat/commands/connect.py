"""From settings to a transport: the demo, a recording, or a real endpoint."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from azchat.azure.connection import Connection
from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.azure.opening import CONNECT_SECONDS, Target
from azchat.config import Settings
from azchat.environment import Environment
from azchat.errors import ConfigError, InputError
from azchat.transport import ReplayTransport, Transport

if TYPE_CHECKING:
    from azchat.azure.client import AzureTransport

# Seconds until a reply's head: a model that does not stream thinks before it sends one.
_HEAD_SECONDS, _HEAD_SECONDS_WHOLE = 300.0, 900.0


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
    text = settings["endpoint"]
    if not text:
        raise ConfigError(
            "no endpoint is set",
            "export AZURE_INFERENCE_ENDPOINT and AZURE_INFERENCE_CREDENTIAL, write a profile into "
            "the file that `azchat config path` names, or try: azchat ask --demo",
        )
    endpoint = parse_endpoint(text, api_version=settings["api_version"], model=settings["model"])
    return Route(endpoint, settings["model"] or endpoint.model, settings["timeout"])


def open_azure(
    env: Environment,
    settings: Settings,
    route: Route,
    *,
    stream: bool = True,
    trace: Callable[[str], None] | None = None,
    trace_content: bool = False,
    early: Connection | None = None,
) -> "AzureTransport":
    """Return the transport to the route's endpoint, over the early connection if it fits."""
    connection = early
    target = route.target(env)
    if connection is None or connection.target != target:
        connection = Connection(target)
    connection.start()
    from azchat.azure.client import AzureTransport  # the SDK's import hides the handshake

    return AzureTransport(
        route.endpoint,
        connection,
        auth=settings["auth"],
        key=settings.key,
        key_origin=settings.key_origin,
        tenant=settings["tenant"],
        variables=env.variables,
        timeout=min(
            route.timeout or (_HEAD_SECONDS if stream else _HEAD_SECONDS_WHOLE),
            settings["max_time"] or float("inf"),
        ),
        trace=trace,
        trace_content=trace_content,
    )


def open_demo(env: Environment, *, typing: bool) -> Transport:
    """Return the built-in service; ``typing`` at a pace that a person can follow."""
    from azchat.demo.transport import TYPING_SPEED, DemoTransport

    return DemoTransport(tokens_per_second=TYPING_SPEED if typing else None, sleep=env.sleep)


def open_replay(path: str) -> Transport:
    """Return the transport that plays a recording."""
    try:
        return ReplayTransport([Path(path).read_bytes()])
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the path") from None
