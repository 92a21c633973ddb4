"""How foreign files are read: never changed, never without a bound, never believed."""

import json
import os
import re
import sqlite3
import stat
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from azchat.attachments.sniffing import SENT, sniff
from azchat.errors import InputError, reason_of
from azchat.files import RefusedError, read_own
from azchat.importing import UnreadableError
from azchat.messages import Image, Part, Role, Text, ToolCall
from azchat.parameters import PARAMETERS

_MAX_TEXT = 16 << 20
_MAX_VALUE = 64 << 20  # of a database, and of one conversation in an export
_MAX_PICTURE = 20 << 20
_MAX_TIMES = 200  # what a member of an archive may be larger than packed; bombs are 1,000 times
_MAX_UNPACKED = 8 << 30
_FIRST_BLOCK = 1 << 18
_LATEST = 253402300799.0  # the end of the year 9999
_SECRET = re.compile(r"auth|key|token|secret|cookie", re.IGNORECASE)
_OTHER_NAMES = {
    "reasoning_effort": "effort",
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "temp": "temperature",
    "topp": "top_p",
    "topk": "top_k",
}
_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "tool": "tool",
}
_BETWEEN = re.compile(r"[\s,]*")  # values of a list
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError)


def table(value: Any) -> dict[str, Any]:
    """Return an object of JSON or YAML; {} for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Return a list of JSON or YAML; [] for anything else."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a text; "" for anything else."""
    return value if isinstance(value, str) else ""


def count(value: Any) -> int | None:
    """Return a number of tokens; None for anything else."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def number(value: Any) -> float | None:
    """Return a number from 0 to the year 9999 in seconds; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= _LATEST else None


def moment(value: Any) -> float | None:
    """Return a time in seconds since 1970, of such a number or ISO 8601; else UTC is meant."""
    if not isinstance(value, str):
        return number(value)
    try:
        then = datetime.fromisoformat(value.strip())
        return number((then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def from_json(value: Any) -> Any:
    """Return what a text of JSON says; None where it is none."""
    try:
        return json.loads(value) if isinstance(value, str | bytes) else None
    except (ValueError, RecursionError):
        return None


def as_json(value: Any) -> str:
    """Return a text as it is, and anything else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)


def read_text(path: Path) -> str:
    """Return a small file of the user's own; raises ``UnreadableError``."""
    return read_bytes(path).decode("utf-8-sig", "replace")


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a small file of the user's own; raises ``UnreadableError``."""
    try:
        return read_own(path, _MAX_TEXT)
    except FileNotFoundError:
        raise UnreadableError("it is not there") from None
    except RefusedError as refusal:
        raise UnreadableError(f"{refusal}") from None


def read_yaml(path: Path, told: str | None = None) -> Any:
    """Return what a YAML file says, or the YAML in it; raises ``UnreadableError``."""
    from azchat.templates.folder import parse_yaml

    try:
        return parse_yaml(path, read_text(path) if told is None else told)
    except InputError:
        raise UnreadableError("it is no YAML that can be read") from None


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder that fit, by name; links are left alone."""
    with suppress(OSError):
        return sorted(p for p in folder.glob(pattern) if p.is_file() and not p.is_symlink())
    return []


def written_at(path: Path) -> float | None:
    """Return when a file was changed."""
    with suppress(OSError):
        return number(path.stat().st_mtime)
    return None


class Tables:
    """A database of SQLite, only read; a table or a column that is not there is empty."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self.names = {name for (name,) in found}  # and no view: one may never end

    def rows(self, name: str, where: str = "1", *values: Any) -> list[dict[str, Any]]:
        """Return rows of a table, each by its columns, in their order."""
        return list(self.each(name, where, *values))

    def each(self, name: str, where: str = "1", *values: Any) -> Iterator[dict[str, Any]]:
        """Yield rows of a table; raises ``UnreadableError``."""
        if name not in self.names:
            return
        try:
            statement = f'SELECT rowid AS at, * FROM "{name}" WHERE {where}'  # noqa: S608 - our own
            cursor = self._connection.execute(statement, values)
            columns = [column for column, *_ in cursor.description]
            for row in cursor:
                yield dict(zip(columns, row, strict=True))
        except sqlite3.OperationalError as error:
            if "no such column" not in str(error):
                raise UnreadableError(str(error)) from None
        except sqlite3.Error as error:
            raise UnreadableError(str(error)) from None

    def grouped(self, name: str, column: str) -> dict[Any, list[int]]:
        """Return the numbers of a table's rows by a column: not all have an index for it."""
        found: dict[Any, list[int]] = {}
        if name in self.names:
            with suppress(sqlite3.OperationalError):
                statement = f'SELECT "{column}", rowid FROM "{name}" ORDER BY rowid'  # noqa: S608
                for key, row in self._connection.execute(statement):
                    found.setdefault(key, []).append(row)
        return found


@contextmanager
def open_tables(path: Path) -> Iterator[Tables]:
    """Open a database without a change to it or its folder; raises ``UnreadableError``.

    A log beside it is not merged: SQLite has to write for that, so a copy is read.
    """
    from shutil import copyfile
    from tempfile import TemporaryDirectory

    try:
        check_regular(path)
        with path.open("rb") as file:
            is_logged = file.read(20)[18:20] == b"\2\2"
        with TemporaryDirectory(prefix="azchat-") as folder:
            log, how = path.with_name(f"{path.name}-wal"), "mode=ro"
            if is_logged and log.is_file() and log.stat().st_size:
                for name in (path, log):
                    copyfile(name, Path(folder, name.name))
                path = Path(folder, path.name)
            elif is_logged:
                how += "&immutable=1"
            uri = f"{path.absolute().as_uri()}?{how}"
            with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
                connection.text_factory = lambda data: data.decode("utf-8", "replace")
                yield Tables(connection)
    except sqlite3.Error as error:
        raise UnreadableError(f"it cannot be read: {error}") from None
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {reason_of(error)}") from None


def check_regular(path: Path) -> None:
    """Raise ``UnreadableError`` for what is no file, as a pipe that never ends."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
        raise UnreadableError("it is no regular file")


class Archive:
    """An export: the ZIP as it came, its unpacked folder, or its one JSON file."""

    def __init__(self, path: Path) -> None:
        self._zip: zipfile.ZipFile | None = None
        self._files: dict[str, Any] = {}
        try:
            if path.is_dir():
                self._files = {p.relative_to(path).as_posix(): p for p in files_in(path, "**/*")}
            elif path.suffix.lower() == ".zip":
                check_regular(path)
                self._zip = zipfile.ZipFile(path)
                self._files = {one.filename: one for one in self._zip.infolist()}
            else:
                self._files = {path.name: path}
        except (OSError, *_BROKEN_ZIP) as error:
            raise UnreadableError(f"it is no archive that can be read: {error}") from None
        self.names = sorted(self._files)

    def conversations(self) -> Iterator[Any]:
        """Yield the conversations of all files of them; raises ``UnreadableError``."""
        for name in self.names:
            base = name.rpartition("/")[2]
            if re.fullmatch(r"conversations.*\.json", base) or len(self.names) == 1:
                try:
                    with self._open(name) as file:
                        yield from _objects(file)
                except (OSError, *_BROKEN_ZIP) as error:
                    raise UnreadableError(f"{name} cannot be read: {error}") from None

    def maybe_bytes(self, name: str) -> bytes | None:
        """Return a picture's file; None where it cannot be had, or is too large."""
        try:
            with self._open(name) as file:
                data = file.read(_MAX_PICTURE + 1)
        except (OSError, UnreadableError, *_BROKEN_ZIP):
            return None
        return data if len(data) <= _MAX_PICTURE else None

    def _open(self, name: str) -> IO[bytes]:
        member = self._files[name]
        if self._zip is None:
            check_regular(member)
            opened: IO[bytes] = member.open("rb")
            return opened
        most = min(_MAX_UNPACKED, (member.compress_size + 4096) * _MAX_TIMES)
        if member.file_size > most:
            raise UnreadableError(f"{name} is packed too well to be an export")
        return self._zip.open(member)


def is_export(path: Path, mark: str) -> bool:
    """Return whether it is an export whose first conversation has ``mark``."""
    is_file = path.is_file() and path.suffix.lower() in (".zip", ".json")
    if not is_file and not any(path.glob("conversations*.json")):
        return False
    with suppress(UnreadableError):
        return mark in table(next(Archive(path).conversations(), None))
    return False


def _objects(file: IO[bytes]) -> Iterator[Any]:
    """Yield the values of a JSON list, or the one value, without ever having all of it."""
    from codecs import getincrementaldecoder

    decode = getincrementaldecoder("utf-8-sig")("replace").decode
    decoder, held, size, at = json.JSONDecoder(), "", _FIRST_BLOCK, 0
    is_list, is_over = False, False
    while True:
        if skipped := _BETWEEN.match(held, at):
            at = skipped.end()
        if not is_list and held[at : at + 1] == "[":
            is_list, at = True, at + 1
            continue
        if held[at : at + 1] == "]" and is_list:
            return
        try:
            value, at = decoder.raw_decode(held, at)
            yield value
            if not is_list:
                return
            size = _FIRST_BLOCK
            continue
        except RecursionError:
            raise UnreadableError("it is nested too deeply") from None
        except ValueError as error:
            if is_over or len(held) - at > _MAX_VALUE:
                raise UnreadableError(f"it is broken JSON: {error}") from None
        block = file.read(size)
        held, at, is_over = held[at:] + decode(block, not block), 0, not block
        size = min(2 * size, _MAX_VALUE)  # what was read is tried again: that must not be often


def picture(name: str, data: bytes | None) -> Part:
    """Return a picture as a part; words for what models do not take, and for what was not kept."""
    kind = sniff(data) if data else ""
    if not data or kind not in SENT:
        return Text(f"\n[{name}: {'no picture that models take' if data else 'it was not kept'}]")
    return Image(f"data:{kind};base64,{b64encode(data).decode()}", name=name)


def picture_at(url: str, name: str | None = None) -> Part:
    """Return a picture by its address, which holds it or is one of the web."""
    is_one = re.match(r"https?://|data:image/(png|jpeg|gif|webp);base64,", url)
    return Image(url, name=name) if is_one else picture(name or "picture", None)


def role_of(value: Any) -> Role:
    """Return who said something, by any program's word; a model where nobody is named."""
    return _ROLES.get(text(value), "assistant")


def call_of(called: Any, name: Any, arguments: Any) -> ToolCall:
    """Return a tool's call; the arguments are JSON, as text or bytes or not yet."""
    if isinstance(arguments, bytes):
        arguments = arguments.decode("utf-8", "replace")
    return ToolCall(text(called), text(name) or "tool", as_json(arguments) or "{}")


def words(*values: Any) -> list[Part]:
    """Return those that are texts, and not empty, as parts."""
    return [Text(value) for value in values if isinstance(value, str) and value]


def parameters_of(options: Any) -> dict[str, Any]:
    """Return those of a program's options that azchat has too, by its names."""
    found = {
        _OTHER_NAMES.get(str(name), str(name)): value for name, value in table(options).items()
    }
    kept: dict[str, Any] = {}
    for name in found.keys() & PARAMETERS.keys():
        with suppress(AttributeError, TypeError, ValueError, OverflowError):
            if found[name] is not None:
                kept[name] = PARAMETERS[name].kind.convert(found[name])
    return kept


def harmless(headers: Any) -> dict[str, str]:
    """Return the headers that hold no key, by their names."""
    told = {str(name): str(value) for name, value in table(headers).items()}
    return {name: value for name, value in told.items() if not _SECRET.search(name)}
