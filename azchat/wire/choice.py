"""One choice of a response: its fields are the answer, the thinking, the calls and the end."""

from collections.abc import Collection, Iterable
from typing import Any

from azchat.conversation import fold
from azchat.events import Event, FurtherAnswer
from azchat.wire.deltas import DeltaLabeller, settled
from azchat.wire.echo import EchoCollector
from azchat.wire.ending import Ending
from azchat.wire.facts import Logprobs
from azchat.wire.fields import read_reasoning, read_text
from azchat.wire.marking import Marking
from azchat.wire.safety import Finding, read_findings
from azchat.wire.tool_calls import ToolCallJoiner


class ChoiceReader:
    """Reads a choice that may call ``tools``; ``failure`` holds why the service broke off."""

    def __init__(self, marking: Marking, tools: Collection[str] = ()) -> None:
        self.labels = DeltaLabeller(marking)
        self.calls = ToolCallJoiner(tools)
        self.ending = Ending()
        self.logprobs = Logprobs()
        self.findings: tuple[Finding, ...] = ()
        self.echo = EchoCollector()
        self.failure: object = None
        self._by_message = False

    @property
    def has_any(self) -> bool:
        """Whether any part of an answer came, what is held back included."""
        return self.labels.has_any or self.calls.has_any

    def read(self, choice: dict[str, Any], field: str) -> None:
        """Read one object of ``choices``; ``field`` is delta in a stream, message in a reply."""
        delta = choice.get(field)
        more: object = None
        if type(delta) is dict or (delta := self._find_delta(choice, field)):
            more = content = delta.get("content")
            if len(delta) > 1 or type(content) is not str:
                text, opaque = read_reasoning(delta)
                self.labels.add_reasoning(text)
                if opaque:
                    self.labels.has_reasoning = True
                self.echo.receive(delta)
                self.calls.receive(calls := delta.get("tool_calls"))
                if old := delta.get("function_call"):
                    self.calls.receive_old(calls := old)
                content = read_text(content) or read_text(delta.get("refusal"))
                more = content or text or calls
            self.labels.add_content(content)
        ending = self.ending
        if more and ending.reason is not None:
            ending.go_on(more)
        if reason := choice.get("finish_reason"):
            ending.say(reason, more)
        if results := choice.get("content_filter_results"):
            self.findings = read_findings(results, "answer") or self.findings
        if logprobs := choice.get("logprobs"):
            self.logprobs.add(logprobs)
        if error := choice.get("error"):  # OpenRouter
            self.failure = error

    def _find_delta(self, choice: dict[str, Any], field: str) -> dict[str, Any] | None:
        """Return what stands for a delta: some streams have ``message``, older ones ``text``."""
        found = choice.get("message" if field == "delta" else "delta")
        if type(found) is dict:
            if not self._by_message and self.has_any:
                return None  # all of it once more, at the end
            self._by_message = True
            return found
        text = choice.get("text")
        return {"content": text} if type(text) is str else None

    def close(self, at: float, *, is_whole: bool) -> Iterable[Event]:
        """Return what was held back; of a reply that came as a whole nothing is relabelled."""
        labelled = self.labels.close(at, calls=self.calls.has_any)
        return settled(labelled) if is_whole else labelled

    def echo_items(self) -> tuple[dict[str, Any], ...]:
        """Return what the service wants back as it came."""
        return (*self.echo.items(), *self.calls.echoes)

    def as_further(self, index: int, at: float) -> FurtherAnswer:
        """Return what came, of a choice that is not the first."""
        said = fold(self.labels.close(at))
        calls, reason = tuple(self.calls.close()), self.ending.reason
        return FurtherAnswer(index, said.text, said.reasoning, calls, reason, self.logprobs.joined)
