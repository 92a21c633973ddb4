"""Keyrings for tests, as ``PYTHON_KEYRING_BACKEND`` names them; they keep keys in a JSON file.

env = use_keyring(home)            # or use_keyring(home, "Locked")
kept(home)                         # {"azchat/work@host": "the key"}
"""

import json
from pathlib import Path

from tests.front_door import ROOT

_MODULE = """
import json, os, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

PATH = pathlib.Path(os.environ["TEST_KEYRING"])

class Keyring(KeyringBackend):
    priority = 5
    def _all(self):
        return json.loads(PATH.read_text()) if PATH.exists() else {}
    def _keep(self, keys):
        with open(os.open(PATH, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(keys, file)
    def get_password(self, service, username):
        return self._all().get(f"{service}/{username}")
    def set_password(self, service, username, password):
        self._keep({**self._all(), f"{service}/{username}": password})
    def delete_password(self, service, username):
        keys = self._all()
        if keys.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError("not there")
        self._keep(keys)

class Locked(Keyring):
    def get_password(self, service, username):
        raise KeyringLocked("sk-CANARY-7f3a is locked")
    def set_password(self, service, username, password):
        raise KeyringLocked(password)

class Forgetful(Keyring):
    def set_password(self, service, username, password):
        pass
"""


def use_keyring(home: Path, name: str = "Keyring") -> dict[str, str | None]:
    """Return the environment of a run that has this keyring; ``Missing`` cannot be loaded."""
    folder = home / "lib"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "fake_keyring.py").write_text(_MODULE)
    (folder / "fake_keyring.py").chmod(0o600)
    own = name in ("Keyring", "Locked", "Forgetful", "Missing")
    return {
        "PYTHONPATH": f"{ROOT}:{folder}",
        "PYTHON_KEYRING_BACKEND": f"fake_keyring.{name}" if own else name,
        "TEST_KEYRING": str(ring_file(home)),
    }


def ring_file(home: Path) -> Path:
    """Return where the keys of the fake keyring are."""
    return home / "ring.json"


def kept(home: Path) -> dict[str, str]:
    """Return what is in the fake keyring."""
    path = ring_file(home)
    keys: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return keys
