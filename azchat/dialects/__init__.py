"""What services are asked in: each dialect in a folder of its own, what they share beside them."""

from azchat.dialects.asked import Dialect


def choose() -> Dialect:
    """Return the dialect that an endpoint is asked in; so far they all are in one."""
    from azchat.dialects.chat import CHAT

    return CHAT
