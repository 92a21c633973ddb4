"""A turn whose answer must meet a schema: asked again with what is wrong, up to a limit.

To whoever listens it is one turn. Thinking passes as it comes; the text is held back until it is
known to be right, or that it will not be.
"""

import re
from collections.abc import Generator
from typing import NamedTuple

from azchat import events
from azchat.conversation import AnswerFormat, Conversation
from azchat.dialects.refusals import FORMAT_STATUS, says
from azchat.engine.chat import Chat
from azchat.errors import AzchatError, IncompleteError, Interrupted
from azchat.messages import Message, Text, Usage
from azchat.structured.answer import Checked, check_answer
from azchat.structured.schema import Schema

_SEVERAL = "the answer held more JSON that meets the schema: only the first is taken"
_LENIENT = "the endpoint refused the strict schema"
_IN_PROMPT = "the endpoint refused json_schema: asked again for JSON, the schema in the prompt"
_PROMPT_ALONE = "the endpoint refused json_object too: the prompt alone asks for it"
_HINT = "ask more clearly, let it try more often with --schema-retries N, or take another -m"
_STRICT_WORDS = r"invalid schema|\bstrict\b"
_End = events.TurnFinished | events.TurnInterrupted


class CheckedChat:
    """Sends like ``Chat``; an answer that is not whole and valid raises ``IncompleteError``."""

    def __init__(self, chat: Chat, schema: Schema, retries: int) -> None:
        self._chat, self._schema, self._retries = chat, schema, retries
        chat.mends_json_mode = False  # what gives way to what is known here

    def send(self, message: Message) -> Generator[events.Event, None, None]:
        """Send ``message`` and yield what happens until the answer is whole and valid."""
        asked = self._chat.conversation
        ways = _Ways(self._schema, asked)
        tally = _Tally()
        question, retries = message, self._retries
        while True:
            response = _Response()
            try:
                yield from response.hold(self._chat.send(message))
                checked = check_answer(response.text, self._schema)
            except (AzchatError, KeyboardInterrupt, Interrupted) as error:
                weaker = ways.weaker(error) if not response.text else None
                if weaker:
                    (self._chat.conversation, notice), message = weaker, question
                    yield events.NoticeRaised("schema", notice)
                    continue
                yield from response.release(tally)
                raise _told(error, response.text) from None
            end = response.end
            assert isinstance(end, events.TurnFinished)  # a turn that did not finish has raised
            if not checked.problems:
                if checked.is_one_of_several:
                    yield events.NoticeRaised("schema", _SEVERAL)
                yield events.TextDelta(checked.text, response.tokens, response.at)
                yield tally.total(end)
                return
            if not retries:
                yield events.TextDelta(checked.text, response.tokens, response.at)
                yield tally.interrupted(_summary(checked), end)
                details = checked.problems[1:]
                raise IncompleteError(_summary(checked), _HINT, code="schema", details=details)
            retries -= 1
            tally.add(end)
            message = Message.user(Text(_correction(checked)))
            yield events.NoticeRaised("schema", f"{_summary(checked)}; asked again")


class _Response:
    """The text of one answer, held back."""

    def __init__(self) -> None:
        self.tokens, self.at = 0, 0.0
        self.end: _End | None = None
        self._pieces: list[str] = []
        self._thoughts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def hold(self, turn: Generator[events.Event, None, None]) -> Generator[events.Event]:
        """Yield all but the text and the end."""
        try:
            for event in turn:
                yield from self._receive(event)
        finally:
            turn.close()

    def _receive(self, event: events.Event) -> Generator[events.Event]:
        match event:
            case events.TextDelta(text=text, tokens=tokens, at=at):
                self._pieces.append(text)
                self.tokens, self.at = self.tokens + tokens, at
            case events.Relabelled(to="reasoning", at=at):
                text, self._pieces = self.text, []
                self._thoughts.append(text)
                yield events.ReasoningDelta(text, self.tokens, at)
                self.tokens = 0
            case events.Relabelled(to="text", at=at):
                # It was shown as thinking; that it is the answer, the end of the turn tells.
                self._pieces, self._thoughts, self.at = self._thoughts, [], at
            case events.TurnFinished() | events.TurnInterrupted():
                self.end = event
            case events.RequestSent():
                self._pieces, self._thoughts = [], []  # after a retry, or after tools
                yield event
            case events.ReasoningDelta(text=text):
                self._thoughts.append(text)
                yield event
            case _:
                yield event

    def release(self, tally: "_Tally") -> Generator[events.Event]:
        """Yield what was held when the turn broke."""
        if self.text:
            yield events.TextDelta(self.text, self.tokens, self.at)
        if self.end:
            reason = getattr(self.end, "reason", "the schema cannot be used")
            yield tally.interrupted(reason, self.end)


class _Tally:
    """What the attempts took together."""

    def __init__(self) -> None:
        self._before: _End | None = None

    def add(self, end: _End) -> None:
        """Count an attempt that another one follows."""
        self._before = self.total(end)

    def total(self, end: _End) -> _End:
        """Return the end of the last attempt as that of all."""
        before = self._before
        if before is None:
            return end
        usage = before.usage.plus(end.usage or Usage()) if before.usage else end.usage
        seconds, timing = before.timing.total, end.timing
        thought, text = before.timing.first_reasoning, timing.first_text
        if thought is None and timing.first_reasoning is not None:
            thought = seconds + timing.first_reasoning
        timing = timing._replace(
            total=seconds + timing.total,
            first_reasoning=thought,
            first_text=None if text is None else seconds + text,
            calls=before.timing.calls + timing.calls,
        )
        cost = before.cost.plus(end.cost) if before.cost else end.cost
        facts = before.responses + end.responses
        return end._replace(usage=usage, timing=timing, responses=facts, cost=cost)

    def interrupted(self, reason: str, end: _End) -> events.TurnInterrupted:
        """Return the end of a turn that came to nothing."""
        came = end.came if isinstance(end, events.TurnInterrupted) else None
        end = self.total(end)
        told = (end.usage, end.timing, end.model, end.headroom, end.responses, came, end.cost)
        return events.TurnInterrupted(reason, *told)


class _Way(NamedTuple):
    """One way to ask for JSON; ``says`` tells what the one before it was refused for."""

    answer_format: AnswerFormat | None
    in_prompt: bool
    says: str


class _Ways:
    """From the strictest way to ask to the weakest, for endpoints that refuse some."""

    def __init__(self, schema: Schema, asked: Conversation) -> None:
        self._instruction, self._asked = schema.instruction(), asked
        self._left = [
            _Way(schema.answer_format(strict=False), False, _LENIENT),
            _Way(AnswerFormat(), True, _IN_PROMPT),
            _Way(None, True, _PROMPT_ALONE),
        ]

    def weaker(self, error: BaseException) -> tuple[Conversation, str] | None:
        """Return how to ask an endpoint that refused with ``error``; None if it was not that."""
        if not isinstance(error, AzchatError) or error.http_status not in FORMAT_STATUS:
            return None
        said = f"{error.what} {error.service_code} {error.parameter}".lower()
        if not says("format", said):
            return None
        if self._left and self._left[0].says == _LENIENT and not re.search(_STRICT_WORDS, said):
            self._left.pop(0)  # it was not for being strict
        return self._apply(self._left.pop(0)) if self._left else None

    def _apply(self, way: _Way) -> tuple[Conversation, str]:
        settings = self._asked.settings._replace(answer_format=way.answer_format)
        messages = self._asked.messages
        if way.in_prompt:
            messages = _with_instruction(messages, self._instruction)
        return Conversation(settings, messages), way.says


def _with_instruction(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    """Add to the system message: not every model takes a second one."""
    first = next(iter(messages), None)
    if first and first.role == "system":
        return (Message.system(f"{first.text}\n\n{text}"), *messages[1:])
    return (Message.system(text), *messages)


def _summary(checked: Checked) -> str:
    first, *more = checked.problems
    others = f" (and {len(more)} more)" if more else ""
    return f"the answer does not meet the schema: {first}{others}"


def _correction(checked: Checked) -> str:
    problems = "\n".join(f"- {problem}" for problem in checked.problems)
    again = "Answer again with the corrected JSON alone."
    return f"That answer does not meet the JSON Schema:\n{problems}\n\n{again}"


def _told(error: BaseException, text: str) -> BaseException:
    """Say of a limit that it cut the JSON: what came looks like an answer."""
    if isinstance(error, IncompleteError) and text and "length limit" in error.what:
        error.what = f"{error.what}: the JSON is cut off after {len(text)} characters"
    return error
