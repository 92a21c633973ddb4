"""How sessions and turns are spoken of, in lists and in documents."""

from collections.abc import Iterator
from datetime import UTC, datetime

from azchat.messages import Image, Part
from azchat.sessions import SavedTurn, SessionInfo
from azchat.sessions.search import Found


def when(at: float, now: float) -> str:
    """Return a time as a person says it; both are seconds since 1970."""
    then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    days = (today.date() - then.date()).days
    if days in (0, 1):
        return f"{'yesterday' if days else 'today'} {then:%H:%M}"
    year = "" if then.year == today.year else f" {then.year}"
    return f"{then:%b} {then.day}{year}"


def date(at: float) -> str:
    """Return the day and the minute, in local time: ISO 8601, with the zone."""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="minutes")


def timestamp(at: float) -> str:
    """Return a time for programs: ISO 8601, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def counted(count: int, noun: str) -> str:
    """Return ``1 turn`` or ``2 turns``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def facts(info: SessionInfo, time: str) -> str:
    """Return what is known of a session, on one line; ``time`` is when it was used."""
    words = [info.ref, info.model, time, counted(info.turns, "turn")]
    if info.tokens:
        words.append(counted(info.tokens, "token"))
    return " · ".join(word for word in words if word)


def cost(turn: SavedTurn) -> str:
    """Return how long a turn took, and its tokens; "" where nothing is known."""
    words = [] if turn.seconds is None else [f"{turn.seconds:.1f} s"]
    if turn.usage and turn.usage.completion is not None:
        words.append(counted(turn.usage.completion, "token"))
    return " · ".join(words)


def thought(turn: SavedTurn) -> str:
    """Return the label of a turn's thinking."""
    if turn.thought is None:
        return "Thought"
    return f"Thought for {turn.thought:.1f} s"


def answered(turn: SavedTurn) -> Iterator[tuple[Part, str]]:
    """Yield the parts of an answer, and how thinking is labelled: the first says how long."""
    label = thought(turn)
    for message in turn.messages[1:]:
        for part in message.parts:
            yield part, label
        label = "Thought" if message.reasoning else label


def picture(image: Image) -> str:
    """Return what a picture is called, its type and how large it is, or where it is."""
    name = image.name or "an image"
    if not image.url.startswith("data:"):
        return f"{name}: {image.url}"
    kind, _, data = image.url.removeprefix("data:").partition(";base64,")
    size = len(data) * 3 // 4
    words = f"{size} bytes" if size < 1000 else f"{size / 1000:.0f} KB"
    return f"{name} · {kind.removeprefix('image/')}, {words}"


def turn_of(found: Found) -> str:
    """Return which turn it was found in."""
    return f"turn {found.turn}" if found.turn > 0 else "taken back"


def where_of(found: Found) -> str:
    """Return the word for what a search found it in."""
    if found.type == "reasoning":
        return "thinking"
    if found.type in ("tool_call", "tool_result"):
        return "tool"
    return "question" if found.role == "user" else "answer"


def mark(turn: SavedTurn) -> str | None:
    """Return what to say of a turn that is not complete."""
    if turn.state == "complete":
        return None
    if turn.state == "streaming":
        return "still being answered"
    if turn.reason in (None, turn.state):
        return turn.state
    return f"{turn.state}: {turn.reason}"
