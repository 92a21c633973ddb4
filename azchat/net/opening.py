"""Opens a connection in a thread: name resolution, proxy, TCP, TLS; and says why it failed.

In a thread, because importing the SDK takes longer than a handshake: begun before it, both are
done at once. All addresses of a name are tried, and each step against the same deadline.
"""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import inf
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from azchat.errors import AzchatError, NetworkError
from azchat.net.proxy import Proxy, choose_proxy
from azchat.net.trust import Trust

T = TypeVar("T")

CONNECT_SECONDS = 10.0
_UNKNOWN_CA = "for a company's own CA, set SSL_CERT_FILE to its bundle"
_RENEWED = "it must be renewed there; or the clock of this machine is wrong"
_MEANT = "check the endpoint's host; a proxy that answers in its place has a name of its own"
# OpenSSL's codes (X509_V_ERR_*) that another bundle does not mend; most have its own words.
_CERTIFICATES = {
    9: ("it is not yet valid", "the clock of this machine may be wrong; or wait until it is valid"),
    10: ("it has expired", _RENEWED),
    12: ("its revocation list has expired", _RENEWED),
    23: ("it was revoked", "ask whoever runs the endpoint; do not trust it meanwhile"),
    62: ("it is for another name (hostname mismatch)", _MEANT),
    64: ("it is for another name (IP address mismatch)", _MEANT),
}


class Target(NamedTuple):
    """What to connect to; ``timeout`` (seconds) bounds name, proxy, TCP and TLS together."""

    host: str
    port: int
    tls: bool
    proxy: Proxy | None = None
    trust: Trust = Trust()
    timeout: float = CONNECT_SECONDS

    @classmethod
    def of(
        cls, url: str, variables: Mapping[str, str], timeout: float = CONNECT_SECONDS
    ) -> "Target":
        """Return the target of ``url``, with the proxy and CA bundle that ``variables`` name."""
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        host, port, proxy = parts.hostname or "", parts.port, choose_proxy(url, variables)
        trust = Trust.of(variables)
        return cls(host, port or (443 if tls else 80), tls, proxy, trust, timeout)


class Opening:
    """A connection being opened in the background."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._socket = Background(lambda: _connect(target))

    def abandon(self) -> None:
        """Close the connection, at once or as soon as it is open."""
        self._socket.then(lambda opened: opened.close())

    def wait(self, timeout: float = inf) -> socket.socket:
        """Return the open socket; raises ``NetworkError`` after ``timeout`` or the target's."""
        target = self._target._replace(timeout=min(timeout, self._target.timeout))
        try:
            return self._socket.result(target.timeout)
        except UnfinishedError:
            self.abandon()
            raise _too_slow(target) from None
        except OSError as error:
            raise _connect_error(error, self._target) from None


def addresses_of(target: Target) -> list[str]:
    """Return the addresses of the host to connect to first; raises ``NetworkError``."""
    host, port = (target.proxy or target)[:2]
    looking = Background(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    try:
        found = looking.result(target.timeout)
    except UnfinishedError:
        raise _too_slow(target) from None
    except OSError as error:
        raise _connect_error(error, target) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class UnfinishedError(Exception):
    """What runs in the background took longer than one would wait."""


class Background(Generic[T]):
    """What a daemon thread works out: name resolution must not keep azchat from ending.

    ``error`` is what it raised.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._results: list[T] = []
        self.error: BaseException | None = None
        self._done = threading.Event()
        self._next: Callable[[T], None] | None = None
        threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; return whether it has ended."""
        return self._done.wait(seconds)

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._done.is_set()

    def result(self, timeout: float) -> T:
        """Return the result or raise what the function raised; wait ``timeout`` seconds."""
        if not self.wait(timeout):
            raise UnfinishedError
        if self.error is not None:
            raise self.error
        return self._results[0]

    def then(self, receive: Callable[[T], None]) -> None:
        """Hand the result to ``receive``, now or once it is there; nobody will ask for it."""
        self._next = receive
        if self._done.is_set():
            self._hand_over()

    def _run(self, work: Callable[[], T]) -> None:
        try:
            self._results.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again in ``result``
            self.error = error
        self._done.set()
        self._hand_over()

    def _hand_over(self) -> None:
        if self._next:
            with suppress(IndexError):  # the other thread was first
                self._next(self._results.pop())


def _connect(to: Target) -> socket.socket:
    if not to.tls:
        return _connect_plainly(to)
    # Reading the certificates takes as long as a short round trip: both at the same time.
    context = Background(lambda: to.trust.context())
    connected = _tunnel(to, to.proxy) if to.proxy else _connect_plainly(to)
    try:
        return context.result(to.timeout).wrap_socket(connected, server_hostname=to.host)
    except BaseException:
        connected.close()
        raise


def _connect_plainly(to: Target) -> socket.socket:
    host, port = (to.proxy.host, to.proxy.port) if to.proxy else (to.host, to.port)
    # As bytes, unlike the stubs say: a str would import the idna codec, 3 ms, for nothing.
    address: Any = (host.encode(), port)
    connected = socket.create_connection(address, to.timeout)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


def _tunnel(to: Target, proxy: Proxy) -> socket.socket:
    import http.client

    client = http.client.HTTPConnection(proxy.host, proxy.port, timeout=to.timeout)
    client.set_tunnel(to.host, to.port, proxy.headers)
    try:
        client.connect()
    except http.client.HTTPException:
        raise OSError("it does not answer in HTTP") from None
    connected: socket.socket = client.sock
    return connected


def _connect_error(error: OSError, to: Target) -> AzchatError:
    """Say why a connection could not be opened, in the words of the user's world."""
    if to.proxy:
        return _proxy_error(error, to, to.proxy)
    if isinstance(error, socket.gaierror):
        hint = "check the endpoint's name and the network"
        return NetworkError(f"cannot resolve host {to.host}", hint, code="resolve")
    if isinstance(error, TimeoutError):
        return _too_slow(to)
    if isinstance(error, ConnectionRefusedError):
        hint = "is the server running? check the port, and ask again; see: azchat info"
        return NetworkError(f"connection refused by {to.host}:{to.port}", hint, code="refused")
    return _tls_error(error, to) or NetworkError(
        f"cannot connect to {to.host}:{to.port}: {reason(error)}", CHECK_URL, code="connect"
    )


def _proxy_error(error: BaseException, to: Target, proxy: Proxy) -> AzchatError:
    said = str(error)
    if "407" in said:
        return wants_sign_in(proxy)
    if "Tunnel connection failed" in said:
        what = f"proxy {proxy} refused to connect to {to.host}: {said.partition('failed: ')[2]}"
        return NetworkError(
            what, "ask whoever runs the proxy, or put the host into NO_PROXY", code="proxy"
        )
    if tls := _tls_error(error, to):
        return tls
    hint = "check HTTPS_PROXY, or put the host into NO_PROXY"
    return NetworkError(f"proxy {proxy} cannot be reached: {reason(error)}", hint, code="proxy")


def wants_sign_in(proxy: Proxy) -> NetworkError:
    """Return the error for a proxy that answers 407."""
    hint = "write the proxy as http://user:password@host:port"
    return NetworkError(f"proxy {proxy} demands a sign-in (HTTP 407)", hint, code="proxy")


def _too_slow(to: Target) -> NetworkError:
    through = f" through proxy {to.proxy}" if to.proxy else ""
    return NetworkError(
        f"cannot connect to {to.host}:{to.port}{through} within {to.timeout:g} s",
        "check the network and the endpoint's host; ask again, or wait longer with --timeout",
        code="timeout",
    )


def _tls_error(error: BaseException, to: Target) -> AzchatError | None:
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        why, hint = _CERTIFICATES.get(error.verify_code, ("", _UNKNOWN_CA))
        why = why or error.verify_message or reason(error)
        if to.trust.bundle:
            unknown = f"{to.trust.bundle} does not vouch for it: mend or unset {to.trust.variable}"
            in_use = f"{hint}; what is trusted is what {to.trust.variable} names: {to.trust.bundle}"
            hint = unknown if hint is _UNKNOWN_CA else in_use
        return NetworkError(
            f"certificate of {to.host} is not valid: {why}", hint, code="certificate"
        )
    if isinstance(error, ssl.SSLError):
        return NetworkError(f"TLS with {to.host} failed: {reason(error)}", CHECK_URL, code="tls")
    return None


def reason(error: BaseException) -> str:
    """Return an error's reason as a person would say it, without class names or numbers."""
    text = getattr(error, "strerror", None) or str(error) or "no reason given"
    return str(text).partition(" (_ssl.c")[0].rpartition("] ")[2].lower()


CHECK_URL = "check the endpoint's URL with: azchat info"
