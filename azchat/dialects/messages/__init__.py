"""Anthropic's Messages API, as Foundry serves Claude with it, and servers of other makes.

What the model thought comes signed: it goes back to its maker alone, as it came, and only behind
what it came behind.
"""

from azchat.dialects.asked import Dialect
from azchat.dialects.messages.request import encode


def _place_of_thinking(stream: bytes) -> str:
    places = {b"thinking_delta": "blocks", b"signature_delta": "blocks without a text"}
    places[b"redacted_thinking"] = "encrypted blocks"
    return next((words for event, words in places.items() if event in stream), "")


DIALECT = Dialect("messages", "the Messages API", encode, _place_of_thinking)
