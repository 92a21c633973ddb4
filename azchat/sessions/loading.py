"""Reads turns and messages out of the tables."""

import json
from collections.abc import Iterable

from azchat.messages import Echo, File, Message, Part, Role, Text, Usage
from azchat.sessions import SavedTurn
from azchat.sessions.contents import maybe_url
from azchat.sessions.database import Database, Row
from azchat.sessions.turns import deltas_of, maybe_echo, messages_of, part_of

_PARTS = (
    "SELECT turn, message, role, type, text, data FROM parts"
    " WHERE turn IN (SELECT id FROM turns WHERE session = ?)"
    " ORDER BY turn, message, id"
)
_LOST = Text("[an image that was lost]")


def turns_in(database: Database, session: int, *, dropped: bool = False) -> tuple[SavedTurn, ...]:
    """Return the turns of a session in which anything was said; also the ``dropped``, if wanted."""
    rows = database.rows(
        "SELECT id, number, state, reason, model, settings, usage, began, seconds, thought"
        " FROM turns WHERE session = ? AND (number > 0 OR ?) ORDER BY id",
        (session, dropped),
    )
    messages = _messages_in(database, session)
    return tuple(_turn_of(row, said) for row in rows if (said := messages.get(row[0])))


def _turn_of(row: Row, messages: Iterable[Message]) -> SavedTurn:
    """Return the turn that a row and its messages make."""
    turn, number, state, reason, model, settings, usage, *times = row
    counted = Usage(**json.loads(usage)) if usage else None
    said, sent = tuple(messages), json.loads(settings)
    return SavedTurn(turn, number, state, reason, said, model, sent, counted, *times)


def _messages_in(database: Database, session: int) -> dict[int, list[Message]]:
    """Return the messages of each turn; those of a turn that goes on come from its deltas."""
    parts: dict[tuple[int, int, Role], list[Part]] = {}
    echoes: dict[tuple[int, int, Role], Echo] = {}
    for turn, number, role, kind, text, data in database.rows(_PARTS, (session,)):
        place = turn, number, role
        held = parts.setdefault(place, [])
        if echo := maybe_echo(kind, data):
            earlier = echoes[place].items if place in echoes else ()
            echoes[place] = echo._replace(items=(*earlier, *echo.items))
        if text or not echo:
            held.append(_part(database, kind, text, data))
    messages: dict[int, list[Message]] = {}
    for (turn, number, role), held in parts.items():
        echo = echoes.get((turn, number, role))
        messages.setdefault(turn, []).append(Message(role, tuple(held), echo))
    for (turn,) in database.rows(
        "SELECT id FROM turns WHERE session = ? AND state = 'streaming'", (session,)
    ):
        messages.setdefault(turn, []).extend(messages_of(deltas_of(database, turn)))
    return messages


def _part(database: Database, kind: str, text: str, data: str | None) -> Part:
    if kind == "image":
        url = maybe_url(database, text)
        if url is None:
            return _LOST
        text = url
    part = part_of(kind, text, data)
    match part:
        case File(original=str(original)):
            return part._replace(original=maybe_url(database, original))
    return part
