"""The world of a chat, without a terminal and without a model: what it says is a list."""

import re
from collections.abc import Sequence
from typing import Any

from azchat.attachments import Attached
from azchat.errors import AzchatError, InputError, Interrupted, UsageError
from azchat.events import ReasoningDelta, TextDelta, Timing, TurnFinished
from azchat.messages import Image, Message, Part, Usage
from azchat.render.rows import Row
from azchat.repl.loop import take_line
from azchat.repl.session import ReplSession
from azchat.sessions import SavedSession
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store

USAGE = Usage(prompt=100, completion=20, reasoning=5)


class FakeHost:
    """See ``Host``. ``answers`` are given one after the other, the last again and again.

    An answer that is an exception is raised, after the words "a part of ".
    """

    def __init__(self, *answers: str | BaseException) -> None:
        self.answers = list(answers or ("an answer",))
        self.thinking = "hm"
        self.asked: list[list[str]] = []  # the texts of each request
        self.sent: list[tuple[Part, ...]] = []  # the parts of each question
        self.efforts: list[str | None] = []
        self.said: list[str] = []
        self.failures: list[AzchatError] = []
        self.copied = ""
        self.questions: list[str] = []
        self.agrees = True
        self.width = 80
        self.draws = False
        self.usage = USAGE
        self.offered: dict[str, str] = {}
        self._settings: dict[str, Any] = {"model": "m"}
        self._changed: dict[str, Any] = {}

    @property
    def model(self) -> str | None:
        return str(self.setting("model"))

    def listed_models(self) -> list[str]:
        return ["listed-model"]

    def setting(self, name: str) -> Any:
        return (self._settings | self._changed).get(name)

    def change(self, name: str, value: str | None) -> None:
        if value == "bad":
            raise UsageError(f"--{name} is 'bad'", "one of: good")
        self._changed.pop(name, None)
        if value is not None:
            self._changed[name] = value

    def changed(self) -> dict[str, Any]:
        return dict(self._changed)

    def adopt(self, session: SavedSession) -> None:
        self._settings["model"] = session.info.model

    def begin(
        self, message: Message, session: int | None, name: str | None, store: Store
    ) -> TurnJournal:
        return store.begin(message, session=session, name=name, model=self.model)

    def answer(self, history: Sequence[Message], message: Message, journal: TurnJournal) -> None:
        self.asked.append([*(said.text for said in history), message.text])
        self.sent.append(message.parts)
        self.efforts.append(self.setting("effort"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        journal.receive(ReasoningDelta(self.thinking, 1, 0.0))
        if isinstance(answer, BaseException):
            journal.receive(TextDelta("a part of ", 1, 0.0))
            raise answer
        if answer:
            journal.receive(TextDelta(answer, 1, 0.0))
        journal.receive(TurnFinished("stop", self.usage, Timing(1.0), self.model))

    def tools(self) -> dict[str, str]:
        return dict(self.offered)

    def switch_tool(self, name: str, *, on: bool) -> None:
        self.offered[name] = "on" if on else "off"

    def attach(self, place: str, *, is_picture: bool = False) -> Attached:
        if "." not in place:
            raise InputError(f"cannot read {place}")
        return Attached(Image(f"https://a.test/{place}", name=place), "a picture")

    def paste(self) -> Attached:
        return self.attach("clipboard.png")

    def say(self, text: str) -> None:
        self.said.append(text)

    def confirm(self, question: str) -> bool:
        self.questions.append(question)
        return self.agrees

    def show_rows(self, rows: Sequence[Row]) -> None:
        self.said += [re.sub(r"\x1b\[[0-9;]*m", "", row.text) for row in rows]

    def show(self, markdown: str) -> None:
        self.said.append(markdown)

    show_raw = show_thinking = show

    def fail(self, error: AzchatError) -> None:
        self.failures.append(error)

    def about(self) -> Sequence[Row]:
        return [Row("what is known", 13)]

    def copy(self, text: str) -> str:
        self.copied = text
        return "with a tool"


class Chat:
    """A chat over a store in memory, to which lines are typed."""

    def __init__(self, *answers: str | BaseException) -> None:
        self.host = FakeHost(*answers)
        self.session = ReplSession(self.host, Store(None, print))

    def type(self, *lines: str) -> str:
        """Type lines; return what was shown for the last of them."""
        for line in lines:
            self.host.said.clear()
            take_line(self.session, line, lambda: None)
        return "\n".join(self.host.said)

    def refused(self, line: str) -> AzchatError:
        """Type a line that fails; return why."""
        self.type(line)
        assert self.host.failures
        return self.host.failures.pop()

    @property
    def questions(self) -> list[str]:
        """The questions of the session, in order."""
        return [turn.question.text for turn in self.session.turns]


CTRL_C = Interrupted(2)
