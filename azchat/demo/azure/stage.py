"""A folder in which one shell finds the demo's cloud: an az, its files, an authority to trust."""

import json
import os
import ssl
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from azchat.demo.azure.cloud import SUBSCRIPTION, TENANT

_CLOUD = "AzchatDemo"


class Stage(NamedTuple):
    """The folder; it goes when the demo does."""

    folder: Path

    @classmethod
    def made(cls) -> Self:
        """Return a new one, with the certificate of its authority."""
        stage = cls(Path(tempfile.mkdtemp(prefix="azchat-demo-")))
        for name in ("bin", "azure", "azchat"):
            (stage.folder / name).mkdir(mode=0o700)
        stage._write("authority.pem", _certificate())
        return stage

    def context(self) -> ssl.SSLContext:
        """Return the authority's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "authority.pem")
        return context

    def furnish(self, root: str, tls_port: int, unset: Iterable[str]) -> list[str]:
        """Write what makes a shell's az and azchat use the demo; return what to type there."""
        user = {"name": "you@demo.example", "type": "user"}
        subscription = {
            "id": SUBSCRIPTION,
            "name": "Demo",
            "state": "Enabled",
            "isDefault": True,
            "tenantId": TENANT,
            "environmentName": _CLOUD,
            "user": user,
        }
        program = Path(__file__).with_name("az.txt").read_text()
        self._write("bin/azureProfile.json", json.dumps({"subscriptions": [subscription]}))
        self._write("bin/authority", f"{root}/{TENANT}")
        self._write("bin/az", f"#!{sys.executable}\n{program}")
        self._write("bin/az.cmd", f'@"{sys.executable}" "%~dp0az" %*\n')
        self._write("azure/clouds.config", f"[{_CLOUD}]\nendpoint_resource_manager = {root}\n")
        variables = {
            "AZURE_CONFIG_DIR": "azure",
            "AZCHAT_CONFIG": "azchat/config.toml",
            "AZCHAT_DATA_DIR": "azchat/data",
            "REQUESTS_CA_BUNDLE": "authority.pem",
        }
        told = {name: str(self.folder / place) for name, place in variables.items()}
        told |= {"AZURE_CLOUD": _CLOUD, "AZURE_AUTHORITY_HOST": f"https://localhost:{tls_port}"}
        gone = sorted({*unset, "AZURE_TENANT_ID", "AZURE_TOKEN_CREDENTIALS"})
        own = self.folder / "bin"
        if sys.platform == "win32":
            lines = [f"Remove-Item Env:{name} -ErrorAction Ignore" for name in gone]
            lines += [f'$Env:{name} = "{value}"' for name, value in told.items()]
            self._write("demo.ps1", "\n".join([*lines, f'$Env:PATH = "{own};$Env:PATH"', ""]))
            return [f". {self.folder / 'demo.ps1'}", "az login", "azchat"]
        lines = [f"unset {' '.join(gone)}", *(f"export {n}='{value}'" for n, value in told.items())]
        self._write("demo.sh", "\n".join([*lines, f"export PATH='{own}':\"$PATH\"", ""]))
        return [f". {self.folder / 'demo.sh'}", "az login", "azchat"]

    def close(self) -> None:
        """Take the folder away."""
        import shutil

        with suppress(OSError):
            shutil.rmtree(self.folder)

    def _write(self, name: str, text: str) -> None:
        mode = 0o700 if name.startswith("bin/az") else 0o600
        file = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write(text)


def _certificate() -> str:
    """Return a key and a certificate signed with it, for this machine, as PEM."""
    from datetime import UTC, datetime, timedelta

    # The library that msal signs in with.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "azchat demo")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    coded, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(coded, form, serialization.NoEncryption())
    return (private + certificate.public_bytes(coded)).decode()
