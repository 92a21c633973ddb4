"""Pillow's home for what is sent: decodes, turns, scales and writes a picture."""

import warnings
from io import BytesIO

from PIL import Image as Pictures
from PIL import ImageOps, UnidentifiedImageError

from azchat.attachments.formats import MAX_JPEG_PIXELS, BrokenPictureError, Prepared, check_pixels

_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/heic": "HEIF",
    "image/avif": "AVIF",
}
_PHOTOGRAPHS = ("JPEG", "WEBP", "TIFF", "HEIF", "AVIF")
_QUALITY = 90
_PLAIN_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
# What Pillow raises for files that are not what they should be.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError)


def scaled(data: bytes, name: str, kind: str, max_side: int, keep_metadata: bool) -> Prepared:
    """Return a picture as PNG or JPEG, turned as it should be, no side longer than ``max_side``.

    Raises ``BrokenPictureError``, and ``InputError`` where the header promises too much.
    """
    if kind == "image/heic":
        _register_heif(name)
    Pictures.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pictures.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # of odd metadata
            with Pictures.open(BytesIO(data), formats=[_FORMATS[kind]]) as picture:
                check_pixels(name, kind, picture.size)
                return _scaled(picture, max_side, keep_metadata=keep_metadata)
    except (Pictures.DecompressionBombError, Pictures.DecompressionBombWarning):
        raise BrokenPictureError("it has too many pixels") from None
    except MemoryError:
        raise BrokenPictureError("there is not enough memory for it") from None
    except UnidentifiedImageError:
        raise BrokenPictureError("it cannot be read") from None
    except _DAMAGED as error:
        raise BrokenPictureError(f"it is damaged ({error})"[:200]) from None


def _scaled(picture: Pictures.Image, max_side: int, *, keep_metadata: bool) -> Prepared:
    before = picture.format
    full = picture.size
    profile = picture.info.get("icc_profile")
    if max(full) > max_side:
        picture = _smooth(picture)
        gap = None if picture.mode.startswith("I;16") else 2.0  # those cannot be reduced before
        picture.thumbnail((max_side, max_side), Pictures.Resampling.HAMMING, reducing_gap=gap)
    turned = ImageOps.exif_transpose(picture)
    if turned.mode not in _PLAIN_MODES:
        turned = turned.convert("RGB")
    is_photograph = before in _PHOTOGRAPHS and turned.mode in ("L", "RGB")
    form = "JPEG" if is_photograph else "PNG"
    more = {"exif": turned.getexif()} if keep_metadata else {"exif": b""}
    file = BytesIO()
    turned.save(file, form, quality=_QUALITY, icc_profile=profile, **more)
    changes = (f"scaled from {full[0]}×{full[1]}",) if max(full) > max_side else ()  # noqa: RUF001
    return Prepared(f"image/{form.lower()}", file.getvalue(), turned.size, changes)


def _smooth(picture: Pictures.Image) -> Pictures.Image:
    """Return a picture whose colours can be mixed: those of a palette cannot."""
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode != "P":
        return picture
    return picture.convert("RGBA" if "transparency" in picture.info else "RGB")


def _register_heif(name: str) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise BrokenPictureError(f"{name} needs: pip install pillow-heif") from None
    register_heif_opener()


def clipboard_picture() -> Pictures.Image | None:
    """Return the picture in the clipboard of macOS or Windows."""
    from PIL import ImageGrab

    try:
        found = ImageGrab.grabclipboard()
    except (OSError, NotImplementedError):
        return None
    return found if isinstance(found, Pictures.Image) else None
