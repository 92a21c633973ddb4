"""What azchat uses as a secret is kept from tools: what they are given, they can give away."""

from collections.abc import Iterable, Iterator, Mapping
from string import Template
from typing import Any

from azchat.environment import Environment
from azchat.redaction import handed_secrets, password_in
from azchat.settings.endpoint_key import KEY_VARIABLES
from azchat.settings.file import load_config, profiles_of
from azchat.tools.leash import adopt, conceal

# Azure's own (azure-identity reads them); what stands before the @ of a proxy is one too.
_SIGN_IN = (
    *("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD"),
    *("IDENTITY_HEADER", "MSI_SECRET"),
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_LONG = 6  # characters; what is shorter stands in other values by chance


def guarded(env: Environment, headers: Iterable[str] = ()) -> dict[str, str]:
    """Return the variables without those that hold a secret; from now on /proc has none either.

    ``headers`` are those of the command line. Also the parent of what tools leave behind. Raises
    ``ConfigError``.
    """
    secrets = frozenset(_secrets(env, headers)) - {""}
    long = [secret for secret in secrets if len(secret) >= _LONG]
    adopt()
    conceal(secrets)
    return {
        name: value
        for name, value in env.variables.items()
        if not (_password(name, value) or value.strip() in secrets or any(s in value for s in long))
    }


def _secrets(env: Environment, headers: Iterable[str]) -> Iterator[str]:
    config = load_config(env.config_file)
    names = {*KEY_VARIABLES, *_SIGN_IN}
    servers = _tables(config.get("mcp"))
    profiles = (config, *profiles_of(config, env.config_file).values())
    names.update(str(profile.get("key_env", "")) for profile in profiles)
    texts = [*headers, *(text for table in (*profiles, *servers) for text in _texts(table))]
    for text in texts:
        names.update(Template(text).get_identifiers())
        yield Template(text).safe_substitute(env.variables)
    for server in servers:
        handed = server.get("env")
        known = handed.items() if isinstance(handed, dict) else ()
        filled = {n: Template(str(v)).safe_substitute(env.variables) for n, v in known}
        yield from (secret.reveal() for secret in handed_secrets(filled))
    for name, value in env.variables.items():
        yield value.strip() if name in names else _password(name, value)


def _tables(servers: Any) -> list[Mapping[str, Any]]:
    tables = servers.values() if isinstance(servers, dict) else ()
    return [table for table in tables if isinstance(table, dict)]


def _texts(table: Mapping[str, Any]) -> list[str]:
    headers = table.get("headers")
    return [str(text) for text in headers.values()] if isinstance(headers, dict) else []


def _password(name: str, value: str) -> str:
    """Return what stands for a password in the address of a proxy."""
    return password_in(value) if name.lower() in _PROXIES else ""
