"""What is asked, in azchat's words, and the request that a dialect makes of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Request(NamedTuple):
    """What a transport sends, and ``--dry-run`` shows; ``operation`` is the path behind a base."""

    operation: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = MappingProxyType({})
