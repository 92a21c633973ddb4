"""Which proxy a request goes through, as curl decides it: ``HTTPS_PROXY``, ``NO_PROXY``."""

import base64
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from azchat.errors import ConfigError
from azchat.net.hosts import is_loopback
from azchat.redaction import Secret


class Proxy(NamedTuple):
    """An HTTP proxy; ``authorization`` is the value of ``Proxy-Authorization``, if any."""

    host: str
    port: int
    authorization: str | None = None
    password: Secret | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that sign in at the proxy."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def choose_proxy(url: str, variables: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for ``url``, None for a direct connection.

    Plain http carries the key unencrypted, so it goes through a proxy on this machine only.
    Raises ``ConfigError`` for a proxy that azchat cannot use.
    """
    parts = urlsplit(url)
    name, value = _first(variables, f"{parts.scheme}_proxy", "all_proxy")
    if not value or _is_exempt(parts.hostname or "", parts.port, variables):
        return None
    proxy = _parse(value, name)
    return None if parts.scheme == "http" and not is_loopback(proxy.host) else proxy


def _first(variables: Mapping[str, str], *names: str) -> tuple[str, str]:
    for name in names:
        for spelling in (name, name.upper()):
            if value := variables.get(spelling, "").strip():
                return spelling, value
    return "", ""


def _is_exempt(host: str, port: int | None, variables: Mapping[str, str]) -> bool:
    _, listed = _first(variables, "no_proxy")
    if not listed:
        return False
    import urllib.request

    netloc = f"{host}:{port}" if port else host
    # Public since Python 3.2, though unknown to the type stubs.
    exempts = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009
    return bool(exempts(netloc, {"no": listed}))


def _parse(value: str, name: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname or "", parts.port or 80
        host.encode("idna")  # as whoever connects will: of labels that are empty or too long
    except ValueError:
        host = ""
    if not host:
        raise ConfigError(f"{name} is no proxy address", f"set {name} to http://host:port")
    if parts.scheme != "http":
        hint = f"set {name} to an http:// proxy, or put the host into NO_PROXY"
        raise ConfigError(f"{name} names a {parts.scheme}:// proxy, which azchat cannot use", hint)
    if parts.username is None:
        return Proxy(host, port)
    user, password = unquote(parts.username), unquote(parts.password or "")
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Proxy(host, port, f"Basic {token}", Secret(password))
