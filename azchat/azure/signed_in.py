"""Who is signed in, in which cloud, with which subscriptions: az's own files, read for nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from azchat.files import read_whole
from azchat.net.hosts import is_loopback

_AZURE = "AzureCloud"


class Cloud(NamedTuple):
    """``manager`` is the root of Azure Resource Manager; models are below ``suffix``."""

    manager: str
    suffix: str = "azure.com"

    @property
    def scope(self) -> str:
        """What a token for the manager must be for."""
        return f"{self.manager}/.default"

    @property
    def is_here(self) -> bool:
        """Whether this machine plays it."""
        return is_loopback(urlsplit(self.manager).hostname or "")


# As az has them (azure-cli-core 2.91, cloud.py); the models' hosts of Bleu are not known.
CLOUDS = {
    _AZURE: Cloud("https://management.azure.com"),
    "AzureUSGovernment": Cloud("https://management.usgovcloudapi.net", "azure.us"),
    "AzureChinaCloud": Cloud("https://management.chinacloudapi.cn", "azure.cn"),
    "AzureBleuCloud": Cloud("https://management.sovcloud-api.fr"),
}
AUTHORITIES = {
    "login.microsoftonline.com": _AZURE,
    "login.microsoftonline.us": "AzureUSGovernment",
    "login.chinacloudapi.cn": "AzureChinaCloud",
    "login.partner.microsoftonline.cn": "AzureChinaCloud",
    "login.sovcloud-identity.fr": "AzureBleuCloud",
}


class Subscription(NamedTuple):
    """One of those that az noted when somebody signed in."""

    id: str
    name: str
    tenant: str
    cloud: str = _AZURE
    is_default: bool = False


def az_folder(variables: Mapping[str, str]) -> Path:
    """Return where az keeps its files."""
    return _folder(variables, "AZURE_CONFIG_DIR", ".azure")


def azd_folder(variables: Mapping[str, str]) -> Path:
    """Return where azd keeps its files."""
    return _folder(variables, "AZD_CONFIG_DIR", ".azd")


def _folder(variables: Mapping[str, str], variable: str, name: str) -> Path:
    chosen = variables.get(variable)
    return Path(chosen) if chosen else Path(variables.get("HOME") or "~") / name


def is_signed_in(variables: Mapping[str, str]) -> bool:
    """Return whether somebody is with az, be it without a subscription."""
    return bool(_rows(variables))


def subscriptions(variables: Mapping[str, str]) -> list[Subscription]:
    """Return the enabled ones, the default first; none where nobody signed in with az."""
    found = [one for row in _rows(variables) if (one := _subscription(row))]
    return sorted(found, key=lambda one: not one.is_default)


def _rows(variables: Mapping[str, str]) -> list[dict[str, Any]]:
    try:
        told = json.loads(_read(variables, "azureProfile.json"))["subscriptions"]
        return [row for row in told if isinstance(row, dict)]
    except (OSError, RuntimeError, ValueError, LookupError, TypeError):
        return []


def _subscription(row: Mapping[str, Any]) -> Subscription | None:
    texts = [row.get(name) or "" for name in ("id", "name", "tenantId", "environmentName")]
    own, name, tenant, cloud = map(str, texts)
    # az login --allow-no-subscriptions writes the tenant as one that is no subscription
    if not own or own == tenant or row.get("state") not in (None, "Enabled", "Warned", "PastDue"):
        return None
    return Subscription(own, name, tenant, cloud or _AZURE, bool(row.get("isDefault")))


def cloud_in_use(variables: Mapping[str, str], known: list[Subscription]) -> tuple[str, Cloud]:
    """Return the cloud that is named, or signed in to; az's own list knows further ones."""
    authority = variables.get("AZURE_AUTHORITY_HOST", "").lower()
    authority = authority.partition("://")[2].strip("/") or authority.strip("/")
    wished = variables.get("AZURE_CLOUD", "").strip() or AUTHORITIES.get(authority, "")
    name = wished or next((one.cloud for one in known), _AZURE)
    alike = name.lower().removeprefix("azure").removesuffix("cloud").replace("public", "")
    for one, cloud in CLOUDS.items():
        if one.lower().removeprefix("azure").removesuffix("cloud") == alike:
            return one, cloud
    return name, _registered(variables, name) or CLOUDS[_AZURE]


def _registered(variables: Mapping[str, str], name: str) -> Cloud | None:
    """Return a cloud of ``az cloud register``: Azure Stack, those without a public network."""
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(_read(variables, "clouds.config"))
        manager = parser.get(name, "endpoint_resource_manager").rstrip("/")
        host = urlsplit(manager).hostname or ""
    except (OSError, RuntimeError, ValueError, Error):
        return None
    return Cloud(manager) if manager.startswith("https://") or is_loopback(host) else None


def _read(variables: Mapping[str, str], name: str) -> str:
    """Return one of az's files, which begins with a byte order mark."""
    return read_whole((az_folder(variables) / name).expanduser()).decode("utf-8-sig")


def default_tenant(variables: Mapping[str, str]) -> str | None:
    """Return the tenant of az's default subscription, for the command that signs in again."""
    return next((one.tenant for one in subscriptions(variables) if one.tenant), None)
