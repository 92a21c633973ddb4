"""Sessions and turns as the page is told them. What a model said is text, or HTML made here."""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from azchat.events import Timing, TurnFinished
from azchat.messages import File, Image, Part, Reasoning, Text, ToolCall, ToolResult
from azchat.render.usage import format_usage
from azchat.render.words import date, mark, when, where_of
from azchat.sessions import SavedSession, SavedTurn, SessionInfo
from azchat.sessions.search import Found

Told = dict[str, Any]
LATEST = 20
"""Turns of a long session that are shown at first."""


def info_told(info: SessionInfo, found: Found | None = None) -> Told:
    """Return what the list shows of a session, and where something was found in it."""
    told = {"id": info.id, "title": info.title, "model": info.model or "", "turns": info.turns}
    told["when"] = when(info.updated, time.time())
    if info.name:
        told["name"] = info.name
    if found:
        told["found"] = f"{where_of(found)}: {found.snippet}"
    return told


def found_told(places: Iterable[tuple[SessionInfo, Found]]) -> list[Told]:
    """Return the sessions in which something was found, each once."""
    first: dict[int, Told] = {}
    for info, found in places:
        first.setdefault(info.id, info_told(info, found))
    return list(first.values())


def session_told(
    session: SavedSession, running: int | None, notes: Mapping[int, list[Told]], values: Told
) -> Told:
    """Return a session; of its turns the latest, those before ``until`` or those from ``since``.

    ``running`` is a turn that this process answers: a page hears of it as it happens.
    """
    until, since = int(values.get("until", 0)), int(values.get("since", 0))
    turns = [turn for turn in session.turns if not until or turn.id < until]
    turns = [turn for turn in turns if turn.id >= since] if since else turns[-LATEST:]
    told = [turn_told(turn, notes.get(turn.id, ()), is_heard=turn.id == running) for turn in turns]
    ids = [turn.id for turn in session.turns]
    return {**info_told(session.info), "ids": ids, "turns": told, "running": running}


def turn_told(turn: SavedTurn, notes: Iterable[Told] = (), *, is_heard: bool = False) -> Told:
    """Return a turn; of one that ``is_heard`` the question alone."""
    notices, errors = ([n for n in notes if n["kind"] == kind] for kind in ("notice", "error"))
    end = TurnFinished(None, turn.usage, Timing(turn.seconds or 0.0), turn.model)
    return {
        "id": turn.id,
        "state": turn.state,
        "mark": mark(turn) or "",
        "may_continue": turn.state not in ("complete", "streaming") and turn.can_be_sent,
        "at": date(turn.began),
        "question": turn.question.text,
        "parts": [_attached(part) for part in turn.question.parts if not isinstance(part, Text)],
        "sections": [] if is_heard else [*notices, *_sections(turn), *errors],
        "model": turn.model or "",
        "effort": turn.settings.get("effort") or "",
        "cost": format_usage(end) if turn.seconds is not None and turn.usage else "",
    }


def _attached(part: Part) -> Told:
    from azchat.export.html import PICTURE

    match part:
        case Image(url=url, name=name) if PICTURE.fullmatch(url):
            return {"kind": "picture", "name": name or "an image", "url": url}
        case Image(url=url, name=name):
            return {"kind": "link", "name": name or "an image", "url": url}
        case File(name=name, text=text):
            return {"kind": "file", "name": name, "text": text}
        case _:
            return {"kind": "file", "name": part.type, "text": json.dumps(part._asdict())}


def _sections(turn: SavedTurn) -> Iterable[Told]:
    from azchat.web.blocks import html_of

    seconds, tokens = turn.thought, (turn.usage and turn.usage.reasoning) or 0
    for message in turn.messages[1:]:
        for part in message.parts:
            match part:
                case Text(text=text) if text.strip():
                    yield {"kind": "text", "more": html_of(text)}
                case Reasoning(text=text) if text.strip():
                    counted = {"seconds": seconds, "tokens": tokens}
                    yield {"kind": "thinking", "more": [text], **counted}
                    seconds, tokens = None, 0
                case ToolCall(id=call, name=name, arguments=arguments):
                    yield {"kind": "call", "name": name, "arguments": arguments, "call": call}
                case ToolResult(call_id=call, text=text):
                    yield {"kind": "result", "text": text, "call": call}
                case _:
                    pass
