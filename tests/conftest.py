"""Fixtures: a fault server, a clean home, and azchat pointed from the one to the other."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY

Ask = Callable[..., Result]


@pytest.fixture
def fs() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def ask(home: Path) -> Ask:
    """``azchat ask`` against an endpoint, with the canary as key: ``ask(url, "hi", "--json")``."""

    def run(url: str, *args: str, env: dict[str, Any] | None = None, **more: Any) -> Result:
        variables = {
            "AZURE_INFERENCE_ENDPOINT": url,
            "AZURE_INFERENCE_CREDENTIAL": CANARY,
            "AZURE_INFERENCE_MODEL": "m",
        }
        return azchat("ask", *(args or ("hi",)), home=home, env=variables | (env or {}), **more)

    return run
