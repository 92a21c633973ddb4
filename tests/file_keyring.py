"""Keyrings that keep their keys in the file that ``TEST_KEYRING`` names (``keyring_backend``)."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Keyring(KeyringBackend):
    """One that works."""

    priority = 5

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep({**self._all(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        keys = self._all()
        if keys.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError("not there")
        self._keep(keys)

    def _all(self) -> dict[str, str]:
        path = Path(os.environ["TEST_KEYRING"])
        keys: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return keys

    def _keep(self, keys: dict[str, str]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(os.environ["TEST_KEYRING"], flags, 0o600), "w") as file:
            json.dump(keys, file)


class Locked(Keyring):
    """One that gives and takes nothing."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("sk-CANARY-7f3a is locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(password)


class Forgetful(Keyring):
    """One that keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass
