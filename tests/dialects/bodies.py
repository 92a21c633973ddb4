"""The body of a chat request, for tests that look into one."""

from typing import Any

from azchat.conversation import Conversation, Offer
from azchat.dialects import choose
from azchat.dialects.asked import Asked, Manner


def build_body(
    conversation: Conversation,
    *,
    stream: bool = True,
    include_usage: bool = False,
    offer: Offer | None = None,
    base: str = "",
) -> dict[str, Any]:
    """Return what is sent."""
    manner = Manner(base, asks_usage=include_usage)
    return dict(choose().encode(Asked(conversation, offer, stream, manner)).body)
