"""Any URL a user may paste becomes the one that requests go to, or the part that is wrong.

Pure: strings in, an Endpoint out. The rules are those of Azure's routes as documented in
2026: the v1 route refuses an api-version, the deployments route demands one.
"""

from typing import Literal, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from azchat.azure.retirement import HOSTS as _RETIRED
from azchat.errors import ConfigError

Kind = Literal[
    "inference", "v1", "project", "deployment", "mai", "serverless", "managed", "compatible"
]

INFERENCE_API_VERSION = "2024-05-01-preview"
DEPLOYMENT_API_VERSION = "2024-10-21"

# String methods, not regular expressions: compiling those would delay every start.
_CLOUDS = ("azure.com", "azure.us", "azure.cn")
_RESOURCE_SUFFIXES = {
    f".{service}.{cloud}": cloud
    for cloud in _CLOUDS
    for service in ("openai", "cognitiveservices", "services.ai")
} | {
    ".api.cognitive.microsoft.com": "azure.com",
    ".api.cognitive.microsoft.us": "azure.us",
    ".api.cognitive.azure.cn": "azure.cn",
}
_SERVERLESS_SUFFIXES = (".models.ai.azure.com", ".inference.ai.azure.com")
_MANAGED_SUFFIXES = {f".inference.ml.{cloud}": cloud for cloud in _CLOUDS}
_PORTALS = tuple(f"{name}.{cloud}" for name in ("ai", "oai", "portal", "ml") for cloud in _CLOUDS)
# What people paste after the base: the operation itself, or a neighbour of it.
_OPERATIONS = (
    *("/chat/completions", "/completions", "/responses", "/embeddings"),
    *("/chat", "/info", "/score"),
)
_WRAPPING = " \xa0\u200b\ufeff\t\r\n\"'<>`,;"  # what comes along when a URL is copied out of a text
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._:[]-")


class Endpoint(NamedTuple):
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
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ConfigError(f"the endpoint's host is wrong: {_short(url)}", _HINT) from None
    host = _check_host(parts.scheme, parts.hostname or "", url)
    if host in _PORTALS:
        return _from_portal(url, host)._replace(
            notes=("found the resource in the portal's address",)
        )
    version = _version_in(parts.query) or api_version or None
    if not all(c.isascii() and (c.isalnum() or c in ".-") for c in version or ""):
        raise ConfigError("the api-version is malformed", "it looks like 2024-10-21")
    path, origin = _base_path(parts.path), f"{parts.scheme}://{parts.netloc.lower()}"
    endpoint = _classify(host, origin, path, version, model)
    return _without_version(endpoint, version) if endpoint.api_version is None else endpoint


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine, by its name or literal address alone."""
    numbers = host.split(".")
    is_ipv4 = len(numbers) == 4 and all(n.isdecimal() and int(n) < 256 for n in numbers)
    return host in ("localhost", "::1") or (is_ipv4 and numbers[0] == "127")


def other_scope(scope: str, said: str) -> str | None:
    """Return the scope to try when a service refused the audience of a token for ``scope``.

    Azure's routes moved from one audience to another; what the service ``said`` may name the one
    that it wants. None where no other is left.
    """
    cloud = scope.partition("://")[2].partition("/")[0].partition(".")[2]
    known = [f"https://{service}.{cloud}/.default" for service in ("cognitiveservices", "ai", "ml")]
    named = [one for one in known if one.removesuffix("/.default") in said]
    cognitive, ai, _ = known
    if not named:
        return {cognitive: ai, ai: cognitive}.get(scope)
    return next((one for one in named if one != scope), None)


def is_azure(host: str) -> bool:
    """Return whether ``host`` belongs to Azure's model services."""
    return host.endswith((*_RESOURCE_SUFFIXES, *_SERVERLESS_SUFFIXES, *_MANAGED_SUFFIXES))


# Cleaning what was pasted


def _clean(text: str) -> str:
    url = text.strip(_WRAPPING)
    name, separator, rest = url.partition("://")
    if separator and "=" in name:  # a line of a script: export ENDPOINT="https://..."
        url = name.rpartition("=")[2].strip(_WRAPPING) + separator + rest
    label, colon, rest = url.partition(":")
    if colon and label.strip().lower() in ("target uri", "endpoint", "url", "base url"):
        url = rest.strip(_WRAPPING)
    if not url:
        raise ConfigError("the endpoint is empty", _HINT)
    for character in url:
        if not "!" <= character <= "~" or character in "\\{}|^":
            in_host = character in url.partition("://")[2].partition("/")[0]
            where = "the endpoint's host" if in_host else "the endpoint"
            raise ConfigError(f"{where} has {character!r} in it: {_short(url)}", _HINT)
    if "://" in url:
        return url
    host = url.partition("/")[0].partition(":")[0].lower()
    if is_azure(host) or host in _RETIRED:
        return f"https://{url}"
    bare = _without_half_scheme(url)
    scheme = "http" if is_loopback(bare.partition("/")[0].partition(":")[0].lower()) else "https"
    raise ConfigError(
        f"the endpoint has no scheme: {_short(url)}",
        f"did you mean {scheme}://{_short(bare)} ?" if bare else _HINT,
    )


def _without_half_scheme(url: str) -> str:
    """Return ``url`` without the remains of a scheme, as in ``https:/host`` or ``//host``."""
    for scheme in ("https", "http"):
        if url.lower().startswith((f"{scheme}:", f"{scheme}/")):
            url = url[len(scheme) :]
    return url.lstrip(":/")


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
    if not _HOST_CHARACTERS.issuperset(host):
        raise ConfigError(f"the endpoint's host has characters no host has: {_short(host)}", _HINT)
    if parts.fragment and host not in _PORTALS:
        raise ConfigError("the endpoint has a fragment, the part after #", _HINT)
    if scheme == "http" and not is_loopback(host):
        raise ConfigError(
            f"http:// would send the key to {host} unencrypted",
            "use https://; http:// is allowed to this machine only (localhost, 127.0.0.1)",
        )
    if host in _RETIRED:
        raise ConfigError(
            f"{_RETIRED[host].what} was retired on {_RETIRED[host].date}; nothing was sent",
            "deploy the model on Azure AI Foundry and use https://RESOURCE.openai.azure.com/openai/v1",
        )
    return host


def _version_in(query: str) -> str | None:
    """Return the api-version of the query; any other parameter is refused."""
    values = parse_qs(query, keep_blank_values=True)
    version = values.pop("api-version", [""])[0]
    if values:
        raise ConfigError(f"the endpoint has a query: {', '.join(map(_short, values))}", _HINT)
    return version or None


def _base_path(path: str) -> str:
    path = "/".join(["", *filter(None, path.split("/"))])
    for operation in _OPERATIONS:
        path = path.removesuffix(operation)
    is_list = path.endswith(("/v1/models", "/openai/models"))
    return path.removesuffix("/models") if is_list else path


def _from_portal(url: str, host: str) -> Endpoint:
    """Find the resource in a portal's address: its ARM id is in the query or the fragment."""
    import re

    found = re.search(
        r"/accounts/(?P<account>[A-Za-z0-9-]+)(?:/projects/(?P<project>[\w.-]+))?", unquote(url)
    )
    if not found:
        raise ConfigError(
            "that is the portal's address, not the model's",
            "copy the Target URI from the portal: Models + endpoints, your deployment",
        )
    cloud = host.partition(".")[2]
    service = "services.ai" if cloud == _CLOUDS[0] or found["project"] else "openai"
    base = f"https://{found['account'].lower()}.{service}.{cloud}"
    project = f"/api/projects/{found['project']}" if found["project"] else ""
    return parse_endpoint(f"{base}{project}/openai/v1")


# Which route it is


def _classify(
    host: str, origin: str, path: str, version: str | None, model: str | None
) -> Endpoint:
    cloud = _cloud_of(host, _RESOURCE_SUFFIXES)
    cognitive = f"https://cognitiveservices.{cloud or _CLOUDS[0]}/.default"
    ai = f"https://ai.{cloud or _CLOUDS[0]}/.default"
    if host.endswith(_SERVERLESS_SUFFIXES):
        version = version or INFERENCE_API_VERSION
        return Endpoint("serverless", origin + path, version, "Authorization")
    if managed := _cloud_of(host, _MANAGED_SUFFIXES):
        scope = f"https://ml.{managed}/.default"
        return Endpoint("managed", origin + path, version, "Authorization", scope)
    if not (cloud or host.endswith(".azure-api.net") or is_loopback(host)):
        return Endpoint("compatible", origin + (path or "/v1"), None, "Authorization")
    if "/anthropic" in path:
        raise ConfigError(
            "that is Claude's Messages API, which azchat does not speak",
            "use a model that the resource serves at /openai/v1",
        )
    _, _, name = path.partition("/openai/deployments/")
    if name and "/" not in name:
        version = version or DEPLOYMENT_API_VERSION
        return Endpoint("deployment", origin + path, version, "api-key", cognitive, unquote(name))
    if path.endswith("/mai/v1"):
        return Endpoint("mai", origin + path, None, "api-key", cognitive)
    if path.endswith("/models"):
        version = version or INFERENCE_API_VERSION
        return Endpoint("inference", origin + path, version, "api-key", cognitive)
    before, _, project = path.partition("/api/projects/")
    project, _, rest = project.partition("/")
    if project and rest in ("", "openai", "openai/v1"):
        base = f"{origin}{before}/api/projects/{project}/openai/v1"
        return Endpoint("project", base, None, "Authorization", ai)
    if project and rest.startswith(("agents/", "applications/")):
        raise ConfigError(
            "that is the address of an agent or application, which azchat does not speak to",
            f"its project's models are at {origin}{before}/api/projects/{project}/openai/v1",
        )
    if not cloud and not path.endswith(("/openai", "/openai/v1")):
        return Endpoint("compatible", origin + (path or "/v1"), None, "Authorization")
    if version and version[:2] == "20" and model and path in ("", "/openai", "/openai/deployments"):
        base = f"{origin}/openai/deployments/{quote(model, safe='')}"
        return Endpoint("deployment", base, version, "api-key", cognitive, model)
    if path in ("", "/openai/deployments") or path.endswith(("/openai", "/openai/v1")):
        prefix = path.removesuffix("/deployments").removesuffix("/v1").removesuffix("/openai")
        return Endpoint("v1", f"{origin}{prefix}/openai/v1", None, "api-key", ai)
    raise ConfigError(
        f"the endpoint's path is none of the resource's routes: {_short(path)}",
        f"the usual one is {origin}/openai/v1",
    )


def _cloud_of(host: str, suffixes: dict[str, str]) -> str | None:
    return next((cloud for suffix, cloud in suffixes.items() if host.endswith(suffix)), None)


def _without_version(endpoint: Endpoint, version: str | None) -> Endpoint:
    if version is None or endpoint.kind == "managed":
        return endpoint
    return endpoint._replace(notes=(f"left out api-version {version}: this route takes none",))


def without_secrets(url: str) -> str:
    """Return ``url`` without what may hold a key: user, query and fragment."""
    parts = url.partition("?")[0].partition("#")[0]
    scheme, separator, rest = parts.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _short(text: str) -> str:
    text = "".join(c if c.isprintable() else "?" for c in without_secrets(text))
    return text if len(text) <= 120 else text[:117] + "..."


_HINT = "an endpoint looks like https://RESOURCE.openai.azure.com/openai/v1; see: azchat info"
