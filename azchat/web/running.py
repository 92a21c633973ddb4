"""A turn in a thread of its own: it goes on whoever looks, until it ends or is stopped."""

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, NamedTuple

from azchat.asking.link import Link
from azchat.asking.toolset import OpenTools
from azchat.conversation import Conversation
from azchat.errors import AzchatError, InputError, Interrupted, as_bug
from azchat.messages import Message
from azchat.render.exposed import exposed, exposed_json
from azchat.sessions.journal import TurnJournal
from azchat.tools import Tool
from azchat.tools.approval import Reply
from azchat.tools.calling import Caller
from azchat.web.live import Live, Section
from azchat.web.stopping import Stop, StoppableTransport

_ANSWERS = ("once", "session", "always", "no")


class _Question(NamedTuple):
    """A call that the reader is asked about, and what was said to it."""

    tool: Tool
    section: Section
    said: "Future[Reply]"


class Running(threading.Thread):
    """Asks ``message`` over ``link``; what happens is told to ``live`` and kept by ``journal``."""

    def __init__(
        self,
        link: Link,
        conversation: Conversation,
        message: Message,
        journal: TurnJournal,
        live: Live,
        stop: Stop,
        tools: OpenTools | None,
        on_end: Callable[[], object],
    ) -> None:
        super().__init__(daemon=True)
        self.live, self.session, self.turn = live, journal.session, journal.turn
        self._link, self._conversation, self._message = link, conversation, message
        self._journal, self._halt, self._on_end = journal, stop, on_end
        self._tools = tools
        self._caller: Caller | None = None
        self._questions: dict[str, _Question] = {}

    def run(self) -> None:
        """Run the turn."""
        told: AzchatError | None = as_bug()
        try:
            self._answer()
            told = None
        except AzchatError as error:
            error.rewrite(self._link.redactor.redact)
            told = error
        except Interrupted:
            told = None  # the turn is marked
        finally:
            self._journal.finish("interrupted")  # unless it is, for a better reason
            if told:
                self.live.fail(told)
            self._on_end()

    def stop(self) -> None:
        """Stop it; what came is kept and marked."""
        self._halt.wish()
        if self._caller:
            self._caller.stop()

    def _answer(self) -> None:
        link = self._link
        tools = self._tools
        self._caller = tools.caller(_ask) if tools else None
        transport = StoppableTransport(link.open(_nothing), self._halt)
        said = self._conversation, self._message
        link.answer(*said, transport, self.live.hear, self._journal, self._caller)

    # -- consent --------------------------------------------------------------------------

    def ask(self, tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Reply:
        """Ask the reader about a call; the question stays until it is answered or all stops."""
        redact, raw = self._link.redactor.redact, exposed_json(arguments)
        shown = redact(raw)
        told = (tool.name, tool.origin, tool.touches)
        name, origin, touches = (exposed(redact(one.replace("\n", " "))) for one in told)
        number = str(len(self._questions))
        section = self.live.ask(
            call=number,
            name=name,
            origin=origin,
            touches=touches,
            arguments=shown,
            may_edit=shown == raw,  # a mask is no value
            thinking=redact(thinking.strip()),
        )
        said: Future[Reply] = Future()
        self._questions[number] = _Question(tool, section, said)
        while True:
            try:
                return said.result(0.1)
            except TimeoutError:
                self._halt.look()

    def consent(self, call: str, answer: str, reason: str, arguments: str | None) -> None:
        """Answer a question; raises ``InputError`` where that is no answer to one."""
        question = self._questions.get(call)
        if question is None or question.said.done():
            raise InputError("nobody asks about that call any more", "see what became of it")
        if answer not in _ANSWERS:
            raise InputError(f"{answer!r} is no answer", f"there are: {', '.join(_ANSWERS)}")
        edited = None if arguments is None or answer == "no" else _read(arguments)
        if edited is not None and (why := question.tool.source.check(question.tool.name, edited)):
            raise InputError(f"these arguments do not fit: {why}", "edit them again")
        self.live.change(question.section, answer=answer, edited=edited is not None)
        words: Any = answer
        question.said.set_result(Reply(words, reason.strip(), edited))


def _ask(tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Reply:
    """Ask about a call where its turn runs: tools are shared by all of them."""
    turn = threading.current_thread()
    assert isinstance(turn, Running)
    return turn.ask(tool, arguments, thinking)


def _read(text: str) -> Mapping[str, Any]:
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"that is not valid JSON: {error}", "edit it again") from None
    if not isinstance(arguments, dict):
        raise InputError("the arguments must be a JSON object", "edit them again")
    return arguments


def _nothing() -> None:
    pass
