"""Any URL a user may paste becomes the one that requests go to, or the part that is wrong.

Pure: strings in, an Endpoint out. The rules are those of Azure's routes as documented in
2026: the v1 route refuses an api-version, the deployments route demands one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from azchat.azure import hosts
from azchat.azure.hosts import is_azure
from azchat.azure.pasted import (
    HINT,
    OPERATIONS,
    Pasted,
    check_host,
    clean,
    reachable,
    read_parts,
    short,
)
from azchat.errors import ConfigError
from azchat.net.hosts import is_loopback
from azchat.parameters import DialectName
from azchat.redaction import Secret

Kind = Literal[
    "inference",
    "v1",
    "project",
    "deployment",
    "mai",
    "serverless",
    "managed",
    "compatible",
    "anthropic",
]
KeyHeader = Literal["api-key", "x-api-key", "Authorization", "Ocp-Apim-Subscription-Key"]

_FOUNDRY = ("inference", "v1", "project")
_SPEAKS: dict[Kind, tuple[DialectName, ...]] = {
    **dict.fromkeys(("v1", "project", "compatible"), ("chat", "responses", "messages")),
    "inference": ("chat", "messages"),
    "anthropic": ("messages",),
}
INFERENCE_API_VERSION = "2024-05-01-preview"
DEPLOYMENT_API_VERSION = "2024-10-21"


class Endpoint(NamedTuple):
    """Where requests go and by which rules.

    ``base`` has no trailing slash, query or operation; ``api_version`` is None where it must
    be absent; ``scope`` is for a token, None where only keys (or nothing) are taken; ``model``
    is the deployment that the URL names; ``notes`` say what was changed in the pasted text;
    ``query`` is what else a gateway's URL has; ``headers`` are the user's own, by name;
    ``dialect`` is what the URL names.
    """

    kind: Kind
    base: str
    api_version: str | None = None
    key_header: KeyHeader = "api-key"
    scope: str | None = None
    model: str | None = None
    notes: tuple[str, ...] = ()
    query: str = ""
    headers: Mapping[str, Secret] = MappingProxyType({})
    extra_parameters: str | None = None
    dialect: DialectName | None = None

    @property
    def host(self) -> str:
        """The host, with its port where one is given."""
        return urlsplit(self.base).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine."""
        return is_loopback(urlsplit(self.base).hostname or "")

    @property
    def speaks(self) -> tuple[DialectName, ...]:
        """The dialects that may be asked in at this route; the first is what any server speaks.

        Beside a deployment's own path there is no other operation: no client was ever answered.
        """
        return _SPEAKS.get(self.kind, ("chat",))

    @property
    def serves_openai(self) -> bool:
        """Whether OpenAI's models are served, over Responses too."""
        return self.kind in ("v1", "project") or self.host == "api.openai.com"

    @property
    def key_headers(self) -> tuple[KeyHeader, ...]:
        """Where else a key stands in requests for Claude: Anthropic's own clients send both."""
        if self.kind == "project":
            return ("x-api-key", "api-key")
        usual = "Authorization" if self.kind == "compatible" else "api-key"
        return ("x-api-key",) if self.key_header == usual else ()

    @property
    def needs_model(self) -> bool:
        """Whether a request that names no deployment can only be refused."""
        is_inference = self.kind == "inference" and is_azure(urlsplit(self.base).hostname or "")
        return is_inference or self.kind in ("v1", "project", "mai", "anthropic")

    @property
    def written(self) -> str:
        """The shortest text that means this endpoint (its api-version is kept beside it)."""
        same, dialect = parse_endpoint(self.base, api_version=self.api_version), self.dialect
        is_same = (same[:5], same.query) == (self[:5], self.query) and dialect in (None, "chat")
        return self.base if is_same else self.url(OPERATIONS[dialect or "chat"])

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
        """Whether ``stream_options`` ask for usage; the others refuse them and tell it unasked."""
        return self.kind in ("v1", "project", "deployment", "compatible")

    def url(self, operation: str) -> str:
        """Return the URL of an operation such as ``/info``.

        Claude has a path of its own beside those of a resource, which takes no api-version.
        """
        if operation == OPERATIONS["messages"] and self.kind in _FOUNDRY:
            base = self.base.partition("/api/projects/")[0]
            base = base.removesuffix("/openai/v1").removesuffix("/models")
            return f"{base}/anthropic/v1{operation}"
        version = f"api-version={self.api_version}" if self.api_version else ""
        query = "&".join(filter(None, (version, self.query)))
        joint = "&" if "?" in operation else "?"
        return f"{self.base}{operation}{joint if query else ''}{query}"


def parse_endpoint(
    text: str, *, api_version: str | None = None, model: str | None = None
) -> Endpoint:
    """Return the endpoint that ``text`` means; ``api_version`` is the user's own wish.

    ``model`` names the deployment where the URL needs one and has none. Raises ``ConfigError``
    with the part that is wrong.
    """
    url = clean(text)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ConfigError(f"the endpoint's host is wrong: {short(url)}", HINT) from None
    parts, notes = reachable(parts)
    host = check_host(parts.scheme, parts.hostname or "", parts.geturl())
    if host in hosts.PORTALS:
        note = "found the resource in the portal's address"
        return _from_portal(url, host)._replace(notes=(note,))
    pasted = read_parts(parts, is_azures=is_azure(host))
    version = pasted.version or api_version or None
    if not all(c.isascii() and (c.isalnum() or c in ".-") for c in version or ""):
        raise ConfigError("the api-version is malformed", "it looks like 2024-10-21")
    origin = f"{parts.scheme}://{parts.netloc.lower()}"
    endpoint = _classify(host, origin, pasted, version, model)
    if pasted.is_exact and pasted.version and pasted.version[:2] != "20":
        endpoint = endpoint._replace(api_version=pasted.version)  # v1 refuses dated ones alone
    if endpoint.api_version is None and version and endpoint.kind != "managed":
        notes += (f"left out api-version {version}: this route takes none",)
    dialect = pasted.dialect if pasted.dialect in endpoint.speaks else None
    return endpoint._replace(notes=(*notes, *pasted.notes), query=pasted.query, dialect=dialect)


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


def _from_portal(url: str, host: str) -> Endpoint:
    """Find the resource in a portal's address: its ARM id is in the query or the fragment."""
    import re

    found = re.search(
        r"/accounts/(?P<account>[A-Za-z0-9-]+)(?:/projects/(?P<project>[\w.-]+))?", unquote(url)
    )
    if not found:
        hint = "copy the Target URI from the portal: Models + endpoints, your deployment"
        raise ConfigError("that is the portal's address, not the model's", hint)
    cloud = host.partition(".")[2]
    service = "services.ai" if cloud == hosts.CLOUDS[0] or found["project"] else "openai"
    base = f"https://{found['account'].lower()}.{service}.{cloud}"
    project = f"/api/projects/{found['project']}" if found["project"] else ""
    return parse_endpoint(f"{base}{project}/openai/v1")


def _classify(
    host: str, origin: str, pasted: Pasted, version: str | None, model: str | None
) -> Endpoint:
    path = pasted.path
    if host == hosts.ANTHROPIC and pasted.dialect != "chat":
        return Endpoint("anthropic", f"{origin}/v1", None, "x-api-key")
    if host.endswith(hosts.SERVERLESS):
        version = version or INFERENCE_API_VERSION
        return Endpoint("serverless", origin + path, version, "Authorization")
    if managed := hosts.cloud_of(host, hosts.MANAGED):
        scope = f"https://ml.{managed}/.default"
        return Endpoint("managed", origin + path, version, "Authorization", scope)
    cloud = hosts.cloud_of(host, hosts.RESOURCES)
    gateway = hosts.cloud_of(host, hosts.GATEWAYS)
    cognitive = f"https://cognitiveservices.{cloud or gateway or hosts.CLOUDS[0]}/.default"
    # Also on a company's own host: whoever answers there, the path is one of Azure's.
    is_open = not cloud and bool(gateway or pasted.version)
    is_whole = pasted.is_exact and not is_loopback(host)  # the demo has a version
    before, is_claudes, rest = path.partition("/anthropic")
    if is_claudes and rest in ("", "/v1"):
        is_ours = cloud or gateway or is_loopback(host)
        header: KeyHeader = "api-key" if is_ours else "x-api-key"
        ai = cognitive.replace("cognitiveservices", "ai", 1) if is_ours else None
        before = before.partition("/api/projects/")[0]  # a resource's, not a project's
        return Endpoint("anthropic", f"{origin}{before}/anthropic/v1", None, header, ai)
    if name := _deployment_in(path, is_open=is_open):
        version = version or (None if is_whole else DEPLOYMENT_API_VERSION)
        return Endpoint("deployment", origin + path, version, "api-key", cognitive, name)
    if path.endswith("/models"):
        version = version or (None if is_whole else INFERENCE_API_VERSION)
        return Endpoint("inference", origin + path, version, "api-key", cognitive)
    if cloud or gateway or is_loopback(host):
        found = _of_resource(origin, pasted, version, model, cognitive, is_azures=bool(cloud))
        if found:
            return found
    if not cloud:
        header = "api-key" if is_open else "Authorization"
        base = origin + (path if pasted.is_exact else path or "/v1")
        return Endpoint("compatible", base, pasted.version, header)
    hint = f"the usual one is {origin}/openai/v1"
    raise ConfigError(f"the endpoint's path is none of the resource's routes: {short(path)}", hint)


def _of_resource(
    origin: str,
    pasted: Pasted,
    version: str | None,
    model: str | None,
    cognitive: str,
    *,
    is_azures: bool,
) -> Endpoint | None:
    """Return the endpoint of a path that a resource has; None where it is none of these."""
    path, ai = pasted.path, cognitive.replace("cognitiveservices", "ai", 1)
    if path.endswith("/mai/v1"):
        return Endpoint("mai", origin + path, None, "api-key", cognitive)
    before, _, project = path.partition("/api/projects/")
    project, _, rest = project.partition("/")
    base = f"{origin}{before}/api/projects/{project}/openai/v1"
    if project and rest in ("", "openai", "openai/v1"):
        return Endpoint("project", base, None, "Authorization", ai)
    if project and rest.startswith(("agents/", "applications/")):
        what = "that is the address of an agent or application, which azchat does not speak to"
        raise ConfigError(what, f"its project's models are at {base}")
    is_bare = is_azures and path in ("", "/openai/deployments")
    is_short = path.endswith("/openai") and not pasted.is_exact
    if not (is_bare or is_short or path.endswith("/openai/v1")):
        return None
    is_dated = version and version[:2] == "20" and pasted.dialect != "responses"
    if is_dated and model and (is_bare or path == "/openai"):
        base = f"{origin}/openai/deployments/{quote(model, safe='')}"
        return Endpoint("deployment", base, version, "api-key", cognitive, model)
    prefix = path.removesuffix("/deployments").removesuffix("/v1").removesuffix("/openai")
    return Endpoint("v1", f"{origin}{prefix}/openai/v1", None, "api-key", ai)


def _deployment_in(path: str, *, is_open: bool) -> str:
    """Return the deployment that a path ends in; ``is_open``: a gateway may leave /openai out."""
    before, found, name = path.rpartition("/deployments/")
    is_one = found and "/" not in name and (is_open or before.endswith("/openai"))
    return unquote(name) if is_one else ""
