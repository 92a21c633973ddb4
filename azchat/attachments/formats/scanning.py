"""Which format scans which kind of picture."""

from azchat.attachments.formats import BrokenPictureError, Scanned, gif, jpeg, png, webp

_SCANNERS = {
    "image/png": png.scan,
    "image/jpeg": jpeg.scan,
    "image/gif": gif.scan,
    "image/webp": webp.scan,
}


def scan(kind: str, data: bytes) -> Scanned:
    """Return what the file's structure says; raises ``BrokenPictureError``."""
    try:
        scanned = _SCANNERS[kind](data)
    except IndexError:
        raise BrokenPictureError("it is cut off") from None
    if not scanned.width or not scanned.height:
        raise BrokenPictureError("its header says that it has no pixels")
    return scanned
