"""Slash commands about sessions and what leaves them: files, the clipboard."""

import time
from pathlib import Path

from azchat.errors import InputError, UsageError
from azchat.files import AtomicFile
from azchat.repl.session import ReplSession
from azchat.repl.slash import command
from azchat.sessions import SessionInfo
from azchat.sessions.export import Format, export_session

_SHOWN = 20  # sessions
_FORMATS: dict[str, Format] = {".md": "markdown", ".html": "html", ".json": "json"}


def _refs(session: ReplSession) -> list[str]:
    return [info.ref for info in session.store.sessions(200)]


@command("/clear", "/new", "/reset", help="begin a new conversation; this one stays saved")
def new(session: ReplSession, rest: str) -> None:
    """Begin a new session."""
    del rest
    session.open(None)
    session.host.say("a new conversation")


@command("/save", usage="NAME", help="give this session a name")
def save(session: ReplSession, rest: str) -> None:
    """Name the session: it is saved already."""
    if not rest:
        raise UsageError("a session needs a name", "/save NAME")
    session.rename(rest)
    session.host.say(f"this session is called {rest}")


@command("/sessions", help="the sessions used last")
def sessions(session: ReplSession, rest: str) -> None:
    """List the sessions."""
    del rest
    lines = [_line(info) for info in session.store.sessions(_SHOWN)]
    session.host.say("\n".join(lines) or "there are none yet")


@command("/resume", usage="[NAME|ID]", help="go on with a session", values=_refs)
def resume(session: ReplSession, rest: str) -> None:
    """Go on with a session: the one named, or the one used last before this."""
    if rest:
        info = session.store.find(rest)
    else:
        here = session.info.id if session.info else None
        others = [info for info in session.store.sessions(2) if info.id != here]
        if not others:
            raise InputError("there is no other session", "/sessions lists them")
        info = others[0]
    session.open(info.id)
    show_last(session)


@command("/fork", usage="[NAME]", help="go on in a copy; this session stays as it is")
def fork(session: ReplSession, rest: str) -> None:
    """Copy the session and go on in the copy."""
    if not session.info:
        raise InputError("there is nothing to copy yet", "ask something first")
    session.open(session.store.fork(session.info.id, name=rest or None))
    session.host.say(f"this is session {session.name} now, a copy")


@command("/search", usage="TEXT", help="find text in all sessions")
def search(session: ReplSession, rest: str) -> None:
    """Find text in questions, answers and thinking."""
    if not rest:
        raise UsageError("search for what?", "/search TEXT")
    lines = [
        f"  {found.session} turn {found.turn} ({found.role}): {found.snippet}"
        for found in session.store.search(rest, limit=_SHOWN)
    ]
    session.host.say("\n".join(lines) or "nothing was found")


@command("/export", usage="FILE.md|.html|.json", help="write the session to a file")
def export(session: ReplSession, rest: str) -> None:
    """Write the session to a file; its ending says how."""
    if not session.info:
        raise InputError("there is nothing to write yet", "ask something first")
    path = Path(rest).expanduser()
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            f"cannot tell the form of {rest or 'nothing'}", "/export FILE.md|.html|.json"
        )
    file = AtomicFile(path)
    file.write(export_session(session.store.load(session.info.id), form))
    file.commit()
    session.host.say(f"written: {path}")


@command("/copy", usage="[N]", help="copy an answer to the clipboard")
def copy(session: ReplSession, rest: str) -> None:
    """Copy the answer of a turn."""
    answer = session.turn(rest).answer
    if not answer:
        raise InputError("there is no answer to copy", "/copy N names another turn")
    session.host.say(f"copied {len(answer)} characters {session.host.copy(answer)}")


@command("/raw", usage="[N]", help="show an answer as it was sent")
def raw(session: ReplSession, rest: str) -> None:
    """Show the Markdown of an answer."""
    session.host.say(session.turn(rest).answer)


def show_last(session: ReplSession) -> None:
    """Show where a conversation stands: its last turn."""
    info = session.info
    assert info
    session.host.say(f"session {info.ref}: {info.title} ({len(session.turns)} turns)")
    if session.turns:
        last = session.turns[-1]
        session.host.say(f"> {last.question.text}")
        session.host.show(last.answer)
        if last.state != "complete":
            session.host.say(f"({last.state}: {last.reason})")


def _line(info: SessionInfo) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(info.updated))
    return f"  {info.ref:<12} {when}  {info.turns:>3} turns  {info.title}"
