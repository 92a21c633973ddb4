"""Foreign messages become the turns that the store keeps."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from azchat.importing import Foreign, Said, Way
from azchat.messages import Message, Part, ToolCall, ToolResult
from azchat.sessions import SavedSession, SavedTurn, SessionInfo, title_of
from azchat.sessions.turns import tokens_of

ORIGIN = "imported"
"""The setting of a turn that says where it is from: ``[source, conversation, message]``."""


def sessions_of(source: str, foreign: Foreign) -> Iterator[SavedSession]:
    """Yield a session for each way in which something was asked."""
    for way in foreign.ways:
        turns = tuple(_turns(source, foreign, way))
        if not turns:
            continue
        times = [said.at for said in way if said.at is not None] or [foreign.updated or 0.0]
        title = title_of(foreign.title) or title_of(turns[0].question.text)
        model = next((turn.model for turn in turns[::-1] if turn.model), None)
        counts = len(turns), sum(tokens_of(turn.usage) for turn in turns)
        info = SessionInfo(0, None, title, model, min(times), max(times), *counts)
        yield SavedSession(info, turns)


def _turns(source: str, foreign: Foreign, way: Way) -> Iterator[SavedTurn]:
    system, group = "", list[Said]()
    for said in way:
        if said.message.role == "system":
            system = said.message.text or system
        elif said.message.role == "user" and said.message.parts:
            if group:
                yield _turn(source, foreign, system, group)
            group = [said]
        elif group:
            group.append(said)
    if group:
        yield _turn(source, foreign, system, group)


def _turn(source: str, foreign: Foreign, system: str, group: Way) -> SavedTurn:
    question, *answers = group
    messages = tuple(_joined(said.message for said in answers))
    settings: dict[str, Any] = {ORIGIN: [source, foreign.id, group[-1].id]}
    for said in group:
        settings |= said.settings
    if system:
        settings["system"] = system
    usage = None
    for counted in (said.usage for said in group if said.usage):
        usage = counted if usage is None else usage.plus(counted)
    times = [said.at for said in group if said.at is not None]
    is_whole = any(message.role == "assistant" for message in messages)
    return SavedTurn(
        0,
        0,
        "complete" if is_whole else "incomplete",
        None if is_whole else "no answer was kept",
        (question.message, *messages),
        next((said.model for said in group[::-1] if said.model), None),
        settings,
        usage,
        times[0] if times else foreign.updated or 0.0,
        _sum(said.seconds for said in group),
        _sum(said.thought for said in group),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _joined(messages: Iterable[Message]) -> Iterator[Message]:
    """Yield what answers a question as services take it: each result after one call of its own."""
    parts: list[Part] = []
    waiting: set[str] = set()  # calls without a result
    fresh = (f"kept-{number}" for number in count(1))
    echo = None
    for message in messages:
        if message.role != "tool":
            parts += message.parts
            waiting |= {call.id for call in message.tool_calls}
            echo = message.echo or echo
            continue
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        told: list[Message] = []
        for result in results:
            if result.call_id in waiting:
                waiting.remove(result.call_id)
            else:  # its call was not kept, or has a result already
                result = result._replace(call_id=next(fresh))
                parts.append(ToolCall(result.call_id, "tool", "{}"))
            told.append(Message("tool", (result,)))
        if parts:
            yield Message("assistant", tuple(parts), echo)
        yield from told
        parts, echo = [part for part in message.parts if not isinstance(part, ToolResult)], None
    if parts:
        yield Message("assistant", tuple(parts), echo)
