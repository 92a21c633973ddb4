"""Settings: flag > environment > .env > profile > default, each with where it came from.

Only this module and ``endpoint_key`` read variables. A profile that is named on the command
line ranks as a flag.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from azchat.azure.hosts import gets_tokens_unasked
from azchat.environment import Environment
from azchat.errors import AzchatError, ConfigError, InputError, UsageError
from azchat.net.hosts import host_of
from azchat.parameters import Auth, Color, Reasoning, ReasoningHistory, Spec, Theme, Thinking
from azchat.redaction import Secret, header_secrets, query_secrets
from azchat.settings import endpoint_key
from azchat.settings.dotenv import read_dotenv
from azchat.settings.families import CONNECTION_STRINGS, endpoint_in, family_of, model_variables
from azchat.settings.families import NAMES as FAMILY_NAMES
from azchat.settings.file import GENERAL_NAMES, load_config, profiles_of
from azchat.settings.headers import filled
from azchat.settings.keys import KEY_PLACES
from azchat.settings.specs import IN_PROFILES, SPECS

# A .env may not choose the folders, the proxy, the CA bundle or the identity that signs in.
_DOTENV_NAMES = (
    endpoint_key.KEY_VARIABLES
    | FAMILY_NAMES
    | {name for spec in SPECS.values() if "no-dotenv" not in spec.marks for name in spec.variables}
)


class Settings:
    """The resolved configuration; ``model`` and the like are None where nothing set them.

    ``values`` and ``origins`` are by setting name; ``key_origin`` says where the key is from
    in words; ``notices`` are for stderr; ``headers`` are those of ``values``, filled in;
    ``unused_keys`` are to be masked all the same, as is what the ``keeper`` of one has.
    """

    # What the code asks for by name; tests/settings/test_typed.py holds the types to the table.
    model: str | None
    endpoint: str | None
    dialect: str
    api_version: str | None
    auth: Auth
    tenant: str | None
    keep_tokens: str
    system: str | None
    option: dict[str, Any] | None
    extra_parameters: str | None
    strict: bool
    reasoning: Reasoning
    reasoning_history: ReasoningHistory | None
    thinking: Thinking
    plain: bool
    raw: bool
    usage: bool
    color: Color
    code_theme: str
    theme: Theme
    width: int
    background: bool
    keep: bool
    timeout: float | None
    idle_timeout: float
    max_time: float | None
    max_cost: float | None
    retries: int

    def __init__(
        self,
        values: Mapping[str, Any],
        origins: Mapping[str, str],
        key: endpoint_key.KeySource | None = None,
        key_origin: str = "",
        notices: tuple[str, ...] = (),
        headers: Mapping[str, Secret] = MappingProxyType({}),
        unused_keys: tuple[Secret, ...] = (),
        keeper: Callable[[], Secret | None] | None = None,
    ) -> None:
        for name in {*SPECS, *values}:
            setattr(self, name, values.get(name, SPECS[name].default))
        self.values, self.origins, self.headers = values, origins, headers
        self._key, self.key_origin = key, key_origin
        self.notices, self.unused_keys, self.keeper = notices, unused_keys, keeper

    @property
    def key(self) -> Secret | None:
        """The key; its keeper is asked the first time. Raises ``ConfigError`` where it has none."""
        if callable(self._key):
            self._key = self._key()
        return self._key

    def secrets(self) -> Iterator[Secret]:
        """Yield all that must not be shown; the key's keeper is asked for it."""
        if self.key:
            yield self.key
        yield from (*query_secrets(str(self.endpoint)), *self.unused_keys)
        # A gateway may route by the model's name, which is no secret.
        named = f"{self.model} {self.endpoint}"
        every = (one for value in self.headers.values() for one in header_secrets(value.reveal()))
        yield from (one for one in every if one.reveal() not in named)

    def origin(self, name: str) -> str:
        """Return where a setting came from: flag, a variable, a file, a profile or default."""
        return self.origins.get(name, "not set")


class _Source(NamedTuple):
    """One place settings come from; ``origins`` where it is more than the place's name."""

    name: str
    values: Mapping[str, Any]
    origins: Mapping[str, str] = MappingProxyType({})


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
    in_file = dotenv.values if dotenv else {}
    profile, is_chosen = _profile(env, given, in_file)
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
                values[name], origins[name] = value, source.origins.get(name, source.name)
    _keep_to_family(values, origins)
    _take_header_out(values, origins)
    if values.get("endpoint") is None:
        set_ones = (name for name in CONNECTION_STRINGS if env.variables.get(name, "").strip())
        origins["connection_string"] = next(set_ones, "")
    kept = profile.name, profile.values
    unused = tuple(endpoint_key.unused_keys(env, *kept, dotenv))
    if not needs_key:
        keeper = endpoint_key.maybe_keeper(env, *kept)
        return Settings(values, origins, unused_keys=unused, keeper=keeper)
    key, key_origin, notices = endpoint_key.choose_key(env, values, origins, *kept, dotenv)
    headers = _headers(env, given, profile, values, origins, notices)
    if headers and dotenv and not dotenv.is_trusted and origins["endpoint"].endswith("./.env"):
        raise ConfigError(*endpoint_key.UNTRUSTED)
    _use_machines_identity(env, values, origins, has_key=key is not None)
    return Settings(values, origins, key, key_origin, tuple(notices), headers, unused)


def profile_names(env: Environment) -> list[str]:
    """Return the names of the profiles in the config file, in its order."""
    return list(profiles_of(load_config(env.config_file), env.config_file))


def profile_in_use(env: Environment, wished: str | None) -> str | None:
    """Return the profile that ``--profile``, the environment or the file names; it may be new."""
    name = wished or env.variables.get("AZCHAT_PROFILE")
    name = name or load_config(env.config_file).get("default_profile")
    return name if isinstance(name, str) and name else None


def profile_settings(env: Environment, wished: str | None) -> Mapping[str, Any]:
    """Return what the file says for a profile and for all; raises ``ConfigError``."""
    return _profile_source(env, profile_in_use(env, wished)).values


def check_setting(name: str, value: Any) -> Any:
    """Return a setting's value as its type; raises ``UsageError``."""
    return _convert(SPECS[name], value, name, UsageError)


def _check_text(flags: Mapping[str, Any]) -> None:
    """Refuse flags whose bytes were no UTF-8: Python hands those on as lone surrogates."""
    for name, value in flags.items():
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise InputError(f"{_flag_name(name)} is not UTF-8", "type it in UTF-8") from None


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
    env: Environment, flags: Mapping[str, Any], in_file: Mapping[str, str]
) -> tuple[_Source, bool]:
    """Return the profile's settings, and whether the command line named it."""
    variables = (place.get("AZCHAT_PROFILE") for place in (env.variables, in_file))
    wished = flags.get("profile") or next(filter(None, variables), None)
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
        hint = f"profiles there: {known}"
        raise ConfigError(f"there is no profile {name!r} in {env.config_file}", hint)
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
        if name not in IN_PROFILES:
            raise ConfigError(f"{origin} has an unknown setting {name!r}", _NAMES_HINT)
        checked[name] = _convert(SPECS[name], value, f"{name} in {origin}")
    return _Source(origin, checked)


def _convert(spec: Spec, value: Any, origin: str, failure: type[AzchatError] = ConfigError) -> Any:
    try:
        converted = spec.kind.convert(value)
    except (AttributeError, TypeError, ValueError, OverflowError):
        said = "" if spec is SPECS["headers"] else f": {value!r}"
        raise failure(f"{origin} is not {spec.kind.wants}{said}", "correct it") from None
    if spec.kind.choices and converted not in spec.kind.choices:
        raise failure(f"{origin} is {value!r}", f"one of: {', '.join(spec.kind.choices)}")
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
    host = host_of(values.get("endpoint"))
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


_IN_PRODUCTION = "RUNNING_IN_PRODUCTION"
_NAMES_HINT = f"settings are named as the long options: {', '.join(IN_PROFILES)}"
