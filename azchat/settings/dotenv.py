"""The ``.env`` of the current folder: what may be taken from it, and whether it is trusted.

A ``.env`` may be somebody else's, checked out with their code. It may bring its own endpoint
and key together; it may not send a key from elsewhere to its endpoint, nor put its key behind
somebody's endpoint. Only the file in the current folder itself is looked at.
"""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from azchat.errors import ConfigError, LocalError
from azchat.files import RefusedError, alone_with, read_own, write_private

_MAX_BYTES = 64 * 1024
_MAX_TRUSTED = 4 * 1024 * 1024


class DotenvFile(NamedTuple):
    """What the file says, and why it was not read, if so.

    ``values`` are those of ``allowed`` names only; ``is_trusted`` holds while the file's
    content is the one that was trusted.
    """

    path: Path
    values: Mapping[str, str] = MappingProxyType({})
    refusal: str = ""
    is_trusted: bool = False


def read_dotenv(folder: Path, allowed: frozenset[str], trust_file: Path) -> DotenvFile | None:
    """Return the ``.env`` of ``folder``; None where there is none."""
    path = folder / ".env"
    try:
        content = _read(path)
    except FileNotFoundError:
        return None
    except RefusedError as refusal:
        return DotenvFile(path, refusal=str(refusal))
    is_trusted = _fingerprint(path, content) in _trusted(trust_file)
    return DotenvFile(path, _parse(content, allowed), is_trusted=is_trusted)


def trust(path: Path, trust_file: Path) -> None:
    """Remember the file at ``path`` as trusted, until its content changes."""
    import json

    try:
        fingerprint = _fingerprint(path, _read(path))
    except RefusedError as refusal:
        raise LocalError(f"cannot trust {path}: {refusal}", "mend that first") from None
    except FileNotFoundError:
        raise LocalError(f"there is no {path}", "run it in the folder of the .env") from None
    with alone_with(trust_file):
        write_private(trust_file, json.dumps(sorted(_trusted(trust_file) | {fingerprint})))


def _read(path: Path) -> bytes:
    """Return the file's content; its folder may be anybody's, as that of a checkout is."""
    return read_own(path, _MAX_BYTES, in_own_folder=False)


def _parse(content: bytes, allowed: frozenset[str]) -> dict[str, str]:
    import logging

    from dotenv import dotenv_values

    # It would print lines it cannot read on stderr; they are for other tools.
    logging.getLogger("dotenv").addHandler(logging.NullHandler())
    # Without interpolation: ${NAME} would copy a secret of the environment into the endpoint.
    text = io.StringIO(content.decode("utf-8", "replace"))
    values = dotenv_values(stream=text, interpolate=False)
    return {name: value for name, value in values.items() if name in allowed and value}


def _fingerprint(path: Path, content: bytes) -> str:
    import hashlib

    return hashlib.sha256(os.fsencode(path.resolve()) + b"\0" + content).hexdigest()


def _trusted(trust_file: Path) -> set[str]:
    import json

    try:
        return set(json.loads(read_own(trust_file, _MAX_TRUSTED)))
    except RefusedError as refusal:
        raise ConfigError(f"{trust_file} is not read: {refusal}", refusal.hint) from None
    except (FileNotFoundError, ValueError, TypeError, RecursionError):
        return set()
