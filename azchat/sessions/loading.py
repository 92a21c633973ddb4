"""Reads turns and messages out of the tables."""

import json
from collections.abc import Iterable

from azchat.messages import Message, Part, Role, Text, Usage, part_from_dict
from azchat.sessions import SavedTurn
from azchat.sessions.contents import maybe_url
from azchat.sessions.database import Database, Row
from azchat.sessions.turns import deltas_of, messages_of

_PARTS = (
    "SELECT turn, message, role, type, text, data FROM parts"
    " WHERE turn IN (SELECT id FROM turns WHERE session = ? AND number > 0)"
    " ORDER BY turn, message, id"
)
_TEXT_OF = {"image": "url", "tool_call": "arguments"}  # the field that is the text; else: text
_LOST = Text("[an image that was lost]")


def turn_of(row: Row, messages: Iterable[Message]) -> SavedTurn:
    """Return the turn that a row and its messages make."""
    turn, number, state, reason, model, settings, usage, *times = row
    counted = Usage(**json.loads(usage)) if usage else None
    said = tuple(messages)
    return SavedTurn(
        turn, number, state, reason, said, model, json.loads(settings), counted, *times
    )


def messages_in(database: Database, session: int) -> dict[int, list[Message]]:
    """Return the messages of each turn; those of a turn that goes on come from its deltas."""
    parts: dict[tuple[int, int, Role], list[Part]] = {}
    for turn, number, role, kind, text, data in database.rows(_PARTS, (session,)):
        parts.setdefault((turn, number, role), []).append(_part(database, kind, text, data))
    messages: dict[int, list[Message]] = {}
    for (turn, _, role), held in parts.items():
        messages.setdefault(turn, []).append(Message(role, tuple(held)))
    for (turn,) in database.rows(
        "SELECT id FROM turns WHERE session = ? AND state = 'streaming'", (session,)
    ):
        messages.setdefault(turn, []).extend(messages_of(deltas_of(database, turn)))
    return messages


def _part(database: Database, kind: str, text: str, data: str | None) -> Part:
    fields = json.loads(data) if data else {}
    if kind == "image":
        url = maybe_url(database, text)
        if url is None:
            return _LOST
        text = url
    return part_from_dict({"type": kind, _TEXT_OF.get(kind, "text"): text, **fields})
