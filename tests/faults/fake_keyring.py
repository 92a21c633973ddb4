"""A keyring that encrypts, as far as a test can see: no text that it keeps is on the disk.

    env={"PYTHON_KEYRING_BACKEND": "tests.faults.fake_keyring.Keyring"}

``AZCHAT_TEST_KEYRING=hangs`` and ``=fails`` make it one that is locked or broken.
"""

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

BACKEND = f"{__name__}.Keyring"


class Keyring(KeyringBackend):
    priority = 5

    def get_password(self, service: str, username: str) -> str | None:
        _misbehave()
        return _load().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        _misbehave()
        kept = _load() | {f"{service}/{username}": password}
        _file().write_bytes(_scramble(json.dumps(kept).encode()))
        _file().chmod(0o600)

    def delete_password(self, service: str, username: str) -> None:
        kept = _load()
        del kept[f"{service}/{username}"]
        _file().write_bytes(_scramble(json.dumps(kept).encode()))


def kept(home: Path) -> dict[str, str]:
    """Return what a run kept."""
    file = home / ".fake-keyring"
    found = json.loads(_scramble(file.read_bytes())) if file.exists() else {}
    assert isinstance(found, dict)
    return found


def _misbehave() -> None:
    match os.environ.get("AZCHAT_TEST_KEYRING"):
        case "hangs":
            threading.Event().wait()
        case "fails":
            raise KeyringLocked("the collection is locked")


def _load() -> dict[str, str]:
    return kept(_file().parent)


def _file() -> Path:
    return Path(os.environ["HOME"]) / ".fake-keyring"


def _scramble(data: bytes) -> bytes:
    return bytes(byte ^ 0x5A for byte in data)
