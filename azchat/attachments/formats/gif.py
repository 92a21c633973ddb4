"""GIF, as blocks (GIF89a specification, section 15 and following)."""

from azchat.attachments.formats import BrokenPictureError, Scanned

_EXTENSION, _PICTURE, _END = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # how often an animation is repeated


def scan(data: bytes) -> Scanned:
    """Return what the blocks say; raises ``BrokenPictureError``."""
    width, height = (int.from_bytes(data[at : at + 2], "little") for at in (6, 8))
    at = 13 + _colours(data[10])
    kept, pictures, dropped = [data[:at]], 0, False
    while data[at] != _END:
        begin, kind = at, data[at]
        if kind == _EXTENSION:
            end = _behind(data, at + 2)
            is_kept = data[at + 1] != _COMMENT and (
                data[at + 1] != _APPLICATION or data[at + 3 : at + 14] in _KEPT
            )
        elif kind == _PICTURE:
            end = _behind(data, at + 11 + _colours(data[at + 9]))
            is_kept, pictures = True, pictures + 1
        else:
            raise BrokenPictureError("it is damaged")
        if is_kept:
            kept.append(data[begin:end])
        dropped, at = dropped or not is_kept, end
    bare = b"".join((*kept, b"\x3b"))
    return Scanned(
        width, height, bare, has_metadata=dropped or at + 1 < len(data), is_animated=pictures > 1
    )


def _colours(flags: int) -> int:
    """Return how many bytes a table of colours takes."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind(data: bytes, at: int) -> int:
    """Return where the sub-blocks end that begin there."""
    while size := data[at]:
        at += 1 + size
    return at + 1
