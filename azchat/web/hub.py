"""What the page can ask for: sessions, questions, and what goes on with their turns.

Each request has a connection to the sessions of its own, and so has each turn.
"""

import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from azchat import __version__
from azchat.asking.link import Link
from azchat.asking.prompt import CONTINUE, read_text
from azchat.asking.route import Means
from azchat.asking.saving import begin_saving, open_store, with_demo, with_saved
from azchat.asking.toolset import OpenTools
from azchat.attachments import AttachmentOptions, Source
from azchat.attachments.loading import load
from azchat.conversation import Conversation
from azchat.dialects.chat.lines import failure_line, line_of, messages_of
from azchat.environment import Environment
from azchat.errors import AzchatError, InputError, Interrupted, UsageError
from azchat.export import FORMATS, export_session
from azchat.learned import Names
from azchat.messages import File, Image, Message, Part, Text
from azchat.parameters import EFFORTS
from azchat.redaction import Redactor
from azchat.sessions import SavedSession, SavedTurn
from azchat.sessions.store import Store
from azchat.web.live import Live
from azchat.web.running import Running
from azchat.web.stopping import Stop, StoppableTransport
from azchat.web.view import Told, found_told, info_told, session_told

_LISTED, _FOUND = 100, 200
_WISHES = ("model", "effort", "dialect")
_MOST_NOTES = 200  # turns whose lines are remembered


class Hub:
    """Answers the page; every function takes what the page sent and returns what it is told."""

    def __init__(
        self,
        env: Environment,
        redactor: Redactor,
        means: Means,
        options: AttachmentOptions,
        tools: OpenTools | None,
    ) -> None:
        self._env, self._redactor, self._means = env, redactor, means
        self._options, self._tools = options, tools
        self._running: dict[int, Running] = {}  # by session
        self._notes: dict[int, list[Told]] = {}  # by turn
        self._lock = threading.Lock()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the sessions."""
        store = open_store(self._env, self._redactor.redact, quiet=True)
        try:
            yield store
        finally:
            store.close()

    def live(self, session: int) -> Live | None:
        """Return the turn of a session that this process answers."""
        running = self._running.get(session)
        return running.live if running else None

    def state(self, session: int) -> Any:
        """Return what changes when anybody changes the session."""
        try:
            with self.store() as store:
                return store.state(session)
        except AzchatError as error:
            return error.what

    def close(self) -> None:
        """Stop what runs; it is kept and marked."""
        turns = [*self._running.values()]
        for turn in turns:
            turn.stop()
        for turn in turns:
            turn.join(3.0)
        if self._tools:
            self._tools.close()

    # -- to see ---------------------------------------------------------------------------

    def about(self, values: Told) -> Told:
        """Return what the page offers."""
        del values
        link = self._link(None, {})[0]
        tools = [tool.name for tool in self._tools.toolbox.tools] if self._tools else []
        names = [name for name in (link.model, *Names(self._env.data_folder).load()) if name]
        return {
            "version": __version__,
            "endpoint": link.route.endpoint.host if link.route else "demo",
            "models": [*dict.fromkeys(names)],
            "efforts": list(EFFORTS),
            "tools": tools,
            **_wishes(link),
        }

    def sessions(self, values: Told) -> Told:
        """Return the sessions that were used last, or those in which something is found."""
        query, limit = str(values.get("q", "")).strip(), int(values.get("limit", _LISTED))
        with self.store() as store:
            if query:
                return {"sessions": found_told(store.found(query, limit=_FOUND)), "more": False}
            infos = store.sessions(limit + 1)
        listed = [info_told(info) for info in infos[:limit]]
        return {"sessions": listed, "more": len(infos) > limit}

    def session(self, values: Told) -> Told:
        """Return a session with some of its turns, and what it goes on with."""
        with self.store() as store:
            saved = store.load(int(values["session"]))
        running = self._running.get(saved.info.id)
        told = session_told(saved, running.turn if running else None, self._notes, values)
        return told | _wishes(self._link(saved, {})[0])

    def answer(self, values: Told) -> Told:
        """Return an answer as the model wrote it."""
        with self.store() as store:
            turn = _turn(store.load(int(values["session"])), values["turn"])
        return {"text": turn.answer}

    def export(self, values: Told) -> Told:
        """Return a session as a document."""
        form = FORMATS.get(str(values["form"]))
        if form is None:
            raise UsageError(f"there is no form {values['form']!r}", f"there are: {[*FORMATS]}")
        with self.store() as store:
            saved = store.load(int(values["session"]))
        name = f"session-{saved.info.ref}.{values['form']}"
        return {"name": name, "text": export_session(saved, form)}

    # -- to ask ---------------------------------------------------------------------------

    def ask(self, values: Told) -> Told:
        """Ask a question; ``replaces`` is the turn whose place it takes, with what is attached.

        Without a text the replaced question is asked again.
        """
        attached = [self._attached(file) for file in values.get("files", ())]
        store = open_store(self._env, self._redactor.redact, quiet=True)
        try:
            with self._lock:
                running = self._begin(store, values, attached)
                self._running[running.session] = running
        except BaseException:
            store.close()
            raise
        running.start()
        return {"session": running.session, "turn": running.turn}

    def go_on(self, values: Told) -> Told:
        """Go on with an answer that was cut."""
        return self.ask(values | {"text": CONTINUE})

    def stop(self, values: Told) -> Told:
        """Stop what a session's turn does."""
        if running := self._running.get(int(values["session"])):
            running.stop()
        return {}

    def consent(self, values: Told) -> Told:
        """Answer a question about a call."""
        running = self._running.get(int(values["session"]))
        if running is None:
            raise InputError("nobody asks about that call any more", "see what became of it")
        call, answer, reason = (str(values.get(n, "")) for n in ("call", "answer", "reason"))
        running.consent(call, answer, reason, values.get("arguments"))
        return {}

    def fork(self, values: Told) -> Told:
        """Copy a session up to a turn, that one too."""
        with self.store() as store:
            saved = store.load(int(values["session"]))
            turn = _turn(saved, values["turn"])
            count = [each.id for each in saved.turns].index(turn.id) + 1
            return {"session": store.fork(saved.info.id, turns=count)}

    def lines(self, values: Told) -> Iterator[str]:
        """Return the lines of an answer that is saved nowhere; see ``dialects.chat.lines``."""
        stop = Stop()
        *history, message = messages_of(values.get("messages"))
        link, system = self._link(None, {}, stop)
        conversation = Conversation(link.model_settings(), (*system, *history))
        lines: SimpleQueue[str | None] = SimpleQueue()

        def run() -> None:
            try:
                transport = StoppableTransport(link.open(lambda: None), stop)
                link.answer(
                    conversation, message, transport, lambda event: lines.put(line_of(event))
                )
            except AzchatError as error:
                error.rewrite(self._redactor.redact)
                lines.put(failure_line(f"{error.what}; {error.hint}"))
            except Interrupted:
                pass
            finally:
                lines.put(None)

        threading.Thread(target=run, daemon=True).start()
        return _until_gone(lines, stop)

    # -- within ---------------------------------------------------------------------------

    def _begin(self, store: Store, values: Told, attached: list[Part]) -> Running:
        saved = store.load(int(values["session"])) if values.get("session") else None
        if saved and saved.info.id in self._running:
            raise InputError("an answer is still being written", "wait for it, or stop it")
        text, parts = str(values.get("text") or ""), attached
        replaced = _turn(saved, values["replaces"]) if saved and values.get("replaces") else None
        if replaced:
            text = text or replaced.question.text
            parts = [*(p for p in replaced.question.parts if isinstance(p, Image | File)), *parts]
        if not text.strip() and not parts:
            raise InputError("there is no question", "type one, or attach something")
        stop = Stop()
        link, system = self._link(saved, values, stop)
        if saved and replaced:
            store.drop_turns(saved.info.id, replaced.number)
            saved = store.load(saved.info.id)
        message = Message.user(Text(text), *parts)
        settings = link.model_settings()
        history = saved.messages if saved else ()
        journal = begin_saving(
            store,
            message,
            settings,
            link.settings.system,
            session=saved.info.id if saved else None,
            demo=link.means.demo,
        )
        live = Live(journal.turn, self._env.clock)

        def end() -> None:
            store.close()
            with self._lock:
                self._notes[journal.turn] = live.notes
                for turn in [*self._notes][:-_MOST_NOTES]:
                    del self._notes[turn]
                self._running.pop(journal.session, None)
            live.end()

        conversation = Conversation(settings, (*system, *history))
        return Running(link, conversation, message, journal, live, stop, self._tools, end)

    def _link(
        self, saved: SavedSession | None, values: Told, stop: Stop | None = None
    ) -> tuple[Link, tuple[Message, ...]]:
        """Return the way to the model that is wished for, and the instruction, if there is one."""
        env = self._env._replace(sleep=stop.look) if stop else self._env
        means = self._means
        settings: dict[str, Any] = dict(means.settings)
        if saved:
            means = with_demo(env, means, saved)
            settings = with_saved(settings, saved)
        settings |= {name: values[name] or None for name in _WISHES if name in values}
        link = Link.choose(env, self._redactor, means._replace(settings=settings))
        system = link.settings.system
        return link, (Message.system(read_text(system)),) if system else ()

    def _attached(self, file: Told) -> Part:
        try:
            content = b64decode(file["data"], validate=True)
        except ValueError:
            raise InputError(f"{file['name']} did not arrive whole", "attach it again") from None
        source = Source(str(file["name"])[-200:], content=content)
        return load(self._env, source, self._options, quiet=True).part


def _until_gone(lines: "SimpleQueue[str | None]", stop: Stop) -> Iterator[str]:
    """Yield what comes; who reads no more stops the turn."""
    try:
        yield from filter(None, iter(lines.get, None))
    finally:
        stop.wish()


def _turn(saved: SavedSession, turn: Any) -> SavedTurn:
    found = next((each for each in saved.turns if each.id == int(turn)), None)
    if found is None:
        raise InputError("that turn is not there any more", "reload the page")
    return found


def _wishes(link: Link) -> Told:
    """Return what a question is asked with, unless the page says otherwise."""
    values = link.settings.values
    return {
        "model": link.model or "",
        "effort": values.get("effort") or "",
        "dialect": link.settings.dialect,
    }


Work = Callable[[Told], Told]
