"""``azchat code``: the request that ``ask`` would send, as a program."""

from collections.abc import Collection
from importlib import import_module
from typing import NamedTuple
from urllib.parse import urlsplit

from azchat.asking.route import Route
from azchat.azure.credential import choose_auth
from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.code.program import Program, Sdk
from azchat.conversation import Conversation, Offer
from azchat.dialects import named
from azchat.dialects.asked import Asked, Manner
from azchat.dialects.models import family_of
from azchat.errors import UsageError
from azchat.parameters import DialectName
from azchat.settings.layers import Settings

# azure-ai-inference sends an api-version, which the other routes refuse.
_AZURE_KINDS = ("inference", "serverless", "managed", "deployment")
_NOWHERE = parse_endpoint("https://resource.services.ai.azure.com/models")
_NOWHERE = _NOWHERE._replace(base=_NOWHERE.base.replace("resource", "RESOURCE"))


class CodeOptions(NamedTuple):
    """The language (python, javascript, csharp, curl), the package (auto for the usual), the way.

    ``is_async``: in Python's own manner; ``info``: what the model is is asked first; ``built_in``
    are those of the tools that azchat brings.
    """

    lang: str = "python"
    sdk: str = "auto"
    stream: bool = False
    is_async: bool = False
    info: bool = False
    built_in: Collection[str] = ()


def format_code(
    settings: Settings,
    route: Route | None,
    conversation: Conversation,
    options: CodeOptions,
    dialect: DialectName = "chat",
    offer: Offer | None = None,
) -> str:
    """Return the program; ``route`` None: no endpoint is set, or the demo. ``offer``: the tools."""
    if options.is_async and options.lang != "python":
        raise UsageError("--async is for Python; the others are asynchronous anyway")
    endpoint = route.endpoint if route else _NOWHERE
    asked = Asked(conversation, offer, options.stream)
    program = _program(endpoint, asked, options, dialect)
    if options.info and not (endpoint.has_info and program.base == endpoint.base):
        what = "only the routes of the Model Inference API tell what the model is"
        raise UsageError(
            f"--info: {what}", "leave it out, or take an endpoint that ends in /models"
        )
    program = program._replace(
        scope=_scope(settings, route and endpoint, program.base),
        is_async=options.is_async,
        asks_info=options.info,
        built_in=options.built_in,
    )
    text: str = import_module(f"azchat.code.{options.lang}").write(program)
    return text


def _scope(settings: Settings, endpoint: Endpoint | None, base: str) -> str | None:
    """Return what a token is for where the program signs in by Entra; None: by a key."""
    wish, target = settings.auth, endpoint or _NOWHERE
    takes_key = endpoint is None or endpoint.kind == "serverless" or settings.auth == "key"
    has_key = takes_key or settings.key is not None
    if choose_auth(wish, target, has_key=has_key) in ("key", "none"):
        return None
    return parse_endpoint(base).scope or target.scope


def _program(
    endpoint: Endpoint, asked: Asked, options: CodeOptions, dialect: DialectName
) -> Program:
    is_claudes = _is_claudes(endpoint, asked.conversation.settings.model)
    if options.sdk == "anthropic" or dialect == "messages" or (is_claudes and dialect == "chat"):
        return _for_claude(endpoint, asked, options)
    sdk = _choose_sdk(endpoint, options.sdk, dialect)
    is_plain = sdk == "azure" or (options.lang == "curl" and options.sdk == "auto")
    base = endpoint.base if is_plain else _v1_base(endpoint)
    is_moved = base != endpoint.base
    asks_usage = is_moved or endpoint.reports_usage_on_request
    request = named(dialect).encode(asked._replace(manner=Manner(asks_usage=asks_usage)))
    body = dict(request.body)
    body.pop("stream", None)
    return Program(
        body,
        base,
        sdk,
        streams=options.stream,
        api_version=None if is_moved else endpoint.api_version,
        key_header=endpoint.key_header,
        passes_extras=not is_moved and endpoint.takes_extra_parameters_header,
        operation=request.operation,
    )


def _is_claudes(endpoint: Endpoint, model: str | None) -> bool:
    """Return whether the endpoint, or the model by its name, speaks the Messages API alone."""
    is_named = family_of(model) == "messages" and endpoint.kind in ("v1", "project", "inference")
    return is_named or "messages" in (endpoint.dialect, endpoint.speaks[0])


def _for_claude(endpoint: Endpoint, asked: Asked, options: CodeOptions) -> Program:
    if options.sdk not in ("auto", "anthropic"):
        raise UsageError("Claude is asked over the Messages API", "take --sdk anthropic")
    if "messages" not in endpoint.speaks:
        what = f"this endpoint ({endpoint.kind}) does not speak the Messages API"
        raise UsageError(what, "take another --sdk, or an endpoint that ends in /anthropic")
    request = named("messages").encode(asked)
    body = {name: value for name, value in request.body.items() if name != "stream"}
    return Program(
        body,
        endpoint.url(request.operation).removesuffix("/v1/messages"),
        "anthropic",
        streams=options.stream,
        key_header="x-api-key" if options.lang == "curl" else endpoint.key_header,
        headers=request.headers,
        operation="/v1/messages",
    )


def _choose_sdk(endpoint: Endpoint, wish: str, dialect: DialectName) -> Sdk:
    if wish == "azure" and dialect != "chat":
        what = f"azure-ai-inference does not speak {named(dialect).words}"
        raise UsageError(what, "take --sdk openai, or --dialect chat")
    takes_azure = endpoint.kind in _AZURE_KINDS and dialect == "chat"
    if wish == "azure" and not takes_azure:
        raise UsageError(
            f"azure-ai-inference cannot use this endpoint ({endpoint.kind}): "
            "it sends an api-version, which the route refuses",
            "take --sdk openai",
        )
    return "azure" if wish == "azure" or (wish == "auto" and takes_azure) else "openai"


def _v1_base(endpoint: Endpoint) -> str:
    """Return where the same models answer without an api-version."""
    parts = urlsplit(endpoint.base)
    origin = f"{parts.scheme}://{parts.netloc}"
    if endpoint.kind in ("inference", "deployment"):
        return f"{origin}/openai/v1"
    if endpoint.kind in ("serverless", "managed") and not parts.path.endswith("/v1"):
        return f"{endpoint.base}/v1"
    return endpoint.base
