"""``azchat sessions list`` and ``search``."""

import json
import time
from collections.abc import Sequence
from shlex import quote
from typing import Any

from azchat.commands.sessions import read_sessions
from azchat.commands.sessions.times import span
from azchat.environment import Environment
from azchat.errors import ExitCode, UsageError
from azchat.export.json import VERSION, info_to_dict
from azchat.redaction import Redactor
from azchat.render.choose import show_rows
from azchat.render.words import timestamp, where_of
from azchat.sessions import SessionInfo
from azchat.sessions.search import ALWAYS, Found, Where
from azchat.sessions.store import Which
from azchat.terminal.safe import visible

_NO = (" of that time", " yet")
_WHICH: tuple[Which, Which] = ("answered", "failed")
_ON_A_SCREEN = 30  # sessions, where nobody named another number


def list_sessions(
    env: Environment,
    redactor: Redactor,
    *,
    limit: int | None = None,
    since: str | None = None,
    until: str | None = None,
    failed: bool = False,
    as_json: bool = False,
) -> ExitCode:
    """Print the sessions, the last used first; on a terminal not all of them.

    ``failed``: those alone in which nothing was answered, which are not listed else.
    """
    within, which = span(since, until), _WHICH[failed]
    is_screen = env.stdout.is_terminal and not as_json
    shown = limit if limit is not None else _ON_A_SCREEN if is_screen else None
    most = -1 if shown is None else shown + 1
    sessions = read_sessions(env, redactor, lambda store: store.sessions(most, which, within))
    has_more = shown is not None and len(sessions) > shown
    sessions = sessions[:shown]
    if as_json:
        _write_json(env, {"sessions": [info_to_dict(info) for info in sessions]})
    elif not sessions:
        env.stderr.write(
            f"azchat: there are no {'failed ' * failed}sessions{_NO[within == ALWAYS]}\n"
        )
    elif is_screen:
        from azchat.render.session_list import session_rows

        show_rows(env, session_rows(sessions, time.time(), env.stdout.size()[0]))
        if has_more and limit is None:
            env.stderr.write(f"there are more; to see them: --limit {10 * _ON_A_SCREEN}\n")
    else:
        env.stdout.write("".join(map(_listed, sessions)))
    return ExitCode.OK if sessions or within == ALWAYS else ExitCode.NOTHING


def search_sessions(
    env: Environment,
    redactor: Redactor,
    *,
    words: Sequence[str],
    where: Where = "all",
    limit: int = 50,
    since: str | None = None,
    until: str | None = None,
    as_json: bool = False,
) -> ExitCode:
    """Print where words are found, the newest first; ``ExitCode.NOTHING`` where they are not."""
    query = " ".join(words)
    if not any(character.isalnum() for character in query):
        raise UsageError("there is no word to search for", "azchat sessions search WORD")
    within = span(since, until)
    found = read_sessions(env, redactor, lambda store: store.found(query, where, limit, within))
    if as_json:
        _write_json(env, {"found": [_found_to_dict(*pair) for pair in found]})
    elif not found:
        env.stderr.write("azchat: nothing was found\n")
    elif env.stdout.is_terminal:
        from azchat.render.session_list import found_rows

        show_rows(env, found_rows(found, query, time.time(), env.stdout.size()[0]))
        (first, place), *_ = found
        command = place.command.format(quote(first.ref))
        env.stderr.write(f"to open the first: azchat sessions {command}\n")
    else:
        env.stdout.write("".join(_found_line(*pair) for pair in found))
    return ExitCode.OK if found else ExitCode.NOTHING


def _listed(info: SessionInfo) -> str:
    counts = str(info.turns), str(info.tokens)
    return _tabbed(info.ref, info.title, timestamp(info.updated), info.model or "", *counts)


def _found_line(info: SessionInfo, found: Found) -> str:
    place = timestamp(found.began), str(found.turn) if found.turn > 0 else "-", where_of(found)
    return _tabbed(info.ref, info.title, *place, found.snippet)


def _tabbed(*fields: str) -> str:
    return "\t".join(" ".join(visible(field).split()) for field in fields) + "\n"


def _found_to_dict(info: SessionInfo, found: Found) -> dict[str, Any]:
    turn = found.turn if found.turn > 0 else None
    place = {"turn": turn, "taken_back": turn is None, "began": timestamp(found.began)}
    open_it = f"azchat sessions {found.command.format(quote(info.ref))}"
    said = {"where": where_of(found), "snippet": found.snippet, "command": open_it}
    return {"session": info_to_dict(info), **place, **said}


def _write_json(env: Environment, document: dict[str, Any]) -> None:
    text = json.dumps({"version": VERSION, **document}, ensure_ascii=False, indent=2)
    env.stdout.write(f"{text}\n")
