"""Fixtures: a store of one's own, and what it told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from azchat.sessions.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def told() -> list[str]:
    """What the store told its user."""
    return []


@pytest.fixture
def store(folder: Path, told: list[str]) -> Iterator[Store]:
    opened = Store(folder, told.append)
    yield opened
    opened.close()
