"""One question to several contenders at once, and what each took: values, and the running of it."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from queue import Empty, SimpleQueue
from typing import NamedTuple

from azchat.asking.link import Link
from azchat.asking.saving import begin_saving, open_store
from azchat.conversation import Conversation
from azchat.engine.chat import Chat
from azchat.engine.figures import figures_of
from azchat.engine.masking import Sender
from azchat.errors import AzchatError
from azchat.events import Event, TurnFinished, TurnInterrupted
from azchat.messages import Message
from azchat.net.opening import Background

_End = TurnFinished | TurnInterrupted


class Contender(NamedTuple):
    """Who is asked, and how; None is what the settings say."""

    model: str | None
    effort: str | None
    profile: str | None = None

    @property
    def settings(self) -> dict[str, str]:
        """What is set for it."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Entry(NamedTuple):
    """A contender with its way and the question as it is asked."""

    contender: Contender
    label: str
    link: Link
    conversation: Conversation
    message: Message
    around: Callable[[Chat], Sender] | None = None


class Run(NamedTuple):
    """One answer: the ``number`` of the entry, which ``time`` it was, how it ended."""

    number: int
    time: int
    end: _End | None
    error: AzchatError | None

    @property
    def figures(self) -> dict[str, float | None]:
        """What it took."""
        return figures_of(self.end)


def contenders(
    models: Sequence[str | None], efforts: Sequence[str | None], profiles: Sequence[str | None]
) -> list[Contender]:
    """Return all combinations in the order that they were named, each once."""
    every = product(profiles or [None], models or [None], efforts or [None])
    return [*dict.fromkeys(Contender(model, effort, profile) for profile, model, effort in every)]


def contest(
    entries: Sequence[Entry], runs: int, jobs: int, name: str | None
) -> Iterator[tuple[int, int, Event | Run]]:
    """Ask all, in turns, ``jobs`` at once; yield what happens with the entry and the run.

    Each answer is saved as a session, called ``name`` and what it is. Now and then there is a
    ``Run`` of nobody (-1), so that who shows it can tell the time.
    """
    waiting = [(number, time) for time in range(runs) for number in range(len(entries))][::-1]
    events: SimpleQueue[tuple[int, int, Event | Run]] = SimpleQueue()
    running: dict[tuple[int, int], Background[None]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            number, turn = key = waiting.pop()
            saved = name and f"{name} {entries[number].label}{f' {turn + 1}' * (runs > 1)}"
            running[key] = Background(partial(_ask, entries[number], key, saved, events))
        try:
            number, turn, event = events.get(timeout=0.1)
        except Empty:
            yield -1, 0, Run(-1, 0, None, None)
            continue
        if isinstance(event, Run):
            running.pop((number, turn)).result(60.0)
        yield number, turn, event


def _ask(
    entry: Entry,
    key: tuple[int, int],
    saved: str | None,
    events: "SimpleQueue[tuple[int, int, Event | Run]]",
) -> None:
    link, ends, failure = entry.link, list[_End](), None
    store = journal = None

    def hear(event: Event) -> None:
        events.put((*key, event))
        if isinstance(event, _End):
            ends.append(event)

    try:
        if saved:
            store = open_store(link.env, link.redactor.redact, quiet=True)
            first = entry.conversation.messages[:1]
            system = first[0].text if first and first[0].role == "system" else None
            asked = entry.message, entry.conversation.settings, system
            journal = begin_saving(store, *asked, name=saved, demo=link.means.demo)
        transport = link.open(lambda: None)
        link.answer(
            entry.conversation, entry.message, transport, hear, journal, around=entry.around
        )
    except AzchatError as error:
        error.rewrite(link.redactor.redact)
        failure = error
    finally:
        if store:
            store.close()
        events.put((*key, Run(*key, ends[-1] if ends else None, failure)))


def name_of_contest() -> str:
    """Return what the sessions of a comparison begin with."""
    return f"compare {time.strftime('%Y-%m-%d %H:%M:%S')}"
