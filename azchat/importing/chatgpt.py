"""ChatGPT's export: a tree of messages for each conversation, and pictures beside it.

OpenAI describes it nowhere; the content types are those that exports of 2023 to 2026 have.
"""

import re
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
    number,
    picture,
    role_of,
    table,
    text,
    words,
)
from azchat.messages import Image, Message, Part, Reasoning, Text, ToolResult

PLACES = ("{home}/Downloads/*.zip",)
_FILE = re.compile(r"file[-_][A-Za-z0-9]+")
knows = partial(is_export, mark="mapping")


def read(path: Path) -> Iterator[Item]:
    """Yield the conversations, in the order of the export: the newest first."""
    archive = Archive(path)
    reader = _Reader(archive)
    for told in archive.conversations():
        yield reader.conversation(table(told))


class _Reader:
    """Reads the conversations of one archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lacks = Counter[str]()
        found = ((_FILE.match(name.rpartition("/")[2]), name) for name in archive.names)
        self._pictures = {match[0]: name for match, name in found if match}

    def conversation(self, told: Mapping[str, Any]) -> Item:
        """Return a conversation with its branches."""
        self._lacks = Counter()
        model = text(told.get("default_model_slug"))
        nodes = {
            name: Node(text(node.get("parent")), self._said(name, node, model))
            for name, node in ((name, table(v)) for name, v in table(told.get("mapping")).items())
        }
        ways, beyond = ways_in(nodes, text(told.get("current_node")))
        self._lacks.update(beyond)
        name = text(told.get("conversation_id")) or text(told.get("id"))
        if not name:
            return Left("sessions", "it has no id")
        updated = moment(told.get("update_time")) or moment(told.get("create_time"))
        return Foreign(name, text(told.get("title")), ways, updated, self._lacks)

    def _said(self, name: str, node: Mapping[str, Any], model: str) -> Said | None:
        """Return what a node says; None for what the page does not show either."""
        told = table(node.get("message"))
        content, about = table(told.get("content")), table(told.get("metadata"))
        if about.get("is_visually_hidden_from_conversation") is True:
            return None
        role = role_of(table(told.get("author")).get("role"))
        parts, to = list(self._parts(content)), text(told.get("recipient")) or "all"
        said = "\n".join(part.text for part in parts if isinstance(part, Text | Reasoning))
        if role == "assistant" and to != "all" and parts:
            parts = [call_of(name, to, said if said.startswith("{") else {"input": said})]
        elif role == "tool":
            shown = [part for part in parts if isinstance(part, Image)]
            parts = [ToolResult(text(node.get("parent")), said), *shown]
        thought = number(about.get("finished_duration_sec"))
        if not parts and thought is None:
            return None
        asked = (text(about.get("model_slug")) or model) if role == "assistant" else ""
        at = moment(told.get("create_time"))
        return Said(name, Message(role, tuple(parts)), at, asked or None, thought=thought)

    def _parts(self, content: Mapping[str, Any]) -> Iterator[Part]:
        match text(content.get("content_type")):
            case "thoughts":
                for thought in map(table, items(content.get("thoughts"))):
                    told = text(thought.get("summary")), text(thought.get("content"))
                    yield Reasoning("\n\n".join(filter(None, told)) + "\n\n")
            case "reasoning_recap" | "user_editable_context" | "model_editable_context":
                pass  # "Thought for 9 seconds", and what the user told all conversations
            case _:
                yield from words(content.get("text"), content.get("result"))
                for part in items(content.get("parts")):
                    yield from words(part)
                    yield from self._part(table(part)) if isinstance(part, dict) else ()

    def _part(self, told: Mapping[str, Any]) -> Iterator[Part]:
        pointer = text(told.get("asset_pointer")).rpartition("://")[2]
        kind = text(told.get("content_type"))
        if kind == "image_asset_pointer":
            found = _FILE.match(pointer)
            name = self._pictures.get(found[0], "") if found else ""
            shown = picture(name or "picture", self._archive.maybe_bytes(name) if name else None)
            self._lacks["pictures that the export does not hold"] += isinstance(shown, Text)
            yield shown
        elif kind == "audio_transcription":
            yield from words(told.get("text"))
        elif pointer:
            self._lacks["sounds and films"] += 1
