"""How one question of a batch is asked: over a connection that is kept for the next one."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.asking.link import Link
from azchat.asking.prompt import read_text
from azchat.asking.route import Means
from azchat.attachments import AttachmentOptions, Source
from azchat.attachments.addresses import is_address
from azchat.batch.questions import Question
from azchat.conversation import Conversation
from azchat.engine.limits import Purse
from azchat.engine.transport import Transport
from azchat.environment import Environment
from azchat.errors import AzchatError, InputError
from azchat.events import Event, NoticeRaised, TurnFinished, TurnInterrupted
from azchat.messages import Message, ToolCall, ToolResult
from azchat.parameters import PARAMETERS
from azchat.redaction import Redactor
from azchat.render.json import JsonRenderer

if TYPE_CHECKING:
    from azchat.asking.toolset import OpenTools
    from azchat.structured.schema import Schema
    from azchat.tools.calling import Caller

_ROUTE = ("model", "dialect")  # what a line may say of the way


class Form(NamedTuple):
    """What all answers have to be, unless a line says it itself."""

    json_mode: bool = False
    schema: str | None = None
    schema_retries: int = 1


class Outcome(NamedTuple):
    """What came of a question: the reply as ``--json`` has it, and why it is not whole."""

    reply: dict[str, Any]
    error: AzchatError | None
    end: TurnFinished | TurnInterrupted | None


class Ways:
    """The links of all questions, one for each model that lines name.

    ``retries`` is how often a question is asked again; the engine itself does not.
    """

    def __init__(self, env: Environment, redactor: Redactor, means: Means, form: Form) -> None:
        self._env, self._redactor, self._form = env, redactor, form
        self.retries = Link.choose(env, redactor, means).settings.retries
        self._means = means._replace(settings={**means.settings, "retries": 0})
        self._links: dict[tuple[Any, ...], Link] = {}
        self._purse: Purse | None = None  # one for all
        self._lock = threading.Lock()
        self.first = self.link({})

    def link(self, settings: Mapping[str, Any]) -> Link:
        """Return the way that a line's settings name; raises ``AzchatError``."""
        key = tuple(settings.get(name) for name in _ROUTE)
        with self._lock:
            if key not in self._links:
                own = {n: v for n, v in zip(_ROUTE, key, strict=True) if v is not None}
                means = self._means._replace(settings={**self._means.settings, **own})
                link = Link.choose(self._env, self._redactor, means, self._purse)
                self._purse, self._links[key] = link.purse, link
            return self._links[key]

    def digest(self, question: Question) -> int:
        """Return what tells this request from another."""
        link = self.link(question.settings)
        asked = link.model_settings(), link.settings.system, link.settings.dialect
        return question.digest(repr((link.base, *asked, self._form.json_mode, self._form.schema)))

    def check(self, question: Question) -> None:
        """Raise ``AzchatError`` for what would be refused when it is sent; loads nothing."""
        self.link(question.settings)
        self.schema(question)
        for place in question.attachments:
            if not (is_address(place) or Path(place).is_file()):
                raise InputError(f"there is no file {place}")

    def schema(self, question: Question) -> "Schema | None":
        """Return what the answer must meet."""
        text = question.schema or self._form.schema
        return _schema(text) if text else None

    def asked(self, question: Question) -> tuple[Conversation, Message]:
        """Return the question as it is sent; raises ``InputError`` for an attachment of no use."""
        link, own = self.link(question.settings), question.settings
        system = own.get("system") or link.settings.system
        history = (Message.system(read_text(system)), *question.history) if system else ()
        settings = link.model_settings(json_mode=self._form.json_mode)
        given = {name: own[name] for name in own if name in PARAMETERS}
        settings = settings._replace(
            parameters={**settings.parameters, **given},
            extras={**settings.extras, **own.get("option", {})},
        )
        if schema := self.schema(question):
            settings = settings._replace(answer_format=schema.answer_format())
        message = question.message
        if question.attachments:
            from azchat.attachments.loading import load

            sources = [Source(place) for place in question.attachments]
            parts = [load(self._env, one, AttachmentOptions(), quiet=True).part for one in sources]
            message = message._replace(parts=(*message.parts, *parts))
        return Conversation(settings, history or question.history), message

    def prompt(self, question: Question) -> float:
        """Return about how many tokens a question has."""
        said = (*question.history, question.message)
        texts = (getattr(part, "text", "") for message in said for part in message.parts)
        system = question.settings.get("system") or self.first.settings.system or ""
        return 4.0 + (sum(map(len, texts)) + len(system)) / 4

    def checked(self, question: Question) -> Callable[[Any], Any] | None:
        """Return what checks the answer; None where nothing is to be checked."""
        return (
            _checked(schema, self._form.schema_retries)
            if (schema := self.schema(question))
            else None
        )


class Asker:
    """Asks one question after the other, over a connection of its own for each way."""

    def __init__(self, ways: Ways, tools: "OpenTools | None") -> None:
        self._ways, self._tools = ways, tools
        self._open: dict[int, _Kept] = {}

    def ask(self, question: Question) -> Outcome:
        """Return what comes of it; what is no failure of the question itself is raised."""
        link = self._ways.link(question.settings)
        collected, ends = JsonRenderer(_Nowhere()), []

        def hear(event: Event) -> None:
            collected.show(event)
            if isinstance(event, TurnFinished | TurnInterrupted):
                ends.append(event)

        failure: AzchatError | None = None
        try:
            conversation, message = self._ways.asked(question)
            caller = self._tools.caller() if self._tools else None
            link.answer(
                conversation,
                message,
                self._transport(link),
                hear,
                tools=_OneAtATime(caller) if caller else None,
                around=self._ways.checked(question),
            )
            if caller and caller.denied:
                names = ", ".join(dict.fromkeys(caller.denied))
                raise InputError(f"not run, as nobody allowed it: {names}", code="tool_denied")
        except AzchatError as error:
            error.rewrite(link.redactor.redact)
            collected.fail(error)
            failure = error
        return Outcome(collected.reply(), failure, ends[-1] if ends else None)

    def _transport(self, link: Link) -> "_Kept":
        if id(link) not in self._open:
            self._open[id(link)] = _Kept(link.open(lambda: None))
        return self._open[id(link)]


class _Kept:
    """A transport that stays open when a turn ends."""

    def __init__(self, transport: Transport) -> None:
        self._transport, self.destination = transport, transport.destination
        self.send, self.mend = transport.send, transport.mend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Leave it to the next question."""


class _OneAtATime:
    """Calls of several questions to the same tools, one after the other."""

    _lock = threading.Lock()

    def __init__(self, caller: "Caller") -> None:
        self._caller, self.offer = caller, caller.offer

    def answer(
        self, calls: Sequence[ToolCall], thinking: str, number: int, seconds: float
    ) -> Iterator[ToolResult | NoticeRaised]:
        """Yield what the calls return."""
        with self._lock:
            yield from list(self._caller.answer(calls, thinking, number, seconds))


class _Nowhere:
    """An output that nobody reads."""

    is_terminal = speaks_vt = False

    def write(self, text: str) -> None:
        """Write nothing."""

    def size(self) -> tuple[int, int]:
        """Return the usual columns and lines."""
        return 80, 24


@cache
def _schema(text: str) -> "Schema":
    from azchat.structured.schema import load_schema

    return load_schema(text)


def _checked(schema: "Schema", retries: int) -> Callable[[Any], Any]:
    from azchat.structured.turn import CheckedChat

    return lambda chat: CheckedChat(chat, schema, retries)
