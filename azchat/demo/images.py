"""What an image part holds: its bytes decoded and its type told from them; nothing is fetched."""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from azchat.demo.refusals import Refused, azure

_DATA_URL = re.compile(
    r"data:(?P<type>[\w.+-]+/[\w.+-]+)(?:;[\w-]+=[^;,]*)*;base64,", re.IGNORECASE
)
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
_ALIASES = {"image/jpg": "image/jpeg", "image/x-ms-bmp": "image/bmp"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A received image: its media type, its size in bytes and its SHA-256; a link has none."""

    media_type: str | None = None
    size: int | None = None
    digest: str = ""

    def __str__(self) -> str:
        if not self.media_type:
            return "a link"
        return f"{self.media_type}, {self.size:,} bytes, sha256 {self.digest[:16]}"


def read_picture(url: object) -> Picture:
    """Return what an ``image_url`` holds, or raise Refused for what is no image."""
    if not isinstance(url, str):
        raise _bad("the image has no URL")
    if url.lower().startswith(("https://", "http://")):
        return Picture()
    head = _DATA_URL.match(url)
    if head is None:
        raise _bad("the URL is neither http(s) nor a base64 data URL")
    data = _decode(url[head.end() :])
    declared = head["type"].lower()
    found = sniff(data)
    if found is None:
        raise _bad("the bytes are no PNG, JPEG, GIF, WebP or BMP")
    if found != _ALIASES.get(declared, declared):
        raise _bad(f"declared as {declared}, but the bytes are {found}")
    return Picture(found, len(data), sha256(data).hexdigest())


def sniff(data: bytes) -> str | None:
    """Return the image type that the first bytes tell."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _bad("the data URL is not base64") from None


def _bad(why: str) -> Refused:
    return azure(400, "BadRequest", f"Invalid image data: {why}.")
