"""``azchat ask``: one question, one streamed answer."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.asking.link import Link
from azchat.asking.prompt import read_text
from azchat.asking.saving import begin_saving, maybe_resume, open_store, with_demo, with_saved
from azchat.asking.turn import READER_GONE
from azchat.commands import shaping
from azchat.commands.parcels import Parcels, Printing
from azchat.commands.radar import due_warnings
from azchat.conversation import Conversation, Offer
from azchat.dialects import named
from azchat.environment import Environment, Output
from azchat.errors import (
    AzchatError,
    ExitCode,
    IncompleteError,
    Interrupted,
    StoppedError,
    UsageError,
    as_bug,
)
from azchat.events import Saved
from azchat.files import AtomicFile, PrivateFile
from azchat.messages import Message, Text
from azchat.net.connection import Connection
from azchat.redaction import Redactor
from azchat.render import Renderer
from azchat.render.choose import Appearance, choose_renderer
from azchat.sessions import SavedSession
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store
from azchat.settings.layers import resolve

if TYPE_CHECKING:
    from azchat.asking.toolset import OpenTools
    from azchat.attachments import Attached
    from azchat.commands.code import CodeOptions
    from azchat.structured.schema import Schema
    from azchat.templates.template import Template
    from azchat.tools.calling import Caller


_UNKEPT = (
    "--background without a session: a lost line is taken up again, but what azchat leaves behind "
    "after Ctrl-C nobody finds"
)


class Plan(NamedTuple):
    """All that is settled before anything is sent.

    ``session`` is the one that goes on; without a ``store`` nothing is saved. With a ``schema``
    the answer is checked.
    """

    parcels: Parcels
    link: Link
    conversation: Conversation
    message: Message
    store: Store | None
    session: SavedSession | None
    attached: "tuple[Attached, ...]" = ()
    schema: "Schema | None" = None

    @classmethod
    def of(
        cls,
        env: Environment,
        parcels: Parcels,
        redactor: Redactor,
        template: "Template | None",
        tools: "OpenTools | None" = None,
    ) -> "Plan":
        """Return what the parcels come to; raises what cannot be asked so."""
        means, prompt, shape, printing, saving, instead, wanted, _ = parcels
        schema = shaping.wanted_schema(shape)
        # Before anything else: what cannot be sent is refused at once.
        began = env.clock()
        attached = wanted.load(env, quiet=printing.quiet) if wanted else ()
        if wanted and (seconds := means.settings.get("max_time")):
            left = max(0.001, seconds - (env.clock() - began))
            means = means._replace(settings={**means.settings, "max_time": left})
        sends = not (instead.dry_run or instead.code or means.replay is not None)
        store = session = None
        if (saving.save and sends) or saving.resume or saving.session:
            store = open_store(env, redactor.redact, quiet=printing.quiet)
            session = maybe_resume(store, saving.session, last=saving.resume, otherwise="ask")
        if session:
            means = with_demo(env, means, session)
            means = means._replace(settings=with_saved(means.settings, session))
        if instead.code and not resolve(env, means.settings, needs_key=False).endpoint:
            means = means._replace(demo=True)  # a program can be written where none is set
        link = Link.choose(env, redactor, means)
        reads_pipe = not (wanted and wanted.takes_stdin)
        history = session.messages if session else ()
        open_calls = Conversation(messages=tuple(history)).open_calls
        results = tools.answered(open_calls, _definitions(session)) if tools else None
        if results and prompt.prompt:
            raise UsageError("the results go on with the calls", "leave the prompt out; ask after")
        text = results or shaping.shaped_prompt(
            env, prompt, template, quiet=printing.quiet, reads_pipe=reads_pipe
        )
        if system := link.settings.system:
            history = (Message.system(read_text(system)), *history)
        if template:
            history = (*history, *template.examples)
        settings = link.model_settings(json_mode=shape.json_mode)
        if schema:
            settings = settings._replace(answer_format=schema.answer_format())
        conversation = Conversation(settings, history)
        message = (
            Message.user(Text(text), *(each.part for each in attached))
            if isinstance(text, str)
            else text
        )
        if wanted and wanted.last_image_only:
            conversation, message = conversation.with_last_image_only(message)
        return cls(parcels, link, conversation, message, store, session, attached, schema)


def run(
    env: Environment, parcels: Parcels, redactor: Redactor, early: Connection | None = None
) -> ExitCode:
    """Ask and show the answer; a failure is shown where the output has a place, and raised."""
    if (name := parcels.instead.save_as) is not None:
        from azchat.commands.templates import save_template

        return save_template(env, name, *shaping.with_template(env, parcels))
    with _output_of(env, parcels.printing) as output:
        _answer(env, parcels, redactor, early, output)
    return ExitCode.OK


@contextmanager
def _output_of(env: Environment, printing: Printing) -> Iterator[Output]:
    """Give stdout, or a file that gets its name when all that is written came to its end.

    JSON is whole at the end of a failure too: it tells of that.
    """
    if printing.output is None:
        yield env.stdout
        return
    file = AtomicFile(Path(printing.output))
    try:
        yield file
    except BaseException as failure:
        if printing.output_format != "text" and file.mark():
            file.commit()
            failure.__dict__["told_in"] = file.path
        elif file.abandon():
            env.stderr.write(f"azchat: what came is in {file.partial}\n")
        raise
    file.commit()


def _answer(
    env: Environment, parcels: Parcels, redactor: Redactor, early: Connection | None, output: Output
) -> None:
    instead, printing = parcels.instead, parcels.printing
    renderer = choose_renderer(env, output, Appearance(printing.output_format, plain=True))
    tells_saved = False
    journal = tools = None
    try:
        parcels, template = shaping.with_template(env, parcels)
        if parcels.tools:
            tools = parcels.tools.open(env, redactor)  # their processes start meanwhile
        plan = Plan.of(env, parcels, redactor, template, tools)
        if instead.code:
            output.write(_code(plan, instead.code, tools))
            renderer = Renderer()
        elif instead.dry_run:
            output.write(_request(plan, tools, is_whole=not output.is_terminal))
            renderer = Renderer()
        else:
            renderer = _choose_renderer(env, plan, output)
            _notify(env, plan)
            if plan.attached and not printing.quiet:
                _tell_attached(env, plan)
            asks = tools is not None
            transport = plan.link.open(lambda: shaping.prepare(renderer, plan.schema, asks), early)
            caller = _caller(tools, renderer, plan)
            transport = tools.around(transport) if tools else transport
            journal = _begin_saving(plan, tools)
            if journal:
                ref = parcels.saving.session or (plan.session and plan.session.info.ref)
                renderer.show(Saved(journal.session, ref or str(journal.session)))
            retries = 0 if parcels.means.replay else parcels.shape.schema_retries
            checked = shaping.around(plan.schema, retries)
            asked = (plan.conversation, plan.message)
            plan.link.answer(*asked, transport, renderer.show, journal, caller, checked)
            if caller:
                _check_calls(env, caller, quiet=printing.quiet)
    except AzchatError as error:
        if parcels.shape.json_mode and error.what == "length limit reached":
            error.what += ": the JSON is cut off"
        error.rewrite(redactor.redact)
        renderer.fail(error)
        raise
    except Interrupted as interrupted:
        if interrupted.signal != READER_GONE:
            renderer.fail(StoppedError.by(interrupted))
        tells_saved = interrupted.signal != READER_GONE and not printing.quiet
        raise
    finally:
        failure = sys.exception()
        try:
            if isinstance(failure, Exception) and not isinstance(failure, AzchatError):  # a bug
                renderer.fail(as_bug())
            renderer.close()
        finally:
            if tools:
                tools.close()
        if tells_saved and journal and not journal.failure:
            _tell_saved(env, journal)


def _caller(tools: "OpenTools | None", renderer: Renderer, plan: "Plan") -> "Caller | None":
    if tools is None:
        return None
    from azchat.commands.consent import asking_caller

    return asking_caller(tools, renderer, plan.link.settings)


def _check_calls(env: Environment, caller: "Caller", *, quiet: bool) -> None:
    """Tell which calls were left open; raise where some were not run."""
    if caller.left and not quiet:
        _tell_left(env, caller.left)
    if caller.denied:
        raise _not_run(caller.denied)


def _tell_saved(env: Environment, journal: TurnJournal) -> None:
    """Tell where the turn that was interrupted is, and what of it goes on."""
    number = journal.session
    told = f"saved as session {number}: azchat sessions show {number}"
    env.stderr.write(f"azchat: interrupted; {told}\n")
    if journal.stored:
        more = f"azchat sessions wait {number}"
        env.stderr.write(f"azchat: it goes on at the service; to see it: {more}\n")


def _tell_left(env: Environment, names: Sequence[str]) -> None:
    """Tell how to go on with calls that have no result yet."""
    options = " ".join(f"--tool-result {name}=JSON" for name in dict.fromkeys(names))
    env.stderr.write(f"azchat: left open: {', '.join(names)}; to go on: azchat ask -c {options}\n")


def _not_run(names: Sequence[str]) -> IncompleteError:
    """Return that the answer lacks what a call would have told: whoever scripts it is to know."""
    told = ", ".join(dict.fromkeys(names))
    hint = f"allow it with --approve {names[0]}, or ask on a terminal"
    return IncompleteError(f"not run, as nobody allowed it: {told}", hint, code="tool_denied")


def _tell_attached(env: Environment, plan: Plan) -> None:
    from azchat.commands.attaching import may_preview, tell

    wanted, settings = plan.parcels.wanted, plan.link.settings
    is_text = plan.parcels.printing.output_format == "text"
    is_wanted = wanted is not None and wanted.preview and is_text
    able = may_preview(env, plain=settings.plain, color=settings.color)
    tell(env, plan.attached, preview=is_wanted and able)


def _definitions(session: SavedSession | None) -> list[Any]:
    """Return the definitions of the tools that a session's last turn offered."""
    return session.turns[-1].settings.get("tools", []) if session and session.turns else []


def _begin_saving(plan: Plan, tools: "OpenTools | None") -> TurnJournal | None:
    if plan.store is None or not plan.parcels.saving.save:
        return None
    # The system message itself: the file that it came from may not be there again.
    first = next(iter(plan.conversation.messages), None)
    system = first.text if first and first.role == "system" else None
    session = plan.session.info.id if plan.session else None
    question = (plan.message, plan.conversation.settings, system)
    name, demo = plan.parcels.saving.session, plan.link.means.demo
    defined = [tool.given[1] for tool in tools.toolbox.tools if tool.given] if tools else []
    return begin_saving(
        plan.store, *question, session=session, name=name, demo=demo, defined=defined
    )


def _request(plan: Plan, tools: "OpenTools | None", *, is_whole: bool) -> str:
    from azchat.commands.dry_run import format_request

    link, asked = plan.link, plan.conversation.with_messages(plan.message)
    request = named(link.dialect).encode(link.asked(asked, _offer(tools)))
    return link.redactor.redact(format_request(link.settings, link.route, request, whole=is_whole))


def _offer(tools: "OpenTools | None") -> Offer | None:
    return tools.caller().offer(1) if tools else None


def _code(plan: Plan, code: "CodeOptions", tools: "OpenTools | None") -> str:
    from azchat.commands.code import format_code

    asked = plan.conversation.with_messages(plan.message)
    link, offered = plan.link, tools.toolbox.tools if tools else ()
    code = code._replace(built_in=[tool.name for tool in offered if tool.origin == "azchat"])
    return format_code(link.settings, link.route, asked, code, link.dialect, _offer(tools))


def _choose_renderer(env: Environment, plan: Plan, output: Output) -> Renderer:
    parcels, shape, printing = plan.parcels, plan.parcels.shape, plan.parcels.printing
    look, tools = Appearance.of(env, plan.link.settings), parcels.tools
    is_data = plan.schema is not None or shape.json_mode or shape.extract is not None
    look = look._replace(
        output_format=printing.output_format,
        quiet=printing.quiet,
        sanitize=printing.sanitize,
        raw=look.raw or is_data,
        bare=shape.extract is not None,
        traced=parcels.means.debug or (tools is not None and tools.traced),
        saved=plan.store is not None and parcels.saving.save,
        tool_log=tools is not None and tools.told,
    )
    renderer = shaping.extracting(choose_renderer(env, output, look), shape, printing, output)
    if printing.thinking_file is None:
        return renderer
    from azchat.render.thinking_file import ThinkingFileRenderer

    return ThinkingFileRenderer(renderer, PrivateFile(Path(printing.thinking_file)))


def _notify(env: Environment, plan: Plan) -> None:
    if plan.parcels.printing.quiet:
        return
    route = plan.link.route
    for notice in (*plan.link.notices, *(due_warnings(env, route) if route else ())):
        env.stderr.write(f"azchat: {notice}\n")
    if plan.link.settings.background and not (plan.store and plan.parcels.saving.save):
        env.stderr.write(f"azchat: {_UNKEPT}\n")
    if shaping.lacks_json_word(plan.parcels.shape, plan.conversation.with_messages(plan.message)):
        env.stderr.write(f"azchat: {shaping.NO_JSON_WORD}\n")
