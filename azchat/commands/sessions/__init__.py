"""``azchat sessions``: what the commands of this folder share."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from azchat.commands.saving import open_store
from azchat.environment import Environment
from azchat.errors import InputError, LocalError
from azchat.redaction import Redactor
from azchat.render.choose import wants_colour
from azchat.render.rows import Row
from azchat.sessions import SessionInfo
from azchat.sessions.database import OR_NOT
from azchat.sessions.store import Store

_SAVED = re.compile(r"^(?:not saved|cannot save) in")
_STYLES = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def opened_store(env: Environment, redactor: Redactor) -> Iterator[Store]:
    """Open the user's sessions; without them there is nothing to do."""
    store = None
    try:
        with nothing_to_save():
            store = open_store(env, redactor.redact)
            yield store
    finally:
        if store:
            store.close()


@contextmanager
def nothing_to_save() -> Iterator[None]:
    """Tell of the store's failures in words for those who do not save, and need the file."""
    try:
        yield
    except LocalError as error:
        error.what = _SAVED.sub("cannot use", error.what)
        error.hint = error.hint and error.hint.removesuffix(OR_NOT)
        raise


def find_session(store: Store, ref: str | None) -> SessionInfo:
    """Return the session of that name or id, or the one used last; raises ``InputError``."""
    if ref is not None:
        return store.find(ref)
    if info := store.latest():
        return info
    raise InputError("there is no session yet", "ask something, and it is saved as one")


def is_rich(env: Environment) -> bool:
    """Return whether stdout shows colours."""
    return env.stdout.speaks_vt and wants_colour(env, env.stdout, "auto")


def write_rows(env: Environment, rows: Sequence[Row]) -> None:
    """Write rows to the terminal, in colours where they are wanted."""
    if not is_rich(env):
        env.stdout.write("".join(f"{_STYLES.sub('', row.text)}\n" for row in rows))
        return
    from azchat.render.screen import Screen

    Screen(env.stdout, env.variables).draw(rows)
