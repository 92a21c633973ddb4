"""Settings: flag > environment > .env > profile > default, each with where it came from.

Only this module reads variables and the profile file. A profile that is named on the command
line ranks as a flag. A key goes to the endpoint it was given for, and to no other.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from azchat.azure.endpoint import is_azure, is_loopback
from azchat.dotenv_file import DotenvFile, read_dotenv
from azchat.environment import Environment
from azchat.errors import AzchatError, ConfigError, InputError, UsageError
from azchat.redaction import Secret
from azchat.setting_specs import SPECS, Spec

# Which key belongs to which endpoint variable. A key never crosses to another make of service.
_AZURE_KEYS = ("AZURE_INFERENCE_CREDENTIAL", "AZURE_OPENAI_API_KEY")
_KEYS_OF_ENDPOINT = {
    "AZURE_INFERENCE_ENDPOINT": ("AZURE_INFERENCE_CREDENTIAL",),
    "AZURE_AI_PROJECT_ENDPOINT": _AZURE_KEYS,
    "AZURE_OPENAI_ENDPOINT": ("AZURE_OPENAI_API_KEY", "AZURE_INFERENCE_CREDENTIAL"),
    "OPENAI_BASE_URL": ("OPENAI_API_KEY",),
}
KEY_VARIABLES = frozenset({*_AZURE_KEYS, "OPENAI_API_KEY"})
# A .env may not choose the folders, the proxy, the CA bundle or the identity that signs in.
_DOTENV_NAMES = KEY_VARIABLES | {
    name for spec in SPECS.values() if spec.in_dotenv for name in spec.variables
}


class Settings:
    """The resolved configuration; ``settings["model"]`` is a value, None where nothing set it.

    ``values`` and ``origins`` are by setting name; ``key_origin`` says where the key is from
    in words; ``notices`` are for stderr.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        origins: Mapping[str, str],
        key: Secret | None = None,
        key_origin: str = "",
        notices: tuple[str, ...] = (),
    ) -> None:
        self.values, self.origins = values, origins
        self.key, self.key_origin = key, key_origin
        self.notices = notices

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
    sources = [
        _Source("flag", given),
        _from_variables(env.variables, "environment"),
        _from_variables(dotenv.values if dotenv else {}, "./.env"),
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
    _pair_api_version(values, origins)
    if not needs_key:
        return Settings(values, origins)
    key, key_origin, notices = _choose_key(env, values, origins, profile, dotenv)
    return Settings(values, origins, key, key_origin, tuple(notices))


def profile_names(env: Environment) -> list[str]:
    """Return the names of the profiles in the config file, in its order."""
    return list(_profiles(_load(env.config_file), env.config_file))


def mcp_servers(env: Environment) -> dict[str, dict[str, Any]]:
    """Return the MCP servers of the config file by name, each a command or a url.

    Raises ``ConfigError``.
    """
    path = env.config_file
    servers = _load(path).get("mcp", {})
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


def _from_variables(variables: Mapping[str, str], name: str) -> _Source:
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting, spec in SPECS.items():
        for variable in spec.variables:
            if text := variables.get(variable, "").strip():
                origin = variable if name == "environment" else f"{variable} in {name}"
                values[setting] = _convert(spec, text, origin)
                origins[setting] = origin
                break
    return _Source(name, values, origins)


def _profile(
    env: Environment, flags: Mapping[str, Any], dotenv: DotenvFile | None
) -> tuple[_Source, bool]:
    """Return the profile's settings, and whether the command line named it."""
    config = _load(env.config_file)
    profiles = _profiles(config, env.config_file)
    wished = (
        flags.get("profile")
        or env.variables.get("AZCHAT_PROFILE")
        or (dotenv.values.get("AZCHAT_PROFILE") if dotenv else None)
        or config.get("default_profile")
    )
    general = {k: v for k, v in config.items() if k not in ("profiles", "default_profile", "mcp")}
    if not isinstance(wished, str | None):
        raise ConfigError(f"default_profile in {env.config_file} is no name", "write a text")
    if wished is None:
        return _checked(general, str(env.config_file)), False
    if wished not in profiles:
        known = ", ".join(profiles) or "none"
        raise ConfigError(
            f"there is no profile {wished!r} in {env.config_file}", f"profiles there: {known}"
        )
    source = _checked(general | profiles[wished], f"profile {wished}")
    return source, "profile" in flags


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # Notepad writes a byte order mark
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", "check its mode") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8", "save it as UTF-8") from None
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", "mend that line") from None


def _profiles(config: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    profiles = config.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        raise ConfigError(
            f"profiles in {path} must be tables", 'write [profiles.NAME] and endpoint = "..."'
        )
    return profiles


def _checked(values: Mapping[str, Any], origin: str) -> _Source:
    checked: dict[str, Any] = {}
    for name, value in values.items():
        name = name.replace("-", "_")
        if name == "key":
            raise ConfigError(
                f"{origin} has a key in it", 'name its place: key_env = "VAR" or key_file = "PATH"'
            )
        if name not in SPECS or not SPECS[name].in_profile:
            raise ConfigError(f"{origin} has an unknown setting {name!r}", _NAMES_HINT)
        checked[name] = _convert(SPECS[name], value, f"{name} in {origin}")
    return _Source(origin, checked)


def _convert(spec: Spec, value: Any, origin: str, failure: type[AzchatError] = ConfigError) -> Any:
    try:
        converted = spec.convert(value)
    except (TypeError, ValueError):
        raise failure(f"{origin} is not {spec.wants}: {value!r}", "correct it") from None
    if spec.choices and converted not in spec.choices:
        raise failure(f"{origin} is {value!r}", f"one of: {', '.join(spec.choices)}")
    return converted


def _flag_name(setting: str) -> str:
    return f"--{setting.replace('_', '-')}"


def _pair_api_version(values: dict[str, Any], origins: dict[str, str]) -> None:
    """Drop AZURE_OPENAI_API_VERSION unless the endpoint is of the family it was set for."""
    if not origins.get("api_version", "").startswith("AZURE_OPENAI_API_VERSION"):
        return
    belongs = origins.get("endpoint", "").startswith("AZURE_OPENAI_ENDPOINT")
    if not belongs and "/openai/deployments" not in str(values.get("endpoint")):
        del values["api_version"], origins["api_version"]


# The key


def _choose_key(
    env: Environment,
    values: dict[str, Any],
    origins: dict[str, str],
    profile: _Source,
    dotenv: DotenvFile | None,
) -> tuple[Secret | None, str, list[str]]:
    """Return the key that belongs to the endpoint, where it is from, and what to tell."""
    notices: list[str] = []
    endpoint, origin = values.get("endpoint"), origins.get("endpoint", "")
    names = _key_names(endpoint, origin.partition(" ")[0])
    found = dict(_keys(env, names, profile, origins))
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
    if variable in _KEYS_OF_ENDPOINT:
        return _KEYS_OF_ENDPOINT[variable]
    host = urlsplit(str(endpoint)).hostname or str(endpoint).partition("/")[0]
    if is_azure(host):
        return _AZURE_KEYS
    return (*_AZURE_KEYS, "OPENAI_API_KEY") if is_loopback(host) else ("OPENAI_API_KEY",)


def _keys(
    env: Environment, names: tuple[str, ...], profile: _Source, origins: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield where a key is and its value: the profile's for its own endpoint, then variables."""
    if origins.get("endpoint") == profile.name:
        if variable := profile.values.get("key_env"):
            if not env.variables.get(variable, "").strip():
                raise ConfigError(
                    f"{profile.name} takes its key from {variable}, which is empty",
                    f"export {variable}",
                )
            yield variable, env.variables[variable]
        if path := profile.values.get("key_file"):
            yield f"the file {path}", _read_key_file(Path(path).expanduser())
    for name in names:
        if name in env.variables:
            yield name, env.variables[name]


def _first_key(keys: Mapping[str, str]) -> tuple[Secret | None, str]:
    for origin, value in keys.items():
        if key := value.strip().strip("\"'").strip():
            return Secret(_check_key(key, origin)), origin
    return None, ""


def _check_key(key: str, origin: str) -> str:
    """Return ``key``; it must be able to stand in a header. Its value is never shown."""
    for at, character in enumerate(key):
        if not "!" <= character <= "~":
            what = "white space" if character.isspace() else "a character no key has"
            raise ConfigError(
                f"the key from {origin} has {what} at position {at + 1}", "copy the key again"
            )
    return key


def _read_key_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if hasattr(os, "getuid") and stat.S_IMODE(mode) & 0o077:
                raise ConfigError(f"others may read the key file {path}", f"chmod 600 {path}")
            return file.readline(8192)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise ConfigError(f"cannot read the key file {path}: {why}", "check key_file") from None


def _check_lone_endpoint(env: Environment, endpoint: str, values: Mapping[str, Any]) -> None:
    """Refuse an endpoint from ``.env`` that would get a key or a sign-in from elsewhere."""
    has_other_key = any(env.variables.get(name, "").strip() for name in KEY_VARIABLES)
    wants_sign_in = values.get("auth") != "auto" or not is_loopback(
        urlsplit(endpoint).hostname or ""
    )
    if has_other_key or wants_sign_in:
        raise ConfigError(
            "endpoint from untrusted ./.env: it would get a key or sign-in from elsewhere",
            "if the file is yours, run: azchat config trust  (or put its own key beside it)",
        )


def _refuse_unless_signed_in(values: Mapping[str, Any], what: str) -> None:
    if values.get("auth") in ("auto", "key"):
        raise ConfigError(
            what, "export AZURE_INFERENCE_ENDPOINT and AZURE_INFERENCE_CREDENTIAL yourself"
        )


_NAMES_HINT = "settings are named as the long options: " + ", ".join(
    cast("list[str]", [name for name, spec in SPECS.items() if spec.in_profile])
)
