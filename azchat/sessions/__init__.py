"""Sessions: conversations that are saved as they happen, and found again. Values; no I/O here."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from azchat.errors import UsageError
from azchat.messages import Message, Usage
from azchat.wire.verdict import REFUSED

_LONGEST_NAME = 100

State = Literal["streaming", "complete", "interrupted", "incomplete"]


class SessionInfo(NamedTuple):
    """What a list shows of a session; ``id`` is short and typeable, ``name`` the user's own.

    ``began`` and ``updated`` are seconds since 1970; ``tokens`` counts prompts and answers.
    """

    id: int
    name: str | None
    title: str
    model: str | None
    began: float
    updated: float
    turns: int
    tokens: int

    @property
    def ref(self) -> str:
        """What to type to mean it."""
        return self.name or str(self.id)


class SavedTurn(NamedTuple):
    """One turn: the user's message, and what came after it.

    ``reason`` says why it is not complete; ``settings`` are the parameters it was sent with,
    ``system`` among them. ``seconds`` is how long it took, ``thought`` how much of that.
    """

    id: int
    number: int
    state: State
    reason: str | None
    messages: tuple[Message, ...]
    model: str | None
    settings: Mapping[str, Any]
    usage: Usage | None
    began: float
    seconds: float | None
    thought: float | None

    @property
    def question(self) -> Message:
        """The user's message."""
        return self.messages[0]

    @property
    def answer(self) -> str:
        """What the model answered, without its thinking."""
        said = (message.text for message in self.messages if message.role == "assistant")
        return "\n\n".join(text for text in said if text)

    @property
    def reasoning(self) -> str:
        """What the model thought, all its responses in order."""
        return "\n\n".join(message.reasoning for message in self.messages if message.reasoning)

    @property
    def place(self) -> str:
        """Which of the session's turns it is."""
        return f"turn {self.number}" if self.number > 0 else "taken back"

    @property
    def can_be_sent(self) -> bool:
        """Whether a model takes it as history: an answer without words is refused by some.

        Behind a question that a model refused it would refuse all that is asked.
        """
        if (self.reason or "").startswith(REFUSED):
            return False
        return bool(self.answer) or any(message.tool_calls for message in self.messages)


class SavedSession(NamedTuple):
    """A session with its turns, in order."""

    info: SessionInfo
    turns: tuple[SavedTurn, ...]

    @property
    def messages(self) -> tuple[Message, ...]:
        """The history to send: the turns that can be, without the system message."""
        sent = (turn.messages for turn in self.turns if turn.can_be_sent)
        return tuple(message for messages in sent for message in messages)


def title_of(question: str) -> str:
    """Return the title of a session that begins with ``question``."""
    line = next((line.strip() for line in question.splitlines() if line.strip()), "")
    return line if len(line) <= _LONGEST_TITLE else line[: _LONGEST_TITLE - 1] + "…"


_LONGEST_TITLE = 72


def check_name(name: str) -> None:
    """Raise ``UsageError`` for a name that could not be typed or would be taken for an id."""
    is_word = name.strip() == name and name.isprintable() and not name.startswith("-")
    if not name or not is_word or len(name) > _LONGEST_NAME:
        hint = f"use up to {_LONGEST_NAME} printable characters, the first no dash or blank"
        raise UsageError(f"{name[:_LONGEST_NAME]!r} cannot be a session's name", hint)
    if name.isdigit():
        raise UsageError(f"{name} would be taken for an id", "put a letter into the name")
