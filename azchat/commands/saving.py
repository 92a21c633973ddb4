"""What ``ask`` and ``chat`` share: where a turn is saved, and how it runs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azchat.chat import Chat
from azchat.conversation import ModelSettings
from azchat.environment import Environment
from azchat.errors import AzchatError, Interrupted
from azchat.events import Event
from azchat.messages import Message
from azchat.render import Renderer
from azchat.sessions import SavedSession
from azchat.sessions.database import BrokenStoreError
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store

_KEPT = (
    *("model", "system", "effort", "temperature", "top_p", "max_tokens", "seed", "option"),
    *("presence_penalty", "frequency_penalty", "stop"),
)


def open_store(env: Environment, redact: Callable[[str], str] = str, *, keep: bool = True) -> Store:
    """Return the user's sessions; raises ``LocalError`` where they cannot be kept.

    Without ``keep`` it is a store in memory, which is gone at the end.
    """
    folder = env.data_folder if keep else None
    return Store(folder, lambda line: env.stderr.write(f"azchat: {line}\n"), redact=redact)


def saved_settings(settings: ModelSettings, system: str | None) -> dict[str, Any]:
    """Return what of the parameters is worth keeping with a turn."""
    kept = {name: value for name, value in settings._asdict().items() if value not in (None, ())}
    kept["extras"] = dict(settings.extras)
    return {"system": system} | {name: value for name, value in kept.items() if value}


def with_saved(settings: Mapping[str, Any], session: SavedSession) -> dict[str, Any]:
    """Return flags, completed by what a session's last turn was sent with."""
    if not session.turns:
        return dict(settings)
    last = session.turns[-1]
    earlier = {"model": last.model, **last.settings, "option": last.settings.get("extras")}
    kept = {name: value for name, value in earlier.items() if name in _KEPT and value}
    return kept | {name: value for name, value in settings.items() if value is not None}


def run_turn(
    chat: Chat,
    message: Message,
    renderer: Renderer,
    journal: TurnJournal | None,
    learn: Callable[[Event], object] = bool,
) -> None:
    """Send ``message``; each event is saved, then shown, then ``learn`` hears of it.

    Raises what ended the turn; that it could not be saved is raised only where nothing else is.
    """
    turn = chat.send(message)
    try:
        with _journal_ended(journal):
            for event in turn:
                if journal:
                    journal.receive(event)
                renderer.show(event)
                learn(event)
    finally:
        turn.close()
    if journal and journal.failure:
        raise journal.failure


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

    def begin(session: int | None) -> TurnJournal:
        model = settings.model
        if session is None:
            session = store.begin_session(message.text, name=name, model=model).id
        kept = saved_settings(settings, system)
        return store.begin_turn(session, message, model=model, settings=kept)

    try:
        return begin(session)
    except BrokenStoreError:
        store.replace_broken()
        return begin(None)


@contextmanager
def _journal_ended(journal: TurnJournal | None) -> Iterator[None]:
    reason: str | None = "interrupted"
    try:
        yield
        reason = None
    except AzchatError as error:
        reason = error.what
        raise
    except Interrupted:
        raise
    finally:
        if journal:
            journal.finish(reason)
