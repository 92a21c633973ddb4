"""Settings: flag > environment > .env > profile > default, each with where it came from.

Only this module reads variables. A profile that is named on the command
line ranks as a flag. A key goes to the endpoint it was given for, and to no other.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlsplit

from azchat.azure.hosts import gets_tokens_unasked, is_azure, is_loopback
from azchat.config_file import GENERAL_NAMES, load_config, profiles_of
from azchat.dotenv_file import DotenvFile, read_dotenv
from azchat.environment import Environment
from azchat.errors import AzchatError, ConfigError, InputError, UsageError
from azchat.families import (
    AZURE_KEYS,
    CONNECTION_STRINGS,
    KEYS_OF_ENDPOINT,
    endpoint_in,
    family_of,
    model_variables,
)
from azchat.families import NAMES as FAMILY_NAMES
from azchat.header_values import filled
from azchat.keys import KEY_PLACES, usable_key
from azchat.redaction import Secret, query_secrets
from azchat.setting_specs import SPECS, Spec

KEY_VARIABLES = frozenset({*AZURE_KEYS, "OPENAI_API_KEY"})
# A .env may not choose the folders, the proxy, the CA bundle or the identity that signs in.
_DOTENV_NAMES = (
    KEY_VARIABLES
    | FAMILY_NAMES
    | {name for spec in SPECS.values() if spec.in_dotenv for name in spec.variables}
)


# A key, or how to fetch it from where it is kept.
_KeySource = Secret | Callable[[], Secret]


class Settings:
    """The resolved configuration; ``settings["model"]`` is a value, None where nothing set it.

    ``values`` and ``origins`` are by setting name; ``key_origin`` says where the key is from
    in words; ``notices`` are for stderr; ``headers`` are those of ``values``, filled in;
    ``unused_keys`` are to be masked all the same.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        origins: Mapping[str, str],
        key: _KeySource | None = None,
        key_origin: str = "",
        notices: tuple[str, ...] = (),
        headers: Mapping[str, Secret] = MappingProxyType({}),
        unused_keys: tuple[Secret, ...] = (),
    ) -> None:
        self.values, self.origins, self.headers = values, origins, headers
        self._key, self.key_origin = key, key_origin
        self.notices, self.unused_keys = notices, unused_keys

    @property
    def key(self) -> Secret | None:
        """The key; who keeps it is asked the first time, and not for a mere look at the rest.

        Raises ``ConfigError`` where it cannot be had.
        """
        if callable(self._key):
            self._key = self._key()
        return self._key

    def secrets(self) -> Iterator[Secret]:
        """Yield all that must not be shown; the key's keeper is asked for it."""
        if self.key:
            yield self.key
        yield from (*query_secrets(str(self["endpoint"])), *self.unused_keys)
        # A gateway may route by the model's name, which is no secret.
        named = f"{self['model']} {self['endpoint']}"
        yield from (one for one in self.headers.values() if one.reveal() not in named)

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    def origin(self, name: str) -> str:
        """Return where a setting came from: flag, a variable, a file, a profile or default."""
        return self.origins.get(name, "not set")


class _Source:
    """One place settings come from; ``origins`` where it is more than the place's name."""

    def __init__(
        self, name: str, values: Mapping[str, Any], origins: Mapping[str, str] | None = None
    ) -> None:
        self.name, self.values = name, values
        self._origins = origins or {}

    def origin(self, name: str) -> str:
        return self._origins.get(name, self.name)


def trust_file(env: Environment) -> Path:
    """Return where the trusted ``.env`` files are remembered."""
    return env.data_folder / "trusted.json"


def resolve(env: Environment, flags: Mapping[str, Any], *, needs_key: bool = True) -> Settings:
    """Return the settings for ``flags`` (by setting name; None means not given).

    Without ``needs_key`` nothing will be sent, so it does not matter whose endpoint it is.

    Raises ``ConfigError`` for an unreadable profile, a wrong value, an untrusted ``.env`` that
    would be needed, or a key that no header can carry.
    """
    given = {
        name: _convert(SPECS[name], value, _flag_name(name), UsageError)
        for name, value in flags.items()
        if value is not None
    }
    _check_text(given)
    dotenv = read_dotenv(env.cwd, _DOTENV_NAMES, trust_file(env))
    profile, is_chosen = _profile(env, given, dotenv)
    in_file = dotenv.values if dotenv else {}
    is_named = "endpoint" in given or (is_chosen and "endpoint" in profile.values)
    found = None if is_named else endpoint_in(env.variables) or endpoint_in(in_file)
    models = model_variables(found and found[0], env.variables, in_file)
    sources = [
        _Source("flag", given),
        _from_variables(env.variables, "environment", models),
        _from_variables(in_file, "./.env", models),
        profile,
        _Source("default", {name: spec.default for name, spec in SPECS.items()}),
    ]
    if is_chosen:  # named on the command line
        sources.insert(1, sources.pop(3))
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for source in reversed(sources):
        for name, value in source.values.items():
            if value is not None:
                values[name], origins[name] = value, source.origin(name)
    _keep_to_family(values, origins)
    _take_header_out(values, origins)
    if values.get("endpoint") is None:
        set_ones = (name for name in CONNECTION_STRINGS if env.variables.get(name, "").strip())
        origins["connection_string"] = next(set_ones, "")
    unused = tuple(_unused_keys(env, profile, dotenv))
    if not needs_key:
        return Settings(values, origins, unused_keys=unused)
    key, key_origin, notices = _choose_key(env, values, origins, profile, dotenv)
    headers = _headers(env, given, profile, values, origins, notices)
    if headers and dotenv and not dotenv.is_trusted and origins["endpoint"].endswith("./.env"):
        raise ConfigError(*_UNTRUSTED)
    _use_machines_identity(env, values, origins, has_key=key is not None)
    return Settings(values, origins, key, key_origin, tuple(notices), headers, unused)


def profile_names(env: Environment) -> list[str]:
    """Return the names of the profiles in the config file, in its order."""
    return list(profiles_of(load_config(env.config_file), env.config_file))


def profile_in_use(env: Environment, wished: str | None) -> str | None:
    """Return the profile that ``--profile``, the environment or the file names; it may be new."""
    name = (
        wished
        or env.variables.get("AZCHAT_PROFILE")
        or load_config(env.config_file).get("default_profile")
    )
    return name if isinstance(name, str) and name else None


def profile_settings(env: Environment, wished: str | None) -> Mapping[str, Any]:
    """Return what the file says for a profile and for all; raises ``ConfigError``."""
    return _profile_source(env, profile_in_use(env, wished)).values


def key_variables(endpoint: str) -> tuple[str, ...]:
    """Return the variables whose key may go to ``endpoint``."""
    return _key_names(endpoint, "")


def check_setting(name: str, value: Any) -> Any:
    """Return a setting's value as its type; raises ``UsageError``."""
    return _convert(SPECS[name], value, name, UsageError)


def mcp_servers(env: Environment) -> dict[str, dict[str, Any]]:
    """Return the MCP servers of the config file by name, each a command or a url.

    Raises ``ConfigError``.
    """
    path = env.config_file
    servers = load_config(path).get("mcp", {})
    if not isinstance(servers, dict) or not all(isinstance(s, dict) for s in servers.values()):
        raise ConfigError(f"mcp in {path} must be tables", 'write [mcp.NAME] and command = "..."')
    for name, server in servers.items():
        if unknown := server.keys() - {"command", "args", "env", "url", "headers"}:
            raise ConfigError(
                f"mcp.{name} in {path} has an unknown setting {min(unknown)!r}",
                "there are: command, args, env, url, headers",
            )
        if ("command" in server) == ("url" in server):
            raise ConfigError(f"mcp.{name} in {path} needs a command or a url", "write one of them")
    return servers


def _check_text(flags: Mapping[str, Any]) -> None:
    """Refuse flags whose bytes were no UTF-8: Python hands those on as lone surrogates."""
    for name, value in flags.items():
        try:
            _characters(value).encode()
        except UnicodeEncodeError:
            raise InputError(f"{_flag_name(name)} is not UTF-8", "type it in UTF-8") from None


def _characters(value: Any) -> str:
    if isinstance(value, list):
        return "".join(map(_characters, value))
    if isinstance(value, dict):
        return "".join(_characters(item) for pair in value.items() for item in pair)
    return str(value)


# The sources


def _from_variables(variables: Mapping[str, str], name: str, models: tuple[str, ...]) -> _Source:
    """Return what ``variables`` say; ``models`` are those that may name the model."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting, spec in SPECS.items():
        for variable in (*spec.variables, *(models if setting == "model" else ())):
            if text := variables.get(variable, "").strip():
                origins[setting] = _origin(variable, name)
                values[setting] = _convert(spec, text, origins[setting])
                break
    if found := endpoint_in(variables):
        _, variable, values["endpoint"] = found
        origins["endpoint"] = _origin(variable, name)
    return _Source(name, values, origins)


def _origin(variable: str, place: str) -> str:
    return variable if place == "environment" else f"{variable} in {place}"


def _profile(
    env: Environment, flags: Mapping[str, Any], dotenv: DotenvFile | None
) -> tuple[_Source, bool]:
    """Return the profile's settings, and whether the command line named it."""
    wished = (
        flags.get("profile")
        or env.variables.get("AZCHAT_PROFILE")
        or (dotenv.values.get("AZCHAT_PROFILE") if dotenv else None)
    )
    return _profile_source(env, wished), "profile" in flags


def _profile_source(env: Environment, wished: str | None) -> _Source:
    config = load_config(env.config_file)
    profiles = profiles_of(config, env.config_file)
    name = wished or config.get("default_profile")
    general = {k: v for k, v in config.items() if k not in GENERAL_NAMES}
    if not isinstance(name, str | None):
        raise ConfigError(f"default_profile in {env.config_file} is no name", "write a text")
    if name is None:
        return _checked(general, str(env.config_file))
    if name not in profiles:
        known = ", ".join(profiles) or "none"
        raise ConfigError(
            f"there is no profile {name!r} in {env.config_file}", f"profiles there: {known}"
        )
    own = profiles[name]
    if "endpoint" in own or _has_key_place(own):  # the general key is for the general endpoint
        general = {k: v for k, v in general.items() if not _has_key_place([k]) and k != "headers"}
    return _checked(general | own, f"profile {name}")


def _has_key_place(names: Iterable[str]) -> bool:
    return any(name.replace("-", "_") in KEY_PLACES for name in names)


def _checked(values: Mapping[str, Any], origin: str) -> _Source:
    checked: dict[str, Any] = {}
    for name, value in values.items():
        name = name.replace("-", "_")
        if name == "key":
            raise ConfigError(
                f"{origin} has a key in it",
                "take it out; to keep it safely: azchat config set key  "
                '(or name its place: key_env = "VAR", key_command = "...", key_file = "PATH")',
            )
        if name not in SPECS or not SPECS[name].in_profile:
            raise ConfigError(f"{origin} has an unknown setting {name!r}", _NAMES_HINT)
        checked[name] = _convert(SPECS[name], value, f"{name} in {origin}")
    return _Source(origin, checked)


def _convert(spec: Spec, value: Any, origin: str, failure: type[AzchatError] = ConfigError) -> Any:
    try:
        converted = spec.convert(value)
    except (AttributeError, TypeError, ValueError, OverflowError):
        said = "" if spec is SPECS["headers"] else f": {value!r}"
        raise failure(f"{origin} is not {spec.wants}{said}", "correct it") from None
    if spec.choices and converted not in spec.choices:
        raise failure(f"{origin} is {value!r}", f"one of: {', '.join(spec.choices)}")
    return converted


def _flag_name(setting: str) -> str:
    return "--header" if setting == "headers" else f"--{setting.replace('_', '-')}"


def _keep_to_family(values: dict[str, Any], origins: dict[str, str]) -> None:
    """Drop what was set for the endpoints of one family, if the endpoint is of another."""
    family = family_of(origins.get("endpoint", ""))
    for name in ("api_version", "effort"):
        variable = origins.get(name, "").partition(" ")[0]
        suits = name == "api_version" and "/openai/deployments" in str(values.get("endpoint"))
        if variable in FAMILY_NAMES and not suits and (not family or variable not in family.others):
            del values[name], origins[name]


def _take_header_out(values: dict[str, Any], origins: dict[str, str]) -> None:
    """Let ``-o extra-parameters=drop`` mean the header of that name, which it is."""
    option = dict(values.get("option") or {})
    if (wished := option.pop("extra-parameters", None)) is not None:
        values["option"] = option or None
        origin = f"extra-parameters, from {origins['option']},"
        values["extra_parameters"] = _convert(SPECS["extra_parameters"], wished, origin, UsageError)
        origins["extra_parameters"] = origins["option"]


def _use_machines_identity(
    env: Environment, values: dict[str, Any], origins: dict[str, str], *, has_key: bool
) -> None:
    """Sign in as the machine where a sample's variable says that it is no developer's."""
    is_set = env.variables.get(_IN_PRODUCTION) and not env.variables.get("AZURE_TOKEN_CREDENTIALS")
    host = _host_of(values.get("endpoint"))
    if is_set and not has_key and values["auth"] == "auto" and gets_tokens_unasked(host):
        values["auth"], origins["auth"] = "managed", _IN_PRODUCTION


def _headers(
    env: Environment,
    given: Mapping[str, Any],
    profile: _Source,
    values: dict[str, Any],
    origins: dict[str, str],
    notices: list[str],
) -> dict[str, Secret]:
    """Return the headers to send: a profile's, to its own endpoint alone, and those of flags."""
    own, flags = profile.values.get("headers") or {}, given.get("headers") or {}
    if own and origins.get("endpoint") != profile.name:
        notices.append(f"the headers of {profile.name} are not sent: the endpoint is another's")
        own = {}
    if flags and own:
        origins["headers"] = f"flag, {profile.name}"
    typed = {name.lower() for name in flags}
    headers = {name: text for name, text in own.items() if name.lower() not in typed} | dict(flags)
    values["headers"] = headers or None
    return {name: filled(env.variables, name, text) for name, text in headers.items()}


# The key


def _choose_key(
    env: Environment,
    values: dict[str, Any],
    origins: dict[str, str],
    profile: _Source,
    dotenv: DotenvFile | None,
) -> tuple[_KeySource | None, str, list[str]]:
    """Return the key that belongs to the endpoint, where it is from, and what to tell."""
    notices: list[str] = []
    endpoint, origin = values.get("endpoint"), origins.get("endpoint", "")
    names = _key_names(endpoint, origin.partition(" ")[0])
    found = dict(_keys(env, names, profile, values, origins))
    if dotenv is None:
        return *_first_key(found), notices
    if dotenv.refusal:
        if endpoint is None or not found:
            _refuse_unless_signed_in(values, f"./.env is not read: {dotenv.refusal}")
        return *_first_key(found), [f"./.env is not read: {dotenv.refusal}"]
    own = {f"{n} in ./.env": dotenv.values[n] for n in names if n in dotenv.values}
    if dotenv.is_trusted:
        return *_first_key(found | own), notices
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


def _key_names(endpoint: object, variable: str) -> tuple[str, ...]:
    if variable in KEYS_OF_ENDPOINT:
        return KEYS_OF_ENDPOINT[variable]
    host = _host_of(endpoint) or str(endpoint).partition("/")[0]
    if is_azure(host):
        return AZURE_KEYS
    return (*AZURE_KEYS, "OPENAI_API_KEY") if is_loopback(host) else ("OPENAI_API_KEY",)


def _host_of(endpoint: object) -> str:
    """Return the host, "" where there is none; what is wrong with it is told later."""
    try:
        return urlsplit(str(endpoint)).hostname or ""
    except ValueError:
        return ""


def _keys(
    env: Environment,
    names: tuple[str, ...],
    profile: _Source,
    values: Mapping[str, Any],
    origins: Mapping[str, str],
) -> Iterator[tuple[str, str | Callable[[], str]]]:
    """Yield where a key is and its value: the profile's for its own endpoint, then variables."""
    if origins.get("endpoint") == profile.name and values["auth"] in ("auto", "key"):
        place = next((name for name in KEY_PLACES if profile.values.get(name)), None)
        if place is not None:
            yield _kept_key(env, profile.name, place, profile.values[place])
    for name in names:
        if name in env.variables:
            yield name, env.variables[name]


def _kept_key(
    env: Environment, profile: str, place: str, value: str
) -> tuple[str, Callable[[], str]]:
    """Return where a profile's key is in words, and what fetches it from there."""
    if place == "key_command":
        from azchat.keys.command import ask_command

        return f"key_command in {profile}", partial(ask_command, value)
    if place == "key_keyring":
        from azchat.keys.ring import ask_keyring

        return f"the keyring ({value})", partial(ask_keyring, value)
    if place == "key_file":
        from azchat.keys.file import read_key_file

        path = Path(os.path.expanduser(value))  # noqa: PTH111 - Path's own raises for ~nobody
        return f"the file {value}", partial(read_key_file, path)
    text = env.variables.get(value, "")
    if not text.strip():
        raise ConfigError(
            f"{profile} takes its key from {value}, which is empty", f"export {value}"
        )
    return value, lambda: text


def _unused_keys(env: Environment, profile: _Source, dotenv: DotenvFile | None) -> Iterator[Secret]:
    """Yield the keys that can be had without asking anybody, whatever they are for."""
    texts = [dotenv.values.get(name, "") for name in KEY_VARIABLES] if dotenv else []
    texts.append(env.variables.get(profile.values.get("key_env") or "", ""))
    if path := profile.values.get("key_file"):
        with suppress(ConfigError):  # which is told where it is needed
            texts.append(_kept_key(env, profile.name, "key_file", path)[1]())
    for text in texts:
        with suppress(ConfigError):
            if key := usable_key(text, "a place that is not used"):
                yield key


def _first_key(
    keys: Mapping[str, str | Callable[[], str]],
) -> tuple[_KeySource | None, str]:
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
    wants_sign_in = values.get("auth") != "auto" or not is_loopback(
        urlsplit(endpoint).hostname or ""
    )
    if has_other_key or wants_sign_in:
        raise ConfigError(*_UNTRUSTED)


def _refuse_unless_signed_in(values: Mapping[str, Any], what: str) -> None:
    if values.get("auth") in ("auto", "key"):
        raise ConfigError(
            what, "export AZURE_INFERENCE_ENDPOINT and AZURE_INFERENCE_CREDENTIAL yourself"
        )


_IN_PRODUCTION = "RUNNING_IN_PRODUCTION"
_UNTRUSTED = (
    "endpoint from untrusted ./.env: it would get a key or sign-in from elsewhere",
    "if the file is yours, run: azchat config trust  (or put its own key beside it)",
)
_NAMES_HINT = "settings are named as the long options: " + ", ".join(
    cast("list[str]", [name for name, spec in SPECS.items() if spec.in_profile])
)
