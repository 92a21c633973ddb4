"""Pictures on their way to a model: checked by their header, turned, without metadata, not too big.

What needs no change of its pixels is not decoded: it goes out as it came, but for metadata.
"""

from base64 import b64encode

from azchat.attachments import Attached, AttachmentOptions, size_words
from azchat.attachments.decoding import SCALE, decode
from azchat.attachments.formats import (
    BrokenPictureError,
    Prepared,
    Scanned,
    check_pixels,
    gif,
    jpeg,
    png,
    sides,
    webp,
)
from azchat.attachments.sniffing import CONVERTED
from azchat.errors import InputError
from azchat.messages import Image

MAX_BYTES = 20_000_000
_NO_SIDE = 1 << 16  # pixels: longer than any that is decoded
INSTALL = "pip install 'azchat[images]'"
_SCANNERS = {
    "image/png": png.scan,
    "image/jpeg": jpeg.scan,
    "image/gif": gif.scan,
    "image/webp": webp.scan,
}


def attach_picture(name: str, kind: str, data: bytes, options: AttachmentOptions) -> Attached:
    """Return a picture as a part; raises ``InputError`` where it cannot be sent."""
    try:
        prepared = _prepare(name, kind, data, options)
    except BrokenPictureError as error:
        raise InputError(
            f"{name} is no whole {_format(kind)}: {error}", "open it in a viewer, and save it anew"
        ) from None
    url = f"data:{prepared.kind};base64,{b64encode(prepared.data).decode()}"
    words = [
        f"{_format(kind)} {sides(prepared.size)}",
        *prepared.changes,
        size_words(len(prepared.data)),
        f"about {tokens(prepared.size, options.detail)} tokens",
    ]
    return Attached(Image(url, options.detail, name), ", ".join(words))


def tokens(size: tuple[int, int], detail: str | None) -> int:
    """Return about how many tokens a picture costs: OpenAI's rule of tiles, others are near it.

    Within 2048 pixels a side, the shorter of at most 768; 170 for each tile of 512, and 85.
    """
    if detail == "low":
        return 85
    scale = min(1.0, 2048 / max(size), 768 / min(size))
    across, down = (-(-int(side * scale) // 512) for side in size)
    return 85 + 170 * max(1, across) * max(1, down)


def _prepare(name: str, kind: str, data: bytes, options: AttachmentOptions) -> Prepared:
    if kind in CONVERTED:
        return _converted(name, kind, data, options)
    scanned = scan(kind, data)
    check_pixels(name, kind, scanned.size)
    is_large = bool(options.max_side) and max(scanned.size) > options.max_side
    content, drawn, changes = data if options.keep_metadata else scanned.bare, None, list[str]()
    if is_large or scanned.orientation != 1:
        drawn = _changed(name, kind, content, options)
        changes = [] if drawn else [f"not changed: {INSTALL}"]
    if drawn and drawn.size != scanned.size:
        changes.append(f"scaled from {sides(scanned.size)}")
    if drawn and scanned.orientation != 1:
        changes.append("turned")
    if scanned.has_metadata and not options.keep_metadata:
        changes.append("metadata removed")
    if drawn and scanned.is_animated:
        changes.append("its first picture only")
    prepared = drawn or Prepared(kind, content, scanned.size)
    return prepared._replace(changes=tuple(changes))


def _converted(name: str, kind: str, data: bytes, options: AttachmentOptions) -> Prepared:
    prepared = _changed(name, kind, data, options)
    if prepared is None:
        what = f"{name} is {_format(kind)}, which models do not take"
        raise InputError(what, f"to have it converted: {INSTALL}")
    became = f"sent as {_format(prepared.kind)}"
    return prepared._replace(changes=(*prepared.changes, became))


def _changed(name: str, kind: str, data: bytes, options: AttachmentOptions) -> Prepared | None:
    """Return the picture turned and scaled; None without Pillow."""
    wanted = (name, kind, options.max_side or _NO_SIDE, options.keep_metadata)
    try:
        kind, data, size, changes = decode(
            SCALE, data, *wanted, name=name, seconds=options.max_seconds
        )
    except ImportError:
        return None
    return Prepared(kind, data, tuple(size), tuple(changes))


def _format(kind: str) -> str:
    name = kind.removeprefix("image/")
    return "WebP" if name == "webp" else name.upper()


def scan(kind: str, data: bytes) -> Scanned:
    """Return what the file's structure says; raises ``BrokenPictureError``."""
    try:
        scanned = _SCANNERS[kind](data)
    except IndexError:
        raise BrokenPictureError("it is cut off") from None
    if not scanned.width or not scanned.height:
        raise BrokenPictureError("its header says that it has no pixels")
    return scanned
