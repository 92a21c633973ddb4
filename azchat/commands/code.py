"""``azchat code``: the request that ``ask`` would send, as a program."""

from importlib import import_module
from typing import NamedTuple
from urllib.parse import urlsplit

from azchat.asking.route import Route
from azchat.azure.endpoint import INFERENCE_API_VERSION, Endpoint
from azchat.code.program import Program, Sdk
from azchat.conversation import Conversation, Offer
from azchat.dialects import named
from azchat.dialects.asked import Asked, Manner
from azchat.dialects.models import family_of
from azchat.errors import UsageError
from azchat.parameters import DialectName

# azure-ai-inference sends an api-version, which the other routes refuse.
_AZURE_KINDS = ("inference", "serverless", "managed", "deployment")
_NOWHERE = Endpoint(
    "inference", "https://RESOURCE.services.ai.azure.com/models", INFERENCE_API_VERSION
)


class CodeOptions(NamedTuple):
    """The language (python, javascript, csharp, curl) and the package (auto, azure, openai)."""

    lang: str = "python"
    sdk: str = "auto"
    stream: bool = False


def format_code(
    route: Route | None,
    conversation: Conversation,
    options: CodeOptions,
    dialect: DialectName = "chat",
    offer: Offer | None = None,
) -> str:
    """Return the program; ``route`` None: no endpoint is set, or the demo. ``offer``: the tools."""
    endpoint = route.endpoint if route else _NOWHERE
    asked = Asked(conversation, offer, options.stream)
    program = _program(endpoint, asked, options, dialect)
    text: str = import_module(f"azchat.code.{options.lang}").write(program)
    return text


def _program(
    endpoint: Endpoint, asked: Asked, options: CodeOptions, dialect: DialectName
) -> Program:
    is_claudes = _is_claudes(endpoint, asked.conversation.settings.model)
    if dialect == "messages" or (is_claudes and dialect == "chat"):
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
    if options.lang == "csharp" or options.sdk != "auto":
        what = "Claude is asked with Anthropic's own packages, of which there is none in C# here"
        raise UsageError(what, "take --lang python, javascript or curl, without --sdk")
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
