"""Where a turn is saved, and what a session that goes on brings along."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azchat.asking.route import Means
from azchat.conversation import ModelSettings
from azchat.environment import Environment
from azchat.errors import InputError
from azchat.messages import Message
from azchat.redaction import Redactor
from azchat.sessions import SavedSession, check_name
from azchat.sessions.database import BrokenStoreError
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store
from azchat.settings.specs import KEPT


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
    if wanted := settings.answer_format:
        kept["answer_format"] = wanted._asdict()
    return {name: value for name, value in kept.items() if value not in (None, (), {})}


def with_saved(settings: Mapping[str, Any], session: SavedSession) -> dict[str, Any]:
    """Return flags with a session's last ones; a profile or an endpoint has a model of its own."""
    flags = {name: value for name, value in settings.items() if value is not None}
    # What was refused, a model's name as well, is not asked for again.
    last = next((turn for turn in session.turns[::-1] if turn.can_be_sent), None)
    if last is None:
        return flags
    earlier = {"model": last.model, **last.settings, "option": last.settings.get("extras")}
    kept = {name: value for name, value in earlier.items() if name in KEPT and value is not None}
    if flags.keys() & {"profile", "endpoint"}:
        kept.pop("model", None)
    if str(kept.get("system", "")).startswith("@"):  # it is no file's name
        kept["system"] = f" {kept['system']}"
    return kept | flags


def with_demo(env: Environment, means: Means, session: SavedSession) -> Means:
    """Return the means: a session that the demo began goes on with it, unless told otherwise."""
    given = {name for name, value in means.settings.items() if value is not None}
    is_demo = any(turn.settings.get("demo") for turn in session.turns)
    if means.demo or not is_demo or given & {"profile", "endpoint"}:
        return means
    env.stderr.write("azchat: the demo's session goes on with it; else: --endpoint or --profile\n")
    return means._replace(demo=True)


def begin_saving(
    store: Store,
    message: Message,
    settings: ModelSettings,
    system: str | None,
    *,
    session: int | None = None,
    name: str | None = None,
    demo: bool = False,
    defined: Sequence[Mapping[str, Any]] = (),
) -> TurnJournal:
    """Save the question, in a new session if there is none; to be called before it is sent.

    ``defined`` are the tools that whoever goes on with their calls must be able to offer again.
    """
    kept = saved_settings(settings, system) | ({"demo": True} if demo else {})
    kept |= {"tools": [*defined]} if defined else {}
    try:
        return store.begin(message, session=session, name=name, model=settings.model, settings=kept)
    except BrokenStoreError:
        store.replace_broken()
        if session is not None:  # what it was called by may have been its id
            name = None
        return store.begin(message, name=name, model=settings.model, settings=kept)
