"""From ``--mcp NAME|COMMAND|URL`` to a server that is being started."""

import shlex
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from string import Template
from typing import Any
from urllib.parse import urlsplit

from azchat import redaction
from azchat.asking.python_tools import guarded
from azchat.environment import Environment
from azchat.errors import ConfigError, UsageError
from azchat.net.hosts import is_loopback
from azchat.tools.mcp import McpServer, Way


def start_server(
    env: Environment,
    word: str,
    known: Mapping[str, Mapping[str, Any]],
    mask: Callable[..., None],
    headers: Iterable[str] = (),
) -> McpServer:
    """Return the server that ``word`` names: one of the config file, a URL, or a command.

    ``mask`` is told what it is handed that must not be shown; ``headers`` are those of the
    command line, which are none of its business.
    """
    if find_spec("mcp") is None:
        raise UsageError("--mcp needs the MCP SDK", "pip install 'azchat[mcp]'")
    try:
        way = _way(env, word, known)
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"--mcp {word}: {error}", "check it in config.toml") from None
    url = urlsplit(way.url)
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        raise ConfigError(f"--mcp {way.url}: http:// is for this machine alone", "use https://")
    mask(
        *redaction.handed_secrets(way.variables),
        *redaction.query_secrets(way.url),
        redaction.Secret(redaction.password_in(way.url)),
    )
    mask(*(secret for text in way.headers.values() for secret in redaction.header_secrets(text)))
    guarded(env, headers)  # its own variables are a few that the SDK names, and those of its table
    return McpServer(way, cwd=env.cwd)


def _way(env: Environment, word: str, known: Mapping[str, Mapping[str, Any]]) -> Way:
    if word in known:
        return _configured(env, word, known[word])
    if word.startswith(("http://", "https://")):
        return Way(name=urlsplit(word).hostname or word, url=word)
    command = shlex.split(word)
    if not command:
        raise ValueError("it is empty")
    return Way(name=command[0].rpartition("/")[2], command=tuple(command))


def _configured(env: Environment, name: str, server: Mapping[str, Any]) -> Way:
    """Read a table of the config file; ``$NAME`` in its values is a variable."""

    def filled(values: Mapping[str, Any]) -> dict[str, str]:
        return {k: Template(str(v)).safe_substitute(env.variables) for k, v in values.items()}

    if "url" in server:
        return Way(name, url=str(server["url"]), headers=filled(server.get("headers", {})))
    command = server["command"]
    words = command if isinstance(command, list) else shlex.split(command)
    words = [*words, *server.get("args", ())]
    if not words:
        raise ValueError("its command is empty")
    return Way(name, tuple(map(str, words)), filled(server.get("env", {})))
