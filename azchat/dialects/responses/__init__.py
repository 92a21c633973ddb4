"""The Responses API of OpenAI and Azure, stateless: nothing of a conversation stays at the service.

A stored response cannot be found for seconds after it streamed (Azure), and its items go stale; so
each request has the whole list, and what the model thought comes encrypted, for it alone to read.
"""

from typing import TYPE_CHECKING

from azchat.dialects.asked import Asked, Dialect
from azchat.dialects.responses.request import encode
from azchat.errors import AzchatError

if TYPE_CHECKING:
    from azchat.dialects.repair import Repair
    from azchat.wire.said import Reader, Said


def _reader(said: "Said") -> "Reader":
    from azchat.dialects.responses.reader import ResponsesReader

    return ResponsesReader(said)


def _mend(error: AzchatError, asked: Asked) -> "Repair | None":
    from azchat.dialects.responses.repair import mend

    return mend(error, asked)


def _prepare() -> None:
    import azchat.dialects.responses.reader  # noqa: F401


def _place_of_thinking(stream: bytes) -> str:
    places = {b"response.reasoning_summary_text": "a summary", b"response.reasoning_text": "text"}
    return next((words for event, words in places.items() if event in stream), "")


DIALECT = Dialect(
    "responses", "the Responses API", encode, _reader, _mend, _prepare, _place_of_thinking
)
