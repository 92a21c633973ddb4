"""Text of files: as it is, or out of a PDF."""

import codecs
import shlex
from base64 import b64encode

from azchat.attachments import Attached, AttachmentOptions, size_words
from azchat.attachments.decoding import READ_PDF, decode
from azchat.errors import InputError
from azchat.messages import File

MAX_TEXT_BYTES = 2_000_000
MAX_PDF_BYTES = 20_000_000
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CHARACTERS_A_TOKEN = 4  # of English; others have fewer


def attach_text(name: str, data: bytes) -> Attached:
    """Return a text file as a part: UTF-8, or UTF-16 that says so; else raises ``InputError``."""
    bom, encoding = next(
        ((bom, name) for bom, name in _BOMS.items() if data.startswith(bom)), (b"", "utf-8")
    )
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        where = f"byte 0x{data[len(bom) + error.start]:02x} at {len(bom) + error.start}"
        raise InputError(
            f"{name} is not {encoding.upper()} ({where})",
            f"convert it: {shlex.join(['iconv', '-f', 'latin1', '-t', 'utf-8', name])}; "
            "binary files cannot be sent",
        ) from None
    if "\0" in text:
        raise InputError(f"{name} is a binary file", "attach text, a PDF or a picture")
    return Attached(File(name, text), f"text, {size_words(len(data))}, {_cost(text)}")


def attach_pdf(name: str, data: bytes, options: AttachmentOptions) -> Attached:
    """Return a PDF and its text as a part; raises ``InputError`` where there is none to be had."""
    try:
        pages = decode(
            READ_PDF, data, name, options.max_pages, name=name, seconds=options.max_seconds
        )
    except ImportError:
        raise InputError(
            f"{name} is a PDF, and what reads it is not installed", "pip install 'azchat[pdf]'"
        ) from None
    text = "\n\n".join(f"[page {number}]\n{page}" for number, page in pages if page)
    if not text:
        hint = f"send those: pdftoppm -r 100 -png {shlex.quote(name)} page; then -i page-1.png …"
        raise InputError(f"{name} has no text in it, only pictures of pages", hint)
    limit = options.limit(MAX_TEXT_BYTES)
    if len(text) > limit:
        what = f"the text of {name} is too large: more than {size_words(limit)}"
        raise InputError(what, "send fewer pages, or allow more with --max-file MB")
    counted = f"{len(pages)} page{'s' * (len(pages) != 1)}"
    original = f"data:application/pdf;base64,{b64encode(data).decode()}"
    return Attached(File(name, text, original), f"PDF, {counted}, {_cost(text)}")


def _cost(text: str) -> str:
    count = max(1, len(text) // _CHARACTERS_A_TOKEN)
    return f"about {count} token{'s' * (count != 1)}"
