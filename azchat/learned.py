"""What earlier answers taught about a deployment: one small JSON file, never a reason to fail."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from azchat.errors import LocalError
from azchat.files import make_private_folder

_MAX_DEPLOYMENTS = 500


class Deployment:
    """What is known of the model behind an endpoint; ``facts`` is kept in ``file``.

    ``starts_thinking``: its thinking has no opening tag. ``asks_usage``: it takes the question
    for the usage of a stream. ``echoes``: its thinking came in a field of its own, and goes back
    in it with calls.
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


class Approvals:
    """Tools that the user lets run without being asked, each as it was then.

    Not to be able to keep one only means to be asked again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def has(self, name: str, digest: str) -> bool:
        """Return whether a tool may run, unless it has changed."""
        return _load(self._file).get(name) == digest

    def add(self, name: str, digest: str) -> None:
        """Let a tool run from now on."""
        try:
            _write(self._file, json.dumps(_load(self._file) | {name: digest}, indent=1))
        except OSError:
            return

    def remove(self, names: Iterable[str] | None = None) -> int:
        """Let the tools of these names run no more, all if None; return how many they were.

        Raises ``LocalError``: a consent that stays is no small thing.
        """
        known = _load(self._file)
        wanted = None if names is None else set(names)
        kept = {
            key: digest
            for key, digest in known.items()
            if wanted is not None and key.rpartition("#")[2] not in wanted
        }
        if len(kept) < len(known):
            try:
                _write(self._file, json.dumps(kept, indent=1))
            except OSError as error:
                raise LocalError(
                    f"cannot write {self._file}: {error.strerror}", "remove the file"
                ) from None
        return len(known) - len(kept)


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
