"""``azchat ask``: one question, one streamed answer."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from azchat.asking.link import Link
from azchat.asking.prompt import read_text
from azchat.asking.saving import begin_saving, maybe_resume, open_store, with_saved
from azchat.asking.turn import READER_GONE
from azchat.commands import shaping
from azchat.commands.appearance import appearance
from azchat.commands.ask_options import AskOptions
from azchat.commands.radar import due_warnings
from azchat.conversation import Conversation, Offer
from azchat.dialects import named
from azchat.environment import Environment, Output
from azchat.errors import AzchatError, ExitCode, Interrupted
from azchat.files import AtomicFile, PrivateFile
from azchat.messages import Message, Text
from azchat.net.connection import Connection
from azchat.redaction import Redactor
from azchat.render import NoRenderer, Renderer
from azchat.render.choose import Appearance, choose_renderer
from azchat.sessions import SavedSession
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store

if TYPE_CHECKING:
    from azchat.asking.toolset import OpenTools
    from azchat.attachments import Attached
    from azchat.commands.code import CodeOptions
    from azchat.structured.schema import Schema
    from azchat.templates.template import Template
    from azchat.tools.calling import Caller


class _Plan(NamedTuple):
    """All that is settled before anything is sent.

    ``session`` is the one that goes on; without a ``store`` nothing is saved. With a ``schema``
    the answer is checked.
    """

    options: AskOptions
    link: Link
    conversation: Conversation
    message: Message
    store: Store | None
    session: SavedSession | None
    attached: "tuple[Attached, ...]" = ()
    schema: "Schema | None" = None

    @classmethod
    def of(
        cls, env: Environment, options: AskOptions, redactor: Redactor, template: "Template | None"
    ) -> "_Plan":
        schema = shaping.wanted_schema(options)
        wanted = options.attachments
        # Before anything else: what cannot be sent is refused at once.
        began = env.clock()
        attached = wanted.load(env, quiet=options.quiet) if wanted else ()
        if wanted and (seconds := options.settings.get("max_time")):
            left = max(0.001, seconds - (env.clock() - began))
            options = options._replace(settings={**options.settings, "max_time": left})
        store = _open_store(env, options, redactor)
        session = None
        if store:
            session = maybe_resume(store, options.session, last=options.resume, otherwise="ask")
        flags = with_saved(options.settings, session) if session else options.settings
        link = Link.choose(env, redactor, shaping.means_of(env, options, flags), flags)
        reads_pipe = not (wanted and wanted.takes_stdin)
        text = shaping.shaped_prompt(env, options, template, reads_pipe=reads_pipe)
        history = session.messages if session else ()
        if system := link.settings["system"]:
            history = (Message.system(read_text(system)), *history)
        if template:
            history = (*history, *template.examples)
        settings = link.model_settings(json_mode=options.json_mode)
        if schema:
            settings = settings._replace(answer_format=schema.answer_format())
        conversation = Conversation(settings, history)
        message = Message.user(Text(text), *(each.part for each in attached))
        if options.last_image_only:
            conversation, message = conversation.with_last_image_only(message)
        return cls(options, link, conversation, message, store, session, attached, schema)


def run(
    env: Environment, options: AskOptions, redactor: Redactor, early: Connection | None = None
) -> ExitCode:
    """Ask and show the answer; a failure is shown where the output has a place, and raised."""
    if options.save_as is not None:
        from azchat.commands.templates import save_template

        return save_template(env, *shaping.with_template(env, options))
    with _output_of(env, options) as output:
        _answer(env, options, redactor, early, output)
    return ExitCode.OK


@contextmanager
def _output_of(env: Environment, options: AskOptions) -> Iterator[Output]:
    """Give stdout, or a file that gets its name when all that is written came to its end."""
    if options.output is None:
        yield env.stdout
        return
    file = AtomicFile(Path(options.output))
    is_whole = False
    try:
        yield file
        is_whole = True
    finally:
        if not is_whole and file.abandon():
            env.stderr.write(f"azchat: what came is in {file.partial}\n")
    file.commit()


def _answer(
    env: Environment,
    options: AskOptions,
    redactor: Redactor,
    early: Connection | None,
    output: Output,
) -> None:
    renderer = choose_renderer(env, output, Appearance(options.output_format, plain=True))
    tells_saved = False
    journal = tools = None
    try:
        options, template = shaping.with_template(env, options)
        if options.tools:
            tools = options.tools.open(env, redactor)  # their processes start meanwhile
        plan = _Plan.of(env, options, redactor, template)
        if options.code:
            output.write(_code(plan, options.code, tools))
            renderer = NoRenderer()
        elif options.dry_run:
            output.write(_request(plan, tools, is_whole=not output.is_terminal))
            renderer = NoRenderer()
        else:
            renderer = _choose_renderer(env, plan, output)
            _notify(env, plan)
            if plan.attached and not options.quiet:
                _tell_attached(env, plan)
            transport = plan.link.open(lambda: shaping.prepare(renderer, plan.schema), early)
            caller = _caller(tools, renderer)
            transport = tools.around(transport) if tools else transport
            journal = _begin_saving(plan)
            checked = shaping.around(options, plan.schema)
            asked = (plan.conversation, plan.message)
            plan.link.answer(*asked, transport, renderer.show, journal, caller, checked)
    except AzchatError as error:
        shaping.told_as_json(options, error).rewrite(redactor.redact)
        renderer.fail(error)
        raise
    except Interrupted as interrupted:
        tells_saved = interrupted.signal != READER_GONE and not options.quiet
        raise
    finally:
        failure = sys.exception()
        try:
            if isinstance(failure, Exception) and not isinstance(failure, AzchatError):  # a bug
                from azchat.crash import as_error

                renderer.fail(as_error())
            renderer.close()
        finally:
            if tools:
                tools.close()
        if tells_saved and journal and not journal.failure:
            env.stderr.write(f"azchat: interrupted; saved as session {journal.session}\n")


def _tell_attached(env: Environment, plan: _Plan) -> None:
    from azchat.commands.attaching import may_preview, tell

    options, settings = plan.options, plan.link.settings
    assert options.attachments
    is_wanted = options.attachments.preview and options.output_format == "text"
    able = may_preview(env, plain=settings["plain"], color=settings["color"])
    tell(env, plan.attached, preview=is_wanted and able)


def _open_store(env: Environment, options: AskOptions, redactor: Redactor) -> Store | None:
    sends = not (options.dry_run or options.code)
    is_saved = options.save and sends and options.replay is None
    if not (is_saved or options.resume or options.session):
        return None
    return open_store(env, redactor.redact, quiet=options.quiet)


def _begin_saving(plan: _Plan) -> TurnJournal | None:
    if plan.store is None or not plan.options.save:
        return None
    # The system message itself: the file that it came from may not be there again.
    first = next(iter(plan.conversation.messages), None)
    system = first.text if first and first.role == "system" else None
    session = plan.session.info.id if plan.session else None
    question = (plan.message, plan.conversation.settings, system)
    return begin_saving(plan.store, *question, session=session, name=plan.options.session)


def _request(plan: _Plan, tools: "OpenTools | None", *, is_whole: bool) -> str:
    from azchat.commands.dry_run import format_request

    link, asked = plan.link, plan.conversation.with_messages(plan.message)
    request = named(link.dialect).encode(link.asked(asked, _offer(tools)))
    return link.redactor.redact(format_request(link.settings, link.route, request, whole=is_whole))


def _caller(tools: "OpenTools | None", renderer: Renderer) -> "Caller | None":
    if tools is None:
        return None
    from azchat.commands.consent import consent

    return tools.caller(consent(tools, renderer))


def _offer(tools: "OpenTools | None") -> Offer | None:
    return tools.caller().offer(1) if tools else None


def _code(plan: _Plan, code: "CodeOptions", tools: "OpenTools | None") -> str:
    from azchat.commands.code import format_code

    asked = plan.conversation.with_messages(plan.message)
    return format_code(plan.link.route, asked, code, plan.link.dialect, _offer(tools))


def _choose_renderer(env: Environment, plan: _Plan, output: Output) -> Renderer:
    options = plan.options
    look = appearance(env, plan.link.settings, options)
    is_saved = plan.store is not None and options.save
    is_data = plan.schema is not None or options.json_mode or options.extract is not None
    look = look._replace(saved=is_saved, raw=look.raw or is_data)
    renderer = shaping.extracting(choose_renderer(env, output, look), options, output)
    if options.thinking_file is None:
        return renderer
    from azchat.render.thinking_file import ThinkingFileRenderer

    return ThinkingFileRenderer(renderer, PrivateFile(Path(options.thinking_file)))


def _notify(env: Environment, plan: _Plan) -> None:
    if plan.options.quiet:
        return
    route = plan.link.route
    for notice in (*plan.link.notices, *(due_warnings(env, route) if route else ())):
        env.stderr.write(f"azchat: {notice}\n")
    if shaping.lacks_json_word(plan.options, plan.conversation.with_messages(plan.message)):
        env.stderr.write(f"azchat: {shaping.NO_JSON_WORD}\n")
