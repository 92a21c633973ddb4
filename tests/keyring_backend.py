"""Keyrings for tests, as ``PYTHON_KEYRING_BACKEND`` names them; they keep keys in a JSON file.

env = use_keyring(home)            # or use_keyring(home, "Locked")
kept(home)                         # {"azchat/work@host": "the key"}
"""

import json
from pathlib import Path


def use_keyring(home: Path, name: str = "Keyring") -> dict[str, str | None]:
    """Return the environment of a run that has this keyring; ``Missing`` cannot be loaded."""
    own = name in ("Keyring", "Locked", "Forgetful", "Missing")
    return {
        "PYTHON_KEYRING_BACKEND": f"tests.file_keyring.{name}" if own else name,
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
