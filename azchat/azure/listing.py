"""Which URLs list a server's models and deployments, and how each answer is read.

Pure: an endpoint in, addresses out; a decoded body in, rows out. Azure's v1 route lists the
whole catalogue at ``/models``; the deployments that can be asked stand elsewhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from azchat.azure.endpoint import DEPLOYMENT_API_VERSION, Endpoint
from azchat.errors import ServiceError

# The last api-version that serves the list with a key; later ones moved it to the management API.
_DEPLOYMENTS_VERSION = "2023-03-15-preview"
_PROJECT_VERSION = "v1"


class Row(NamedTuple):
    """A row; ``name`` is what ``-m`` takes, ``retires`` an ISO date, None what no server tells."""

    name: str
    model: str | None = None
    version: str | None = None
    publisher: str | None = None
    capacity: str | None = None
    status: str | None = None
    retires: str | None = None


def addresses(endpoint: Endpoint, *, catalog: bool = False) -> tuple[str, ...]:
    """Return the URLs to ask, in this order, the next one where one is not found."""
    parts = urlsplit(endpoint.base)
    root = f"{parts.scheme}://{parts.netloc}"
    before, is_openai, _ = endpoint.base.partition("/openai")
    if not is_openai:  # /models and /mai/v1 are the resource's own
        before = root
        for own in ("/models", "/mai/v1", "/anthropic/v1"):
            if endpoint.base.endswith(own):
                before = endpoint.base.removesuffix(own)
    match endpoint.kind:
        case "compatible":
            return (f"{endpoint.base}/models",)
        case "anthropic" if endpoint.scope is None:
            return (f"{endpoint.base}/models",)
        case "serverless" | "managed":
            return (endpoint.url("/info"),)
        case "project":
            listed = f"{before}/deployments?api-version={_PROJECT_VERSION}"
        case _:
            listed = f"{before}/openai/deployments?api-version={_DEPLOYMENTS_VERSION}"
    if catalog and endpoint.kind in ("v1", "project"):
        return (f"{endpoint.base}/models",)
    if catalog:
        return (f"{before}/openai/models?api-version={DEPLOYMENT_API_VERSION}",)
    return (listed, endpoint.url("/info")) if endpoint.kind == "inference" else (listed,)


def read_rows(body: object, model: str | None = None) -> list[Row]:
    """Return the rows of an answer: a list under ``data``, ``value`` or ``models``, or ``/info``.

    ``model`` is the deployment that ``/info`` is about. Raises ``ServiceError`` for anything else.
    """
    if isinstance(body, dict):
        if isinstance(name := body.get("model_name"), str):
            return [Row(model or name, name, publisher=_text(body.get("model_provider_name")))]
        for field in ("data", "value", "models"):
            if isinstance(body.get(field), list):
                return list(_rows(body[field]))
    elif isinstance(body, list):
        return list(_rows(body))
    raise ServiceError("the answer is no list of models", "check the URL with: azchat info")


def next_page(body: object, asked: str) -> str | None:
    """Return the address of the next page; a link to another host would get the sign-in."""
    link = body.get("nextLink") if isinstance(body, dict) else None
    if not isinstance(link, str) or not link:
        return None
    try:
        here, there = urlsplit(asked), urlsplit(link)
    except ValueError:
        return None
    return link if (here.scheme, here.netloc) == (there.scheme, there.netloc) else None


def _rows(items: list[Any]) -> Iterator[Row]:
    for item in items:
        if isinstance(item, dict) and (name := _text(item.get("name")) or _text(item.get("id"))):
            yield _row(item, name)


def _row(item: Mapping[str, Any], name: str) -> Row:
    """Read a row: data-plane deployments, project deployments, management form, plain models."""
    inner = item.get("properties")
    fields = {**item, **inner} if isinstance(inner, dict) else dict(item)
    model = fields.get("model")
    about = model if isinstance(model, dict) else {}
    return Row(
        name,
        _text(fields.get("modelName")) or _text(about.get("name")) or _text(model),
        _text(fields.get("modelVersion")) or _text(about.get("version")),
        _text(fields.get("modelPublisher")) or _text(fields.get("owned_by")),
        _capacity(fields),
        _text(fields.get("status")) or _text(fields.get("provisioningState")),
        _retires(fields, about),
    )


def _capacity(fields: Mapping[str, Any]) -> str | None:
    sku, scale = _object(fields.get("sku")), _object(fields.get("scale_settings"))
    amount = sku.get("capacity") or scale.get("capacity")
    kind = _text(sku.get("name")) or _text(scale.get("scale_type"))
    words = [str(amount) if isinstance(amount, int | float) else "", kind or ""]
    return " ".join(filter(None, words)) or None


def _retires(fields: Mapping[str, Any], model: Mapping[str, Any]) -> str | None:
    deprecation = _object(fields.get("deprecation")) or _object(model.get("deprecation"))
    value = fields.get("retirementDate") or fields.get("deprecationDate")
    value = value or deprecation.get("inference")
    if isinstance(value, int | float) and 1e9 < value < 1e11:  # epoch seconds
        from datetime import UTC, datetime

        return datetime.fromtimestamp(value, UTC).date().isoformat()
    text = (_text(value) or "")[:10]
    is_date = len(text) == 10 and text.replace("-", "").isdecimal()
    return text if is_date else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
