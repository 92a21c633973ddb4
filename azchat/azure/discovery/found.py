"""What Azure Resource Manager says of a deployment becomes a row: pure.

Whether it can chat is told by its ``capabilities``; where they are silent, by its model's name.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.azure.hosts import is_azure
from azchat.azure.listing import Row
from azchat.azure.signed_in import Cloud
from azchat.errors import ConfigError
from azchat.net.hosts import host_of, is_loopback

CHAT_ACTION = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action"
# They may have chatCompletion too (foundry-samples), and none of them chats in text.
_OTHER_MODELS = (
    *("realtime", "embed", "audio", "tts", "whisper", "transcribe", "image", "dall-e", "sora"),
    *("video", "flux", "rerank"),
)
_ROUTES = {"anthropic": "/anthropic"}
KEYS_ALONE = "takes keys alone"
_OF_A_SPACE = {
    "resource": "name",
    "region": "location",
    "tenant": "tenantId",
    "subscription": "subscriptionId",
}


class Found(NamedTuple):
    """A deployment that can chat; ``account`` is the id of its resource.

    ``may_chat`` says whether whoever asked has the right to, None where nobody knows; ``notes``
    are what stands in the way; ``retires`` is an ISO date.
    """

    name: str
    model: str
    version: str
    publisher: str
    region: str
    kind: str
    capacity: str
    resource: str
    subscription: str
    tenant: str
    endpoint: str
    dialects: tuple[str, ...]
    status: str
    changed: str
    account: str
    may_chat: bool | None = None
    takes_keys: bool = True
    retires: str | None = None
    takes_tokens: bool = True
    notes: tuple[str, ...] = ()
    is_default: bool = False

    @property
    def parsed(self) -> Endpoint:
        """Where it is asked."""
        return parse_endpoint(self.endpoint)

    @property
    def rank(self) -> tuple[Any, ...]:
        """What stands first: what works, in the default subscription; then the newest."""
        newest = [-ord(letter) for letter in self.changed]
        works = self.status == "Succeeded", self.may_chat is not False, not self.notes
        return (*(not one for one in (*works, self.is_default)), newest, self.resource, self.name)


def read_found(account: Mapping[str, Any], row: Mapping[str, Any], cloud: Cloud) -> Found | None:
    """Return a deployment of an account, None where it cannot chat."""
    inner, sku = table(row, "properties"), table(row, "sku")
    model, able = table(inner, "model"), table(inner, "capabilities")
    name, publisher = text(model, "name"), text(model, "format")
    if not can_chat(name, publisher, able) or text(sku, "name").endswith("Batch"):
        return None
    about = table(account, "properties")
    endpoint = endpoint_of(account, name, publisher, cloud)
    if endpoint is None or not text(row, "name"):
        return None
    speaks = {"chat": "chatCompletion", "responses": "responses"}
    told = [one for one in endpoint.speaks if is_true(able.get(speaks.get(one, "")))]
    capacity = sku.get("capacity")
    return Found(
        name=text(row, "name"),
        model=name,
        version=text(model, "version"),
        publisher=publisher,
        region=text(account, "location"),
        kind=text(account, "kind"),
        capacity=" ".join(filter(None, (str(capacity or ""), text(sku, "name")))),
        resource=text(account, "name"),
        subscription=text(account, "subscriptionId") or _subscription_in(text(account, "id")),
        tenant=text(account, "tenantId"),
        endpoint=endpoint.written,
        dialects=tuple(told) or endpoint.speaks[:1],
        status=text(inner, "provisioningState"),
        changed=text(table(row, "systemData"), "lastModifiedAt"),
        account=text(account, "id"),
        takes_keys=not is_true(about.get("disableLocalAuth")),
        takes_tokens=bool(text(about, "customSubDomainName")) or endpoint.is_loopback,
        notes=tuple(_notes(about, endpoint)),
    )


def read_serverless(space: Mapping[str, Any], row: Mapping[str, Any], cloud: Cloud) -> Found | None:
    """Return a serverless endpoint of a hub or its project; None where no key may go."""
    inner = table(row, "properties")
    told = text(table(inner, "inferenceEndpoint"), "uri").rstrip("/")
    model = text(table(inner, "modelSettings"), "modelId").partition("/models/")[2]
    name = model.partition("/")[0]
    if not may_be_asked(told, cloud) or not can_chat(name, "", {}):
        return None
    about: dict[str, Any] = {one: text(space, own) for one, own in _OF_A_SPACE.items()}
    about |= dict.fromkeys(("version", "publisher", "capacity", "changed"), "")
    about |= {"name": text(row, "name"), "model": name, "kind": "serverless"}
    state = text(inner, "endpointState")
    return Found(
        **about,
        endpoint=told,
        dialects=("chat",),
        status="Succeeded" if state in ("Online", "") else state,
        account=text(row, "id"),
        takes_tokens=False,
        notes=(KEYS_ALONE,),
    )


def from_list(account: Mapping[str, Any], row: Row, endpoint: Endpoint) -> Found | None:
    """Return a deployment that the resource itself, or its project, told of."""
    if not can_chat(row.model or row.name, row.publisher or "", {}):
        return None
    own: dict[str, Any] = {one: text(account, name) for one, name in _OF_A_SPACE.items()}
    own |= {name: value or "" for name, value in row._asdict().items()}
    if own["status"].lower() in ("succeeded", ""):
        own["status"] = "Succeeded"
    own |= {"kind": text(account, "kind") or "project", "account": text(account, "id")}
    own |= {"changed": "", "retires": row.retires}
    return Found(**own, endpoint=endpoint.written, dialects=endpoint.speaks[:1])


def may_be_asked(url: str, cloud: Cloud) -> bool:
    """Return whether a sign-in or a key may go to an address that the manager told."""
    host = host_of(url)
    return is_azure(host) or (cloud.is_here and is_loopback(host))


def can_chat(name: str, publisher: str, able: Mapping[str, Any]) -> bool:
    """Return whether a model answers in text."""
    if any(word in name.lower() for word in _OTHER_MODELS):
        return False
    known = not able or any(is_true(able.get(one)) for one in ("chatCompletion", "responses"))
    return known or publisher.lower() == "anthropic"


def endpoint_of(
    account: Mapping[str, Any], model: str, publisher: str, cloud: Cloud
) -> Endpoint | None:
    """Return where a model of an account is asked; None where no sign-in may go."""
    about = table(account, "properties")
    name, told = text(about, "customSubDomainName"), text(about, "endpoint").rstrip("/")
    host = host_of(told)
    if cloud.is_here and is_loopback(host):  # a resource that this machine plays
        root = told
    elif name.replace("-", "").isalnum() and (is_azure(host) or not told):
        suffix = ".".join(host.rsplit(".", 2)[1:]) or cloud.suffix
        service = "openai" if text(account, "kind") == "OpenAI" else "services.ai"
        suffix = suffix if suffix.startswith("azure.") else cloud.suffix
        root = f"https://{name.lower()}.{service}.{suffix}"
    elif is_azure(host):
        root = f"https://{host}"
    else:
        return None
    route = _ROUTES.get(publisher.lower(), "/openai/v1")
    route = "/mai/v1" if model.lower().startswith("mai-") else route
    try:
        return parse_endpoint(f"{root}{route}")
    except ConfigError:  # what azchat does not speak
        return None


def permits(rows: Iterable[Mapping[str, Any]], action: str = CHAT_ACTION) -> bool:
    """Return whether the caller's own permissions hold a data action; the nots take away."""
    return any(
        _fits(row.get("dataActions"), action) and not _fits(row.get("notDataActions"), action)
        for row in rows
    )


def _fits(patterns: Any, action: str) -> bool:
    wanted = action.lower()
    known = patterns if isinstance(patterns, list) else ()
    plain = (str(one).lower().replace("[", "[[]").replace("?", "[?]") for one in known)
    return any(fnmatchcase(wanted, one) for one in plain)


def _notes(about: Mapping[str, Any], endpoint: Endpoint) -> Iterable[str]:
    if text(about, "publicNetworkAccess").lower() == "disabled":
        yield "reached from its private network alone"
    elif text(table(about, "networkAcls"), "defaultAction").lower() == "deny":
        yield "its firewall lets chosen networks in alone"
    if not text(about, "customSubDomainName") and not endpoint.is_loopback:
        yield f"{KEYS_ALONE}: it has no subdomain of its own"


def _subscription_in(account: str) -> str:
    return account.lower().partition("/subscriptions/")[2].partition("/")[0]


def is_true(value: object) -> bool:
    """Return whether a value says yes: the manager writes "true" as often as true."""
    return str(value).lower() == "true"


def table(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object within one; an empty one where there is none."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def text(row: Mapping[str, Any], name: str) -> str:
    """Return a text within an object; "" where there is none."""
    value = row.get(name)
    return value if isinstance(value, str) else ""
