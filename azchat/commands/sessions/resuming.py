"""``azchat sessions resume``: which session the chat goes on with."""

import time

from azchat.commands.sessions import opened_store
from azchat.environment import Environment
from azchat.errors import InputError, UsageError
from azchat.redaction import Redactor


def choose_session(env: Environment, redactor: Redactor, ref: str | None) -> str | None:
    """Return what the session is called: the named one, or one that the user picks.

    None where the user leaves without any; raises ``UsageError`` without a terminal to ask on.
    """
    with opened_store(env, redactor) as store:
        if ref is not None:
            return store.find(ref).ref
        is_dumb = env.variables.get("TERM") == "dumb"
        if is_dumb or not (env.stdin.is_terminal and env.stdout.speaks_vt):
            raise UsageError("resume which session?", "azchat sessions resume NAME|ID")
        sessions = store.sessions()
        if not sessions:
            raise InputError("there is no session yet", "ask something, and it is saved as one")
        from azchat.repl.picker import Picker

        picked = Picker(sessions, store.load, time.time()).pick()
    return picked.ref if picked else None
