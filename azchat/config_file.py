"""The file of profiles: read as data at each start, changed with the user's comments kept."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azchat.errors import ConfigError
from azchat.files import write_private

if TYPE_CHECKING:
    from tomlkit.container import Container
    from tomlkit.items import Table

    # Top level or a profile: what has settings.
    Settings = Container | Table

GENERAL_NAMES = ("profiles", "default_profile", "mcp")


def load_config(path: Path) -> dict[str, Any]:
    """Return what the file says, {} without one; raises ``ConfigError``."""
    text = _read(path)
    if not text:
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", "mend that line") from None


def profiles_of(config: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """Return the profiles by name; raises ``ConfigError`` where one is no table."""
    profiles = config.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        raise ConfigError(
            f"profiles in {path} must be tables", 'write [profiles.NAME] and endpoint = "..."'
        )
    return profiles


def change_config(
    path: Path,
    profile: str | None,
    changes: Mapping[str, Any],
    *,
    default_profile: str | None = None,
) -> None:
    """Set (None: remove) settings of ``profile``, None: of every profile; comments stay.

    A setting may be spelt with dashes in the file. Raises ``ConfigError`` for a file that is
    no TOML, ``LocalError`` where it cannot be written.
    """
    profiles_of(load_config(path), path)  # which raises before anything is changed
    import tomlkit

    document = tomlkit.parse(_read(path, newline=""))
    if default_profile is not None:
        document["default_profile"] = default_profile
    place: Any = document
    if profile is not None:
        place = _entered(_entered(document, "profiles", tomlkit.table), profile, tomlkit.table)
    for name, value in changes.items():
        spelt = next((key for key in place if key.replace("-", "_") == name), name)
        if value is not None:
            place[spelt] = value
        elif spelt in place:
            del place[spelt]
    write_private(path, tomlkit.dumps(document))


def _entered(place: Any, name: str, make: Callable[[bool], Any]) -> Any:
    """Return the table ``name`` of ``place``, made if it is missing."""
    if name not in place:
        place[name] = make(name == "profiles")  # it gets no header of its own
    return place[name]


def _read(path: Path, newline: str | None = None) -> str:
    try:
        # Notepad writes a byte order mark.
        with path.open(encoding="utf-8-sig", newline=newline) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", "check its mode") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8", "save it as UTF-8") from None
