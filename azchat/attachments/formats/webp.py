"""WebP, as chunks (RFC 9649, section 2)."""

from azchat.attachments.formats import BrokenPictureError, Scanned
from azchat.attachments.formats.exif import exif_with, orientation_of

_METADATA = (b"EXIF", b"XMP ")
_METADATA_FLAGS, _EXIF_FLAG, _ANIMATION_FLAG = 0x0C, 0x08, 0x02


def scan(data: bytes) -> Scanned:
    """Return what the chunks say; raises ``BrokenPictureError``.

    Without metadata, one that is to be turned still says so.
    """
    whole = 8 + int.from_bytes(data[4:8], "little")
    if whole > len(data):
        raise BrokenPictureError("it is cut off")
    at, kept, orientation, dropped, animated = 12, [], 1, whole < len(data), False
    size = (0, 0)
    while at + 8 <= whole:
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        if at + 8 + length > whole:
            raise BrokenPictureError("it is cut off")
        chunk = data[at:end]
        if name in _METADATA:
            dropped = True
            if name == b"EXIF":
                orientation = orientation_of(chunk[8:].removeprefix(b"Exif\0\0"))
        else:
            if name == b"VP8X":
                animated = bool(chunk[8] & _ANIMATION_FLAG)
                chunk = chunk[:8] + bytes([chunk[8] & ~_METADATA_FLAGS]) + chunk[9:]
            size = size if any(size) else _size(name, chunk[8:])
            kept.append(chunk)
        at = end
    if orientation != 1 and kept[0].startswith(b"VP8X"):
        exif = exif_with(orientation)
        kept[0] = kept[0][:8] + bytes([kept[0][8] | _EXIF_FLAG]) + kept[0][9:]
        kept.append(b"EXIF" + len(exif).to_bytes(4, "little") + exif)
    body = b"WEBP" + b"".join(kept)
    bare = b"RIFF" + len(body).to_bytes(4, "little") + body
    return Scanned(*size, bare, orientation, dropped, animated)


def _size(name: bytes, body: bytes) -> tuple[int, int]:
    """Return the size that a chunk tells, or nothing."""
    if name == b"VP8X":
        return _little(body[4:7]) + 1, _little(body[7:10]) + 1
    if name == b"VP8L":
        bits = _little(body[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 ":
        return _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF
    return 0, 0


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")
