"""A developer who did ``az login`` and nothing else, and a cloud on this machine.

Never tried on real Azure, and so written that the other answer works too:

* the times of Resource Graph and Resource Manager, and that the graph carries ``properties``;
* how long a new deployment is not in the graph; what throttles, and its ``Retry-After``;
* ``capabilities`` and ``format`` of Claude, MAI, Grok and Kimi; a project's ``endpoints`` map;
* serverless endpoints of hubs, and what their ``listKeys`` answers;
* which audiences Cloud Shell gives; az's ``--claims-challenge``; conditional access;
* the sovereign clouds; a device code with Entra itself; a tenant that differs from the resource's;
* which roles reach partner models: ``permissions`` are read as their documentation says.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.azure import AzureCloud
from tests.faults.entra import SIGNATURE, People
from tests.front_door import Result, azchat
from tests.oracles import check

Run = Callable[..., Result]


def listed(run: Run) -> dict[str, Any]:
    """Return what ``azchat models --all --json`` tells."""
    told = json.loads(run("models", "--all", "--json").out)
    assert isinstance(told, dict)
    return told


def names(run: Run) -> list[str]:
    """Return the names that it lists, in its order."""
    return [row["name"] for row in listed(run)["models"]]


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
