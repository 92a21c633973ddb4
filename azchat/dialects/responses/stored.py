"""What is asked of a response that the service keeps: more of it, its end, its removal."""

from urllib.parse import quote

from azchat.dialects.asked import Request


def resumed(response: str, after: int | None, *, stream: bool) -> Request:
    """Ask for a response from behind event number ``after`` on, or for all of it."""
    query = "" if not stream else "?stream=true"
    if stream and after is not None:
        query += f"&starting_after={after}"
    return Request(f"{_of(response)}{query}", {}, method="GET")


def cancelled(response: str) -> Request:
    """End a response; a second time does nothing."""
    return Request(f"{_of(response)}/cancel", {})


def removed(response: str) -> Request:
    """Take a response from the service."""
    return Request(_of(response), {}, method="DELETE")


def _of(response: str) -> str:
    return f"/responses/{quote(response, safe='')}"
