"""Anthropic's Messages API, as Foundry serves Claude with it, and servers of other makes.

What the model thought comes signed: it goes back to its maker alone, as it came, and only behind
what it came behind.
"""

from typing import TYPE_CHECKING

from azchat.dialects.asked import Asked, Dialect
from azchat.dialects.messages.request import encode
from azchat.errors import AzchatError

if TYPE_CHECKING:
    from azchat.dialects.repair import Repair
    from azchat.wire.said import Reader, Said


def _reader(said: "Said") -> "Reader":
    from azchat.dialects.messages.reader import MessagesReader

    return MessagesReader(said)


def _mend(error: AzchatError, asked: Asked) -> "Repair | None":
    from azchat.dialects.messages.repair import mend

    return mend(error, asked, encode(asked).body)


def _prepare() -> None:
    import azchat.dialects.messages.reader  # noqa: F401


def _place_of_thinking(stream: bytes) -> str:
    places = {b"thinking_delta": "blocks", b"signature_delta": "blocks without a text"}
    places[b"redacted_thinking"] = "encrypted blocks"
    return next((words for event, words in places.items() if event in stream), "")


DIALECT = Dialect(
    "messages", "the Messages API", encode, _reader, _mend, _prepare, _place_of_thinking
)
