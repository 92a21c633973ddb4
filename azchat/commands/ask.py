"""``azchat ask``: one question, one streamed answer."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from azchat.azure.connection import Connection
from azchat.chat import Chat, TurnLimits
from azchat.commands.connect import open_azure, open_demo, open_replay
from azchat.commands.prompt import read_prompt, read_text
from azchat.commands.route import Route, choose_route
from azchat.commands.saving import begin_saving, open_store, run_turn, with_saved
from azchat.config import Settings, resolve
from azchat.conversation import Conversation, ModelSettings
from azchat.environment import Environment, Output
from azchat.errors import AzchatError, ExitCode, InputError
from azchat.events import Event, Relabelled
from azchat.files import AtomicFile, PrivateFile
from azchat.learned import Deployment, Preferences
from azchat.messages import Message, Text
from azchat.redaction import Redactor
from azchat.render import NoRenderer, Renderer
from azchat.render.choose import Appearance, choose_renderer
from azchat.retry import RetryPolicy
from azchat.sessions import SavedSession
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store, check_name
from azchat.transport import Transport
from azchat.wire.thinking import Marking, starts_thinking

_DEMO_MODEL = "DeepSeek-R1"


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


class _Plan(NamedTuple):
    """All that is settled before anything is sent.

    ``route`` None is the demo or a recording; ``session`` is the one that goes on; without a
    ``store`` nothing is saved.
    """

    env: Environment
    options: AskOptions
    redactor: Redactor
    settings: Settings
    route: Route | None
    conversation: Conversation
    message: Message
    store: Store | None
    session: SavedSession | None

    @classmethod
    def of(cls, env: Environment, options: AskOptions, redactor: Redactor) -> "_Plan":
        is_local = options.demo or options.replay is not None
        store = _open_store(env, options, redactor)
        session = _resumed(store, options) if store else None
        flags = with_saved(options.settings, session) if session else options.settings
        settings = resolve(env, flags, needs_key=not is_local)
        if settings.key:
            redactor.add(settings.key)
        text = read_prompt(env, options.prompt, encoding=options.encoding, quiet=options.quiet)
        route = None if is_local else choose_route(settings)
        conversation = _conversation(settings, options, route)
        if session:
            conversation = conversation.with_messages(*session.messages)
        message = Message.user(Text(text))
        return cls(env, options, redactor, settings, route, conversation, message, store, session)


def run(
    env: Environment, options: AskOptions, redactor: Redactor, early: Connection | None = None
) -> ExitCode:
    """Ask and show the answer; a failure is shown where the output has a place, and raised."""
    file = None if options.output is None else AtomicFile(Path(options.output))
    output = file or env.stdout
    renderer = choose_renderer(env, output, Appearance(options.output_format, plain=True))
    is_whole = False
    try:
        plan = _Plan.of(env, options, redactor)
        if options.dry_run:
            output.write(_request(plan))
            renderer = NoRenderer()
        else:
            renderer = _choose_renderer(plan, output)
            _notify(plan)
            _ask(plan, _open(plan, early, renderer.prepare), renderer)
        is_whole = True
    except AzchatError as error:
        error.rewrite(redactor.redact)
        renderer.fail(error)
        raise
    finally:
        renderer.close()
        if file and not is_whole and file.abandon():
            env.stderr.write(f"azchat: what came is in {file.partial}\n")
    if file:
        file.commit()  # after the renderer wrote its last
    return ExitCode.OK


def _ask(plan: _Plan, transport: Transport, renderer: Renderer) -> None:
    """Run the turn: each event goes to the renderer, what it teaches is remembered."""
    settings, route = plan.settings, plan.route
    model = plan.conversation.settings.model
    base = route.endpoint.base if route else "demo"
    deployment = Deployment(plan.env.data_folder / "deployments.json", base, model)
    asks_usage = route is not None and route.endpoint.reports_usage_on_request
    chat = Chat(
        transport,
        plan.conversation,
        stream=plan.options.stream,
        include_usage=deployment.facts.get("asks_usage", asks_usage),
        marking=_marking(settings["reasoning"], deployment, model),
        limits=TurnLimits(
            settings["idle_timeout"], settings["max_time"], RetryPolicy(settings["retries"] + 1)
        ),
        redact=plan.redactor.redact,
        clock=plan.env.clock,
        sleep=plan.env.sleep,
    )

    def learn(event: Event) -> None:
        if isinstance(event, Relabelled):
            deployment.remember(starts_thinking=event.to == "reasoning")

    try:
        run_turn(chat, plan.message, renderer, _begin_saving(plan), learn)
    finally:
        transport.close()
        if asks_usage and not chat.include_usage:
            deployment.remember(asks_usage=False)


def _open_store(env: Environment, options: AskOptions, redactor: Redactor) -> Store | None:
    is_saved = options.save and not options.dry_run and options.replay is None
    if not (is_saved or options.resume or options.session):
        return None
    return open_store(env, redactor.redact)


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
        plan.settings["system"],
        session=plan.session.info.id if plan.session else None,
        name=plan.options.session,
    )


def _request(plan: _Plan) -> str:
    from azchat.commands.dry_run import format_request

    asked = plan.conversation.with_messages(plan.message)
    return format_request(plan.settings, plan.route, asked, stream=plan.options.stream)


def _conversation(settings: Settings, options: AskOptions, route: Route | None) -> Conversation:
    model_settings = ModelSettings(
        model=route.model if route else settings["model"] or _DEMO_MODEL,
        temperature=settings["temperature"],
        top_p=settings["top_p"],
        max_tokens=settings["max_tokens"],
        presence_penalty=settings["presence_penalty"],
        frequency_penalty=settings["frequency_penalty"],
        stop=tuple(settings["stop"] or ()),
        seed=settings["seed"],
        effort=settings["effort"],
        response_format={"type": "json_object"} if options.json_mode else None,
        extras=settings["option"] or {},
    )
    system = settings["system"]
    return Conversation(model_settings, (Message.system(read_text(system)),) if system else ())


def _choose_renderer(plan: _Plan, output: Output) -> Renderer:
    settings, options = plan.settings, plan.options
    preferences = Preferences(plan.env.data_folder / "preferences.json")
    look = Appearance(
        output_format=options.output_format,
        thinking=settings["thinking"],
        color=settings["color"],
        code_theme=settings["code_theme"],
        plain=settings["plain"],
        raw=settings["raw"],
        usage=settings["usage"],
        quiet=options.quiet,
        sanitize=options.sanitize,
        traced=options.debug,
        opened=preferences.thinking_is_open,
        on_opened=preferences.remember_thinking,
    )
    renderer = choose_renderer(plan.env, output, look)
    if options.thinking_file is None:
        return renderer
    from azchat.render.thinking_file import ThinkingFileRenderer

    return ThinkingFileRenderer(renderer, PrivateFile(Path(options.thinking_file)))


def _notify(plan: _Plan) -> None:
    if plan.route is not None and not plan.options.quiet:
        for notice in (*plan.settings.notices, *plan.route.endpoint.notes):
            plan.env.stderr.write(f"azchat: {notice}\n")


def _open(plan: _Plan, early: Connection | None, prepare: Callable[[], None]) -> Transport:
    env, options = plan.env, plan.options
    transport: Transport
    if options.replay:
        transport = open_replay(options.replay)
    elif plan.route is None:
        transport = open_demo(env, typing=env.stdout.is_terminal)
    else:
        trace = _tracer(plan) if options.debug else None
        transport = open_azure(
            env,
            plan.settings,
            plan.route,
            stream=options.stream,
            while_waiting=prepare,
            trace=trace,
            trace_content=options.debug_content,
            early=early,
        )
    if options.record is None:
        return transport
    from azchat.recording import RecordingTransport

    return RecordingTransport(transport, PrivateFile(Path(options.record)), plan.redactor)


def _tracer(plan: _Plan) -> Callable[[str], None]:
    clock = plan.env.clock
    start = clock()

    def trace(line: str) -> None:
        line = f"[{1000 * (clock() - start):7.1f} ms] {line}\n"
        plan.env.stderr.write(plan.redactor.redact(line))

    return trace


def _marking(wish: str, deployment: Deployment, model: str | None) -> Marking:
    """Return how the model marks its thinking; ``auto`` knows some names and remembers others."""
    markings: dict[str, Marking] = {"tags": "tags", "implicit": "implicit", "none": "none"}
    if wish in markings:
        return markings[wish]
    known = deployment.facts.get("starts_thinking", starts_thinking(model))
    return "assumed" if known else "auto"
