"""Puts a key where it is safe: into the keyring, else into a file that only its owner can read."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from azchat.environment import Environment
from azchat.redaction import Secret
from azchat.settings.keys import KEY_PLACES


class KeptKey(NamedTuple):
    """Where a key is kept: the settings of the profile that say so, and words for the user."""

    settings: Mapping[str, str | None]
    words: str


def keep_key(env: Environment, profile: str | None, host: str, key: Secret) -> KeptKey:
    """Keep the key of a profile's endpoint; raises ``LocalError`` where there is no place."""
    from azchat.settings.keys.file import write_key_file
    from azchat.settings.keys.ring import keep_in_keyring

    account, path = f"{profile or 'default'}@{host}", _own_file(env, profile)
    why = keep_in_keyring(account, key)
    if not why:
        return KeptKey(only(key_keyring=account), f"the keyring of this system ({account})")
    write_key_file(path, key)
    return KeptKey(only(key_file=str(path)), f"{path}, for your eyes only; no keyring: {why}")


def forget_key(
    env: Environment,
    profile: str | None,
    settings: Mapping[str, object],
    kept: Mapping[str, object],
) -> bool:
    """Remove the key of ``settings`` where azchat put it, unless it is ``kept``; return whether."""
    is_removed = False
    places = (settings.get("key_keyring"), settings.get("key_file"))
    account, path = (place if isinstance(place, str) else "" for place in places)
    if account and account.startswith(f"{profile or 'default'}@") and account not in kept.values():
        from azchat.settings.keys.ring import remove_from_keyring

        remove_from_keyring(account)
        is_removed = True
    if path and Path(path) == _own_file(env, profile) and not _leads_to(path, kept.get("key_file")):
        from azchat.settings.keys.file import remove_key_file

        remove_key_file(Path(path))
        is_removed = True
    return is_removed


def _leads_to(path: str, name: object) -> bool:
    if not isinstance(name, str):
        return False
    home = os.path.expanduser(name)  # noqa: PTH111 - Path's own raises for ~nobody
    return os.path.realpath(home) == os.path.realpath(path)


def only(**place: str) -> dict[str, str | None]:
    """Return the settings that make ``place`` a profile's one place of its key."""
    return {**dict.fromkeys(KEY_PLACES), **place}


def _own_file(env: Environment, profile: str | None) -> Path:
    """Return the file of a profile's key; no name of a profile leads out of the folder."""
    folder = env.config_file.absolute().parent
    return folder / "keys" / f"profile-{quote(profile, safe='')}" if profile else folder / "key"
