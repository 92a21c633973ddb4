"""The README's recipes run as they are written, against the demo service."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azchat.demo.server import DemoServer

README = (Path(__file__).parents[1] / "README.md").read_text()
_BLOCK = re.search(r"### Recipes for jq.*?```sh\n(.*?)```", README, re.DOTALL)
RECIPES = _BLOCK[1].splitlines() if _BLOCK else []


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with DemoServer() as server:
        yield f"{server.url}/models"


def test_there_are_recipes() -> None:
    assert len(RECIPES) > 5


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_prints_something(recipe: str, url: str, tmp_path: Path) -> None:
    if not shutil.which("jq"):
        pytest.skip("NOT TESTED: there is no jq on this machine")
    azchat = tmp_path / "azchat"
    azchat.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m azchat "$@"\n')
    azchat.chmod(0o700)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AZURE_INFERENCE_ENDPOINT": url,
        "AZURE_INFERENCE_CREDENTIAL": "any",
        "AZURE_INFERENCE_MODEL": "DeepSeek-R1",
    }
    done = subprocess.run(["sh", "-c", recipe], env=environment, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
