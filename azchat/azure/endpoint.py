"""Any URL a user may paste becomes the one that requests go to, or the part that is wrong.

Pure: strings in, an Endpoint out. The rules are those of Azure's routes as documented in
2026: the v1 route refuses an api-version, the deployments route demands one.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from azchat.errors import ConfigError

Kind = Literal[
    "inference", "v1", "project", "deployment", "mai", "serverless", "managed", "compatible"
]

INFERENCE_API_VERSION = "2024-05-01-preview"
DEPLOYMENT_API_VERSION = "2024-10-21"

# Resource hosts by cloud: the public one, US Government, China (21Vianet).
_RESOURCE = re.compile(
    r"[a-z0-9-]+\.(?:openai|cognitiveservices|services\.ai|api\.cognitive)"
    r"\.(?:azure|microsoft)\.(?P<tld>com|us|cn)$"
)
_SERVERLESS = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+\.(?:models\.ai|inference\.ai)\.azure\.com$")
_MANAGED = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+\.inference\.ml\.azure\.com$")
_PORTALS = ("ai.azure.com", "oai.azure.com", "portal.azure.com", "ml.azure.com")
_RETIRED = {
    "models.github.ai": "GitHub Models was retired on 2026-07-30",
    "models.inference.ai.azure.com": "GitHub Models' old address was retired on 2025-10-17",
}
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
# What people paste after the base: the operation itself, or a neighbour of it.
_OPERATION = re.compile(
    r"/(?:chat/completions|completions|responses|embeddings|chat|info|score)$|(?<=/v1)/models$"
)
_CLOUD_SCOPES = {"com": "azure.com", "us": "azure.us", "cn": "azure.cn"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go and by which rules.

    ``base`` has no trailing slash, query or operation; ``api_version`` is None where it must
    be absent; ``scope`` is for a token, None where only keys (or nothing) are taken; ``model``
    is the deployment that the URL names; ``notes`` say what was changed in the pasted text.
    """

    kind: Kind
    base: str
    api_version: str | None = None
    key_header: Literal["api-key", "Authorization"] = "api-key"
    scope: str | None = None
    model: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host, with its port where one is given."""
        return urlsplit(self.base).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine."""
        return is_loopback(urlsplit(self.base).hostname or "")

    @property
    def chat_url(self) -> str:
        """The URL that chat requests are posted to."""
        return self.url("/chat/completions")

    @property
    def has_info(self) -> bool:
        """Whether the route ``/info`` tells the model's name, type and provider."""
        return self.kind in ("inference", "serverless", "managed")

    @property
    def takes_extra_parameters_header(self) -> bool:
        """Whether unknown body keys need ``extra-parameters: pass-through``."""
        return self.kind in ("inference", "serverless", "managed")

    @property
    def reports_usage_on_request(self) -> bool:
        """Whether a stream tells its usage when asked with ``stream_options``.

        The others send it unasked, and count the question as an extra parameter.
        """
        return self.kind in ("v1", "project", "deployment", "compatible")

    def url(self, operation: str) -> str:
        """Return the URL of an operation such as ``/info``."""
        query = f"?api-version={self.api_version}" if self.api_version else ""
        return f"{self.base}{operation}{query}"


def parse_endpoint(
    text: str, *, api_version: str | None = None, model: str | None = None
) -> Endpoint:
    """Return the endpoint that ``text`` means; ``api_version`` is the user's own wish.

    ``model`` names the deployment where the URL needs one and has none. Raises ``ConfigError``
    with the part that is wrong.
    """
    url = _clean(text)
    parts = urlsplit(url)
    host = _check_host(parts.scheme, parts.hostname or "", url)
    if host in _PORTALS:
        return replace(_from_portal(url), notes=("found the resource in the portal's address",))
    version = _version_in(parts.query, url) or api_version
    path, origin = _base_path(parts.path), f"{parts.scheme}://{parts.netloc.lower()}"
    endpoint = _classify(host, origin, path, version, model)
    return _without_version(endpoint, version) if endpoint.api_version is None else endpoint


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine, by its name or literal address alone."""
    return _LOOPBACK.fullmatch(host) is not None


def is_azure(host: str) -> bool:
    """Return whether ``host`` belongs to Azure's model services."""
    return any(form.match(host) for form in (_RESOURCE, _SERVERLESS, _MANAGED))


# Cleaning what was pasted


def _clean(text: str) -> str:
    url = text.strip().strip("\"'<>`,;").strip()
    label, colon, rest = url.partition(":")
    if colon and label.strip().lower() in ("target uri", "endpoint", "url", "base url"):
        url = rest.strip()
    if not url:
        raise ConfigError("the endpoint is empty", _HINT)
    if found := re.search(r"[\s\x00-\x1f\x7f\\{}|^]", url):
        raise ConfigError(f"the endpoint has {found[0]!r} in it: {_short(url)}", _HINT)
    if "://" in url:
        return url
    host = url.partition("/")[0].partition(":")[0].lower()
    if is_azure(host) or host in _RETIRED:
        return f"https://{url}"
    scheme = "http" if is_loopback(host) else "https"
    raise ConfigError(
        f"the endpoint has no scheme: {_short(url)}", f"did you mean {scheme}://{_short(url)} ?"
    )


def _check_host(scheme: str, host: str, url: str) -> str:
    parts = urlsplit(url)
    if scheme not in ("http", "https"):
        raise ConfigError(f"the endpoint's scheme is {scheme!r}, not https", _HINT)
    if "@" in parts.netloc:
        raise ConfigError(
            f"the endpoint has a user name before its host: the host is {host or 'missing'}",
            "write the URL without anything before an @",
        )
    try:
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        port_is_valid = False
    if not host or not port_is_valid:
        raise ConfigError(f"the endpoint's host or port is wrong: {_short(url)}", _HINT)
    if not re.fullmatch(r"[a-z0-9._:\[\]-]+", host):
        raise ConfigError(f"the endpoint's host has characters no host has: {_short(host)}", _HINT)
    if parts.fragment and host not in _PORTALS:
        raise ConfigError(f"the endpoint has a fragment: #{_short(parts.fragment)}", _HINT)
    if scheme == "http" and not is_loopback(host):
        raise ConfigError(
            f"http:// would send the key to {host} unencrypted",
            "use https://; http:// is allowed to this machine only (localhost, 127.0.0.1)",
        )
    if host in _RETIRED:
        raise ConfigError(
            f"{_RETIRED[host]}; nothing was sent",
            "deploy the model on Azure AI Foundry and use https://RESOURCE.openai.azure.com/openai/v1",
        )
    return host


def _version_in(query: str, url: str) -> str | None:
    """Return the api-version of the query; any other parameter is refused."""
    values = parse_qs(query, keep_blank_values=True)
    version = values.pop("api-version", [""])[0]
    if values:
        raise ConfigError(f"the endpoint has a query: ?{_short(query)}", _HINT)
    if version and not re.fullmatch(r"[A-Za-z0-9.-]+", version):
        raise ConfigError(f"the api-version is malformed: {_short(url)}", _HINT)
    return version or None


def _base_path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    while (shorter := _OPERATION.sub("", path)) != path:
        path = shorter.rstrip("/")
    return path


def _from_portal(url: str) -> Endpoint:
    """Find the resource in a portal's address: its ARM id is in the query or the fragment."""
    found = re.search(
        r"/accounts/(?P<account>[A-Za-z0-9-]+)(?:/projects/(?P<project>[\w.-]+))?", unquote(url)
    )
    if not found:
        raise ConfigError(
            "that is the portal's address, not the model's",
            "copy the Target URI from the portal: Models + endpoints, your deployment",
        )
    base = f"https://{found['account'].lower()}.services.ai.azure.com"
    project = f"/api/projects/{found['project']}" if found["project"] else ""
    return parse_endpoint(f"{base}{project}/openai/v1")


# Which route it is


def _classify(
    host: str, origin: str, path: str, version: str | None, model: str | None
) -> Endpoint:
    resource = _RESOURCE.match(host)
    cloud = _CLOUD_SCOPES[resource["tld"] if resource else "com"]
    cognitive = f"https://cognitiveservices.{cloud}/.default"
    ai = f"https://ai.{cloud}/.default"
    if _SERVERLESS.match(host):
        version = version or INFERENCE_API_VERSION
        return Endpoint("serverless", origin + path, version, "Authorization")
    if _MANAGED.match(host):
        scope = "https://ml.azure.com/.default"
        return Endpoint("managed", origin + path, version, "Authorization", scope)
    if not (resource or host.endswith(".azure-api.net") or is_loopback(host)):
        return Endpoint("compatible", origin + (path or "/v1"), None, "Authorization")
    if "/anthropic" in path:
        raise ConfigError(
            "that is Claude's Messages API, which azchat does not speak",
            "use a model that the resource serves at /openai/v1",
        )
    if found := re.fullmatch(r"(.*?/openai)/deployments/([^/]+)", path):
        version = version or DEPLOYMENT_API_VERSION
        return Endpoint(
            "deployment", origin + path, version, "api-key", cognitive, unquote(found[2])
        )
    if path.endswith("/mai/v1"):
        return Endpoint("mai", origin + path, None, "api-key", cognitive)
    if path.endswith("/models"):
        version = version or INFERENCE_API_VERSION
        return Endpoint("inference", origin + path, version, "api-key", cognitive)
    if found := re.match(r"(.*/api/projects/[^/]+)(?:/openai(?:/v1)?)?$", path):
        return Endpoint("project", f"{origin}{found[1]}/openai/v1", None, "Authorization", ai)
    if not resource and not path.endswith(("/openai", "/openai/v1")):
        return Endpoint("compatible", origin + (path or "/v1"), None, "Authorization")
    if version and version[:2] == "20" and model and path in ("", "/openai", "/openai/deployments"):
        base = f"{origin}/openai/deployments/{model}"
        return Endpoint("deployment", base, version, "api-key", cognitive, model)
    if path in ("", "/openai", "/openai/v1", "/openai/deployments") or path.endswith("/openai/v1"):
        prefix = path.removesuffix("/deployments").removesuffix("/v1").removesuffix("/openai")
        return Endpoint("v1", f"{origin}{prefix}/openai/v1", None, "api-key", ai)
    raise ConfigError(
        f"the endpoint's path is none of the resource's routes: {_short(path)}",
        f"the usual one is {origin}/openai/v1",
    )


def _without_version(endpoint: Endpoint, version: str | None) -> Endpoint:
    if version is None or endpoint.kind == "managed":
        return endpoint
    return replace(endpoint, notes=(f"left out api-version {version}: this route takes none",))


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."


_HINT = "an endpoint looks like https://RESOURCE.openai.azure.com/openai/v1; see: azchat info"
