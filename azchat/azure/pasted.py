"""What was pasted as an endpoint, cleaned and taken to pieces; or the part of it that is wrong.

People paste what a portal shows: an operation's address, a line of a script, a URL in quotes.
Nothing is guessed that could send a key elsewhere: a doubtful host is an error, with what it may
have meant.
"""

from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

from azchat.azure import hosts
from azchat.azure.hosts import is_azure
from azchat.azure.retirement import retirement_of_host
from azchat.errors import ConfigError
from azchat.net.hosts import EVERYWHERE, is_loopback
from azchat.parameters import DialectName

# What people paste after the base: the operation itself, or a neighbour that stands beside it.
OPERATIONS: dict[DialectName, str] = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "messages": "/messages",
}
_NEIGHBOURS = ("/completions", "/embeddings")
_OTHERS = ("/chat", "/info", "/score")
# Ollama's own protocol, which stands beside OpenAI's at /v1.
_OLLAMA = ("/api/chat", "/api/generate", "/api/tags", "/api/show", "/api/version")
_OLLAMA_PORT = 11434
_TWICE = ("v1", "messages", "anthropic")
_MOST_STEPS = 30  # of a path that is looked at for what stands twice
_WRAPPING = " \xa0\u200b\ufeff\t\r\n\"'<>`,;"  # what comes along when a URL is copied out of a text
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._:[]-")


class Pasted(NamedTuple):
    """What a URL says after its host; ``is_exact``: it names its operation, and is not Azure's.

    ``version`` and ``query`` are its query's api-version, and what else stands there; ``dialect``
    is that of the operation.
    """

    path: str
    is_exact: bool
    version: str | None
    query: str
    notes: tuple[str, ...]
    dialect: DialectName | None = None


def clean(text: str) -> str:
    """Return the URL in ``text``, without what came along when it was copied."""
    url = text.strip(_WRAPPING)
    name, separator, rest = url.partition("://")
    if separator and "=" in name:  # a line of a script: export ENDPOINT="https://..."
        url = name.rpartition("=")[2].strip(_WRAPPING) + separator + rest
    label, colon, rest = url.partition(":")
    if colon and label.strip().lower() in ("target uri", "endpoint", "url", "base url"):
        url = rest.strip(_WRAPPING)
    if not url:
        raise ConfigError("the endpoint is empty", HINT)
    for character in url:
        if not "!" <= character <= "~" or character in "\\{}|^":
            in_host = character in url.partition("://")[2].partition("/")[0]
            where = "the endpoint's host" if in_host else "the endpoint"
            raise ConfigError(f"{where} has {character!r} in it: {short(url)}", HINT)
    if "://" in url:
        return url
    host = url.partition("/")[0].partition(":")[0].lower()
    if ";" in url and host.partition(";")[0].endswith(".api.azureml.ms"):
        raise ConfigError(
            "that is a hub's connection string, which is no endpoint",
            "take the project's endpoint: https://RESOURCE.services.ai.azure.com/api/projects/NAME",
        )
    if is_azure(host) or retirement_of_host(host) or hosts.meant_host(host):
        return f"https://{url}"
    bare = _without_half_scheme(url)
    host = bare.partition("/")[0].partition(":")[0].lower()
    scheme = "http" if is_loopback(host) or host in EVERYWHERE else "https"
    hint = f"did you mean {scheme}://{short(bare)} ?" if bare else HINT
    raise ConfigError(f"the endpoint has no scheme: {short(url)}", hint)


def _without_half_scheme(url: str) -> str:
    """Return ``url`` without the remains of a scheme, as in ``https:/host`` or ``//host``."""
    for scheme in ("https", "http"):
        if url.lower().startswith((f"{scheme}:", f"{scheme}/")):
            url = url[len(scheme) :]
    return url.lstrip(":/")


def check_host(scheme: str, host: str, url: str) -> str:
    """Return ``host``; raises ``ConfigError`` for one that no request may go to."""
    parts = urlsplit(url)
    if scheme not in ("http", "https"):
        raise ConfigError(f"the endpoint's scheme is {scheme!r}, not https", HINT)
    if "@" in parts.netloc:
        what = f"the endpoint has a user name before its host: the host is {host or 'missing'}"
        raise ConfigError(what, "write the URL without anything before an @")
    try:
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        port_is_valid = False
    if not host or not port_is_valid:
        raise ConfigError(f"the endpoint's host or port is wrong: {short(url)}", HINT)
    if not _HOST_CHARACTERS.issuperset(host):
        raise ConfigError(f"the endpoint's host has characters no host has: {short(host)}", HINT)
    if parts.fragment and host not in hosts.PORTALS:
        raise ConfigError("the endpoint has a fragment, the part after #", HINT)
    if meant := hosts.meant_host(host):
        address = parts._replace(netloc=parts.netloc.lower().replace(host, meant, 1), query="")
        hint = f"did you mean {short(address.geturl())} ?"
        raise ConfigError(f"{host} is no host of Azure's; nothing was sent", hint)
    if scheme == "http" and not is_loopback(host):
        hint = "use https://; http:// is allowed to this machine only (localhost, 127.0.0.1)"
        raise ConfigError(f"http:// would send the key to {host} unencrypted", hint)
    if ended := retirement_of_host(host):
        raise ConfigError(
            f"{ended.what} was retired on {ended.date}; nothing was sent",
            "deploy the model on Azure AI Foundry and use https://RESOURCE.openai.azure.com/openai/v1",
        )
    return host


def reachable(parts: SplitResult) -> tuple[SplitResult, tuple[str, ...]]:
    """Return the address to ask a server at that was started to listen everywhere."""
    host = parts.hostname or ""
    if host not in EVERYWHERE or "@" in parts.netloc:
        return parts, ()
    named = EVERYWHERE[host]
    netloc = parts.netloc.replace(host, named)
    return parts._replace(netloc=netloc), (f"{host} is asked at this machine, {named}",)


def read_parts(parts: SplitResult, *, is_azures: bool) -> Pasted:
    """Take the part after the host to pieces; raises ``ConfigError`` for a query with more."""
    values = parse_qs(parts.query, keep_blank_values=True)
    version = values.pop("api-version", [""])[0] or None
    whole = "/".join(["", *filter(None, parts.path.split("/"))])
    path = _undoubled(whole)
    endings = (*OPERATIONS.values(), *_NEIGHBOURS, *_OTHERS)
    named = next((one for one in endings if path.endswith(one)), "")
    dialect = next((name for name, operation in OPERATIONS.items() if operation == named), None)
    notes: tuple[str, ...] = ()
    if not is_azures and (
        path.endswith(_OLLAMA) or (parts.port == _OLLAMA_PORT and path == "/api")
    ):
        notes = (f"{path} is Ollama's own protocol; asked at /v1",)
        whole = path = f"{path[: path.rindex('/api')]}/v1"
        named = ""
    elif named in _NEIGHBOURS:
        notes = (f"the URL is for {named}; asked as chat, at {OPERATIONS['chat']} beside it",)
    path, whole = _undoubled(path.removesuffix(named)), whole.removesuffix(named)
    if path != whole:
        notes += ("took what stands twice in the path once",)
    if path.endswith(("/v1/models", "/openai/models")):
        path = path.removesuffix("/models")
    is_exact = not is_azures and named in (*OPERATIONS.values(), *_NEIGHBOURS)
    if values and not is_exact:
        raise ConfigError(f"the endpoint has a query: {', '.join(map(short, values))}", HINT)
    others = [one for one in parts.query.split("&") if one.partition("=")[0] != "api-version"]
    return Pasted(path, is_exact, version, "&".join(filter(None, others)), notes, dialect)


def _undoubled(path: str) -> str:
    """Return ``path`` with what two settings both appended once: ``/v1/v1`` as ``/v1``."""
    steps = path.split("/")
    for size in range(min(len(steps), _MOST_STEPS) // 2, 0, -1):
        for start in range(1, len(steps) - 2 * size + 1):
            block, after = steps[start : start + size], steps[start + size :]
            names_route = block[-1] in _TWICE or block[-2:] == ["chat", "completions"]
            names_route |= size > 1 and block[-2] in ("deployments", "projects")
            if names_route and block == after[:size]:
                return _undoubled("/".join(steps[:start] + after))
    return path


def without_secrets(url: str) -> str:
    """Return ``url`` without what may hold a key: user, query and fragment."""
    parts = url.partition("?")[0].partition("#")[0]
    scheme, separator, rest = parts.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def short(text: str) -> str:
    """Return ``text`` as an error may repeat it."""
    text = "".join(c if c.isprintable() else "?" for c in without_secrets(text))
    return text if len(text) <= 120 else text[:117] + "..."


HINT = "an endpoint looks like https://RESOURCE.openai.azure.com/openai/v1; see: azchat info"
