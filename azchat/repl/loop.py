"""The loop: ask, answer, again; a failure never ends it, a signal always does."""

import signal
from collections.abc import Callable, Iterator

from azchat.errors import AzchatError, Interrupted
from azchat.render.safe import shortened
from azchat.repl import slash_sessions, slash_settings, slash_turns
from azchat.repl.completing import Choice
from azchat.repl.session import ReplSession
from azchat.repl.slash import COMMANDS, is_command, run_command

assert all((slash_sessions, slash_settings, slash_turns))  # importing them registers the commands

_LONGEST_MODEL, _LONGEST_NAME = 30, 24


def take_line(session: ReplSession, line: str, arm: Callable[[], None]) -> None:
    """Run a command, or send a question; ``arm`` lets signals be heard again.

    Ctrl-C ends only the answer; other signals are raised.
    """
    if not line.strip():
        return
    arm()
    try:
        if is_command(line):
            run_command(session, line)
        else:
            session.send(line[1:] if line.startswith("//") else line)
    except AzchatError as error:
        session.host.fail(error)
    except Interrupted as interrupted:
        if interrupted.signal != signal.SIGINT:
            raise
        session.host.say("stopped; what came is kept" if session.turns else "stopped")
    finally:
        arm()


def toolbar(session: ReplSession) -> str:
    """Return the line below the prompt: model, effort, tokens of the context, session."""
    host = session.host
    words = [shortened(host.model or "model of the endpoint", _LONGEST_MODEL)]
    if effort := host.setting("effort"):
        words.append(f"effort {effort}")
    words.append(f"{session.context} tokens")
    words.append(f"session {shortened(session.name, _LONGEST_NAME)}")
    return " · ".join(words)


def command_choices(session: ReplSession, before: str) -> Iterator[Choice]:
    """Yield the commands, or the values of one, that could stand at the cursor."""
    name, space, rest = before.partition(" ")
    if not space:
        for each, entry in sorted(COMMANDS.items()):
            if each.startswith(name):
                yield Choice(each, len(name), entry.help)
        return
    known = COMMANDS.get(name)
    word = rest.rpartition(" ")[2]
    for value in known.values(session) if known else ():
        if value.startswith(word) and value.isprintable() and " " not in value:
            yield Choice(value, len(word))
