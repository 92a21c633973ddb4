"""Pictures as files: what their headers say, and the file without what tells of its maker.

Nothing is decoded: a header is a few bytes, whatever it promises of the rest.
"""

from typing import NamedTuple


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
