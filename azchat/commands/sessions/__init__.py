"""``azchat sessions``: what the commands of this folder share."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TypeVar

from azchat.commands.saving import open_store
from azchat.environment import Environment
from azchat.errors import InputError, LocalError
from azchat.redaction import Redactor
from azchat.render.choose import wants_colour
from azchat.render.rows import Row
from azchat.sessions import SessionInfo
from azchat.sessions.database import OR_NOT, BrokenStoreError
from azchat.sessions.salvage import broken_files
from azchat.sessions.store import FILE_NAME, Store

_SAVED = re.compile(r"^(?:not saved|cannot save) in")
Found = TypeVar("Found")
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


def read_sessions(env: Environment, redactor: Redactor, work: Callable[[Store], Found]) -> Found:
    """Return what ``work`` finds in the sessions, whatever has befallen their file.

    What cannot be written is read as it is; what cannot be read as it is, is salvaged.
    """
    try:
        with opened_store(env, redactor) as store:
            if store.kept and store.kept.exists():
                store.salvage(store.kept)
            return work(store)
    except LocalError as error:
        failure = error

    def tell(line: str) -> None:
        env.stderr.write(f"azchat: {line}\n")

    file = env.data_folder / FILE_NAME
    with nothing_to_save():
        if not isinstance(failure, BrokenStoreError):
            with suppress(BrokenStoreError), closing(_opened_to_read(env, failure)) as store:
                tell(f"the sessions are only read: {failure.what}")
                return work(store)
        with closing(open_store(env, redactor.redact, keep=False)) as store:
            store.salvage(*([file] if file.exists() else sorted(broken_files(file), reverse=True)))
            tell(f"this is what can be read: {failure.what}; to mend it: azchat sessions repair")
            return work(store)


def _opened_to_read(env: Environment, failure: LocalError) -> Store:
    try:
        return Store(env.data_folder, bool, reads=True)
    except BrokenStoreError:
        raise
    except LocalError:
        if not (env.data_folder / FILE_NAME).exists() and _has_broken(env):
            raise BrokenStoreError(failure.what, failure.hint) from None
        raise failure from None


def _has_broken(env: Environment) -> bool:
    return any(broken_files(env.data_folder / FILE_NAME))


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
