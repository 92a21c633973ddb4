"""Whose host it is: Azure's own, one that stands before Azure, or a slip of the pen.

String methods, not regular expressions: compiling those would delay every start.
"""

CLOUDS = ("azure.com", "azure.us", "azure.cn")
RESOURCES = {
    f".{service}.{cloud}": cloud
    for cloud in CLOUDS
    for service in ("openai", "cognitiveservices", "services.ai")
} | {
    ".api.cognitive.microsoft.com": "azure.com",
    ".api.cognitive.microsoft.us": "azure.us",
    ".api.cognitive.azure.cn": "azure.cn",
}
SERVERLESS = (".models.ai.azure.com", ".inference.ai.azure.com")
MANAGED = {f".inference.ml.{cloud}": cloud for cloud in CLOUDS}
ANTHROPIC = "api.anthropic.com"
PORTALS = tuple(f"{name}.{cloud}" for name in ("ai", "oai", "portal", "ml") for cloud in CLOUDS)
_API_MANAGEMENT = {f".azure-api.{end}": f"azure.{end}" for end in ("us", "cn")} | {
    ".azure-api.net": "azure.com"
}
# Where companies put API Management and Front Door before their Azure; and any name of their own.
GATEWAYS = _API_MANAGEMENT | {".azurefd.net": "azure.com"}


def cloud_of(host: str, suffixes: dict[str, str]) -> str | None:
    """Return the cloud of the suffix that ``host`` ends in."""
    return next((cloud for suffix, cloud in suffixes.items() if host.endswith(suffix)), None)


def is_azure(host: str) -> bool:
    """Return whether ``host`` belongs to Azure's model services."""
    return host.endswith((*RESOURCES, *SERVERLESS, *MANAGED))


def gets_tokens_unasked(host: str) -> bool:
    """Return whether a host is signed in to without a word; on others somebody must say so."""
    return is_azure(host) or host.endswith(tuple(_API_MANAGEMENT))


def meant_host(host: str) -> str | None:
    """Return the host of Azure that ``host`` was meant to be: its parts swapped, or misspelt.

    ``res.azure.openai.com`` belongs to somebody else, who would get the key.
    """
    if is_azure(host) or host.endswith(tuple(GATEWAYS)):
        return None
    suffixes = (*RESOURCES, *SERVERLESS, *MANAGED)
    labels = host.split(".")
    for suffix in suffixes:
        wanted = suffix[1:].split(".")
        if sorted(labels[-len(wanted) :]) == sorted(wanted) and len(labels) > len(wanted):
            return ".".join(labels[: -len(wanted)]) + suffix
        own = [label for label in labels if label not in wanted]
        if host.endswith(CLOUDS) and len(own) == 1 and sorted([*wanted, *own]) == sorted(labels):
            return own[0] + suffix
    name, _, rest = host.partition(".")
    if "az" not in rest:
        return None
    from difflib import get_close_matches

    close = get_close_matches(rest, [suffix[1:] for suffix in suffixes], 1, 0.9)
    return f"{name}.{close[0]}" if close else None
