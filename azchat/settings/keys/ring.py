"""A key in the keyring of the system: Secret Service, KWallet, Keychain, Credential Manager.

The library is imported only here and only when a profile keeps its key there: it takes a
third of a second.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from azchat.errors import ConfigError
from azchat.redaction import Secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "azchat"
# Backends that keep nothing, and those that keep it for anybody to read.
_NONE = ("keyring.backends.fail", "keyring.backends.null")
_OPEN = ("keyrings.alt",)


@functools.cache
def ask_keyring(account: str) -> str:
    """Return the key that the keyring has for ``account``; raises ``ConfigError``."""
    with _keyring(f"cannot read the key {account!r} from a keyring: ") as backend:
        key = backend.get_password(SERVICE, account)
    if not key:
        raise ConfigError(f"the keyring has no key {account!r} of azchat", _HINT)
    return key


def keep_in_keyring(account: str, key: Secret) -> str:
    """Keep ``key`` where it is encrypted; return why that is impossible, "" once it is done."""
    try:
        with _keyring() as backend:
            backend.set_password(SERVICE, account, key.reveal())
            is_kept = backend.get_password(SERVICE, account) == key.reveal()
    except ConfigError as error:
        return error.what
    return "" if is_kept else "the keyring did not keep the key"


def remove_from_keyring(account: str) -> None:
    """Remove the key of ``account``, if it is there; raises ``ConfigError``."""
    with _keyring(f"cannot remove the key {account!r} from a keyring: ") as backend:
        from keyring.errors import PasswordDeleteError

        try:
            backend.delete_password(SERVICE, account)
        except PasswordDeleteError:
            if backend.get_password(SERVICE, account):
                raise


@contextmanager
def _keyring(what: str = "") -> "Iterator[KeyringBackend]":
    """Give the keyring in use; what it and the library raise becomes a ``ConfigError``.

    ``what`` begins the sentence where there is none to be used. A backend's own words stay out
    of it: what they hold is unknown.
    """
    try:
        import keyring

        backend = keyring.get_keyring()
        if why := _fault(backend):
            raise ConfigError(f"{what}{why}", _HINT)
        yield backend
    except ConfigError:
        raise
    except (ImportError, AttributeError, TypeError, ValueError):
        raise ConfigError("the keyring's backend cannot be loaded", _BACKEND_HINT) from None
    except (OSError, RuntimeError, _keyring_error()) as error:  # NoKeyringError is the second
        why = _REASONS.get(type(error).__name__, "it refused")
        raise ConfigError(f"the keyring failed ({why})", _HINT) from None


def _keyring_error() -> type[BaseException]:
    """Return the library's own error; evaluated only once something was raised."""
    from keyring.errors import KeyringError

    return KeyringError


def _fault(backend: "KeyringBackend") -> str:
    """Return why ``backend`` is no place for a key, "" if it is one."""
    modules = [type(one).__module__ for one in getattr(backend, "backends", [backend])]
    if not modules or any(module.startswith(_NONE) for module in modules):
        return "this system has none that is running"
    if any(module.startswith(_OPEN) for module in modules):
        return "the one that is set up does not encrypt"
    return ""


_REASONS = {"KeyringLocked": "it is locked", "InitError": "it could not be opened"}
_HINT = "unlock or start it, or keep the key elsewhere: azchat config set key"
_BACKEND_HINT = "check PYTHON_KEYRING_BACKEND and keyringrc.cfg, see: keyring diagnose"
