"""What a tool loads from the user's own folders: consent for good is for all of that.

That is what is open when the tools are there, and code that the source names: modules that a
function imports later, scripts that it runs. Code is never taken from byte code, which anybody
could have put there, and later only as it was when the tools were loaded.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path
from typing import Any, ClassVar

from azchat.files import RefusedError, check_own, read_whole

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE.parent if _PACKAGE.parent.name == "site-packages" else _PACKAGE
_PYTHON = (sys.prefix, sys.base_prefix, str(_INSTALLED))
_SYSTEM = tuple(map(os.path.realpath, ("/usr", "/etc", "/proc", "/sys", "/dev", *_PYTHON)))
_CODE = (*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES, ".sh", ".js", ".mjs", ".ts", ".rb", ".pl")
_MOST = 2000  # files
_LARGEST = 64 * 1024 * 1024  # bytes of a file


def is_users(path: str | Path) -> bool:
    """Return whether a path is neither of the system, nor of Python, nor azchat's own."""
    path = os.path.realpath(path)
    return not any(path == root or path.startswith(root + os.sep) for root in _SYSTEM)


def hashes(files: Iterable[str | Path], folders: Iterable[str | Path]) -> dict[str, str]:
    """Return the SHA-256 of ``files``, and of the code in ``folders`` that they name."""
    named: dict[str, list[Path]] = {}
    for entry in (entry for folder in folders for entry in _code_of(Path(folder))):
        named.setdefault(entry.name.partition(".")[0], []).append(entry)
    waiting, found = [os.path.realpath(file) for file in files], dict[str, str]()
    while waiting and len(found) < _MOST:
        path = waiting.pop()
        if path in found:
            continue
        data = _read(path)
        found[path] = hashlib.sha256(data).hexdigest()
        if path.endswith(_CODE) and "site-packages" not in path:
            text = data.decode("utf-8", "replace")
            for word in set(re.findall(r"\w+|[\w-]+", text)) & named.keys():
                waiting += (path for entry in named.pop(word) for path in _code_in(entry))
            for name in map(os.path.expanduser, set(re.findall(r"[\w.~-]*(?:/[\w.-]+)+", text))):
                entries = (Path(folder, name) for folder in (Path(path).parent, Path(), *folders))
                waiting += (os.path.realpath(e) for e in entries if e.is_file() and _is_code(e))
    return found


def digest(hashed: dict[str, str]) -> str:
    """Return what changes with any of the files."""
    return hashlib.sha256(repr(sorted(hashed.items())).encode()).hexdigest()


class FromSource(SourceFileLoader):
    """Loads the user's modules; once ``pinned``, only as they were."""

    pinned: ClassVar[dict[str, str] | None] = None

    def get_code(self, fullname: str) -> Any:
        """Compile the source itself; raises ``ImportError``."""
        path = os.path.realpath(self.get_filename(fullname))
        try:
            if is_users(path):
                check_own(Path(path), Path(path).stat())
            data, pinned = read_whole(path), self.pinned
        except (OSError, RefusedError) as error:
            raise ImportError(f"{path} is not loaded: {error}") from None
        if pinned is not None and (path in pinned or is_users(path)):
            if path not in pinned:
                raise ImportError(f"{path} was neither there nor named when the tools were loaded")
            if pinned[path] != hashlib.sha256(data).hexdigest():
                raise ImportError(f"{path} has changed since the tools were loaded")
        return self.source_to_code(data, path)


class Loading:
    """Hears what is opened until it is ``pinned``."""

    def __init__(self) -> None:
        self._opened: set[str] = set()
        sys.path_hooks.insert(0, _finder)
        sys.path_importer_cache.clear()
        sys.addaudithook(self._hear)

    def pin(self, own: Iterable[str]) -> str:
        """Return the digest of all that was loaded; nothing else is taken from now on.

        ``own`` are the tools' files, wherever they are.
        """
        modules = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        files = {*self._opened, *filter(None, modules)}
        files = {*own, *(file for file in files if Path(file).is_file() and is_users(file))}
        folders = {str(Path(file).parent) for file in own} | set(filter(_is_source, sys.path))
        FromSource.pinned = hashes(files, folders)
        return digest(FromSource.pinned)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or FromSource.pinned is not None or not isinstance(arguments[0], str):
            return
        if not arguments[2] & (os.O_WRONLY | os.O_RDWR):
            self._opened.add(os.path.abspath(arguments[0]))  # noqa: PTH100


def _is_source(folder: str) -> bool:
    return is_users(folder) and "site-packages" not in folder


def _finder(path: str) -> Any:
    if not _is_source(path):
        raise ImportError
    details = (ExtensionFileLoader, EXTENSION_SUFFIXES), (FromSource, SOURCE_SUFFIXES)
    return FileFinder.path_hook(*details)(path)


def _code_of(folder: Path) -> Iterator[Path]:
    """Yield what may be code in a folder: modules, scripts, packages."""
    yield from filter(_is_code, folder.iterdir() if folder.is_dir() else ())


def _is_code(entry: Path) -> bool:
    return is_users(entry) and (entry.name.endswith(_CODE) or os.access(entry, os.X_OK))


def _code_in(entry: Path) -> list[str]:
    """Return a file, or the code of a package."""
    if not entry.is_dir():
        return [os.path.realpath(entry)]
    inside = entry.rglob("*") if any(entry.glob("*.py")) else entry.glob("*")
    code = (path for path in inside if path.is_file() and _is_code(path))
    return [os.path.realpath(path) for path, _ in zip(code, range(_MOST), strict=False)]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(_LARGEST)
    except OSError:
        return b""
