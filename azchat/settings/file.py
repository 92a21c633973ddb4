"""The file of profiles: read as data at each start, changed with the user's comments kept."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from azchat.errors import ConfigError
from azchat.files import RefusedError, alone_with, read_own, write_private

GENERAL_NAMES = ("profiles", "default_profile", "mcp", "prices")
_MAX_BYTES = 1024 * 1024


def load_config(path: Path) -> dict[str, Any]:
    """Return what the file says, {} without one; raises ``ConfigError``."""
    return _parsed(path, _read(path))


def profiles_of(config: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """Return the profiles by name; raises ``ConfigError`` where one is no table."""
    profiles = config.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        hint = 'write [profiles.NAME] and endpoint = "..."'
        raise ConfigError(f"profiles in {path} must be tables", hint)
    return profiles


def mcp_servers(path: Path) -> dict[str, dict[str, Any]]:
    """Return the file's MCP servers by name, each a command or a url; raises ``ConfigError``."""
    servers = load_config(path).get("mcp", {})
    if not isinstance(servers, dict) or not all(isinstance(s, dict) for s in servers.values()):
        raise ConfigError(f"mcp in {path} must be tables", 'write [mcp.NAME] and command = "..."')
    for name, server in servers.items():
        if unknown := server.keys() - {"command", "args", "env", "url", "headers"}:
            hint = "there are: command, args, env, url, headers"
            raise ConfigError(f"mcp.{name} in {path} has an unknown setting {min(unknown)!r}", hint)
        if ("command" in server) == ("url" in server):
            raise ConfigError(f"mcp.{name} in {path} needs a command or a url", "write one of them")
    return servers


def change_config(
    path: Path,
    profile: str | None,
    changes: Mapping[str, Any],
    *,
    default_profile: str | None = None,
) -> None:
    """Set (None: remove) settings of ``profile``, None: of every profile; comments stay.

    A setting may be spelt with dashes in the file. Raises ``ConfigError`` for a file that is
    no TOML or cannot be changed without losing something, ``LocalError`` where it cannot be
    written.
    """
    import tomllib

    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    apply = partial(_apply, profile, changes, default_profile)
    with alone_with(path):
        text = _read(path)
        config = _parsed(path, text)
        profiles_of(config, path)  # which raises before anything is changed
        apply(config, dict)
        try:
            document = tomlkit.parse(text)
            apply(document, tomlkit.inline_table)
            text = tomlkit.dumps(document)
            is_right = tomllib.loads(text) == config
        except (TOMLKitError, ValueError, TypeError, LookupError):
            is_right = False
        if not is_right:  # profiles on one line, dotted names: the library does not know them all
            hint = "write [profiles.NAME] tables, or edit it yourself"
            raise ConfigError(f"{path} is written in a way that only you can change", hint)
        write_private(path, text)


def _apply(
    profile: str | None,
    changes: Mapping[str, Any],
    default_profile: str | None,
    config: Any,
    inline: Callable[[], Any],
) -> None:
    """Change ``config``, plain data or a document; ``inline`` makes a table on one line."""
    if default_profile is not None:
        config["default_profile"] = default_profile
    place = config
    if profile is not None:
        for name in ("profiles", profile):
            if name not in place:
                place[name] = {}
            place = place[name]
    for name, value in changes.items():
        spelt = next((key for key in place if key.replace("-", "_") == name), name)
        if isinstance(value, dict):
            place[spelt] = inline()
            place[spelt].update(value)
        elif value is not None:
            place[spelt] = value
        elif spelt in place:
            del place[spelt]


def _parsed(path: Path, text: str) -> dict[str, Any]:
    if not text:
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why = str(error)
    except ValueError:  # Python reads no number of so many digits
        why = "a number in it is too long"
    except RecursionError:
        why = "it is nested too deeply"
    raise ConfigError(f"{path} is not valid TOML: {why}", "mend that line")


def _read(path: Path) -> str:
    if str(path) == os.devnull:
        return ""
    try:
        return read_own(path, _MAX_BYTES).decode("utf-8-sig")  # Notepad writes the mark
    except FileNotFoundError:
        return ""
    except RefusedError as refusal:
        raise ConfigError(f"{path} is not read: {refusal}", refusal.hint) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8", "save it as UTF-8") from None
