"""Turns in the tables: deltas become messages, messages become rows, words can be found."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from azchat.conversation import Fold
from azchat.events import Echoed, Event, ReasoningDelta, Relabelled, TextDelta, ToolCalled
from azchat.messages import (
    Echo,
    File,
    Image,
    Message,
    Part,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Usage,
    part_from_dict,
)
from azchat.sessions import SavedTurn, State
from azchat.sessions.contents import keep_content, maybe_url
from azchat.sessions.database import Database, Row
from azchat.sessions.search import forget_words, keep_words
from azchat.wire.surrogates import mend

MAX_SAVED_CHARACTERS = 16 * 1024 * 1024
"""More of one turn is not saved: no disk is to be filled by an answer without end."""
ENDED = "azchat was ended"
"""The reason of a turn whose process is gone."""
INDEX_IS_BROKEN = "the index of the search is damaged; to mend it: azchat sessions repair"
_KEPT = ("reason", "model", "began", "seconds", "thought")  # of a turn, as it is
_TEXT_OF = {"image": "url", "tool_call": "arguments"}  # the field that is the text; else: text
_SEARCHED = (
    "SELECT id, text FROM parts WHERE turn = ? AND id > ?"
    " AND type IN ('text', 'reasoning', 'file', 'tool_result')"
)
_PARTS = (
    "SELECT turn, message, role, type, text, data FROM parts"
    " WHERE turn IN (SELECT id FROM turns WHERE session = ?)"
    " ORDER BY turn, message, id"
)
_LOST = Text("[an image that was lost]")


def add_message(database: Database, turn: int, number: int, message: Message) -> None:
    """Save a message, its parts in order; within a transaction."""
    place = {"turn": turn, "message": number, "role": message.role}
    for part in message.parts:
        match part:
            case Image(url=url):
                part = part._replace(url=keep_content(database, url))
            case File(original=str(original)):
                part = part._replace(original=keep_content(database, original))
        text, data = _columns(part)
        text, data = mend(database.redact(text)), data and database.redact(data)
        database.insert("parts", **place, type=part.type, text=text, data=data)
    if message.echo:  # what a service said for itself alone: a part of its own kind
        data = database.redact(json.dumps(message.echo._asdict()))
        database.insert("parts", **place, type="echo", text="", data=data)


def maybe_echo(kind: str, data: str | None) -> Echo | None:
    """Return what a row of a message keeps for its service."""
    return Echo.from_dict(json.loads(data or "{}")) if kind == "echo" else None


def settle_turn(
    database: Database, turn: int, reason: str | None, *, searched: bool = True
) -> None:
    """End a turn, for ``reason`` where it is not complete: its deltas become its messages.

    Its words can be found from now on if it is ``searched``. Within a transaction.
    """
    state: State = "complete"
    if reason is not None:
        state = "interrupted" if reason in ("interrupted", ENDED) else "incomplete"
        reason = database.redact(reason)
    last = "SELECT coalesce(max(id), 0) FROM parts WHERE turn = ?"
    found = 0 if is_streaming(database, turn) else database.rows(last, (turn,))[0][0]
    for number, message in enumerate(messages_of(deltas_of(database, turn)), 1):
        add_message(database, turn, number, message)
    database.execute("DELETE FROM deltas WHERE turn = ?", (turn,))
    database.execute(
        "UPDATE turns SET state = ?, reason = ?, process = NULL WHERE id = ?", (state, reason, turn)
    )
    if searched:
        let_find(database, turn, found)


def copy_turn(database: Database, session: int, number: int, turn: SavedTurn) -> None:
    """Save a turn anew, in whichever session; within a transaction."""
    state = "interrupted" if turn.state == "streaming" else turn.state
    usage = turn.usage and json.dumps(turn.usage._asdict())
    values = {"session": session, "number": number, "state": state, "usage": usage}
    kept = {name: getattr(turn, name) for name in _KEPT}
    settings = database.redact(json.dumps(turn.settings))
    copy = database.insert("turns", **values, **kept, settings=settings)
    for place, message in enumerate(turn.messages):
        add_message(database, copy, place, message)
    let_find(database, copy)


def let_find(database: Database, turn: int, after: int = 0) -> None:
    """Let the words of a turn be found, those of the parts after one; within a transaction."""
    for part, text in database.rows(_SEARCHED, (turn, after)):
        keep_words(database, part, text)


def forget_turn(database: Database, turn: int) -> None:
    """Take a turn out of the store and the search; within a transaction."""
    if not is_streaming(database, turn):  # else its words cannot be found yet
        for part, text in database.rows(_SEARCHED, (turn, 0)):
            forget_words(database, part, text)
    database.execute("DELETE FROM turns WHERE id = ?", (turn,))


def is_streaming(database: Database, turn: int) -> bool:
    """Return whether nobody has ended the turn yet."""
    row = database.maybe_row("SELECT state FROM turns WHERE id = ?", (turn,))
    return row == ("streaming",)


def deltas_of(database: Database, turn: int) -> list[Row]:
    """Return the kinds and texts of what came of a turn that goes on."""
    return database.rows("SELECT kind, text FROM deltas WHERE turn = ? ORDER BY number", (turn,))


def messages_of(deltas: Iterable[Row]) -> list[Message]:
    """Return the messages that saved deltas make."""
    messages: list[Message] = []
    fold = Fold(MAX_SAVED_CHARACTERS)
    for kind, text in deltas:
        if kind in ("response", "result"):
            _close(fold, messages)
            fold = Fold(MAX_SAVED_CHARACTERS)
        if kind == "result":
            messages.append(Message("tool", (ToolResult(**json.loads(text)),)))
        elif kind != "response":
            fold.receive(_event(kind, text))
    _close(fold, messages)
    return messages


def tokens_of(usage: Usage | None) -> int:
    """Return how many tokens a turn took, prompt and answer."""
    if usage is None:
        return 0
    return usage.total or (usage.prompt or 0) + (usage.completion or 0)


def _close(fold: Fold, messages: list[Message]) -> None:
    message = fold.message()
    if message.parts:
        messages.append(message)


def _event(kind: str, text: str) -> Event:
    makers: dict[str, Callable[[], Event]] = {
        "text": lambda: TextDelta(text, 1, 0.0),
        "reasoning": lambda: ReasoningDelta(text, 1, 0.0),
        "echo": lambda: Echoed(Echo.from_dict(json.loads(text))),
        "relabelled": lambda: Relabelled("reasoning" if text == "reasoning" else "text", 0.0),
        "call": lambda: ToolCalled(ToolCall(**json.loads(text))),
    }
    return makers[kind]()


def part_of(kind: str, text: str, data: str | None) -> Part:
    """Return the part that a row keeps."""
    fields = json.loads(data) if data else {}
    return part_from_dict({"type": kind, _TEXT_OF.get(kind, "text"): text, **fields})


def _columns(part: Part) -> tuple[str, str | None]:
    fields: dict[str, Any] = part._asdict()
    kind = fields.pop("type")
    text = fields.pop(_TEXT_OF.get(kind, "text"))
    rest = {key: value for key, value in fields.items() if value is not None}
    return text, json.dumps(rest) if rest else None


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
