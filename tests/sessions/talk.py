"""Turns as a test wants them: said to a store without a model."""

from collections.abc import Iterable
from typing import Any

from azchat.errors import LocalError
from azchat.events import (
    Event,
    ReasoningDelta,
    RequestSent,
    TextDelta,
    Timing,
    TurnFinished,
    TurnInterrupted,
)
from azchat.messages import Message, Text, Usage
from azchat.sessions import SavedTurn
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store

USAGE = Usage(prompt=7, completion=5, reasoning=2, total=12)
FINISHED = TurnFinished("stop", USAGE, Timing(2.5), "served-model")


def text(*pieces: str) -> list[Event]:
    """Return the deltas of an answer."""
    return [TextDelta(piece, 1, 10.0 + at) for at, piece in enumerate(pieces)]


def thinking(*pieces: str) -> list[Event]:
    """Return the deltas of thinking."""
    return [ReasoningDelta(piece, 1, 1.0 + at) for at, piece in enumerate(pieces)]


def begin(store: Store, question: str = "hi", **more: Any) -> TurnJournal:
    """Begin a turn, in a new session unless ``session`` says which."""
    return store.begin(Message.user(Text(question)), **{"model": "m", **more})


def receive(journal: TurnJournal, events: Iterable[Event]) -> TurnJournal:
    """Save events."""
    for event in events:
        journal.receive(event)
    return journal


def say(
    store: Store,
    question: str = "hi",
    answer: str = "hello",
    *,
    thought: str = "",
    reason: str | None = None,
    **more: Any,
) -> TurnJournal:
    """Save a whole turn; ``reason`` is why it was not complete."""
    end = TurnInterrupted(reason, USAGE, Timing(2.5), None) if reason else FINISHED
    events = [RequestSent(0.0), *thinking(thought)[: bool(thought)], *text(answer), end]
    journal = receive(begin(store, question, **more), events)
    journal.finish(reason)
    return journal


def last(store: Store) -> SavedTurn:
    """Return the newest turn of the session that was used last."""
    info = store.sessions(1, "all")[0]
    return store.load(info.id).turns[-1]


def failure_of(journal: TurnJournal) -> LocalError:
    """Return why a turn could not be saved."""
    assert journal.failure
    return journal.failure
