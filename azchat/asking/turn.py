"""One turn: each event is saved before anybody hears of it."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from azchat.engine.masking import Sender
from azchat.errors import AzchatError, Interrupted
from azchat.events import Event, TextDelta, TurnInterrupted
from azchat.messages import Message
from azchat.sessions.journal import TurnJournal

READER_GONE = 13  # SIGPIPE: nobody is there to tell

Listener = Callable[[Event], object]
"""Who hears what happens in a turn: a renderer's ``show``, a line of a batch, a page's stream."""


def run_turn(
    chat: Sender,
    message: Message,
    hear: Listener,
    journal: TurnJournal | None,
    learn: Callable[[Event], object] = bool,
) -> None:
    """Send ``message``; each event is saved, then heard, then ``learn`` is told of it.

    Raises what ended the turn. That it could not be saved comes before that: it is for the
    user to mend.
    """
    turn = chat.send(message)

    def receive(event: Event) -> None:
        if journal:
            journal.receive(event)
        hear(event)
        learn(event)

    try:
        with _journal_ended(journal):
            try:
                for event in turn:
                    receive(event)
            except Interrupted as interrupted:
                for text in _held_back(turn, interrupted):
                    receive(text)
                raise
    except AzchatError as error:
        if journal and journal.failure and error.exit_code != journal.failure.exit_code:
            journal.failure.details += (f"{error.kind}: {error.what}",)
            raise journal.failure from error
        raise
    finally:
        turn.close()
    if journal and journal.failure:
        raise journal.failure


def _held_back(
    turn: Generator[Event, None, None], stop: Interrupted
) -> Iterator[TextDelta | TurnInterrupted]:
    """Yield text that came and was not given yet, and the end, when a signal fell between two."""
    if stop.signal == READER_GONE:
        return
    try:
        event = turn.throw(stop)  # raises at once where the turn itself was interrupted
        while True:
            if isinstance(event, TextDelta | TurnInterrupted):
                yield event
            event = next(turn)
    except (Interrupted, StopIteration):
        return


@contextmanager
def _journal_ended(journal: TurnJournal | None) -> Iterator[None]:
    reason: str | None = "interrupted"
    try:
        yield
        reason = None
    except AzchatError as error:
        reason = error.what
        raise
    finally:
        if journal:
            journal.finish(reason)
