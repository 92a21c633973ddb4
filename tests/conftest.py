"""Fixtures: a fault server, a clean home, and azchat pointed from the one to the other."""

import gc
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import FaultServer
from tests.front_door import Result, as_user, azchat
from tests.oracles import CANARY

Ask = Callable[..., Result]
User = Callable[..., Result]


def pytest_configure() -> None:
    """Hear signals that whoever started the tests ignores, as nohup does.

    A program inherits what is ignored; azchat leaves it so, and its tests would wait in vain.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def pytest_collection_finish() -> None:
    """Let the collector of garbage not look through thousands of tests again and again."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture
def user_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def user(user_home: Path) -> User:
    """Run azchat as a user whom modes stop; the files in the home are that user's."""

    def run(*args: str, **more: object) -> Result:
        if os.getuid() == 0:
            (user_home / "tmp").mkdir(mode=0o700, exist_ok=True)
            for path in (user_home, *user_home.rglob("*")):
                os.chown(path, 65534, 65534)
        return azchat(*args, home=user_home, program=as_user(65534), **more)  # type: ignore[arg-type]

    return run
