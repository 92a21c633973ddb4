"""What pyproject.toml declares: one lower bound for each package, and why it is there."""

import re
import tomllib
from itertools import chain

import pytest

from tests.front_door import ROOT

LINES = (ROOT / "pyproject.toml").read_text().splitlines()
PROJECT = tomllib.loads("\n".join(LINES))["project"]
DECLARED = {*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())}
RUN = sorted(each for each in DECLARED if not each.startswith("types-"))


@pytest.mark.parametrize("requirement", RUN)
def test_a_bound_says_why_it_is_there(requirement: str) -> None:
    assert ">=" in requirement
    places = [number for number, line in enumerate(LINES) if f'"{requirement}"' in line]
    assert any("#" in LINES[at] or LINES[at - 1].lstrip().startswith("#") for at in places)


def test_a_package_has_one_bound() -> None:
    names = [re.split("[<>=]", each)[0] for each in DECLARED]
    assert len(names) == len(set(names))
