"""Connects to the configured endpoint before the heavy imports; sends nothing.

A guess from the raw arguments: whatever is unusual means no early connection, and the full
resolution later decides whether the guess is used.
"""

from azchat.asking.route import choose_route
from azchat.environment import Environment
from azchat.errors import AzchatError
from azchat.net.connection import Connection
from azchat.settings.layers import resolve
from azchat.settings.specs import SPECS

_NAMES = ("endpoint", "profile", "api_version", "auth", "model", "timeout")
_FLAGS = {flag: name for name in _NAMES for flag in SPECS[name].flags.split()}


def connect_early(env: Environment, arguments: list[str]) -> Connection | None:
    """Return a connection that is being opened, or None where nothing usable is configured."""
    try:
        route = choose_route(resolve(env, _flags(arguments)))
        connection = Connection(route.target(env))
    except AzchatError:
        return None  # told by the command itself
    connection.start()
    return connection


def _flags(arguments: list[str]) -> dict[str, object]:
    flags: dict[str, object] = {}
    following = [*arguments[1:], ""]
    for argument, after in zip(arguments, following, strict=True):
        name, has_value, value = argument.partition("=")
        if setting := _FLAGS.get(name):
            flags[setting] = value if has_value else after
    return flags
