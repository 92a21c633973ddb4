"""A developer who did ``az login`` and nothing else, and a cloud on this machine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.azure import AzureCloud
from tests.faults.entra import SIGNATURE, People
from tests.front_door import Result, azchat
from tests.oracles import check

Run = Callable[..., Result]


@pytest.fixture
def cloud() -> Iterator[AzureCloud]:
    with AzureCloud() as made:
        yield made


@pytest.fixture
def people(home: Path) -> People:
    return People(home)


@pytest.fixture
def run(home: Path, people: People) -> Run:
    """``run("models", "--all")``: azchat there; whatever happens, no token may be seen."""

    def run_it(*args: str, code: int = 0, env: dict[str, str] | None = None) -> Result:
        made = [home / ".azure" / name for name in ("azureProfile.json", "clouds.config")]
        result = azchat(*args, home=home, env=people.env | (env or {}))
        check(result, code=code, canary=SIGNATURE, made=made, chatter=True)
        assert "eyJ" not in result.err + result.out
        return result

    return run_it
