"""The loop: ask, answer, again; a failure never ends it, a signal always does."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from azchat.errors import AzchatError, Interrupted
from azchat.render.words import thought
from azchat.repl import slash_attachments, slash_sessions, slash_settings, slash_turns
from azchat.repl.session import ReplSession
from azchat.repl.slash import COMMANDS, is_command, run_command
from azchat.terminal.safe import shortened

# Importing them registers the commands.
assert all((slash_attachments, slash_sessions, slash_settings, slash_turns))

_LEAVES = ("exit", "quit", "exit()", "quit()", ":q", ":q!", ":quit", ":wq", ":x")  # as elsewhere
_LONGEST_MODEL, _LONGEST_NAME = 30, 24
_MOST = 200  # files of a folder


class Choice(NamedTuple):
    """A way to go on: ``text`` takes the place of the last ``replaces`` characters."""

    text: str
    replaces: int
    about: str = ""


def take_line(
    session: ReplSession, line: str, arm: Callable[[], None], *, stays: bool = True
) -> bool:
    """Run a command, or send a question; ``arm`` lets signals be heard again.

    Where the chat ``stays``, Ctrl-C ends only the answer; other signals are raised. Returns
    whether what waits may follow: not behind an answer that is not whole.
    """
    if not line.strip():
        return True
    arm()
    before: set[int] = set()
    is_stopped = False
    try:
        session.refresh()
        before = {turn.id for turn in session.turns}
        if line.rstrip().lower() in _LEAVES:
            session.is_leaving = True
        elif is_command(line):
            session.keep_all()
            run_command(session, line)
        else:
            text = line[1:] if line.startswith("//") else line
            if stays:  # what a pipe brings is no wish of the user's
                slash_attachments.doubt(session, line)
                slash_attachments.attach_mentioned(session, text)
            session.send(text)
    except AzchatError as error:
        error.hint = slash_settings.as_typed_here(error.hint)
        session.host.fail(error)
        return is_command(line) and before == {turn.id for turn in session.turns}
    except Interrupted as interrupted:
        if interrupted.signal != signal.SIGINT or not stays:
            raise
        is_stopped = True
        is_kept = any(turn.answer for turn in session.turns if turn.id not in before)
        session.host.say("stopped; what came is kept" if is_kept else "stopped")
        return False
    finally:
        _hear_again(arm, is_stopped=is_stopped)
    return True


def _hear_again(arm: Callable[[], None], *, is_stopped: bool) -> None:
    """Let signals be heard; a second Ctrl-C is for the answer too, until the prompt hears them."""
    while True:
        try:
            arm()
            if is_stopped:
                signal.signal(signal.SIGINT, lambda *_: None)
        except Interrupted as again:  # between the two
            if not is_stopped or again.signal != signal.SIGINT:
                raise
        else:
            return


def last_thinking(
    session: ReplSession, printed: tuple[str, str] | None = None
) -> tuple[str, str] | None:
    """Return how long the model thought last, and what; None where it never did, or is printed."""
    turn = next((turn for turn in reversed(session.turns) if turn.reasoning), None)
    found = (thought(turn), turn.reasoning) if turn else None
    return found if found != printed else None


def show_thinking(session: ReplSession) -> None:
    """Say why no thinking is opened, while the prompt waits."""
    if last_thinking(session):
        session.host.say("the thinking stands above the answer; /think shows it again")
        return
    try:
        run_command(session, "/think")
    except AzchatError as error:
        session.host.fail(error)


def toolbar(session: ReplSession) -> str:
    """Return the line below the prompt: model, effort, tokens of the context, session."""
    host = session.host
    words = [shortened(host.model or "model of the endpoint", _LONGEST_MODEL)]
    if effort := host.setting("effort"):
        words.append(f"effort {effort}")
    words.append(f"{session.context} tokens")
    if session.attached:
        words.append(f"{len(session.attached)} attached")
    words.append(f"session {shortened(session.name, _LONGEST_NAME)}")
    return " · ".join(words)


def command_choices(session: ReplSession, before: str) -> Iterator[Choice]:
    """Yield the commands, or the next words of one's values, that could stand at the cursor."""
    name, space, rest = before.partition(" ")
    if not space:
        for each, entry in sorted(COMMANDS.items()):
            if each.startswith(name):
                yield Choice(each, len(name), entry.help)
        return
    known = COMMANDS.get(name.lower())
    word = rest.rpartition(" ")[2]
    begin = len(rest) - len(word)
    fitting = [v for v in (known.values(session) if known else ()) if v.startswith(rest)]
    for value in dict.fromkeys(value[begin:].partition(" ")[0] for value in fitting):
        if value.isprintable() and value != word:
            yield Choice(value, len(word))


def completions(session: ReplSession, before: str) -> Iterator[Choice]:
    """Yield what could stand at the cursor; ``before`` is the text in front of it."""
    word = before[max(before.rfind(" "), before.rfind("\n")) + 1 :]
    if word.startswith("@"):
        yield from _files(word[1:])
    elif before.startswith("/attach "):
        yield from _files(before.removeprefix("/attach ").lstrip())
    elif before.startswith("/") and not before.startswith("//"):
        yield from command_choices(session, before)


def _files(begun: str) -> Iterator[Choice]:
    folder, _, name = begun.rpartition("/")
    try:
        place = Path(folder or ("/" if begun.startswith("/") else ".")).expanduser()
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)[:_MOST]
    except (OSError, RuntimeError, ValueError):  # no such folder, user or name
        return
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name.startswith(".") and not name):
            continue
        is_printable = entry.name.isprintable() and " " not in entry.name
        if is_printable:  # others could not be told from the words around them
            yield Choice(entry.name + ("/" if entry.is_dir() else ""), len(name))
