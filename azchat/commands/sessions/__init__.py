"""``azchat sessions``: what the commands of this folder share."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import TypeVar

from azchat.asking.saving import open_store
from azchat.environment import Environment
from azchat.errors import InputError, LocalError
from azchat.redaction import Redactor
from azchat.sessions import SessionInfo
from azchat.sessions.database import OR_NOT, BrokenStoreError
from azchat.sessions.place import check_folder
from azchat.sessions.salvage import broken_files
from azchat.sessions.store import FILE_NAME, Store

_SAVED = re.compile(r"^(?:not saved|cannot save) in")
Found = TypeVar("Found")


@contextmanager
def opened_store(env: Environment, redactor: Redactor) -> Iterator[Store]:
    """Open the user's sessions; without them there is nothing to do."""
    with nothing_to_save(), closing(open_store(env, redactor.redact)) as store:
        yield store


def read_sessions(env: Environment, redactor: Redactor, work: Callable[[Store], Found]) -> Found:
    """Return what ``work`` finds in the sessions, whatever has befallen their file.

    What cannot be written is read as it is; what cannot be read as it is, is salvaged.
    """
    file = env.data_folder / FILE_NAME
    try:
        with opened_store(env, redactor) as store:
            store.salvage(*broken_files(file, waiting=True))
            return work(store)
    except LocalError as error:
        failure = error
    is_there = os.path.exists(file)  # noqa: PTH110 - Path's own raises where it may not look
    others = broken_files(file, waiting=is_there)
    if not is_there and not others:
        raise failure
    with nothing_to_save():
        check_folder(file.parent, reads=True)
        if not isinstance(failure, BrokenStoreError) and not others:
            with (
                suppress(BrokenStoreError),
                closing(Store(env.data_folder, env.stderr.write, reads=True)) as store,
            ):
                env.stderr.write(f"azchat: the sessions are only read: {failure.what}\n")
                return work(store)
        with closing(open_store(env, redactor.redact, keep=False)) as store:
            store.salvage(*[file][: int(is_there)], *others)
            env.stderr.write(f"azchat: this is what can be read: {failure.what}\n")
            return work(store)


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
