"""The flags in parcels: each option arrives in one, and nobody takes them all."""

import ast
from typing import Any

import pytest

from azchat.asking.route import Means
from azchat.asking.toolset import ToolWish
from azchat.attachments import AttachmentOptions
from azchat.cli.options import ASK
from azchat.commands.attaching import Wanted
from azchat.commands.parcels import Instead, Printing, Prompt, Saving, Shape
from azchat.settings.specs import SPECS
from tests.front_door import ROOT

PARCELS: tuple[Any, ...] = (
    *(Means, Prompt, Shape, Printing, Saving, Instead),
    *(Wanted, AttachmentOptions, ToolWish),
)
NAMED = {  # by the functions that make a parcel
    node.value
    for node in ast.walk(ast.parse((ROOT / "azchat/cli/flags.py").read_text()))
    if isinstance(node, ast.Constant)
}


@pytest.mark.parametrize("name", [name for name in ASK if name not in SPECS])
def test_an_option_is_read_by_whoever_makes_a_parcel(name: str) -> None:
    assert name in NAMED or any(name in parcel._fields for parcel in PARCELS)


def test_a_field_stands_in_one_parcel() -> None:
    ask = [field for parcel in PARCELS[:6] for field in parcel._fields]
    assert len(ask) == len(set(ask))


def test_a_parcel_is_small() -> None:
    assert max(len(parcel._fields) for parcel in PARCELS[:6]) <= 7
