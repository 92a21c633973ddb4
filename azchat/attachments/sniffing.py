"""What bytes are: told by how they begin, never by a name."""

import re

SENT = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""The pictures that models take."""
CONVERTED = ("image/bmp", "image/tiff", "image/heic", "image/avif")
"""Those that become one of them first."""
PDF, SVG, HTML, BINARY, TEXT = (
    *("application/pdf", "image/svg+xml", "text/html"),
    *("application/octet-stream", "text/plain"),
)
PDF_MARK = b"%PDF-"
LOOKED_AT = 4096
"""Bytes at the beginning that are enough to tell."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_PDF = re.compile(rb"%PDF-[12]\.\d")
# The brands of ISO media files (ISO/IEC 23008-12, annex B; AV1 Image File Format 1.1).
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
}
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)  # bytes, of its versions
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def sniff(data: bytes) -> str:
    """Return the media type that the bytes themselves tell; ``text/plain`` needs decoding still."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    # Readers look for it in the first KiB: mails, HTTP and printers put something before it.
    begin = _PDF.search(data, 0, 1024)
    if data.startswith(PDF_MARK) or (begin and b"endobj" in data):  # not a text about PDF
        return PDF
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _iso_media(data)
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "image/bmp"
    return _markup(data[:LOOKED_AT])


def _iso_media(data: bytes) -> str:
    """Return the type of the first brand that is a picture's."""
    brands = data[8 : min(len(data), int.from_bytes(data[:4], "big"), 256)]
    found = (_BRANDS.get(brands[at : at + 4]) for at in (0, *range(8, len(brands), 4)))
    return next((kind for kind in found if kind), BINARY)


def _markup(head: bytes) -> str:
    if head.startswith(_BOMS[1:]):  # UTF-16
        return TEXT
    if b"\0" in head:
        return BINARY
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begin.startswith((b"<!doctype html", b"<html")):
        return HTML
    if begin.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in begin:
        return SVG
    return TEXT
