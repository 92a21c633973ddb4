"""``azchat ask``: one question, one streamed answer."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from azchat.azure.connection import Connection
from azchat.commands.appearance import appearance
from azchat.commands.link import Link, Means
from azchat.commands.prompt import read_prompt, read_text
from azchat.commands.radar import due_warnings
from azchat.commands.saving import begin_saving, open_store, with_saved
from azchat.conversation import Conversation
from azchat.environment import Environment, Output
from azchat.errors import AzchatError, ExitCode, InputError, Interrupted
from azchat.files import AtomicFile, PrivateFile
from azchat.messages import Message, Text
from azchat.redaction import Redactor
from azchat.render import NoRenderer, Renderer
from azchat.render.choose import Appearance, choose_renderer
from azchat.sessions import SavedSession
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store, check_name

_READER_GONE = 13  # SIGPIPE: nobody is there to tell


class AskOptions(NamedTuple):
    """The flags of ``ask``; ``settings`` are those that profiles and variables can set too."""

    prompt: str | None = None
    settings: Mapping[str, Any] = MappingProxyType({})
    demo: bool = False
    stream: bool = True
    json_mode: bool = False
    output_format: str = "text"
    output: str | None = None
    thinking_file: str | None = None
    encoding: str = "utf-8"
    sanitize: bool = False
    save: bool = True
    resume: bool = False
    session: str | None = None
    dry_run: bool = False
    record: str | None = None
    replay: str | None = None
    debug: bool = False
    debug_content: bool = False
    quiet: bool = False

    @property
    def means(self) -> Means:
        """What they say of the way to the model."""
        return Means(
            self.demo, self.stream, self.record, self.replay, self.debug, self.debug_content
        )


class _Plan(NamedTuple):
    """All that is settled before anything is sent.

    ``session`` is the one that goes on; without a ``store`` nothing is saved.
    """

    options: AskOptions
    link: Link
    conversation: Conversation
    message: Message
    store: Store | None
    session: SavedSession | None

    @classmethod
    def of(cls, env: Environment, options: AskOptions, redactor: Redactor) -> "_Plan":
        store = _open_store(env, options, redactor)
        session = _resumed(store, options) if store else None
        flags = with_saved(options.settings, session) if session else options.settings
        link = Link.choose(env, redactor, options.means, flags)
        text = read_prompt(env, options.prompt, encoding=options.encoding, quiet=options.quiet)
        system = link.settings["system"]
        history = session.messages if session else ()
        if system:
            history = (Message.system(read_text(system)), *history)
        conversation = Conversation(link.model_settings(json_mode=options.json_mode), history)
        return cls(options, link, conversation, Message.user(Text(text)), store, session)


def run(
    env: Environment, options: AskOptions, redactor: Redactor, early: Connection | None = None
) -> ExitCode:
    """Ask and show the answer; a failure is shown where the output has a place, and raised."""
    file = None if options.output is None else AtomicFile(Path(options.output))
    output = file or env.stdout
    renderer = choose_renderer(env, output, Appearance(options.output_format, plain=True))
    is_whole = tells_saved = False
    journal = None
    try:
        plan = _Plan.of(env, options, redactor)
        if options.dry_run:
            output.write(_request(plan))
            renderer = NoRenderer()
        else:
            renderer = _choose_renderer(env, plan, output)
            _notify(env, plan)
            transport = plan.link.open(renderer.prepare, early)
            journal = _begin_saving(plan)
            plan.link.answer(plan.conversation, plan.message, transport, renderer, journal)
        is_whole = True
    except AzchatError as error:
        error.rewrite(redactor.redact)
        renderer.fail(error)
        raise
    except Interrupted as interrupted:
        tells_saved = interrupted.signal != _READER_GONE and not options.quiet
        raise
    finally:
        renderer.close()
        if tells_saved and journal and not journal.failure:
            env.stderr.write(f"azchat: interrupted; saved as session {journal.session}\n")
        if file and not is_whole and file.abandon():
            env.stderr.write(f"azchat: what came is in {file.partial}\n")
    if file:
        file.commit()  # after the renderer wrote its last
    return ExitCode.OK


def _open_store(env: Environment, options: AskOptions, redactor: Redactor) -> Store | None:
    is_saved = options.save and not options.dry_run and options.replay is None
    if not (is_saved or options.resume or options.session):
        return None
    return open_store(env, redactor.redact, quiet=options.quiet)


def _resumed(store: Store, options: AskOptions) -> SavedSession | None:
    """Return the session that goes on; None where a new one begins."""
    if options.session is not None:
        info = store.maybe_find(options.session)
        if info is None and options.session.isdigit():
            info = store.find(options.session)  # which raises
        elif info is None:
            check_name(options.session)
    else:
        info = store.latest() if options.resume else None
        if options.resume and info is None:
            raise InputError("there is no session to continue", "ask without --continue")
    return store.load(info.id) if info else None


def _begin_saving(plan: _Plan) -> TurnJournal | None:
    if plan.store is None or not plan.options.save:
        return None
    return begin_saving(
        plan.store,
        plan.message,
        plan.conversation.settings,
        _system(plan),
        session=plan.session.info.id if plan.session else None,
        name=plan.options.session,
    )


def _system(plan: _Plan) -> str | None:
    """Return the system message itself: the file that it came from may not be there again."""
    first = next(iter(plan.conversation.messages), None)
    return first.text if first and first.role == "system" else None


def _request(plan: _Plan) -> str:
    from azchat.commands.dry_run import format_request

    asked = plan.conversation.with_messages(plan.message)
    link = plan.link
    return format_request(link.settings, link.route, asked, stream=plan.options.stream)


def _choose_renderer(env: Environment, plan: _Plan, output: Output) -> Renderer:
    options = plan.options
    look = appearance(
        env,
        plan.link.settings,
        output_format=options.output_format,
        quiet=options.quiet,
        sanitize=options.sanitize,
        traced=options.debug,
    )
    is_saved = plan.store is not None and options.save
    renderer = choose_renderer(env, output, look._replace(saved=is_saved))
    if options.thinking_file is None:
        return renderer
    from azchat.render.thinking_file import ThinkingFileRenderer

    return ThinkingFileRenderer(renderer, PrivateFile(Path(options.thinking_file)))


def _notify(env: Environment, plan: _Plan) -> None:
    if not plan.options.quiet:
        for notice in plan.link.notices:
            env.stderr.write(f"azchat: {notice}\n")
        if plan.link.route:
            for warning in due_warnings(env, plan.link.route):
                env.stderr.write(f"azchat: {warning}\n")
