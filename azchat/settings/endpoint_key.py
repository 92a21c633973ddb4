"""The key that belongs to an endpoint: it goes there, and nowhere else.

A key and an endpoint from different places (a variable and a profile, say) are of different
services until somebody says that they belong together; so a key is taken from the place that has
the endpoint, or from a variable that is of its family.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from azchat.azure.hosts import ANTHROPIC, is_azure
from azchat.environment import Environment
from azchat.errors import ConfigError
from azchat.net.hosts import host_of, is_loopback
from azchat.redaction import Secret
from azchat.settings.dotenv import DotenvFile
from azchat.settings.families import AZURE_KEYS, FAMILIES, KEYS_OF_ENDPOINT
from azchat.settings.keys import KEY_PLACES, usable_key

KEY_VARIABLES = frozenset(key for family in FAMILIES for key in family.keys)
_ANTHROPICS = "ANTHROPIC_API_KEY"
KeySource = Secret | Callable[[], Secret]
"""A key, or how to fetch it from where it is kept."""

_Keys = Mapping[str, str | Callable[[], str]]  # by where each is


def choose_key(
    env: Environment,
    values: dict[str, Any],
    origins: dict[str, str],
    profile: str,
    kept: Mapping[str, Any],
    dotenv: DotenvFile | None,
) -> tuple[KeySource | None, str, list[str]]:
    """Return the key that belongs to the endpoint, where it is from, and what to tell.

    ``kept`` are the settings of a ``profile``, which name where its own key is.
    """
    notices: list[str] = []
    endpoint, origin = values.get("endpoint"), origins.get("endpoint", "")
    names = key_variables(endpoint, origin.partition(" ")[0])
    found: _Keys = {name: env.variables[name] for name in names if name in env.variables}
    place = next((name for name in KEY_PLACES if kept.get(name)), None)
    if place and origin == profile and values["auth"] in ("auto", "key"):
        where, fetch = _kept_key(env, profile, place, kept[place])
        found = {where: fetch, **found}
    if dotenv is None:
        return *_first_key(found), notices
    if dotenv.refusal:
        if endpoint is None or not found:
            _refuse_unless_signed_in(values, f"./.env is not read: {dotenv.refusal}")
        return *_first_key(found), [f"./.env is not read: {dotenv.refusal}"]
    own = {f"{n} in ./.env": dotenv.values[n] for n in names if n in dotenv.values}
    if dotenv.is_trusted:
        return *_first_key({**found, **own}), notices
    if origin.endswith("./.env"):
        # Both from the file belong together, whatever the environment holds; but the key must
        # be one, and the one that is used: a sign-in would be the user's own.
        key, key_origin = _first_key(own)
        if key and values["auth"] in ("auto", "key"):
            return key, key_origin, [f"using the endpoint and the key of {dotenv.path}"]
        _check_lone_endpoint(env, str(endpoint), values)
        return None, "", [f"using the endpoint of {dotenv.path}, without a key"]
    if own and not found and endpoint in dotenv.values.values():
        return *_first_key(own), [f"using the key of {dotenv.path}"]
    if own and endpoint is not None:
        if not found:
            _refuse_unless_signed_in(values, "a key in ./.env, for an endpoint from elsewhere")
        notices.append("the key in ./.env is ignored: the endpoint is not from there")
    return *_first_key(found), notices


def unused_keys(
    env: Environment, profile: str, kept: Mapping[str, Any], dotenv: DotenvFile | None
) -> Iterator[Secret]:
    """Yield the keys that can be had without asking anybody, whatever they are for."""
    texts = [dotenv.values.get(name, "") for name in KEY_VARIABLES] if dotenv else []
    texts.append(env.variables.get(kept.get("key_env") or "", ""))
    if path := kept.get("key_file"):
        with suppress(ConfigError):  # which is told where it is needed
            texts.append(_kept_key(env, profile, "key_file", path)[1]())
    for text in texts:
        with suppress(ConfigError):
            if key := usable_key(text, "a place that is not used"):
                yield key


def maybe_keeper(
    env: Environment, profile: str, kept: Mapping[str, Any]
) -> Callable[[], Secret | None] | None:
    """Return how to ask who has a profile's key, None where nobody need be asked."""
    place = next((name for name in KEY_PLACES if kept.get(name)), "")
    if place not in ("key_command", "key_keyring"):
        return None
    where, read = _kept_key(env, profile, place, kept[place])
    return partial(_fetch, read, where)


def key_variables(endpoint: object, variable: str = "") -> tuple[str, ...]:
    """Return the variables whose key may go to an endpoint, which ``variable`` may have named."""
    host = host_of(endpoint) or str(endpoint).partition("/")[0]
    if host == ANTHROPIC:  # whatever named it, no other key goes there
        return (_ANTHROPICS,)
    named = KEYS_OF_ENDPOINT.get(variable, ())
    if named and not (_ANTHROPICS in named and is_azure(host)):
        return named
    if is_azure(host):
        return (*AZURE_KEYS, *KEYS_OF_ENDPOINT["ANTHROPIC_FOUNDRY_BASE_URL"])
    return (*AZURE_KEYS, "OPENAI_API_KEY") if is_loopback(host) else ("OPENAI_API_KEY",)


def _kept_key(
    env: Environment, profile: str, place: str, value: str
) -> tuple[str, Callable[[], str]]:
    """Return where a profile's key is in words, and what fetches it from there."""
    if place == "key_command":
        from azchat.settings.keys.command import ask_command

        return f"key_command in {profile}", partial(ask_command, value)
    if place == "key_keyring":
        from azchat.settings.keys.ring import ask_keyring

        return f"the keyring ({value})", partial(ask_keyring, value)
    if place == "key_file":
        from azchat.settings.keys.file import read_key_file

        path = Path(os.path.expanduser(value))  # noqa: PTH111 - Path's own raises for ~nobody
        return f"the file {value}", partial(read_key_file, path)
    text = env.variables.get(value, "")
    if not text.strip():
        hint = f"export {value}"
        raise ConfigError(f"{profile} takes its key from {value}, which is empty", hint)
    return value, lambda: text


def _first_key(keys: _Keys) -> tuple[KeySource | None, str]:
    for origin, value in keys.items():
        if callable(value):
            return partial(_fetch, value, origin), origin
        if key := usable_key(value, origin):
            return key, origin
    return None, ""


def _fetch(read: Callable[[], str], origin: str) -> Secret:
    key = usable_key(read(), origin)
    if key is None:
        raise ConfigError(f"the key from {origin} is empty", "put it there: azchat config set key")
    return key


def _check_lone_endpoint(env: Environment, endpoint: str, values: Mapping[str, Any]) -> None:
    """Refuse an endpoint from ``.env`` that would get a key or a sign-in from elsewhere."""
    has_other_key = any(env.variables.get(name, "").strip() for name in KEY_VARIABLES)
    wants_sign_in = values.get("auth") != "auto" or not is_loopback(host_of(endpoint))
    if has_other_key or wants_sign_in:
        raise ConfigError(*UNTRUSTED)


def _refuse_unless_signed_in(values: Mapping[str, Any], what: str) -> None:
    if values.get("auth") in ("auto", "key"):
        hint = "export AZURE_INFERENCE_ENDPOINT and AZURE_INFERENCE_CREDENTIAL yourself"
        raise ConfigError(what, hint)


UNTRUSTED = (
    "endpoint from untrusted ./.env: it would get a key or sign-in from elsewhere",
    "if the file is yours, run: azchat config trust  (or put its own key beside it)",
)
