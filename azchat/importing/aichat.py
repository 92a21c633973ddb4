"""aichat (sigoden): a YAML file for each session, a Markdown file for each role, its clients."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from azchat.importing import Foreign, Item, Left, Profile, Prompt, UnreadableError, numbered
from azchat.importing.reading import (
    as_json,
    call_of,
    files_in,
    items,
    parameters_of,
    picture_at,
    read_text,
    read_yaml,
    role_of,
    table,
    text,
    words,
    written_at,
)
from azchat.messages import Message, ToolResult
from azchat.redaction import Secret

PLACES = (
    *("{AICHAT_CONFIG_DIR}", "{config}/aichat"),
    *("{home}/Library/Application Support/aichat", "{APPDATA}/aichat"),
)
_BASES = {
    "openai": "https://api.openai.com/v1",
    "claude": "https://api.anthropic.com/v1",
    "azure-openai": "",
    "openai-compatible": "",
}
_MATTER = re.compile(r"-{3,}\s*(.*?)\s*-{3,}\s*(.*)", re.DOTALL)
_INPUT = "__INPUT__"


def knows(path: Path) -> bool:
    """Return whether it is aichat's folder."""
    config = path / "config.yaml"
    return (path / "sessions").is_dir() or (config.is_file() and (path / "roles").is_dir())


def read(path: Path) -> Iterator[Item]:
    """Yield the sessions, the newest first, then roles and clients."""
    sessions = [file for folder in ("sessions", "agents/*/sessions")
                for file in files_in(path, f"{folder}/**/*.yaml")]  # fmt: skip
    for file in sorted(sessions, key=lambda file: written_at(file) or 0, reverse=True):
        yield from _told("sessions", file, lambda file: _session(path, file))
    for file in files_in(path, "roles/*.md"):
        yield from _told("templates", file, lambda file: _role(file.stem, read_text(file)))
    for file in files_in(path, "roles.yaml"):  # until 0.18
        for role in map(table, items(read_yaml(file))):
            yield _role(text(role.get("name")), text(role.get("prompt")), role)
    for file in files_in(path, "config.yaml"):
        config = table(read_yaml(file))
        for client in map(table, items(config.get("clients"))):
            yield _client(client, text(config.get("model")))
    if (path / "messages.md").is_file():
        yield Left("sessions", "messages.md: what of it was said by whom cannot be told")


def _told(kind: str, file: Path, read: Any) -> Iterator[Item]:
    try:
        yield read(file)
    except UnreadableError as error:
        yield Left(kind, f"{file.name}: {error}")


def _session(folder: Path, file: Path) -> Foreign:
    told, at = table(read_yaml(file)), written_at(file)
    names = {str(digest): text(name) for digest, name in table(told.get("data_urls")).items()}
    earlier = items(told.get("compressed_messages"))
    said = [*earlier, *(one for one in items(told.get("messages"))
                        if not earlier or table(one).get("role") != "system")]  # fmt: skip
    messages = [message for one in said for message in _messages(table(one), names)]
    facts = {"at": at, "model": _model(told.get("model")), "settings": parameters_of(told)}
    name = file.relative_to(folder).with_suffix("").as_posix()
    return Foreign(name, file.stem, [list(numbered(messages, **facts))], at)


def _messages(said: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Message]:
    """Yield what a message of aichat's says; one of calls holds their results too."""
    content = said.get("content")
    if isinstance(content, dict):
        told = [table(one) for one in items(content.get("tool_results"))]
        ids = [text(table(one.get("call")).get("id")) or f"call-{n}" for n, one in enumerate(told)]
        calls = [table(one.get("call")) for one in told]
        asked = [
            call_of(i, c.get("name"), c.get("arguments")) for i, c in zip(ids, calls, strict=True)
        ]
        yield Message("assistant", (*words(content.get("text")), *asked))
        for name, one in zip(ids, told, strict=True):
            yield Message("tool", (ToolResult(name, as_json(one.get("output"))),))
        return
    parts = words(content)
    for one in map(table, items(content)):
        parts += words(one.get("text"))
        if url := text(table(one.get("image_url")).get("url")):
            digest = sha256(url.encode("utf-8", "replace")).hexdigest()
            parts.append(picture_at(url, names.get(digest)))
    yield Message(role_of(said.get("role")), tuple(parts))


def _model(value: Any) -> str | None:
    """Return a model's name without its client's, which stands before it."""
    return text(value).partition(":")[2] or text(value) or None


def _role(name: str, told: str, more: Mapping[str, Any] | None = None) -> Prompt:
    matter = _MATTER.fullmatch(told.strip())
    fields = table(read_yaml(Path(name), matter[1])) if matter else dict(more or {})
    body = (matter[2] if matter else told).strip()
    kept = {
        "prompt" if _INPUT in body else "system": body.replace(_INPUT, "{{input}}"),
        "model": _model(fields.get("model")),
        "parameters": parameters_of(fields),
    }
    lacks = {"use_tools of a role": 1} if fields.get("use_tools") else {}
    return Prompt(name, {key: value for key, value in kept.items() if value}, lacks)


def _client(client: Mapping[str, Any], chosen: str) -> Item:
    kind = text(client.get("type"))
    name = text(client.get("name")) or kind
    if kind not in _BASES:
        return Left("profiles", f"azchat does not speak the API of {kind or 'no type'}")
    models = [text(table(one).get("name")) for one in items(client.get("models"))
              if table(one).get("type", "chat") == "chat"]  # fmt: skip
    is_chosen = chosen.partition(":")[0] == name
    model = (_model(chosen) if is_chosen else "") or next(iter(models), "")
    endpoint = text(client.get("api_base")) or _BASES[kind]
    key = text(client.get("api_key"))
    return Profile(name, {"endpoint": endpoint, "model": model}, Secret(key) if key else None)
