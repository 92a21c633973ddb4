"""A picture as it is sent, and how large it may be."""

from typing import NamedTuple

from azchat.errors import InputError

MAX_PIXELS = 40_000_000
"""Of a picture that would be decoded whole: 160 MB."""
MAX_JPEG_PIXELS = 120_000_000
"""A JPEG can be decoded at a fraction of its size."""


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
