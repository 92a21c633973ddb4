from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.served import Served


@pytest.fixture
def demo(home: Path) -> Iterator[Served]:
    """A page that asks the built-in service."""
    with Served("--demo", home=home) as served:
        yield served
