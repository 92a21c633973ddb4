"""``azchat sessions wait`` and ``cancel``: what still runs at the service."""

from typing import NamedTuple

from azchat.asking.link import Link
from azchat.asking.prompt import read_text
from azchat.asking.route import Means
from azchat.asking.saving import begin_saving, with_saved
from azchat.commands.sessions import opened_store
from azchat.conversation import Conversation
from azchat.engine.background import cancel as cancel_at
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode, InputError
from azchat.messages import Message
from azchat.redaction import Redactor
from azchat.render.choose import Appearance, choose_renderer
from azchat.sessions import SavedSession, SavedTurn
from azchat.sessions.store import Store

_LOOKED_AT = 50  # sessions, where none is named


class _Running(NamedTuple):
    session: SavedSession
    turn: SavedTurn
    link: Link

    @property
    def response(self) -> str:
        return str(self.turn.settings["response"])


def wait(
    env: Environment, redactor: Redactor, *, session: str | None = None, demo: bool = False
) -> ExitCode:
    """Show what a session's last response became, and what is still to come; it is saved there."""
    with opened_store(env, redactor) as store:
        running = _running(env, redactor, store, session, demo=demo)
        info, link = running.session.info, running.link
        earlier = [turn for turn in running.session.turns if turn.number < running.turn.number]
        history = [m for turn in earlier if turn.can_be_sent for m in turn.messages]
        if system := link.settings.system:
            history.insert(0, Message.system(read_text(system)))
        conversation = Conversation(link.model_settings(), tuple(history))
        question, response = running.turn.question, running.response
        renderer = choose_renderer(env, env.stdout, Appearance.of(env, link.settings))
        try:
            transport = link.open(renderer.prepare)
            store.drop_turns(info.id, running.turn.number)  # what came of it comes again
            journal = begin_saving(
                store, question, conversation.settings, link.settings.system, session=info.id
            )
            link.answer(
                conversation, question, transport, renderer.show, journal, taken_up=response
            )
        except AzchatError as error:
            error.rewrite(redactor.redact)
            renderer.fail(error)
            raise
        finally:
            renderer.close()
    return ExitCode.OK


def cancel(
    env: Environment, redactor: Redactor, *, session: str | None = None, demo: bool = False
) -> ExitCode:
    """End a session's response at the service."""
    with opened_store(env, redactor) as store:
        running = _running(env, redactor, store, session, demo=demo)
        transport = running.link.open(lambda: None)
        try:
            is_done = cancel_at(transport, running.response)
        finally:
            transport.close()
    ref = running.session.info.ref
    if not is_done:
        what = f"the service did not cancel the response of session {ref}"
        raise InputError(what, f"see what it became: azchat sessions wait {ref}")
    env.stderr.write(f"azchat: cancelled; what came of it: azchat sessions wait {ref}\n")
    return ExitCode.OK


def _runs(turn: SavedTurn) -> bool:
    return bool(turn.settings.get("response"))


def _running(
    env: Environment, redactor: Redactor, store: Store, ref: str | None, *, demo: bool
) -> _Running:
    infos = [store.find(ref)] if ref is not None else store.sessions(_LOOKED_AT, "all")
    sessions = (store.load(info.id) for info in infos)
    found = ((one, turn) for one in sessions for turn in one.turns[::-1] if _runs(turn))
    if (first := next(found, None)) is None:
        where = f"session {infos[0].ref}" if ref is not None else "the last sessions"
        raise InputError(f"nothing of {where} runs at a service", "see: azchat sessions list")
    saved, turn = first
    flags = with_saved({}, saved._replace(turns=(turn,)))
    means = Means(settings={**flags, "background": True, "dialect": "responses"}, demo=demo)
    return _Running(saved, turn, Link.choose(env, redactor, means))
