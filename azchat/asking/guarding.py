"""What azchat uses as a secret is kept from tools: what they are given, they can give away."""

from collections.abc import Iterator
from string import Template

from azchat.environment import Environment
from azchat.settings.endpoint_key import KEY_VARIABLES
from azchat.settings.file import load_config, profiles_of
from azchat.tools.leash import adopt, conceal

# Azure's own (azure-identity reads them); what stands before the @ of a proxy is one too.
_SIGN_IN = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_LONG = 6  # characters; what is shorter stands in other values by chance


def guarded(env: Environment) -> dict[str, str]:
    """Return the variables without those that hold a secret; from now on /proc has none either.

    Also the parent of what tools leave behind. Raises ``ConfigError``.
    """
    secrets = frozenset(_secrets(env)) - {""}
    long = [secret for secret in secrets if len(secret) >= _LONG]
    adopt()
    conceal(secrets)
    return {
        name: value
        for name, value in env.variables.items()
        if not (_password(name, value) or value.strip() in secrets or any(s in value for s in long))
    }


def _secrets(env: Environment) -> Iterator[str]:
    config = load_config(env.config_file)
    names = {*KEY_VARIABLES, *_SIGN_IN}
    for profile in (config, *profiles_of(config, env.config_file).values()):
        names.add(str(profile.get("key_env", "")))
    servers = config.get("mcp")
    for server in servers.values() if isinstance(servers, dict) else ():
        headers = server.get("headers") if isinstance(server, dict) else None
        for text in map(str, headers.values() if isinstance(headers, dict) else ()):
            names.update(Template(text).get_identifiers())
            yield Template(text).safe_substitute(env.variables)
    for name, value in env.variables.items():
        yield value.strip() if name in names else _password(name, value)


def _password(name: str, value: str) -> str:
    """Return what stands for a password in the address of a proxy."""
    is_proxy = name.lower() in _PROXIES
    return value.rpartition("@")[0].rpartition("/")[2].partition(":")[2] if is_proxy else ""
