"""What earlier answers taught about a deployment: one small JSON file, never a reason to fail."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from azchat.files import make_private_folder

_MAX_DEPLOYMENTS = 500
_MAX_NAMES = 1000
_NAME_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+-"
)


class Deployment:
    """What is known of the model behind an endpoint; ``facts`` is kept in ``file``.

    ``starts_thinking``: its thinking has no opening tag. ``asks_usage``: it takes the question
    for the usage of a stream.
    """

    def __init__(self, file: Path, base: str, model: str | None) -> None:
        self._file = file
        self._name = f"{base} {model or ''}".strip()
        facts = _load(file).get(self._name)
        self.facts: dict[str, Any] = facts if isinstance(facts, dict) else {}

    def remember(self, **facts: Any) -> None:
        """Add ``facts``; a folder that cannot be written only means to learn them again."""
        if facts.items() <= self.facts.items():
            return
        self.facts = self.facts | facts
        known = _load(self._file)
        known.pop(self._name, None)  # the newest stands last, the oldest is dropped first
        known[self._name] = self.facts
        while len(known) > _MAX_DEPLOYMENTS:
            del known[next(iter(known))]
        try:
            _write(self._file, json.dumps(known, indent=1))
        except OSError:
            return


class Preferences:
    """How the user left things, in one small file; like ``Deployment``, never a reason to fail."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def thinking_is_open(self) -> bool:
        """Return whether the thinking was left open."""
        return _load(self._file).get("thinking") == "open"

    def remember_thinking(self, is_open: bool) -> None:
        """Keep how it was left."""
        try:
            _write(self._file, json.dumps({"thinking": "open" if is_open else "folded"}))
        except OSError:
            return


class ModelNames:
    """The names that the last list of models had, one a line: the shells' completion reads them.

    Shells expand the words of a completion, so a name with anything but the characters of
    names is left out: a server must not get to run commands at a Tab.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "models.txt"

    def remember(self, names: Iterable[str]) -> None:
        """Keep ``names`` instead of those of the time before."""
        plain = (name for name in names if name.isascii() and _NAME_CHARACTERS.issuperset(name))
        kept = [name for name in plain if name[:1] != "-"][:_MAX_NAMES]
        try:
            _write(self._file, "".join(f"{name}\n" for name in kept))
        except OSError:
            return

    def load(self) -> list[str]:
        """Return the names; none where no list was ever asked for."""
        try:
            return self._file.read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            return []


class Reminders:
    """On which day something was last said, so that it is said once a day at most."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def is_due(self, what: str, today: str) -> bool:
        """Return whether ``what`` was not said yet today; then it counts as said."""
        said = _load(self._file)
        if said.get(what) == today:
            return False
        said = {name: day for name, day in said.items() if day == today} | {what: today}
        try:
            _write(self._file, json.dumps(said))
        except OSError:
            return True
        return True


def _load(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(file: Path, text: str) -> None:
    make_private_folder(file.parent)
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    temporary.replace(file)
