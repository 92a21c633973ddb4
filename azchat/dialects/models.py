"""What is known of models by their names: ``models.txt`` has it. Pure."""

import re
from functools import cache
from typing import get_args

from azchat.blanks import rows
from azchat.parameters import DialectName
from azchat.wire.marking import Marking


@cache
def known(what: str, model: str | None) -> str:
    """Return what is known of a model, "" where its name does not tell."""
    name = (model or "").lower().rpartition("/")[2]
    of_kind = (row for row in rows(__file__, "models") if row[0] == what)
    return next((value for _, value, pattern in of_kind if re.match(pattern, name)), "")


def family_of(model: str | None) -> DialectName | None:
    """Return the dialect of a model's family; None where its name does not tell."""
    family = known("dialect", model)
    return next((one for one in get_args(DialectName) if one == family), None)


def marking_of(model: str | None) -> Marking:
    """Return how a model marks its thinking in the text; ``auto`` where nothing is known."""
    marking = known("marking", model)
    return next((one for one in get_args(Marking) if one == marking), "auto")
