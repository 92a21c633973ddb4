"""JPEG, as segments (ITU-T T.81, annex B)."""

import re

from azchat.attachments.formats import BrokenPictureError, Scanned
from azchat.attachments.formats.exif import exif_with, orientation_of

_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Of the applications' segments: the version, the colour profile, the colours' transformation.
_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
# Within a scan 0xff is followed by 0, or by the number of a restart.
_NEXT = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])")


def scan(data: bytes) -> Scanned:
    """Return what the segments say; raises ``BrokenPictureError``.

    Without metadata, one that is to be turned still says so: else it would lie on its side.
    """
    kept, at, orientation, dropped, size = [data[:2]], 2, 1, False, (0, 0)
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # filling
            at += 1
        if data[at] != 0xFF:
            raise BrokenPictureError("it is damaged")
        marker = data[at + 1]
        if marker == _END:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            raise BrokenPictureError("it is cut off")
        body = data[at + 4 : end]
        if marker in _FRAMES:
            size = (int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
        if marker == _SCAN:
            found = _NEXT.search(data, end)
            if found is None:
                raise BrokenPictureError("it is cut off")
            end = found.start()
        if _is_metadata(marker, body):
            dropped = True
            if marker == 0xE1 and body.startswith(b"Exif\0\0"):
                orientation = orientation_of(body[6:])
        else:
            kept.append(data[at:end])
        at = end
    if orientation != 1:
        exif = b"Exif\0\0" + exif_with(orientation)
        after_version = 2 if kept[1][1:2] == b"\xe0" else 1
        kept.insert(after_version, b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif)
    has_more = dropped or at + 2 < len(data)  # phones put films and depths behind the end
    return Scanned(*size, b"".join((*kept, b"\xff\xd9")), orientation, has_more)


def _is_metadata(marker: int, body: bytes) -> bool:
    if marker == _COMMENT:
        return True
    return 0xE0 <= marker <= 0xEF and not body.startswith(_KEPT.get(marker, b"\0\0\0\0"))
