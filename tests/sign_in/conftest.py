"""A developer's machine, and azchat on it without a key."""

from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from tests.faults.entra import SIGNATURE, People
from tests.front_door import Result, azchat
from tests.oracles import check

Keyless = Callable[..., Result]


@pytest.fixture
def people(home: Path) -> People:
    return People(home)


@pytest.fixture
def keyless(home: Path, people: People) -> Keyless:
    """``azchat ask hi`` without a key; whatever happens, no token may be seen anywhere."""

    def run(
        url: str,
        *args: str,
        code: int = 0,
        env: dict[str, str | None] | None = None,
        chatter: bool = False,
        timeout: float = 15,
        made: Collection[Path] = (),
    ) -> Result:
        variables = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_MODEL": "gpt-4o"}
        result = azchat(
            *("ask", "hi", *args),
            home=home,
            env=people.env | variables | (env or {}),
            timeout=timeout,
        )
        check(result, code=code, canary=SIGNATURE, chatter=chatter, made=made)
        assert "eyJ" not in result.err
        return result

    return run
