"""Slash commands about sessions and what leaves them: files, the clipboard."""

import os
import time
from pathlib import Path

from azchat.errors import InputError, UsageError
from azchat.export import FORMATS, export_session
from azchat.files import AtomicFile
from azchat.render.words import counted, mark, thought
from azchat.repl.session import ReplSession
from azchat.repl.slash import command

_SHOWN = 20  # sessions


def _refs(session: ReplSession) -> list[str]:
    return [info.ref for info in session.store.sessions(200)]


@command("/clear", "/new", "/reset")
def new(session: ReplSession, _: str) -> None:
    """A new conversation; this stays saved."""
    session.open(None)
    session.host.say("a new conversation")


@command("/save", usage="NAME")
def save(session: ReplSession, rest: str) -> None:
    """Give this session a name."""
    if not rest:
        raise UsageError("a session needs a name", "/save NAME")
    session.rename(rest)
    session.host.say(f"this session is called {rest}")


@command("/sessions")
def sessions(session: ReplSession, _: str) -> None:
    """The sessions used last."""
    from azchat.render.session_list import session_rows

    if infos := session.store.sessions(_SHOWN):
        session.host.show_rows(session_rows(infos, time.time(), session.host.width))
    else:
        session.host.say("there are none yet")


@command("/resume", usage="[NAME|ID]", values=_refs)
def resume(session: ReplSession, rest: str) -> None:
    """Go on with a session."""
    if rest:
        info = session.store.find(rest)
    else:
        here = session.info.id if session.info else None
        others = [info for info in session.store.sessions(2) if info.id != here]
        if not others:
            raise InputError("there is no other session", "/sessions lists them")
        info = others[0]
    saved = session.store.load(info.id)
    session.host.adopt(saved)
    session.open(info.id)
    show_last(session)


@command("/fork", usage="[NAME]")
def fork(session: ReplSession, rest: str) -> None:
    """Go on in a copy of this session."""
    if not session.info:
        raise InputError("there is nothing to copy yet", "ask something first")
    session.open(session.store.fork(session.info.id, name=rest or None))
    session.host.say(f"this is session {session.name} now, a copy")


@command("/search", usage="TEXT")
def search(session: ReplSession, rest: str) -> None:
    """Find text in all sessions."""
    if not rest:
        raise UsageError("search for what?", "/search TEXT")
    if pairs := session.store.found(rest, limit=_SHOWN):
        from azchat.render.session_list import found_rows

        session.host.show_rows(found_rows(pairs, rest, time.time(), session.host.width))
    else:
        session.host.say("nothing was found")


@command("/export", usage="FILE.md|.html|.json")
def export(session: ReplSession, rest: str) -> None:
    """Write the session to a file."""
    if not session.info:
        raise InputError("there is nothing to write yet", "ask something first")
    path = Path(os.path.expanduser(rest))  # noqa: PTH111 - Path's own raises for ~nobody
    form = FORMATS.get(path.suffix.lower().removeprefix("."))
    if form is None:
        raise UsageError(
            f"cannot tell the form of {rest or 'nothing'}", "/export FILE.md|.html|.json"
        )
    file = AtomicFile(path)
    file.write(export_session(session.store.load(session.info.id), form))
    file.commit()
    session.host.say(f"written: {path}")


@command("/copy", usage="[N|code [N]]", values=lambda session: ["code"])  # noqa: ARG005
def copy(session: ReplSession, rest: str) -> None:
    """Copy an answer, or a block of code of it."""
    word, _, number = rest.partition(" ")
    is_code = word.lower() == "code"
    text, what = session.turn("" if is_code else rest).answer, ""
    if not text:
        raise InputError("there is no answer to copy", "/copy N names another turn")
    if is_code:
        text, what = _block(text, number.strip() or "1")
    session.host.say(f"copied {what}{len(text)} characters {session.host.copy(text)}")


def _block(answer: str, number: str) -> tuple[str, str]:
    """Return a block of code, and which it is; raises ``InputError`` where there is none."""
    from azchat.render.extract import extract_all

    blocks = extract_all(answer)
    if not blocks:
        raise InputError("the last answer has no block of code", "/copy takes all of it")
    if not number.isdecimal() or not 1 <= int(number) <= len(blocks):
        which = f"blocks go from 1 to {len(blocks)}"
        raise InputError(f"there is no block {number} in the last answer", which)
    which = f"block {number} of {len(blocks)}: " if len(blocks) > 1 else ""
    return blocks[int(number) - 1].removesuffix("\n"), which


@command("/raw", usage="[N]")
def raw(session: ReplSession, rest: str) -> None:
    """Show an answer as it was sent."""
    session.host.show_raw(session.turn(rest).answer)


def show_last(session: ReplSession) -> None:
    """Show where a conversation stands: its last turn."""
    info = session.info
    assert info
    session.host.say(f"session {info.ref}: {info.title} ({counted(len(session.turns), 'turn')})")
    if session.turns:
        last = session.turns[-1]
        session.host.say(f"> {last.question.text}")
        if last.reasoning:
            session.host.say(f"▸ {thought(last)} · /think shows it")
        if last.answer:
            session.host.show(last.answer)
        if marked := mark(last):
            session.host.say(f"({marked})")
