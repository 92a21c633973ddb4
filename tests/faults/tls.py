"""TLS that should not be trusted, and TLS that never comes.

    with tls_server("expired", authority) as fs:
        fs.url("ok")     # https://127.0.0.1:PORT/ok/v1

``authority.file`` is what a client must trust to accept ``good``.
"""

import contextlib
import datetime
import ipaddress
import ssl
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.faults.connection import Connection, Request
from tests.faults.server import LOOPBACK, FaultServer, Listener

Kind = Literal["good", "selfsigned", "wrongname", "expired", "early", "unknown", "tls10"]


class Authority:
    """A certificate authority; its own certificate is the PEM file ``file`` in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._ca = trustme.CA()
        self.file = directory / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def context(self, kind: Kind) -> ssl.SSLContext:
        """Return the server's side of TLS, good or bad in one way."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "selfsigned":
            _load(context, _self_signed())
            return context
        self._certificate(kind).configure_cert(context)
        if kind == "tls10":
            _only_tls10(context)
        return context

    def _certificate(self, kind: Kind) -> trustme.LeafCert:
        if kind == "wrongname":
            return self._ca.issue_cert("wrong.test")
        if kind == "unknown":
            return trustme.CA().issue_cert(LOOPBACK, "localhost")
        if kind == "expired":
            yesterday = _now() - datetime.timedelta(days=1)
            start = yesterday - datetime.timedelta(days=30)
            return self._ca.issue_cert(LOOPBACK, "localhost", not_before=start, not_after=yesterday)
        if kind == "early":
            tomorrow = _now() + datetime.timedelta(days=1)
            return self._ca.issue_cert(LOOPBACK, "localhost", not_before=tomorrow)
        return self._ca.issue_cert(LOOPBACK, "localhost")


@contextlib.contextmanager
def tls_server(kind: Kind, authority: Authority) -> Iterator[FaultServer]:
    """Serve all scenarios over TLS; refused handshakes stand in ``connections[i].failure``."""
    with FaultServer(context=authority.context(kind)) as server:
        yield server


@contextlib.contextmanager
def black_hole() -> Iterator[Listener]:
    """Accept TCP and never answer: neither a ClientHello nor an HTTP request.

    The endpoint is ``https://127.0.0.1:{listener.port}/v1``.
    """
    listener = Listener(_swallow)
    try:
        yield listener
    finally:
        listener.close()


def _swallow(connection: Connection, request: Request) -> bool:
    connection.hold()
    return False


def _only_tls10(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1
    # OpenSSL 3 refuses the SHA-1 signatures of TLS 1.0 above security level 0.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")


def _self_signed() -> bytes:
    """Return a key and a certificate signed with it, for 127.0.0.1 and localhost, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(days=1))
        .not_valid_after(_now() + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
