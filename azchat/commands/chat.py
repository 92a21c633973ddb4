"""``azchat chat``: a conversation that goes on, saved as it happens."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from azchat.asking.route import Means
from azchat.commands.chat_host import ChatHost
from azchat.commands.parcels import Saving
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode, UsageError
from azchat.redaction import Redactor
from azchat.repl import Leave
from azchat.repl.session import ReplSession

if TYPE_CHECKING:
    from azchat.asking.toolset import ToolWish
    from azchat.commands.attaching import Wanted
    from azchat.repl.plain_prompt import PlainPrompt
    from azchat.repl.prompt import Prompt

_HISTORY = "history"
_PROMPT_IS_THERE = 0.1  # seconds


def run(
    env: Environment,
    redactor: Redactor,
    means: Means,
    saving: Saving,
    wanted: "Wanted | None" = None,
    tools: "ToolWish | None" = None,
    *,
    quiet: bool = False,
    show_error: Callable[[AzchatError], None],
    arm: Callable[[], None],
) -> ExitCode:
    """Chat until the user leaves. ``arm`` lets signals be heard again after one was."""
    from azchat.asking.saving import maybe_resume, open_store, with_demo, with_saved
    from azchat.repl.loop import take_line

    store = open_store(env, redactor.redact, keep=saving.save)
    if not saving.save and (saving.resume or saving.session is not None):
        raise UsageError("--no-log cannot go on with a session", "leave one of them out")
    saved = maybe_resume(store, saving.session, last=saving.resume, otherwise="chat")
    means = with_demo(env, means, saved) if saved else means
    flags = with_saved(means.settings, saved) if saved else means.settings
    host = ChatHost(env, redactor, means, flags, wanted, tools, quiet=quiet, show_error=show_error)
    name = saving.session if saved is None else None
    session = ReplSession(host, store, saved, name=name)
    for source in wanted.sources if wanted else ():
        if source.place == "-":
            raise UsageError("- is stdin, where the chat's questions come from", "name a file")
        session.attach(source.place, is_picture=source.is_picture)
    try:
        host.tools()  # those that cannot be used are told before the first question
        if env.stdin.is_terminal and env.stdout.is_terminal:
            history = env.data_folder / _HISTORY if saving.save else None
            _talk(_prompt(env, history, session, host, redactor, arm), session, host, arm)
        else:
            for line in _piped(env):
                take_line(session, line, arm, stays=False)
                if session.is_leaving:
                    break
    finally:
        if session.info and saving.save and not quiet:
            env.stderr.write(f"to go on: azchat chat --session {quote(session.info.ref)}\n")
        store.close()
        host.close()
    return host.code


def _prompt(
    env: Environment,
    history: Path | None,
    session: ReplSession,
    host: ChatHost,
    redactor: Redactor,
    arm: Callable[[], None],
) -> "PlainPrompt | Prompt":
    from azchat.render.choose import is_capable, wants_colour
    from azchat.render.screen import reflows

    if host.setting("plain") or not is_capable(env.variables):
        from azchat.repl.plain_prompt import PlainPrompt

        return PlainPrompt(env.stdout.write, arm, session.pasted.append)
    host.begin_typing()  # what comes now takes a while
    from azchat.repl.prompt import Prompt

    is_colourful = wants_colour(env, env.stdout, host.setting("color"))
    told, breaks = (session, host.typed, host.edit, redactor.redact), reflows(env.variables)
    return Prompt(*told, history=history, is_colourful=is_colourful, reflows=breaks)


def _talk(
    prompt: "PlainPrompt | Prompt", session: ReplSession, host: ChatHost, arm: Callable[[], None]
) -> None:
    from azchat.repl.loop import last_thinking, take_line
    from azchat.terminal.typed_ahead import parted

    if session.info:
        from azchat.repl.slash_sessions import show_last

        show_last(session)
    # What an answer takes is imported while the user types: once the prompt is there.
    importing = threading.Timer(_PROMPT_IS_THERE, _import_engine)
    importing.daemon = True
    importing.start()
    typed = host.typed
    typed.pasted = session.pasted
    returned: list[str] = []  # entries that are in the draft
    while not session.is_leaving:
        host.take_keys()
        line = None if session.draft else typed.next()
        if line is None:
            draft, session.draft = session.draft or typed.take_line(), ""
            try:
                text = prompt.ask(draft, shows_thinking=typed.shows_thinking)
            except Leave:
                return
            finally:
                host.leave_keys()
            line, *typed.entries[:0] = parted(text, returned)
        else:
            host.echo(line)
            prompt.remember(line)
        returned, typed.shows_thinking = [], False
        goes_on = take_line(session, line, arm)
        if typed.has_printed:
            typed.printed, typed.has_printed = last_thinking(session), False
        if not goes_on:
            host.take_keys()
            returned = [*filter(None, [session.draft]), *typed.take_all()]
            session.draft = "\n".join(returned)


def _import_engine() -> None:
    import azchat.asking.link
    import azchat.azure.client
    import azchat.render.markdown
    import azchat.wire.response  # noqa: F401


def _piped(env: Environment) -> Iterator[str]:
    """Yield the questions of a pipe: a line each, or a block between triple quotes."""
    from azchat.asking.prompt import read_prompt
    from azchat.terminal.typed_ahead import is_open, unquoted

    if env.stdin.is_terminal:
        hint = "ask with: azchat ask; or pipe the questions in"
        raise UsageError("chat shows its prompt on a terminal, and stdout is none", hint)
    text = ""
    for line in read_prompt(env, None, encoding="utf-8", quiet=True).split("\n"):
        text += line.rstrip("\r")
        if is_open(text):
            text += "\n"
            continue
        yield unquoted(text)
        text = ""
    yield unquoted(text)
