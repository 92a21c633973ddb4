"""mods (charmbracelet): titles in SQLite, messages in Go's gob, roles and services in YAML."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from azchat.importing import Foreign, Item, Left, Profile, Prompt, UnreadableError, numbered
from azchat.importing.gob import decode
from azchat.importing.reading import (
    call_of,
    items,
    moment,
    open_tables,
    read_bytes,
    read_yaml,
    role_of,
    table,
    text,
    words,
)
from azchat.messages import Message, ToolResult
from azchat.redaction import Secret

PLACES = (
    *("{data}/mods", "{config}/mods", "{home}/Library/Application Support/mods"),
    *("{LOCALAPPDATA}/mods", "{APPDATA}/mods"),
)
_OTHER_APIS = ("cohere", "google", "ollama")  # and what they speak is no dialect of azchat's


def knows(path: Path) -> bool:
    """Return whether it is one of mods' folders, or its database."""
    return path.name == "mods.db" or any(file.is_file() for file in _files(path))


def _files(folder: Path) -> tuple[Path, Path]:
    return folder / "conversations/mods.db", folder / "mods.yml"


def read(path: Path) -> Iterator[Item]:
    """Yield the conversations, the newest first, then roles and services."""
    database, config = _files(path) if path.is_dir() else (path, path / "mods.yml")
    if database.is_file():
        with open_tables(database) as tables:
            for row in tables.each("conversations", "1 ORDER BY updated_at DESC"):
                yield _conversation(database.parent, row)
    if config.is_file():
        try:
            yield from _settings(table(read_yaml(config)))
        except UnreadableError as error:
            yield Left("profiles", f"mods.yml: {error}")


def _conversation(folder: Path, row: Mapping[str, Any]) -> Item:
    name, title = str(row.get("id")), str(row.get("title"))
    try:
        if not re.fullmatch(r"\w+", name):
            raise UnreadableError("its id is none")
        messages = [
            _message(table(one)) for one in items(decode(read_bytes(folder / f"{name}.gob")))
        ]
    except UnreadableError as error:
        return Left("sessions", f"the messages of one: {error}")
    at = moment(row.get("updated_at"))
    way = list(numbered(messages, at=at, model=text(row.get("model")) or None))
    return Foreign(name, title, [way], at)


def _message(said: Mapping[str, Any]) -> Message:
    """Return a message; until 1.7 it was the one of a library for OpenAI's API."""
    content, calls = text(said.get("Content")), [table(one) for one in items(said.get("ToolCalls"))]
    if said.get("Role") == "tool":
        called = text(said.get("ToolCallID")) or next((text(one.get("ID")) for one in calls), "")
        return Message("tool", (ToolResult(called, content),))
    more = [table(one).get("Text") for one in items(said.get("MultiContent"))]
    parts = words(content, *more)
    for call in calls:
        function = table(call.get("Function"))
        parts.append(call_of(call.get("ID"), function.get("Name"), function.get("Arguments")))
    return Message(role_of(said.get("Role")), tuple(parts))


def _settings(config: Mapping[str, Any]) -> Iterator[Item]:
    for name, lines in table(config.get("roles")).items():
        told = [text(line) for line in items(lines)]
        if any(line.startswith(("file://", "http://", "https://")) for line in told):
            yield Left("templates", "a role that is in another file")
        elif told:
            yield Prompt(str(name), {"system": "\n".join(told)})
    for name, value in table(config.get("apis")).items():
        api = table(value)
        is_default = name == config.get("default-api")
        settings = {
            "endpoint": text(api.get("base-url")),
            "model": text(config.get("default-model")) if is_default else "",
            "key_command": (command := text(api.get("api-key-cmd"))),
            "key_env": "" if command else text(api.get("api-key-env")),
        }
        key = text(api.get("api-key"))
        if name in _OTHER_APIS:
            yield Left("profiles", f"azchat does not speak {name}'s API")
        elif is_default or key or command:
            yield Profile(str(name), settings, Secret(key) if key else None)
        else:  # as mods' own file lists them
            yield Left("profiles", "a service without a key, and not the default")
