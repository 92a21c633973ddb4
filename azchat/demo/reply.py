"""An HTTP reply as a value, not yet sent."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

_LINES = "application/jsonl; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply, not yet sent.

    ``headers`` has lower-case names. ``pieces`` can be gone through once: each is the number of
    tokens to wait for before sending, and the bytes to send at once. After ``cut_after`` of them
    the line is lost.
    """

    status: int
    headers: dict[str, str]
    pieces: Iterable[tuple[float, bytes]]
    cut_after: int | None = field(default=None, kw_only=True)

    @property
    def is_streamed(self) -> bool:
        """Whether each piece is sent when it comes."""
        return self.headers["content-type"].startswith(("text/event-stream", _LINES))


def whole(status: int, body: object, wait: float = 0) -> Reply:
    """Return a reply of one JSON value."""
    return Reply(status, {"content-type": "application/json"}, [(wait, encode(body))])


def stream(pieces: Iterable[tuple[float, bytes]], cut_after: int | None = None) -> Reply:
    """Return a reply of server-sent events."""
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
    return Reply(200, headers, pieces, cut_after=cut_after)


def lines(pieces: Iterable[tuple[float, bytes]]) -> Reply:
    """Return a reply of JSON Lines, sent as they come."""
    return Reply(200, {"content-type": _LINES}, pieces)


def encode(value: object) -> bytes:
    """Return a value as JSON; a lone surrogate in it, for which UTF-8 has no bytes, as ``?``."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
