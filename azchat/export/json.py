"""A session as JSON, with nothing left out; ``from_json`` is the way back.

    {"version": 1,
     "session": {"id", "ref", "name", "title", "model", "began", "updated", "turns", "tokens"},
     "turns": [{"number", "state", "reason", "model", "settings", "usage", "began", "seconds",
                "thought", "messages": [{"role", "parts": [{"type", …}]}]}]}

``ref`` is what to type to mean the session: its name, or its id. Times are ISO 8601 in UTC,
``seconds`` and ``thought`` (how much of them the thinking took) are numbers or null. ``state``
is complete, interrupted, incomplete or streaming, and ``reason`` says why it is not complete.
``usage`` has the names of ``ask --json``. Parts are text, reasoning, image, file, tool_call and
tool_result, as in ``azchat.messages``. Fields may be added; ``version`` changes when a meaning
does.
"""

import json
from datetime import UTC, datetime
from typing import Any

from azchat.messages import Message, Usage
from azchat.sessions import SavedSession, SavedTurn, SessionInfo

VERSION = 1


def to_json(session: SavedSession) -> str:
    """Return the whole session as JSON, indented."""
    document = {
        "version": VERSION,
        "session": info_to_dict(session.info),
        "turns": [_turn_to_dict(turn) for turn in session.turns],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str) -> SavedSession:
    """Return the session that ``to_json`` wrote; unknown fields are ignored."""
    document = json.loads(text)
    info = _info_from_dict(document["session"])
    return SavedSession(info, tuple(_turn_from_dict(turn) for turn in document["turns"]))


def info_to_dict(info: SessionInfo) -> dict[str, Any]:
    """Return what a list shows of a session, as JSON can hold it."""
    times = {"began": _time(info.began), "updated": _time(info.updated)}
    return {"id": info.id, "ref": info.ref} | info._asdict() | times


def _turn_to_dict(turn: SavedTurn) -> dict[str, Any]:
    return {
        "number": turn.number,
        "state": turn.state,
        "reason": turn.reason,
        "model": turn.model,
        "settings": dict(turn.settings),
        "usage": turn.usage.to_dict() if turn.usage else None,
        "began": _time(turn.began),
        "seconds": turn.seconds,
        "thought": turn.thought,
        "messages": [message._replace(echo=None).to_dict() for message in turn.messages],
    }


def _info_from_dict(data: dict[str, Any]) -> SessionInfo:
    fields = {name: data[name] for name in SessionInfo._fields}
    return SessionInfo(
        **fields | {"began": _seconds(data["began"]), "updated": _seconds(data["updated"])}
    )


def _turn_from_dict(data: dict[str, Any]) -> SavedTurn:
    usage = data["usage"] and Usage(*(data["usage"][f"{name}_tokens"] for name in Usage._fields))
    fields = {name: data[name] for name in SavedTurn._fields if name in data}
    changed = {
        "id": 0,  # of the row that it was
        "messages": tuple(map(Message.from_dict, data["messages"])),
        "usage": usage,
        "began": _seconds(data["began"]),
    }
    return SavedTurn(**fields | changed)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
