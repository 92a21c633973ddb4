"""What the prompt and the slash commands act on: one conversation that goes on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from azchat.attachments import Attached
from azchat.errors import AzchatError, InputError, UsageError
from azchat.messages import File, Image, Message, Part, Text
from azchat.render.words import counted
from azchat.sessions import SavedSession, SavedTurn, SessionInfo, check_name
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store

if TYPE_CHECKING:
    from azchat.render.rows import Row

COMPACT = (
    "Summarise our conversation so far, so that it can go on from the summary alone: what I want, "
    "what was decided and why, names, numbers and code that still matter, open questions. "
    "Write only the summary."
)
_WARN_AT = 0.8


class _Host(Protocol):
    """What the chat needs of the world: a model, settings, and a screen. ``ChatHost`` tells more.

    Errors of the user come as ``AzchatError``; ``answer`` raises whatever ended the turn.
    """

    @property
    def model(self) -> str | None: ...
    @property
    def width(self) -> int: ...
    @property
    def draws(self) -> bool: ...
    def listed_models(self) -> list[str]: ...
    def setting(self, name: str) -> Any: ...
    def change(self, name: str, value: str | None) -> None: ...
    def changed(self) -> dict[str, Any]: ...
    def adopt(self, session: SavedSession) -> None: ...
    def begin(
        self, message: Message, session: int | None, name: str | None, store: Store
    ) -> TurnJournal: ...
    def answer(
        self, history: Sequence[Message], message: Message, journal: TurnJournal
    ) -> None: ...
    def tools(self) -> dict[str, str]: ...
    def switch_tool(self, name: str, *, on: bool) -> None: ...
    def attach(self, place: str, *, is_picture: bool = False) -> Attached: ...
    def paste(self) -> Attached: ...
    def say(self, text: str) -> None: ...
    def confirm(self, question: str) -> bool: ...
    def show_rows(self, rows: "Sequence[Row]") -> None: ...
    def show(self, markdown: str) -> None: ...
    def show_raw(self, markdown: str) -> None: ...
    def show_thinking(self, text: str) -> None: ...
    def fail(self, error: AzchatError) -> None: ...
    def about(self) -> "Sequence[Row]": ...
    def copy(self, text: str) -> str: ...


class ReplSession:
    """A conversation that goes on. ``draft`` is text for the next prompt."""

    def __init__(
        self,
        host: _Host,
        store: Store,
        saved: SavedSession | None = None,
        *,
        name: str | None = None,
    ) -> None:
        self.host, self.store = host, store
        self.draft = ""
        self.pasted: list[str] = []  # what came with a paste: nobody may have read it
        self.doubted = ""  # a question that names a file that is not there: it was told
        self.is_leaving = False
        self._saved = saved
        self.attached: tuple[Image | File, ...] = ()  # to the next question
        self._replaced_parts: tuple[Part, ...] = ()  # what was attached to the one it replaces
        self._replaced_from: int | None = None  # the turn that the next question takes the place of
        self._name = name  # for the session that is yet to begin

    @property
    def info(self) -> SessionInfo | None:
        """The session, once there is one."""
        return self._saved.info if self._saved else None

    @property
    def turns(self) -> tuple[SavedTurn, ...]:
        """The turns so far."""
        return self._saved.turns if self._saved else ()

    @property
    def name(self) -> str:
        """What the session is called."""
        return self.info.ref if self.info else self._name or "new"

    @property
    def context(self) -> int:
        """The tokens of the conversation, as the service counted them last; 0 if it never did."""
        for turn in reversed(self.turns):
            usage = turn.usage
            if usage and usage.prompt is not None:
                said = (usage.completion or 0) - (usage.reasoning or 0)  # thinking is not sent
                return said if turn.question.text.endswith(COMPACT) else usage.prompt + said
        return 0

    def turn(self, number: str) -> SavedTurn:
        """Return the turn of that number, the last for ""; raises ``InputError``."""
        if not self.turns:
            raise InputError("nothing was said yet", "ask something first")
        if not number:
            return self.turns[-1]
        for turn in self.turns:
            if str(turn.number) == number:
                return turn
        raise InputError(f"there is no turn {number}", f"turns go from 1 to {len(self.turns)}")

    def send(self, text: str) -> None:
        """Ask; the answer is shown and saved. Raises what ended the turn."""
        parts = (*self._replaced_parts, *self.attached)
        if self._replaced_from is not None:
            self.drop(self._replaced_from)
        self.attached = ()
        message = Message.user(Text(text), *parts)
        self._run(message, self.info.id if self.info else None)
        if warning := context_warning(self.host.model, self.context):
            self.host.say(warning)

    def attach(self, place: str, *, is_picture: bool = False) -> None:
        """Attach a file or an address to the next question; raises ``AzchatError``."""
        self.attached += (self.host.attach(place, is_picture=is_picture).part,)

    def compact(self) -> None:
        """Begin a new session with a summary of this one, which stays."""
        before = self._saved
        if not before or not before.messages:
            raise InputError("there is nothing to summarise", "ask something first")
        try:
            question = f"{before.info.title} (continued)\n\n{COMPACT}"
            self._run(Message.user(Text(question)), None)
        except BaseException:
            if self._saved and self._saved.info.id != before.info.id:
                self.store.delete([self._saved.info.id])  # a part of a summary is none
            self._saved = before
            raise

    def open(self, session: int | None) -> None:
        """Go on with another session, or begin a new one."""
        self._saved = None if session is None else self.store.load(session)
        self._replaced_from = self._name = None
        self._replaced_parts = ()
        self.draft = ""

    def reload(self) -> None:
        """Read the session again: somebody else may have changed it."""
        if self.info:
            self.open(self.info.id)

    def refresh(self) -> None:
        """Look whether another process changed the session meanwhile, and say so.

        One that was deleted goes on as a new one, with the turns that there were.
        """
        if not self._saved:
            return
        before, now = self._saved, self.store.maybe_find(str(self._saved.info.id))
        if now is None:
            self._saved = self.store.load(self.store.keep_again(before))
            self._tell_deleted(before.info.ref)
        elif now[5:] != before.info[5:]:  # when, and how much
            self._saved = self.store.load(before.info.id)
            known = {turn.id for turn in before.turns}
            if added := sum(turn.id not in known for turn in self.turns):
                self.host.say(
                    f"session {self.name} has grown elsewhere by {counted(added, 'turn')}:"
                    " the conversation goes on from there"
                )

    def _tell_deleted(self, ref: str) -> None:
        self.host.say(
            f"session {ref} was deleted elsewhere;"
            f" this goes on as session {self.name}, with what was said"
        )

    def rename(self, name: str) -> None:
        """Give the session a name, also one that is yet to begin; raises ``UsageError``."""
        if self.info:
            self.store.rename(self.info.id, name)
            self.reload()
            return
        check_name(name)
        if taken := self.store.maybe_find(name):
            raise UsageError(f"there is a session {taken.ref} already", f"/resume {taken.ref}")
        self._name = name

    def drop(self, first: int) -> None:
        """Take the turns from number ``first`` on out of the conversation."""
        if self.info:
            self.store.drop_turns(self.info.id, first)
            self.reload()

    def replace(self, turn: SavedTurn) -> None:
        """Put a question into the prompt; when it is sent, it takes the old one's place."""
        self.draft = turn.question.text
        self._replaced_from = turn.number
        parts = turn.question.parts
        self._replaced_parts = tuple(part for part in parts if isinstance(part, Image | File))

    def keep_all(self) -> None:
        """Let the next question take no turn's place."""
        self._replaced_from = None
        self._replaced_parts = ()

    def _run(self, message: Message, session: int | None) -> None:
        history = self._saved.messages if self._saved else ()
        name = self._name if session is None else None
        journal = self.host.begin(message, session, name, self.store)
        reason: str | None = "interrupted"
        try:
            self.host.answer(history, message, journal)
            reason = None
        except AzchatError as error:
            reason = error.what
            if error is not journal.failure or not self._is_gone(journal):
                raise
            reason = None  # it is saved again below
            if error.__cause__:
                raise error.__cause__ from None
        finally:
            journal.finish(reason)  # unless it is, for a better reason
            told = self._begin_again(message, journal, session, name)
            journal.finish(reason)
            self._saved = self.store.load(journal.session)
            self._name = None
            if journal.stored:
                more = f"azchat sessions wait {self._saved.info.ref}"
                self.host.say(f"it goes on at the service; to see it: {more}")
            if told:
                self._tell_deleted(told)

    def _is_gone(self, journal: TurnJournal) -> bool:
        return self.store.maybe_find(str(journal.session)) is None

    def _begin_again(
        self, message: Message, journal: TurnJournal, session: int | None, name: str | None
    ) -> str:
        """Begin a new session, with what was said, where another process deleted this one."""
        if not self._is_gone(journal):
            return ""
        ref = self.name if session is not None else name or str(journal.session)
        again = self.store.keep_again(self._saved) if self._saved and session else None
        journal.move(self.host.begin(message, again, name, self.store))
        return ref


def window_of(model: str | None) -> int | None:
    """Return the size of the model's window in tokens; None where it is not known."""
    name = (model or "").lower().rpartition("/")[2]
    windows: dict[str, int] = json.loads(Path(__file__).with_name("windows.json").read_bytes())
    return next((size for prefix, size in windows.items() if name.startswith(prefix)), None)


def context_warning(model: str | None, tokens: int) -> str | None:
    """Return a line for a conversation that is about to be too long."""
    window = window_of(model)
    if window is None or tokens < _WARN_AT * window:
        return None
    share = f"{tokens} of {window} tokens ({100 * tokens // window} %)"
    return f"the conversation takes {share}; /compact goes on with a summary of it"
