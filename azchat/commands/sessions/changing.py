"""``azchat sessions rename``, ``fork`` and ``delete``."""

import time
from collections.abc import Sequence

from azchat.commands.sessions import find_session, opened_store
from azchat.commands.sessions.times import seconds_of
from azchat.environment import Environment
from azchat.errors import ExitCode, UsageError
from azchat.redaction import Redactor
from azchat.render.words import counted
from azchat.repl.questions import Questions
from azchat.sessions import SessionInfo
from azchat.sessions.store import Store
from azchat.terminal.safe import shortened, visible

_NAMED = 10  # sessions in a question


def rename(env: Environment, redactor: Redactor, *, session: str, name: str) -> ExitCode:
    """Give a session a name."""
    with opened_store(env, redactor) as store:
        store.rename(find_session(store, session).id, name)
    return ExitCode.OK


def fork(
    env: Environment,
    redactor: Redactor,
    *,
    session: str,
    name: str | None = None,
    turns: int | None = None,
) -> ExitCode:
    """Copy a session, or its first ``turns``, and print the copy's id."""
    with opened_store(env, redactor) as store:
        copy = store.fork(find_session(store, session).id, name=name, turns=turns)
    env.stdout.write(f"{copy}\n")
    return ExitCode.OK


def delete(
    env: Environment,
    redactor: Redactor,
    *,
    sessions: Sequence[str] = (),
    older_than: str | None = None,
    yes: bool = False,
) -> ExitCode:
    """Delete sessions for good, the named ones or the old ones, and print which."""
    if bool(sessions) == (older_than is not None):
        hint = "azchat sessions delete NAME|ID …, or --older-than 30d"
        raise UsageError("delete which sessions?", hint)
    with opened_store(env, redactor) as store:
        doomed = _chosen(store, sessions, older_than)
        if not doomed:
            env.stderr.write("azchat: there is nothing to delete\n")
            return ExitCode.OK
        if not yes and not _is_agreed(env, doomed):
            env.stderr.write("azchat: nothing was deleted\n")
            return ExitCode.OK
        store.delete([info.id for info in doomed])
        env.stdout.write("".join(f"{_named(info)}\n" for info in doomed))
    return ExitCode.OK


def _chosen(store: Store, refs: Sequence[str], older_than: str | None) -> list[SessionInfo]:
    if older_than is None:
        if not any(map(store.maybe_find, refs)):
            store.delete(())  # so that what was deleted before a kill leaves the file for good
        found = [store.find(ref) for ref in refs]  # all of them, before any is deleted
        return list({info.id: info for info in found}.values())
    before = time.time() - seconds_of(older_than)
    return [info for info in store.sessions(which="all") if info.updated < before]


def _is_agreed(env: Environment, doomed: Sequence[SessionInfo]) -> bool:
    lines = [f"  {shortened(_named(info, '  '), 76)}" for info in doomed[:_NAMED]]
    if len(doomed) > _NAMED:
        lines.append(f"  and {len(doomed) - _NAMED} more")
    question = "\n".join([*lines, f"Delete {counted(len(doomed), 'session')} for good?"])
    answer = Questions(env).confirm(question)
    if answer is None:
        raise UsageError("there is no terminal to ask on", "to delete without a question: --yes")
    return answer


def _named(info: SessionInfo, between: str = "\t") -> str:
    return between.join(" ".join(visible(text).split()) for text in (info.ref, info.title))
