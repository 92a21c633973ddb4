"""``azchat chat``: a conversation that goes on, saved as it happens."""

import threading
from collections.abc import Callable, Iterator
from shlex import quote
from typing import Protocol

from azchat.commands.ask_options import AskOptions
from azchat.commands.chat_host import ChatHost
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode, UsageError
from azchat.redaction import Redactor
from azchat.repl import Leave
from azchat.repl.session import ReplSession

_HISTORY = "history"
_PROMPT_IS_THERE = 0.1  # seconds


def run(
    env: Environment,
    options: AskOptions,
    redactor: Redactor,
    *,
    show_error: Callable[[AzchatError], None],
    arm: Callable[[], None],
) -> ExitCode:
    """Chat until the user leaves. ``arm`` lets signals be heard again after one was."""
    from azchat.asking.saving import maybe_resume, open_store, with_saved
    from azchat.repl.loop import take_line

    store = open_store(env, redactor.redact, keep=options.save)
    if not options.save and (options.resume or options.session is not None):
        raise UsageError("--no-log cannot go on with a session", "leave one of them out")
    saved = maybe_resume(store, options.session, last=options.resume, otherwise="chat")
    flags = with_saved(options.settings, saved) if saved else options.settings
    host = ChatHost(env, options, redactor, flags, show_error)
    name = options.session if saved is None else None
    session = ReplSession(host, store, saved, name=name)
    for source in options.attachments.sources if options.attachments else ():
        if source.place == "-":
            raise UsageError("- is stdin, where the chat's questions come from", "name a file")
        session.attach(source.place, is_picture=source.is_picture)
    try:
        host.tools()  # those that cannot be used are told before the first question
        if env.stdin.is_terminal and env.stdout.is_terminal:
            _talk(_prompt(env, options, session, host, redactor, arm), session, host, arm)
        else:
            for line in _piped(env):
                take_line(session, line, arm, stays=False)
                if session.is_leaving:
                    break
    finally:
        if session.info and options.save and not options.quiet:
            env.stderr.write(f"to go on: azchat chat --session {quote(session.info.ref)}\n")
        store.close()
        host.close()
    return host.code


class _AnyPrompt(Protocol):
    def ask(self, draft: str = "", *, shows_thinking: bool = False) -> str:
        """Return what was typed; raises ``Leave`` at the end."""

    def remember(self, text: str) -> None:
        """Let ``text`` be found among what was typed."""


def _prompt(
    env: Environment,
    options: AskOptions,
    session: ReplSession,
    host: ChatHost,
    redactor: Redactor,
    arm: Callable[[], None],
) -> _AnyPrompt:
    from azchat.render.choose import is_capable, wants_colour

    if host.setting("plain") or not is_capable(env.variables):
        from azchat.repl.plain_prompt import PlainPrompt

        return PlainPrompt(env.stdout.write, arm, session.pasted.append)
    host.begin_typing()  # what comes now takes a while
    from azchat.repl.loop import command_choices, last_thinking, show_thinking, toolbar
    from azchat.repl.prompt import Hooks, Prompt

    hooks = Hooks(
        toolbar=lambda: toolbar(session),
        complete=lambda before: command_choices(session, before),
        thinking=lambda: last_thinking(session, host.typed.printed),
        on_no_thinking=lambda: show_thinking(session),
        on_cleared=session.keep_all,
        on_typed=host.typed.feed,
        on_pasted=session.pasted.append,
        edit=host.edit,
        say=host.say,
        redact=redactor.redact,
        is_vi=lambda: host.setting("keybindings") == "vi",
    )
    history = env.data_folder / _HISTORY if options.save else None
    is_colourful = wants_colour(env, env.stdout, host.setting("color"))
    return Prompt(hooks, history=history, is_colourful=is_colourful)


def _talk(
    prompt: _AnyPrompt, session: ReplSession, host: ChatHost, arm: Callable[[], None]
) -> None:
    from azchat.repl.loop import last_thinking, take_line
    from azchat.repl.typed_ahead import parted

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
    import azchat.dialects.chat.reader
    import azchat.render.markdown
    import azchat.wire.response  # noqa: F401


def _piped(env: Environment) -> Iterator[str]:
    """Yield the questions of a pipe: a line each, or a block between triple quotes."""
    from azchat.asking.prompt import read_prompt
    from azchat.repl.blocks import is_open, unquoted

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
