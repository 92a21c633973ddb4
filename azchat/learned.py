"""What earlier answers taught about a deployment: one small JSON file, never a reason to fail."""

import json
import os
from pathlib import Path
from typing import Any

_MAX_DEPLOYMENTS = 500


class Learned:
    """Facts by deployment, such as ``{"starts_thinking": True}``; kept in ``file``."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def about(self, base: str, model: str | None) -> dict[str, Any]:
        """Return what is known of the model behind ``base``; empty when nothing is."""
        facts = self._load().get(_name(base, model))
        return facts if isinstance(facts, dict) else {}

    def remember(self, base: str, model: str | None, **facts: Any) -> None:
        """Add ``facts``; a folder that cannot be written only means to learn it again."""
        known = self._load()
        entry = known.pop(_name(base, model), None)
        known[_name(base, model)] = (entry if isinstance(entry, dict) else {}) | facts
        while len(known) > _MAX_DEPLOYMENTS:
            del known[next(iter(known))]
        try:
            self._write(json.dumps(known, indent=1))
        except OSError:
            return

    def _load(self) -> dict[str, Any]:
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _write(self, text: str) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(self._file)


def _name(base: str, model: str | None) -> str:
    return f"{base} {model or ''}".strip()
