from collections.abc import Callable
from pathlib import Path

import pytest

ToolFile = Callable[..., str]


@pytest.fixture
def tool_file(home: Path) -> ToolFile:
    """Write a file of tools, and return its path."""

    def write(text: str, name: str = "mine.py") -> str:
        path = home / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    return write
