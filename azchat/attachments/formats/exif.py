"""How a picture is to be turned (EXIF 2.32, 4.6.4: tag 0x0112), and the smallest EXIF saying it."""

from typing import Literal

_ORIENTATION = b"\x01\x12"
_ENTRY = 12  # bytes


def orientation_of(tiff: bytes) -> int:
    """Return the orientation that EXIF data, which begin with a TIFF header, tell; else 1."""
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    tag = _ORIENTATION[::-1] if order == "little" else _ORIENTATION
    first = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[first : first + 2], order)
    for number in range(min(count, 512)):
        at = first + 2 + _ENTRY * number
        if tiff[at : at + 2] == tag:
            value = int.from_bytes(tiff[at + 8 : at + 10], order)
            return value if 1 <= value <= 8 else 1
    return 1


def exif_with(orientation: int) -> bytes:
    """Return EXIF data that say how to turn the picture, and nothing else."""
    entry = _ORIENTATION + b"\0\x03\0\0\0\x01" + orientation.to_bytes(2, "big") + b"\0\0"
    return b"MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"
