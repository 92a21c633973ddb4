"""shell_gpt: roles and settings in the home, chats in the folder for what may be gone tomorrow."""

from collections.abc import Iterator
from pathlib import Path

from azchat.importing import Foreign, Item, Left, Profile, Prompt, UnreadableError, numbered
from azchat.importing.reading import (
    files_in,
    from_json,
    items,
    read_text,
    role_of,
    table,
    text,
    words,
    written_at,
)
from azchat.messages import Message
from azchat.redaction import Secret

PLACES = ("{home}/.config/shell_gpt",)
_SETTINGS = ".sgptrc"


def knows(path: Path) -> bool:
    """Return whether it is shell_gpt's folder, or that of its chats."""
    return (path / _SETTINGS).is_file() or (path.is_dir() and path.name == "chat_cache")


def read(path: Path) -> Iterator[Item]:
    """Yield the chats, the newest first, then roles and the service."""
    if not (path / _SETTINGS).is_file():
        yield from _chats(path)
        return
    lines = (line.partition("=") for line in read_text(path / _SETTINGS).splitlines())
    settings = {name.strip(): value.strip() for name, _, value in lines}
    yield from _chats(Path(settings.get("CHAT_CACHE_PATH") or "/tmp/chat_cache"))  # noqa: S108
    for file in files_in(path, "roles/*.json"):
        try:
            role = table(from_json(read_text(file)))
            yield Prompt(text(role.get("name")) or file.stem, {"system": text(role.get("role"))})
        except UnreadableError as error:
            yield Left("templates", f"{file.name}: {error}")
    base = settings.get("API_BASE_URL", "default")
    endpoint = "https://api.openai.com/v1" if base == "default" else base
    key = settings.get("OPENAI_API_KEY")
    model = settings.get("DEFAULT_MODEL", "")
    yield Profile("sgpt", {"endpoint": endpoint, "model": model}, Secret(key) if key else None)


def _chats(folder: Path) -> Iterator[Item]:
    for file in sorted(files_in(folder, "*"), key=lambda file: written_at(file) or 0, reverse=True):
        try:
            told = [table(one) for one in items(from_json(read_text(file)))]
        except UnreadableError as error:
            yield Left("sessions", f"{file.name}: {error}")
            continue
        said = (Message(role_of(one.get("role")), tuple(words(one.get("content")))) for one in told)
        at = written_at(file)
        yield Foreign(file.name, file.name, [list(numbered(said, at=at))], at)
