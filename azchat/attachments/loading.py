"""A source becomes a part: read, told by its bytes, checked, prepared. Nothing is sent here."""

import shlex
from pathlib import PurePath
from urllib.parse import urlsplit

from azchat.attachments import Attached, AttachmentOptions, Source
from azchat.attachments.addresses import check_address, is_address
from azchat.attachments.documents import MAX_PDF_BYTES, MAX_TEXT_BYTES, attach_pdf, attach_text
from azchat.attachments.pictures import MAX_BYTES, attach_picture
from azchat.attachments.reading import check_size, read_file, read_stdin
from azchat.attachments.sniffing import BINARY, CONVERTED, HTML, PDF, PDF_MARK, SENT, SVG, sniff
from azchat.environment import Environment
from azchat.errors import InputError
from azchat.messages import Image

_PICTURES = (*SENT, *CONVERTED)
# Of an address nothing but its name is known; where it is one of these, no model would see it.
_DOCUMENTS = (".pdf", ".txt", ".md", ".csv", ".json", ".html", ".htm", ".xml", ".py", ".log")
_WORDS = {PDF: "a PDF", SVG: "an SVG drawing", HTML: "a web page", BINARY: "a binary file"}


def load(
    env: Environment, source: Source, options: AttachmentOptions, *, quiet: bool = False
) -> Attached:
    """Return what a source is as a part of a message; raises ``InputError``."""
    place = source.place
    if source.content is None and is_address(place):
        return _load_address(env, place, source, options)
    limit = options.limit(max(MAX_BYTES, MAX_PDF_BYTES))
    if source.content is not None:
        data = check_size(place, source.content, limit)
    elif place == "-":
        data = read_stdin(env, limit, quiet=quiet)
    else:
        data = read_file(place, limit)
    name = "stdin" if place == "-" else _shown(PurePath(place).name or place)
    return _load_bytes(name, data, source, options)


def _load_bytes(name: str, data: bytes, source: Source, options: AttachmentOptions) -> Attached:
    kind = _kind_of(name, data, options.mime)
    if kind in _PICTURES:
        return attach_picture(name, kind, data, options)
    if source.is_picture:
        raise _no_picture(name, kind)
    if kind == PDF:
        return attach_pdf(name, data[data.index(PDF_MARK) :], options)
    if kind == BINARY:
        raise InputError(f"{name} is a binary file", "attach text, a PDF or a picture")
    return attach_text(name, check_size(name, data, options.limit(MAX_TEXT_BYTES)))


def _load_address(
    env: Environment, url: str, source: Source, options: AttachmentOptions
) -> Attached:
    host = check_address(url)
    name = _shown(PurePath(urlsplit(url).path).name or host)
    if not options.inline and not source.is_picture and name.lower().endswith(_DOCUMENTS):
        what = f"{name} is a document, and services fetch pictures only"
        raise InputError(what, "to fetch it here, and send its text: --inline")
    if not options.inline:
        return Attached(Image(url, options.detail, name), f"the service fetches it from {host}")
    from azchat.attachments.fetching import Web, fetch
    from azchat.net.trust import Trust

    data = fetch(url, options.limit(MAX_BYTES), Web.real(Trust.of(env.variables)))
    return _load_bytes(name, data, source, options)


def _kind_of(name: str, data: bytes, mime: str | None) -> str:
    """Return the media type: what the bytes are, unless they can be what the user says too."""
    found = sniff(data)
    if mime is None or mime == found:
        return found
    if mime.startswith("text/") and found not in (*_PICTURES, PDF, BINARY):
        return mime
    raise InputError(
        f"{name} is not {mime}: its bytes say {found}", "leave --mime out, or convert the file"
    )


def _no_picture(name: str, kind: str) -> InputError:
    what = _WORDS.get(kind, "text")
    if kind == SVG:
        command = shlex.join(["rsvg-convert", "-o", f"{name}.png", name])
        return InputError(f"{name} is {what}, not a picture", command)
    hint = "attach it with -a" if kind not in (BINARY, HTML) else "PNG, JPEG, GIF and WebP are"
    return InputError(f"{name} is {what}, not a picture", hint)


def _shown(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:79]}…"
