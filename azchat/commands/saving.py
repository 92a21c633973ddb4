"""What ``ask`` and ``chat`` share: where a turn is saved, and how it runs."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azchat.conversation import ModelSettings
from azchat.environment import Environment
from azchat.errors import AzchatError, InputError, Interrupted
from azchat.events import Event, TextDelta
from azchat.masking import Sender
from azchat.messages import Message
from azchat.redaction import Redactor
from azchat.render import Renderer
from azchat.sessions import SavedSession, check_name
from azchat.sessions.database import BrokenStoreError
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store
from azchat.settings.specs import KEPT

READER_GONE = 13  # SIGPIPE: nobody is there to tell


def open_store(
    env: Environment,
    redact: Callable[[str], str] | None = None,
    *,
    keep: bool = True,
    quiet: bool = False,
) -> Store:
    """Return the user's sessions; raises ``LocalError`` where they cannot be kept.

    Without ``redact`` the keys of the variables are masked. Without ``keep`` it is a store in
    memory, which is gone at the end.
    """
    return Store(
        env.data_folder if keep else None,
        lambda line: env.stderr.write(f"azchat: {line}\n"),
        redact=redact or Redactor(env.variables).redact,
        clock=env.clock,
        quiet=quiet,
    )


def maybe_resume(
    store: Store, session: str | None, *, last: bool, otherwise: str
) -> SavedSession | None:
    """Return the session that goes on, by its name or id or as the ``last``; None: a new one.

    ``otherwise`` is the command to use without it. Raises ``InputError`` where there is none,
    ``UsageError`` where a name cannot be one.
    """
    if session is not None:
        info = store.maybe_find(session)
        if info is None and session.isdigit():
            info = store.find(session)  # which raises
        elif info is None:
            check_name(session)
    else:
        info = store.latest() if last else None
        if last and info is None:
            raise InputError("there is no session to continue", f"{otherwise} without --continue")
    return store.load(info.id) if info else None


def saved_settings(settings: ModelSettings, system: str | None) -> dict[str, Any]:
    """Return what of the parameters is worth keeping with a turn."""
    own = {"system": system, "extras": dict(settings.extras)}
    kept = settings._asdict() | own | {"parameters": None, **settings.parameters}
    return {name: value for name, value in kept.items() if value not in (None, (), {})}


def with_saved(settings: Mapping[str, Any], session: SavedSession) -> dict[str, Any]:
    """Return flags with a session's last ones; a profile or an endpoint has a model of its own."""
    flags = {name: value for name, value in settings.items() if value is not None}
    if not session.turns:
        return flags
    last = session.turns[-1]
    earlier = {"model": last.model, **last.settings, "option": last.settings.get("extras")}
    kept = {name: value for name, value in earlier.items() if name in KEPT and value is not None}
    if flags.keys() & {"profile", "endpoint"}:
        kept.pop("model", None)
    if str(kept.get("system", "")).startswith("@"):  # it is no file's name
        kept["system"] = f" {kept['system']}"
    return kept | flags


def run_turn(
    chat: Sender,
    message: Message,
    renderer: Renderer,
    journal: TurnJournal | None,
    learn: Callable[[Event], object] = bool,
) -> None:
    """Send ``message``; each event is saved, then shown, then ``learn`` hears of it.

    Raises what ended the turn. That it could not be saved comes before that: it is for the
    user to mend.
    """
    turn = chat.send(message)

    def receive(event: Event) -> None:
        if journal:
            journal.receive(event)
        renderer.show(event)
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


def _held_back(turn: Generator[Event, None, None], stop: Interrupted) -> Iterator[TextDelta]:
    """Yield text that came and was not given yet, when a signal fell between two events."""
    if stop.signal == READER_GONE:
        return
    try:
        event = turn.throw(stop)  # raises at once where the turn itself was interrupted
        while True:
            if isinstance(event, TextDelta):
                yield event
            event = next(turn)
    except (Interrupted, StopIteration):
        return


def begin_saving(
    store: Store,
    message: Message,
    settings: ModelSettings,
    system: str | None,
    *,
    session: int | None = None,
    name: str | None = None,
) -> TurnJournal:
    """Save the question, in a new session if there is none; to be called before it is sent."""
    kept = saved_settings(settings, system)
    try:
        return store.begin(message, session=session, name=name, model=settings.model, settings=kept)
    except BrokenStoreError:
        store.replace_broken()
        if session is not None:  # what it was called by may have been its id
            name = None
        return store.begin(message, name=name, model=settings.model, settings=kept)


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
