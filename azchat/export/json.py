"""A session as JSON, with nothing left out; ``session.schema.json`` beside this file tells it."""

import json
from datetime import UTC, datetime
from typing import Any

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


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
