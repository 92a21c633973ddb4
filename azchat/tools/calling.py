"""Answers the calls of one response: checked, approved, run side by side, answered in order.

In order, because services pair calls and results, and a model reads them so. A call that makes no
sense is answered with what is wrong instead of ending the turn: models mend their own calls.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any, NamedTuple

from azchat.conversation import Offer
from azchat.errors import IncompleteError, Interrupted
from azchat.events import NoticeRaised
from azchat.messages import ToolCall, ToolResult
from azchat.tools import Tool, cut
from azchat.tools.approval import NEVER, NOBODY, Approval, Decision
from azchat.tools.toolbox import Toolbox
from azchat.wire.payloads import no_constant

_MOST_FAILURES = 3  # responses in a row in which no call could be made sense of
_SHOWN = 200  # characters of arguments that make no sense
_SIGINT = 2
_PATIENCE = 10.0  # seconds more than a call may take, for whoever has to kill it


class CallLimits(NamedTuple):
    """How often the model may call in a turn, and the seconds a call may take."""

    rounds: int = 10
    seconds: float = 60.0


class _Prepared(NamedTuple):
    """A call that may be run; or one that may not, and what the model is told."""

    problem: str | None
    makes_sense: bool = True
    tool: Tool | None = None
    decision: Decision = Decision({})


class Caller:
    """What the engine hands calls to. ``choice`` is what the model is told of calling."""

    def __init__(
        self,
        toolbox: Toolbox,
        approval: Approval,
        limits: CallLimits | None = None,
        *,
        choice: str | None = None,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._toolbox, self._approval = toolbox, approval
        self._limits, self._choice, self._redact = limits or CallLimits(), choice, redact
        self._failures = 0
        self._running: list[Future[str]] = []
        self.left: list[str] = []  # the tools whose calls have no result yet
        self.denied: list[str] = []  # the tools that were called, and that nobody could allow

    def offer(self, number: int) -> Offer | None:
        """Return what request ``number`` of a turn offers; a call is demanded in the first only."""
        tools = tuple(tool.offered for tool in self._toolbox.tools)
        return Offer(tools, self._choice_of(number)) if tools else None

    def stop(self) -> None:
        """End the calls that run, and with them the turn; from another thread."""
        for future in self._running:
            future.cancel()

    def _choice_of(self, number: int) -> str | None:
        choice = self._choice
        if choice in (None, "auto", "none"):
            return choice
        is_there = choice == "required" or self._toolbox.maybe_get(str(choice)) is not None
        return choice if number == 1 and is_there else None

    def answer(
        self, calls: Sequence[ToolCall], thinking: str, number: int, seconds: float
    ) -> Iterator[ToolResult | NoticeRaised]:
        """Yield a result for each of the calls of response ``number`` of a turn, in their order.

        Before that of a call that was denied comes a notice of it. A call that is left open has
        no result: the user will have it later.

        No call takes longer than ``seconds``. Raises ``IncompleteError`` after too many rounds,
        and after too many in a row that made no sense.
        """
        rounds = self._limits.rounds
        if number > rounds:
            what = f"the model still called tools after {rounds} round{'s' * (rounds != 1)}"
            raise IncompleteError(what, "allow more with --max-tool-rounds", code="tool_limit")
        prepared = [self._prepare(call, thinking) for call in calls]
        yield from self._run(calls, prepared, min(self._limits.seconds, seconds))
        makes_sense = any(one.makes_sense for one in prepared)
        self._failures = 0 if makes_sense else 1 + (self._failures if number > 1 else 0)
        if self._failures >= _MOST_FAILURES:
            raise IncompleteError(
                f"{_MOST_FAILURES} times in a row the model called a tool that is not there, "
                "or with arguments that do not fit",
                "ask again, or try another model",
                code="tools",
                details=tuple(one.problem for one in prepared[-1:] if one.problem),
            )

    def _run(
        self, calls: Sequence[ToolCall], prepared: Sequence[_Prepared], seconds: float
    ) -> Iterator[ToolResult | NoticeRaised]:
        running = [_start(one, seconds) for one in prepared]
        self._running = [future for future in running if future]
        try:
            for call, one, future in zip(calls, prepared, running, strict=True):
                if future is None and one.problem is None:
                    self.left.append(call.name)  # its result comes later
                    continue
                text = one.problem or (_wait(future, seconds) if future else "")
                if one.decision.is_edited:
                    text = f"[the user changed the arguments to {_json(one)}]\n{text}"
                if one.decision.denial:
                    yield self._denied(call.name, one.decision.denial)
                yield ToolResult(call.id, self._redact(cut(text)))
        finally:
            self.stop()

    def _denied(self, name: str, denial: str) -> NoticeRaised:
        if denial in (NEVER, NOBODY):
            self.denied.append(name)
        return NoticeRaised("denied", f"{name} was not run: {denial.removeprefix('error: ')}")

    def _prepare(self, call: ToolCall, thinking: str) -> _Prepared:
        """Make sense of a call, and ask for consent."""
        tool = self._toolbox.maybe_get(call.name)
        if tool is None:
            names = ", ".join(tool.name for tool in self._toolbox.tools)
            return _Prepared(f"error: there is no tool {call.name!r}; there are: {names}", False)
        arguments = _read(call.arguments)
        if isinstance(arguments, str):
            return _Prepared(f"error: {arguments}", False)
        if problem := tool.source.check(tool.name, arguments):
            return _Prepared(f"error: the arguments do not fit: {problem}", False)
        decision = self._approval.decide(tool, arguments, thinking)
        if decision.is_edited:  # the user is shown as much sense as the model
            problem = tool.source.check(tool.name, decision.arguments)
            denial = problem and f"error: the arguments do not fit: {problem}"
            return _Prepared(denial, True, tool, decision)
        return _Prepared(decision.denial, True, tool, decision)


def _start(prepared: _Prepared, seconds: float) -> "Future[str] | None":
    if prepared.problem is not None or prepared.tool is None:
        return None
    return prepared.tool.source.start(prepared.tool.name, prepared.decision.arguments, seconds)


def _wait(future: "Future[str]", seconds: float) -> str:
    try:
        return future.result(seconds + _PATIENCE)
    except TimeoutError:
        return f"error: no result after {seconds:g} s"
    except CancelledError:
        raise Interrupted(_SIGINT) from None


def _read(text: str) -> Mapping[str, Any] | str:
    """Return the arguments, or what is wrong with their JSON."""
    try:
        arguments = json.loads(text or "{}", parse_constant=no_constant)
        json.dumps(arguments, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as error:
        came = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        return f"the arguments are not valid JSON: {error}; they came as: {came}"
    if not isinstance(arguments, dict):
        return "the arguments are no JSON object"
    return arguments


def _json(prepared: _Prepared) -> str:
    return json.dumps(prepared.decision.arguments, ensure_ascii=False)
