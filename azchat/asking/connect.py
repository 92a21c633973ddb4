"""From a route to a transport: the demo, a recording, or a real endpoint."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, get_args

from azchat.asking.route import Route
from azchat.dialects.choice import recorded
from azchat.engine.transport import ReplayTransport, Transport
from azchat.environment import Environment
from azchat.errors import InputError, reason_of
from azchat.files import read_whole
from azchat.learned import Deployment
from azchat.net.connection import Connection
from azchat.parameters import DialectName
from azchat.redaction import Redactor, Secret
from azchat.settings.layers import Settings

if TYPE_CHECKING:
    from azchat.azure.client import AzureTransport

# Seconds until a reply's head: a model that does not stream thinks before it sends one.
_HEAD_SECONDS, _HEAD_SECONDS_WHOLE = 300.0, 900.0


def open_azure(
    env: Environment,
    settings: Settings,
    route: Route,
    *,
    stream: bool = True,
    while_waiting: Callable[[], None] = lambda: None,
    trace: Callable[[str], None] | None = None,
    trace_content: bool = False,
    early: Connection | None = None,
    mask: Callable[[Secret], None] = lambda _: None,
    read: Callable[[], object] = lambda: None,
) -> "AzureTransport":
    """Return the transport to the route's endpoint, over the early connection if it fits.

    What reads and shows the answer is imported while the service works on it, by ``read`` and
    ``while_waiting``; ``mask`` is told each token that must not be shown.
    """
    target = route.target(env)
    connection = early if early and early.target == target else Connection(target)
    connection.on_sent = partial(_read_ahead, read, while_waiting)
    connection.start()
    # The SDK's import hides the handshake.
    from azchat.azure.client import AzureTransport
    from azchat.azure.endpoint import KeyHeader
    from azchat.azure.sign_in import Keeping

    endpoint = route.endpoint
    deployment = Deployment(env.data_folder / "deployments.json", endpoint.base, route.model)
    scope, tenant, known = _known(deployment, "scope", "tenant", "key_header")
    if header := next((one for one in get_args(KeyHeader) if one == known), None):
        endpoint = endpoint._replace(key_header=header)
    patience = route.timeout or (_HEAD_SECONDS if stream else _HEAD_SECONDS_WHOLE)
    return AzureTransport(
        endpoint,
        connection,
        auth=settings.auth,
        key=settings.key,
        key_origin=settings.key_origin,
        tenant=settings.tenant,
        variables=env.variables,
        keeping=Keeping(
            env.data_folder,
            scope,
            partial(deployment.remember, "a refused sign-in"),
            mask,
            route.timeout,
            settings.keep_tokens,
            partial(_tell_apart, env),
            tenant,
        ),
        timeout=min(patience, settings.max_time or float("inf")),
        trace=trace,
        trace_content=trace_content,
    )


def _read_ahead(read: Callable[[], object], while_waiting: Callable[[], None]) -> None:
    import azchat.wire.response  # noqa: F401

    read()
    while_waiting()


def _known(deployment: Deployment, *names: str) -> list[str | None]:
    """Return facts that are texts; None in the place of what is not known."""
    facts = map(deployment.facts.get, names)
    return [fact if isinstance(fact, str) else None for fact in facts]


def _tell_apart(env: Environment, line: str) -> None:
    """Tell what must be seen while an answer is waited for, below the line that says so."""
    apart = "\n" if env.stderr.is_terminal else ""
    env.stderr.write(f"{apart}azchat: {line}\n")


def tracer(env: Environment, redactor: Redactor) -> Callable[[str], None]:
    """Return what writes the lines of a trace, each with the time since now."""
    start = env.clock()

    def trace(line: str) -> None:
        line = f"[{1000 * (env.clock() - start):7.1f} ms] {line}\n"
        env.stderr.write(redactor.redact(line))

    return trace


def open_demo(env: Environment, *, typing: bool) -> Transport:
    """Return the built-in service; ``typing`` at a pace that a person can follow."""
    from azchat.demo.transport import TYPING_SECONDS, TYPING_SPEED, DemoTransport

    speed = TYPING_SPEED if typing else None
    return DemoTransport(
        tokens_per_second=speed, sleep=env.sleep, clock=env.clock, within=TYPING_SECONDS
    )


def open_replay(path: str) -> Transport:
    """Return the transport that plays a recording."""
    return ReplayTransport([_recording(path)])


def recorded_dialect(path: str) -> DialectName:
    """Return the dialect of a recording."""
    return recorded(_recording(path))


def _recording(path: str) -> bytes:
    try:
        return read_whole(path)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {reason_of(error)}", "check the path") from None
