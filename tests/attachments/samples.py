"""Pictures, good and bad, and what a service was sent of them."""

import struct
import zlib
from base64 import b64decode
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from tests.faults.server import FaultServer

QUESTION = "Which conclusion can be extracted from this chart?"


def chart(form: str = "PNG", size: tuple[int, int] = (320, 200), **more: Any) -> bytes:
    """Return bars of four colours as a file."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    width, height = size
    for place, colour in enumerate(("navy", "teal", "orange", "crimson")):
        left = place * width // 4
        draw.rectangle((left, height - height * (place + 1) // 5, left + 40, height), fill=colour)
    return saved(picture, form, **more)


def saved(picture: Image.Image, form: str, **more: Any) -> bytes:
    file = BytesIO()
    picture.save(file, form, **more)
    return file.getvalue()


def photo(orientation: int = 1, form: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    """Return a picture whose left half is red, with a place and a maker in its metadata."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "N"
    return saved(picture, form, exif=exif)


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of_zeros(width: int, height: int) -> bytes:
    """Return a PNG whose header promises much, and whose data are zeros."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (
        png_chunk(b"IHDR", header),
        png_chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000)),
        png_chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def sent_urls(fs: FaultServer) -> list[str]:
    """Return the addresses of all pictures in the last request."""
    return [
        part["image_url"]["url"]
        for message in fs.requests[-1].json()["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


def sent(fs: FaultServer) -> bytes:
    """Return the file of the only picture in the last request."""
    (url,) = sent_urls(fs)
    return b64decode(url.partition(";base64,")[2], validate=True)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))
