"""Chat Completions, as OpenAI, Azure and compatible servers speak it.

What reads and mends is imported when it is needed: a request is sent without it.
"""

from typing import TYPE_CHECKING

from azchat.dialects.asked import Asked, Dialect
from azchat.dialects.chat.request import encode
from azchat.errors import AzchatError

if TYPE_CHECKING:
    from azchat.dialects.repair import Repair
    from azchat.wire.said import Reader, Said


def _reader(said: "Said") -> "Reader":
    from azchat.dialects.chat.reader import ChatReader

    return ChatReader(said)


def _mend(error: AzchatError, asked: Asked) -> "Repair | None":
    from azchat.dialects.chat.refusals import find_repair, tools_hint, value_hint

    model = asked.conversation.settings.model
    error.hint = (asked.offer and tools_hint(error, model)) or error.hint
    body = dict(encode(asked).body)
    repair = find_repair(error, body, asked.manner.repairs)
    if repair is None:
        error.hint = value_hint(error, body) or error.hint
    return repair


CHAT = Dialect("chat", encode, _reader, _mend)
