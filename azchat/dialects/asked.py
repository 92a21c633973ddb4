"""What is asked, in azchat's words, and the request that a dialect makes of it.

Below the engine, which fills it in, and below the transports, which send it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.conversation import Conversation, Offer
from azchat.wire.marking import Marking

if TYPE_CHECKING:
    from azchat.dialects.repair import Repair

USAGE_WISH = "stream_options"
"""Of chat: the wish for the token counts of a stream; some servers tell them unasked."""


class Manner(NamedTuple):
    """How a deployment is asked, by its kind and by what it taught.

    ``base`` is where requests go to: what a service said for itself alone goes back there.
    ``asks_usage``: for the token counts of a stream. A parameter that is refused is repaired,
    unless ``strict``; ``repairs`` are those that are known. ``marking``: of its thinking.
    ``background``: the response runs at the service, whoever listens.
    """

    base: str = ""
    asks_usage: bool = True
    repairs: "tuple[Repair, ...]" = ()
    strict: bool = False
    marking: Marking = "auto"
    background: bool = False


class Asked(NamedTuple):
    """What one request is about; ``offer`` are the tools."""

    conversation: Conversation
    offer: Offer | None = None
    stream: bool = True
    manner: Manner = Manner()


class Request(NamedTuple):
    """What a transport sends, and ``--dry-run`` shows; ``operation`` is the path behind a base.

    ``has_extras``: parameters that not every route of the dialect knows. ``repairs`` are those of
    its manner that changed it.
    """

    operation: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = MappingProxyType({})
    has_extras: bool = False
    method: str = "POST"
    repairs: "tuple[Repair, ...]" = ()
