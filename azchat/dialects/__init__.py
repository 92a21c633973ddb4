"""What services are asked in: each dialect in a folder of its own, what they share beside them."""

from importlib import import_module

from azchat.dialects.asked import Dialect
from azchat.parameters import DialectName


def named(name: DialectName) -> Dialect:
    """Return a dialect; the others are not imported."""
    dialect: Dialect = import_module(f"azchat.dialects.{name}").DIALECT
    return dialect
