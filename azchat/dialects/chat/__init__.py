"""Chat Completions, as OpenAI, Azure and compatible servers speak it.

What reads and mends is imported when it is needed: a request is sent without it.
"""

from typing import TYPE_CHECKING

from azchat.dialects.asked import USAGE_WISH, Asked, Dialect
from azchat.dialects.chat.request import encode
from azchat.errors import AzchatError

if TYPE_CHECKING:
    from azchat.dialects.repair import Repair
    from azchat.wire.said import Reader, Said


def _reader(said: "Said") -> "Reader":
    from azchat.dialects.chat.reader import ChatReader

    return ChatReader(said)


def _mend(error: AzchatError, asked: Asked) -> "Repair | None":
    from azchat.dialects.chat.repair import own_repair, renamed
    from azchat.dialects.refusals import Refusal, find_repair, tools_hint, value_hint
    from azchat.dialects.repaired import repaired

    model = asked.conversation.settings.model
    error.hint = (asked.offer and tools_hint(error, model)) or error.hint
    body = dict(encode(asked).body)
    beside = (USAGE_WISH,) if USAGE_WISH in body else ()
    refusal = Refusal(error, repaired(asked, asked.manner.repairs)[0], beside)
    repair = own_repair(refusal, body) or renamed(find_repair(refusal), body)
    if repair is None:
        error.hint = value_hint(refusal) or error.hint
    return repair


def _prepare() -> None:
    import azchat.dialects.chat.reader  # noqa: F401


def _place_of_thinking(stream: bytes) -> str:
    from azchat.dialects.chat.fields import place_of_thinking

    return place_of_thinking(stream)


DIALECT = Dialect("chat", "Chat Completions", encode, _reader, _mend, _prepare, _place_of_thinking)
