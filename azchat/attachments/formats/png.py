"""PNG, as chunks (W3C PNG, third edition, section 5)."""

from zlib import crc32

from azchat.attachments.formats import BrokenPictureError, Scanned
from azchat.attachments.formats.exif import exif_with, orientation_of

_SIGNATURE = 8  # bytes
# Beside the critical chunks, whose names begin with a capital: what the pixels look like.
_KEPT = (
    *(b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"),
    *(b"acTL", b"fcTL", b"fdAT"),
)


def scan(data: bytes) -> Scanned:
    """Return what the chunks say; raises ``BrokenPictureError``.

    Without metadata, one that is to be turned still says so.
    """
    kept, at, orientation, dropped, animated = [data[:_SIGNATURE]], _SIGNATURE, 1, False, False
    name = b""
    while name != b"IEND":
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + size
        if end > len(data):
            raise BrokenPictureError("it is cut off")
        if at == _SIGNATURE and (name != b"IHDR" or size != 13):
            raise BrokenPictureError("it has no header")
        if name[:1].isupper() or name in _KEPT:
            kept.append(data[at:end])
            animated = animated or name == b"acTL"
        else:
            dropped = True
            if name == b"eXIf":
                orientation = orientation_of(data[at + 8 : end - 4])
        at = end
    if orientation != 1:
        exif = b"eXIf" + exif_with(orientation)
        framed = (len(exif) - 4).to_bytes(4, "big") + exif + crc32(exif).to_bytes(4, "big")
        kept.insert(2, framed)  # behind the header
    width, height = (int.from_bytes(data[place : place + 4], "big") for place in (16, 20))
    has_more = dropped or at < len(data)  # what stands behind the end is no picture
    return Scanned(width, height, b"".join(kept), orientation, has_more, animated)
