"""A source becomes a part: read, told by its bytes, checked, prepared. Nothing is sent here."""

import errno
import os
import shlex
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from azchat.attachments import Attached, AttachmentOptions, Source, size_words
from azchat.attachments.addresses import check_address, is_address
from azchat.attachments.documents import MAX_PDF_BYTES, MAX_TEXT_BYTES, attach_pdf, attach_text
from azchat.attachments.pictures import MAX_BYTES, attach_picture
from azchat.attachments.sniffing import BINARY, CONVERTED, HTML, PDF, PDF_MARK, SENT, SVG, sniff
from azchat.environment import Environment
from azchat.errors import InputError, UsageError, reason_of
from azchat.files import as_named, read_whole
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


def read_file(name: str, limit: int) -> bytes:
    """Return a file's bytes; raises ``InputError`` where it cannot be sent.

    Pipes and devices are not read: they may never end, or never speak.
    """
    if not name:
        raise InputError(
            "an empty name is no file's", "check the option: its variable may be unset"
        )
    try:
        path = as_named(Path(name).expanduser())
        return check_size(name, read_whole(path, limit), limit)
    except (OSError, ValueError, RuntimeError) as error:
        number = getattr(error, "errno", None)
        if number == errno.EISDIR or (os.name == "nt" and Path(name).is_dir()):
            hint = f"attach files in it: -a {shlex.quote(name.rstrip('/') + '/FILE')}"
            raise InputError(f"{name} is a directory", hint) from None
        if number == errno.EINVAL:
            raise InputError(f"{name} is no regular file", "pipe it in, and attach: -") from None
        if number == errno.EFBIG:
            raise _too_large(name, limit, size_words(path.stat().st_size)) from None
        why = reason_of(error)
        raise InputError(
            f"cannot read {name[:200]}: {why}", "check the path and the file"
        ) from None


def read_stdin(env: Environment, limit: int, *, quiet: bool) -> bytes:
    """Return what a pipe brings; raises ``UsageError`` where there is none."""
    if not env.stdin.has_data:
        raise UsageError("- stands for stdin, and nothing is piped in", "name a file instead")

    def tell() -> None:
        if not quiet:
            env.stderr.write("azchat: waiting for stdin\n")

    return check_size("stdin", env.stdin.read(limit + 1, tell), limit)


def check_size(name: str, content: bytes, limit: int) -> bytes:
    """Return ``content``; raises ``InputError`` where it is empty or more than ``limit``."""
    if not content:
        raise InputError(f"{name} is empty", "attach a file that has something in it")
    if len(content) > limit:
        raise _too_large(name, limit, "more")
    return content


def _too_large(name: str, limit: int, size: str) -> InputError:
    what = f"{name} is too large: {size}, and {size_words(limit)} are allowed"
    return InputError(what, "send less of it, or allow more with --max-file MB")
