"""What is asked, in azchat's words, and the request that a dialect makes of it.

Below the engine, which fills it in, and below the transports, which send it. A dialect is a value
of functions: dialects share tables, not behaviour, so there is nothing to inherit.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.conversation import Conversation, Offer
from azchat.errors import AzchatError
from azchat.parameters import DialectName
from azchat.wire.marking import Marking

if TYPE_CHECKING:
    from azchat.dialects.repair import Repair
    from azchat.wire.said import Reader, Said

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


class Dialect(NamedTuple):
    """What services are asked in, and answer in; ``words`` name its API to people.

    ``encode`` is the only maker of bodies. ``place_of_thinking`` says where a stream has its
    thinking; "" where it has none. What reads and mends is imported when it is needed, from the
    dialect's own modules: a request is sent without it.
    """

    name: DialectName
    words: str
    encode: Callable[[Asked], Request]
    place_of_thinking: Callable[[bytes], str]

    def reader(self, said: "Said") -> "Reader":
        """Return what reads an answer."""
        reader: Reader = getattr(self._module("reader"), f"{self.name.title()}Reader")(said)
        return reader

    def mend(self, error: AzchatError, asked: Asked) -> "Repair | None":
        """Return what a refusal asks for, if that is known; else its hint says what can be done."""
        body = self.encode(asked).body
        repair: Repair | None = self._module("repair").mend(error, asked, body)
        return repair

    def prepare(self) -> None:
        """Import what reads an answer, while the service works on it."""
        self._module("reader")

    def _module(self, name: str) -> Any:
        return import_module(f"azchat.dialects.{self.name}.{name}")
