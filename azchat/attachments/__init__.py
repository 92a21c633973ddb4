"""Attachments: a path, an address, a pipe or the clipboard becomes a part. Values; no I/O here."""

from typing import NamedTuple

from azchat.messages import File, Image

MAX_SIDE = 2048
"""Pixels: no model looks at more of a side."""


class Source(NamedTuple):
    """What the user named: a path, an https address, ``-`` for stdin; or bytes with a name.

    ``is_picture``: nothing else will do.
    """

    place: str
    is_picture: bool = False
    content: bytes | None = None


class AttachmentOptions(NamedTuple):
    """How attachments are read and prepared.

    ``mime`` overrides what the bytes look like; ``inline`` fetches addresses instead of passing
    them on; ``max_bytes`` None is the default of each kind, and so is ``max_seconds`` (to decode).
    """

    detail: str | None = None
    max_side: int = MAX_SIDE
    keep_metadata: bool = False
    inline: bool = False
    mime: str | None = None
    max_bytes: int | None = None
    max_seconds: float | None = None
    max_pages: int = 100

    def limit(self, default: int) -> int:
        """Return how many bytes there may be, where ``default`` is usual."""
        return default if self.max_bytes is None else self.max_bytes


class Attached(NamedTuple):
    """A part that is ready to be sent, and what was done to make it, in words for the user."""

    part: Image | File
    about: str


def size_words(size: int) -> str:
    """Return a number of bytes as a person would say it."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"
