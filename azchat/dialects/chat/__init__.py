"""Chat Completions, as OpenAI, Azure and compatible servers speak it."""

from azchat.dialects.asked import Dialect
from azchat.dialects.chat.request import encode


def _place_of_thinking(stream: bytes) -> str:
    from azchat.dialects.chat.fields import place_of_thinking

    return place_of_thinking(stream)


DIALECT = Dialect("chat", "Chat Completions", encode, _place_of_thinking)
