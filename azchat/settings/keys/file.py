"""A key in a file that only its owner can read."""

import os
from pathlib import Path

from azchat.errors import ConfigError, LocalError, reason_of
from azchat.files import RefusedError, check_own, write_private
from azchat.redaction import Secret

_HINT = "check key_file"


def read_key_file(path: Path) -> str:
    """Return the first line of a key file; raises ``ConfigError`` if others may read it."""
    try:
        if path.exists() and not path.is_file():  # a pipe may never speak
            raise ConfigError(f"the key file {path} is no regular file", _HINT)
        with path.open(encoding="utf-8-sig") as file:
            check_own(path, os.fstat(file.fileno()), 0o077)
            return file.readline(8192)
    except RefusedError as refusal:
        raise ConfigError(f"cannot read the key file {path}: {refusal}", refusal.hint) from None
    except UnicodeDecodeError:
        raise ConfigError(f"cannot read the key file {path}: it is not text", _HINT) from None
    except (OSError, ValueError) as error:
        why = reason_of(error)
        raise ConfigError(f"cannot read the key file {path}: {why}", _HINT) from None


def write_key_file(path: Path, key: Secret) -> None:
    """Keep ``key`` in a file of mode 0600; raises ``LocalError``."""
    write_private(path, f"{key.reveal()}\n")


def remove_key_file(path: Path) -> None:
    """Remove a key file, if it is there; raises ``LocalError``."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        why = reason_of(error)
        raise LocalError(f"cannot remove {path}: {why}", "remove it yourself") from None
