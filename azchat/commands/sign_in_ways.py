"""The ways to sign in that the set-up offers for an endpoint."""

import shutil
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from azchat.azure.endpoint import Endpoint
from azchat.environment import Environment
from azchat.errors import ConfigError
from azchat.parameters import Auth
from azchat.redaction import Secret
from azchat.settings.endpoint_key import key_variables
from azchat.settings.keys import usable_key


class Way(NamedTuple):
    """One way: what it is called, the sign-in it means, and where a key comes from."""

    words: str
    auth: Auth = "auto"
    place: str = ""
    variable: str = ""


class SignIn(NamedTuple):
    """A chosen sign-in; ``place`` is what a profile says of its key: a typed one has none yet."""

    auth: Auth
    origin: str
    key: Secret | None = None
    place: Mapping[str, str] = MappingProxyType({})
    is_typed: bool = False

    @classmethod
    def with_typed_key(cls, text: str) -> "SignIn | None":
        """Return the sign-in with a key that was typed, None for an empty line."""
        key = usable_key(text, "the terminal")
        return cls("auto", "the key you typed", key, is_typed=True) if key else None

    @classmethod
    def with_command(cls, line: str) -> "SignIn | None":
        """Return the sign-in with the key that a command prints; raises ``ConfigError``."""
        from azchat.errors import UsageError
        from azchat.settings.keys.command import ask_command
        from azchat.settings.layers import check_setting

        if not line:
            return None
        try:
            command: str = check_setting("key_command", line)
        except UsageError as error:
            raise ConfigError(error.what, error.hint) from None
        key = usable_key(ask_command(command), "key_command")
        return cls("auto", "key_command", key, {"key_command": command})

    @classmethod
    def with_variable(cls, env: Environment, name: str) -> "SignIn":
        """Return the sign-in with the key that a variable holds; raises ``ConfigError``."""
        return cls("auto", name, usable_key(env.variables[name], name), {"key_env": name})


def by_hand(variables: Mapping[str, str]) -> Auth:
    """Return how a person signs in here: a browser that cannot be seen is of no use."""
    is_far = any(variables.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "CODESPACES"))
    has_screen = sys.platform in ("darwin", "win32") or any(
        variables.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    return "browser" if has_screen and not is_far else "device"


def ways_to_sign_in(env: Environment, endpoint: Endpoint) -> list[Way]:
    """Return the ways that the endpoint takes, the likeliest first."""
    names = (n for n in key_variables(endpoint.base) if env.variables.get(n, "").strip())
    ways = [Way(f"with the key in {name}", place="key_env", variable=name) for name in names]
    is_open = endpoint.scope is None or endpoint.is_loopback
    takes_anybody = endpoint.kind != "serverless" and is_open
    if takes_anybody and endpoint.is_loopback:
        ways.append(Way("not at all"))
    ways.append(Way("with a key, which you paste now", place="typed"))
    ways.append(Way("with a key that a password manager's command prints", place="key_command"))
    if takes_anybody:
        return ways if endpoint.is_loopback else [*ways, Way("not at all")]
    return [*ways, *_keyless(env)] if endpoint.scope else ways


def _keyless(env: Environment) -> list[Way]:
    logins: tuple[tuple[Auth, str], ...] = (("az", "az login"), ("azd", "azd auth login"))
    path = env.variables.get("PATH")
    there = (each for each in logins if shutil.which(each[0], path=path))
    ways = [Way(f"as the account of `{login}`", auth) for auth, login in there]
    ways.append(Way("in the browser, with Microsoft Entra", "browser"))
    ways.append(Way("with a code that you enter in a browser elsewhere", "device"))
    ways.append(Way("with the managed identity of this machine", "managed"))
    ways.append(Way("with whatever of these works (Entra's usual order)", "entra"))
    return ways
