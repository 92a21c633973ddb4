"""Fetches a picture for ``--inline``: https only, public hosts only, little, and not for long.

The addresses of a name are checked, and one of those that were checked is connected to: a name
that answers otherwise the next time leads nowhere. A redirect is a new address, checked anew.
"""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from azchat.attachments import size_words
from azchat.attachments.addresses import check_address, is_public
from azchat.errors import InputError, NetworkError, ServiceError
from azchat.net.trust import Trust

SECONDS = 20.0
_CONNECT_SECONDS = 5.0
_REDIRECTS = 3
_BLOCK = 1 << 16
_SAFE = "%/:=&?~#+!$,;'@()*[]"  # in an address as they are
_MOVED = (301, 302, 303, 307, 308)

Connect = Callable[[str, str, float], socket.socket]
"""Opens TLS to an IP address, for a host, within seconds."""


class Web(NamedTuple):
    """How names become addresses, and addresses connections; ``clock`` is in seconds."""

    resolve: Callable[[str], list[str]]
    connect: Connect
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def real(cls, trust: Trust) -> "Web":
        """Return the network of this machine."""
        context = trust.context()

        def connect(address: str, host: str, seconds: float) -> socket.socket:
            connected = socket.create_connection((address, 443), seconds)
            try:
                return context.wrap_socket(connected, server_hostname=host)
            except BaseException:
                connected.close()
                raise

        return cls(_resolve, connect)


def fetch(url: str, limit: int, web: Web) -> bytes:
    """Return what is at ``url``, at most ``limit`` bytes.

    Raises ``InputError`` where nothing may be fetched from, ``NetworkError`` and
    ``ServiceError`` where it does not come.
    """
    end = web.clock() + SECONDS
    for _ in range(_REDIRECTS + 1):
        host = check_address(url)
        with _asked(url, host, web, end) as reply:
            if reply.status in _MOVED and (to := reply.getheader("location")):
                url = urljoin(url, to)
                continue
            if reply.status != 200:
                what = f"{host} does not give the file (HTTP {reply.status})"
                raise ServiceError(what, "check the address")
            return _read(reply, host, limit, lambda: web.clock() > end)
    raise ServiceError(f"{host} redirects again and again", "attach the final address")


@contextmanager
def _asked(url: str, host: str, web: Web, end: float) -> Iterator[http.client.HTTPResponse]:
    """Give the reply to a GET; what goes wrong while it is read is told as ``NetworkError``."""
    connected = _connected(host, web, end)
    connected.settimeout(_CONNECT_SECONDS)
    # One that sends a byte now and then never runs into the timeout of a read.
    alarm = threading.Timer(max(0.0, end - web.clock()), _cut, (connected,))
    alarm.daemon = True
    alarm.start()
    client = http.client.HTTPConnection(host)
    client.sock = connected
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"User-Agent": "azchat", "Accept": "*/*"}
    try:
        client.request("GET", quote(target, safe=_SAFE), headers=headers)
        with client.getresponse() as reply:
            yield reply
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        raise _failed(host, error) from None
    finally:
        alarm.cancel()
        client.close()
        connected.close()


def _read(
    reply: http.client.HTTPResponse, host: str, limit: int, is_late: Callable[[], bool]
) -> bytes:
    """Return the body; raises ``InputError`` where it is more than ``limit``."""
    body, size = bytearray(), reply.length or 0
    while size <= limit and (block := reply.read1(_BLOCK)):
        body += block
        size = len(body)
        if is_late():
            raise TimeoutError
    if size > limit:
        what = f"the file at {host} is too large: {size_words(limit)} are allowed"
        raise InputError(what, "allow more with --max-file MB")
    if reply.length:
        raise OSError("the connection was cut")
    return bytes(body)


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _connected(host: str, web: Web, end: float) -> socket.socket:
    try:
        addresses = web.resolve(host)
        private = next((address for address in addresses if not is_public(address)), None)
        if private is not None:
            what = f"{host} leads to {private}, which is not public"
            raise InputError(what, "download the file and attach that")
        failure: OSError = OSError("it has no address")
        for address in addresses[:3]:
            try:
                return web.connect(address, host, min(_CONNECT_SECONDS, end - web.clock()))
            except (OSError, ValueError) as error:
                failure = error if isinstance(error, OSError) else TimeoutError()
        raise failure
    except (OSError, UnicodeError) as error:  # a name may be longer than names can be
        raise _failed(host, error) from None


def _resolve(host: str) -> list[str]:
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _failed(host: str, error: Exception) -> NetworkError:
    said = getattr(error, "verify_message", None) or str(error) or "it is cut"
    why = "it takes too long" if isinstance(error, TimeoutError) else said
    what = f"cannot fetch from {host}: {why.lower()}"
    return NetworkError(what, "pass the address on, without --inline, or attach a file")
