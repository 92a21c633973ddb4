"""What an image or file part holds: its bytes decoded and its type told; nothing is fetched."""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from azchat.demo.refusals import refused

_DATA_URL = re.compile(
    r"data:(?P<type>[\w.+-]+/[\w.+-]+)(?:;[\w-]+=[^;,]*)*;base64,", re.IGNORECASE
)
_PDF = "application/pdf"
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
        raise refused("bad_image", why="the image has no URL")
    if url.lower().startswith(("https://", "http://")):
        return Picture()
    declared, data = _decode(url)
    if not declared:
        raise refused("bad_image", why="the URL is neither http(s) nor a base64 data URL")
    from azchat.attachments.sniffing import SENT, sniff  # where a picture came

    found = "image/bmp" if data.startswith(b"BM") else sniff(data)
    if found not in (*SENT, "image/bmp"):
        raise refused("bad_image", why="the bytes are no PNG, JPEG, GIF, WebP or BMP")
    if found != _ALIASES.get(declared, declared):
        raise refused("bad_image", why=f"declared as {declared}, but the bytes are {found}")
    return Picture(found, len(data), sha256(data).hexdigest())


def read_file(part: dict[str, Any], where: str) -> Picture:
    """Return what an ``input_file`` holds, or raise Refused for what is no PDF."""
    if part.get("file_url"):
        return Picture()
    if part.get("file_id"):
        raise refused("no_file", param=f"{where}.file_id", id=part["file_id"])
    param = f"{where}.file_data"
    declared, data = _decode(part.get("file_data") or "")
    if not declared:
        raise refused("bad_file", param=param, why="got a value without the 'data:' prefix")
    if declared != _PDF:
        raise refused("bad_file", param=param, why=f"got unsupported MIME type '{declared}'")
    if not data.startswith(b"%PDF-"):
        raise refused("bad_file", param=param, why="the data is no PDF")
    return Picture(_PDF, len(data), sha256(data).hexdigest(), part.get("filename") or "")


def _decode(url: str) -> tuple[str, bytes]:
    """Return the type and the bytes of a base64 data URL; no type where it is none."""
    head = _DATA_URL.match(url)
    try:
        data = base64.b64decode(url[head.end() :], validate=True) if head else b""
    except ValueError:
        return "", b""
    return (head["type"].lower(), data) if head else ("", b"")
