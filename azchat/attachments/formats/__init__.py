"""Pictures as files: what their headers say, and the file without what tells of its maker.

Nothing is decoded: a header is a few bytes, whatever it promises of the rest.
"""

from typing import NamedTuple

from azchat.errors import InputError

MAX_PIXELS = 40_000_000
"""Of a picture that would be decoded whole: 160 MB."""
MAX_JPEG_PIXELS = 120_000_000
"""A JPEG can be decoded at a fraction of its size."""


class BrokenPictureError(Exception):
    """The file is not what it begins like; the text says why."""


class Scanned(NamedTuple):
    """A picture's size in pixels as stored, how it is to be turned, and its file without metadata.

    ``orientation`` is EXIF's, 1 to 8: from 5 on the sides are swapped. ``has_metadata``:
    something was left out.
    """

    width: int
    height: int
    bare: bytes
    orientation: int = 1
    has_metadata: bool = False
    is_animated: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as a person sees them."""
        return (self.height, self.width) if self.orientation > 4 else (self.width, self.height)


class Prepared(NamedTuple):
    """A picture's file as it is sent, its size in pixels, and what was done to it."""

    kind: str
    data: bytes
    size: tuple[int, int]
    changes: tuple[str, ...] = ()


def check_pixels(name: str, kind: str, size: tuple[int, int]) -> None:
    """Raise ``InputError`` for a picture that would fill the memory."""
    limit = MAX_JPEG_PIXELS if kind == "image/jpeg" else MAX_PIXELS
    if size[0] * size[1] > limit:
        what = f"{name} has {sides(size)} pixels, and {limit // 10**6} million are allowed"
        raise InputError(what, "scale it down before")


def sides(size: tuple[int, int]) -> str:
    """Return a size as people write it, such as 640×480 (pixels)."""  # noqa: RUF002
    return f"{size[0]}×{size[1]}"  # noqa: RUF001 - a times sign
