"""The bytes of pictures and PDFs: kept once, under their hash; the parts of messages name it."""

import re
from base64 import b64decode, b64encode
from hashlib import sha256

from azchat.sessions.database import Database

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,")
_REF = "sha256:"


def keep_content(database: Database, url: str) -> str:
    """Keep what a ``data:`` URL holds; return what names it. Other addresses name themselves."""
    head = _DATA_URL.match(url)
    if head is None:
        return url
    try:
        data = b64decode(url[head.end() :], validate=True)
    except ValueError:
        return url
    if _url(head[1], data) != url:  # it could not be put together again
        return url
    return f"{_REF}{add_content(database, head[1], data)}"


def add_content(database: Database, kind: str, data: bytes) -> str:
    """Keep bytes unless they are there; return their hash."""
    digest = sha256(data).hexdigest()
    database.execute(
        "INSERT OR IGNORE INTO contents (hash, type, data) VALUES (?, ?, ?)", (digest, kind, data)
    )
    return digest


def maybe_url(database: Database, text: str) -> str | None:
    """Return the address of a picture whose part has ``text``; None where its bytes are lost."""
    if not text.startswith(_REF):
        return text
    row = database.maybe_row(
        "SELECT type, data FROM contents WHERE hash = ?", (text.removeprefix(_REF),)
    )
    return _url(*row) if row else None


def forget_unused(database: Database) -> None:
    """Take out what no message names any more; within a transaction."""
    database.execute(
        "DELETE FROM contents WHERE 'sha256:' || hash NOT IN"
        " (SELECT text FROM parts WHERE type = 'image' UNION ALL"
        " SELECT json_extract(data, '$.original') FROM parts"
        " WHERE type = 'file' AND json_valid(data) AND json_extract(data, '$.original') NOTNULL)"
    )


def _url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode()}"
