"""What an image or file part holds: its bytes decoded and its type told; nothing is fetched."""

import base64
import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from azchat.demo.refusals import Refused, refused

_DATA_URL = re.compile(
    r"data:(?P<type>[\w.+-]+/[\w.+-]+)(?:;[\w-]+=[^;,]*)*;base64,", re.IGNORECASE
)
PDF = "application/pdf"
_ALIASES = {"image/jpg": "image/jpeg", "image/x-ms-bmp": "image/bmp"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A received image or file: media type, size in bytes and SHA-256; a link has none of them."""

    media_type: str | None = None
    size: int | None = None
    digest: str = ""
    name: str = ""

    def __str__(self) -> str:
        if not self.media_type:
            return "a link"
        name = f"`{self.name}`, " if self.name else ""
        return f"{name}{self.media_type}, {self.size:,} bytes, sha256 {self.digest[:16]}"


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


def read_file(part: dict[str, Any], where: str) -> Picture:
    """Return what an ``input_file`` holds, or raise Refused for what is no PDF."""
    if "file_url" in part:
        return Picture()
    data = part.get("file_data")
    if data is None:
        if "file_id" in part:
            raise refused("no_file", param=f"{where}.file_id", id=part["file_id"])
        raise refused("missing", param=f"{where}.file_data")
    head = _DATA_URL.match(str(data))
    why = "got a value without the 'data:' prefix"
    if head:
        why = f"got unsupported MIME type '{head['type']}'"
        if head["type"].lower() == PDF:
            with suppress(ValueError):
                pdf = base64.b64decode(str(data)[head.end() :], validate=True)
                digest, name = sha256(pdf).hexdigest(), str(part.get("filename", ""))
                if pdf.startswith(b"%PDF-"):
                    return Picture(PDF, len(pdf), digest, name)
            why = "the data is no PDF"
    raise refused("bad_file", param=f"{where}.file_data", why=why)


def _bad(why: str) -> Refused:
    return refused("bad_image", why=why)
