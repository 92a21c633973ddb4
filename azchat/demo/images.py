"""What an image part holds: its bytes decoded and its type told from them; nothing is fetched."""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256

from azchat.demo.refusals import Refused, azure

_DATA_URL = re.compile(
    r"data:(?P<type>[\w.+-]+/[\w.+-]+)(?:;[\w-]+=[^;,]*)*;base64,", re.IGNORECASE
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
    try:
        data = base64.b64decode(url[head.end() :], validate=True)
    except ValueError:
        raise _bad("the data URL is not base64") from None
    declared = head["type"].lower()
    from azchat.attachments.sniffing import SENT, sniff  # where a picture came

    found = "image/bmp" if data.startswith(b"BM") else sniff(data)
    if found not in (*SENT, "image/bmp"):
        raise _bad("the bytes are no PNG, JPEG, GIF, WebP or BMP")
    if found != _ALIASES.get(declared, declared):
        raise _bad(f"declared as {declared}, but the bytes are {found}")
    return Picture(found, len(data), sha256(data).hexdigest())


def _bad(why: str) -> Refused:
    return azure(400, "BadRequest", f"Invalid image data: {why}.")
