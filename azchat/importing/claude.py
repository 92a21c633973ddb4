"""Claude's export: messages of blocks, in a tree where the export has their parents."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from azchat.importing import Foreign, Item, Left, Node, Said, ways_in
from azchat.importing.reading import (
    Archive,
    call_of,
    is_export,
    items,
    moment,
    role_of,
    table,
    text,
    words,
)
from azchat.messages import File, Message, Part, Reasoning, ToolResult

PLACES = ("{home}/Downloads/*.zip",)
knows = partial(is_export, mark="chat_messages")


def read(path: Path) -> Iterator[Item]:
    """Yield the conversations; the export does not say which models were asked."""
    for told in Archive(path).conversations():
        yield _conversation(table(told))


def _conversation(told: Mapping[str, Any]) -> Item:
    """Return a conversation; in older exports each message follows the one before it."""
    lacks, nodes, before = Counter[str](), dict[str, Node](), ""
    for number, message in enumerate(map(table, items(told.get("chat_messages")))):
        name = text(message.get("uuid")) or f"message-{number}"
        parent = text(message.get("parent_message_uuid")) or before
        at = moment(message.get("created_at"))
        said: list[Message | None] = [*_messages(message, name, lacks)]
        *earlier, last = said or [None]
        for place, one in enumerate(earlier):
            parts_of, parent = parent, f"{name}/{place}"
            nodes[parent] = Node(parts_of, Said(parent, one, at) if one else None)
        nodes[name] = Node(parent, Said(name, last, at) if last else None)
        before = name
    ways, beyond = ways_in(nodes, text(told.get("current_leaf_message_uuid")) or before)
    lacks.update(beyond)
    if not (name := text(told.get("uuid"))):
        return Left("sessions", "it has no id")
    updated = moment(told.get("updated_at")) or moment(told.get("created_at"))
    return Foreign(name, text(told.get("name")), ways, updated, lacks)


def _messages(told: Mapping[str, Any], name: str, lacks: Counter[str]) -> Iterator[Message]:
    """Yield what a message says: one up to each tool's result, and what is behind the last."""
    role, called = role_of(told.get("sender")), name
    parts: list[Part] = []
    for file in map(table, items(told.get("attachments"))):
        parts.append(
            File(text(file.get("file_name")) or "file", text(file.get("extracted_content")))
        )
    named = [text(table(file).get("file_name")) for file in items(told.get("files"))]
    lacks["files and pictures that the export only names"] += len(named)
    parts += words(*(f"\n[{file}: it was not kept]" for file in named))
    blocks = [table(block) for block in items(told.get("content"))]
    if not any(block.get("text") for block in blocks):  # before 2024 there are no blocks
        parts += words(told.get("text"))
    for block in blocks:
        match block.get("type"):
            case "text":
                parts += words(block.get("text"))
            case "thinking" if text(block.get("thinking")):
                parts.append(Reasoning(block["thinking"]))
            case "tool_use":
                called = text(block.get("id")) or f"{name}/{len(parts)}"
                parts.append(call_of(called, block.get("name"), block.get("input")))
            case "tool_result":
                content = block.get("content")
                shown = [text(table(one).get("text")) for one in items(content)] or [text(content)]
                if parts:
                    yield Message(role, tuple(parts))
                result = ToolResult(text(block.get("tool_use_id")) or called, "\n".join(shown))
                yield Message("tool", (result,))
                parts = []
            case _:
                pass
    if parts:
        yield Message(role, tuple(parts))
