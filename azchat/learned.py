"""What earlier answers taught about a deployment: one small JSON file, never a reason to fail."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from azchat.errors import LocalError
from azchat.files import RefusedError, make_private_folder, read_own

_MAX_DEPLOYMENTS = 500
_MAX_NAMES = 1000
_MAX_BYTES = 64 * 1024 * 1024
_NAME_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+-"
)


class Deployment:
    """What is known of the model behind an endpoint; ``facts`` is kept in ``file``.

    ``starts_thinking``: its thinking has no opening tag. ``repairs``: how a request must be
    changed, each a list of texts. ``scope``: what a token for it must be for.
    """

    def __init__(self, file: Path, base: str, model: str | None) -> None:
        self._file = file
        self._name = f"{base} {model or ''}".strip()
        facts = load_facts(file).get(self._name)
        self.facts: dict[str, Any] = facts if isinstance(facts, dict) else {}

    def remember(self, **facts: Any) -> None:
        """Add ``facts``; a folder that cannot be written only means to learn them again."""
        if facts.items() <= self.facts.items():
            return
        known = load_facts(self._file)
        newer = known.pop(self._name, None)  # the newest stands last, the oldest is dropped first
        self.facts = self.facts | (newer if isinstance(newer, dict) else {}) | facts
        known[self._name] = self.facts
        while len(known) > _MAX_DEPLOYMENTS:
            del known[next(iter(known))]
        write_facts(self._file, known)


class Preferences:
    """How the user left things, in one small file; like ``Deployment``, never a reason to fail."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def thinking_is_open(self) -> bool:
        """Return whether the thinking was left open."""
        return load_facts(self._file).get("thinking") == "open"

    def remember_thinking(self, is_open: bool) -> None:
        """Keep how it was left."""
        write_facts(self._file, {"thinking": "open" if is_open else "folded"})


class Approvals:
    """Tools that the user lets run without being asked, each as it was then.

    Not to be able to keep one only means to be asked again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def has(self, name: str, digest: str) -> bool:
        """Return whether a tool may run, unless it has changed."""
        return load_facts(self._file).get(name) == digest

    def add(self, name: str, digest: str) -> None:
        """Let a tool run from now on."""
        write_facts(self._file, load_facts(self._file) | {name: digest})

    def remove(self, names: Iterable[str] | None = None) -> int:
        """Let the tools of these names run no more, all if None; return how many they were.

        Raises ``LocalError``: a consent that stays is no small thing.
        """
        known = load_facts(self._file)
        wanted = None if names is None else set(names)
        kept = {
            key: digest
            for key, digest in known.items()
            if wanted is not None and key.rpartition("#")[2] not in wanted
        }
        if len(kept) < len(known):
            write_facts(self._file, kept)
            if load_facts(self._file) != kept:
                raise LocalError(f"cannot write {self._file}", "remove the file")
        return len(known) - len(kept)


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
        _write(self._file, "".join(f"{name}\n" for name in kept))

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
        said = load_facts(self._file)
        if said.get(what) == today:
            return False
        kept = {name: day for name, day in said.items() if day == today}
        write_facts(self._file, kept | {what: today})
        return True


def load_facts(file: Path) -> dict[str, Any]:
    """Return the object in ``file``; an empty one where there is none, or it is not to be read."""
    try:
        known = json.loads(read_own(file, _MAX_BYTES))
    except (OSError, RefusedError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def write_facts(file: Path, facts: dict[str, Any]) -> None:
    """Put ``facts`` into ``file``, of mode 0600 and never half; a failure is no news."""
    _write(file, json.dumps(facts, indent=1))


def _write(file: Path, text: str) -> None:
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        make_private_folder(file.parent)
        temporary.unlink(missing_ok=True)  # of a process with this number that was killed
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        temporary.replace(file)
