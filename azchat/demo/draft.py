"""An answer as parts of tokens, cut where the request's limits say, with its counts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from azchat.demo.answers import Answer
from azchat.demo.models import EFFORT_TOKENS, Form
from azchat.demo.request import Request, split_tokens

Kind = Literal["reasoning", "comment", "text", "refusal", "call"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one kind: its tokens, and the tool that a call names."""

    kind: Kind
    tokens: list[str]
    name: str = ""

    @property
    def text(self) -> str:
        """The tokens as one text."""
        return "".join(self.tokens)


@dataclass(frozen=True, slots=True)
class Draft:
    """A finished answer, not yet in a wire shape.

    ``hidden_tokens`` are spent before the first token and never shown, but by a summary.
    """

    parts: list[Part]
    finish: str
    prompt_tokens: int
    completion_tokens: int
    hidden_tokens: int

    @property
    def calls(self) -> list[Part]:
        """The tool calls that are sent."""
        return [part for part in self.parts if part.kind == "call"]

    def joined(self, kind: Kind) -> str:
        """Return all tokens of one kind as one text."""
        return "".join(part.text for part in self.parts if part.kind == kind)


def compose(answer: Answer, request: Request, form: Form) -> Draft:
    """Return the draft of an answer in the form its model has."""
    stops = request.body.get("stop") or []
    found = map(answer.text.find, [stops] if isinstance(stops, str) else stops)
    text = answer.text[: min((at for at in found if at >= 0), default=None)]
    parts = list(_parts(text, answer, form))
    sums_up = form == "hidden"  # then the thinking that is shown is not what is counted
    shown = sum(len(part.tokens) for part in parts if sums_up and part.kind == "reasoning")
    length = sum(len(part.tokens) for part in parts) - shown
    sample = answer.completion_tokens if text == answer.text and not shown else None
    visible = sample or length
    hidden = EFFORT_TOKENS[request.effort] if sums_up else 0
    total, finish = visible + hidden, "tool_calls" if answer.calls else "stop"
    if answer.is_filtered:
        total, finish = hidden + visible // 2, "content_filter"
    if request.max_tokens is not None and request.max_tokens < total:
        total, finish = request.max_tokens, "length"
    if total < visible + hidden:
        # A sample's count is not that of the demo's own tokens: cut in proportion.
        left = (total - hidden) * length // visible if total >= hidden else 0
        parts = list(_cut(parts, left + shown * min(total, hidden) // max(hidden, 1)))
    prompt_tokens = sum(len(split_tokens(said.text)) for said in request.said)  # no images
    return Draft(
        parts=parts,
        finish=finish,
        prompt_tokens=(request.alone and answer.prompt_tokens) or prompt_tokens,
        completion_tokens=total,
        hidden_tokens=min(hidden, total),
    )


def _parts(text: str, answer: Answer, form: Form) -> Iterable[Part]:
    if answer.thinking and form in ("tags", "implicit"):
        opening = "<think>\n" if form == "tags" else ""
        text = f"{opening}{answer.thinking}\n</think>\n\n{text}"
    elif answer.thinking:
        ending = "\n" if form == "reasoning_content" else ""
        yield Part("reasoning", split_tokens(answer.thinking + ending))
    if answer.comment:
        yield Part("comment", split_tokens(answer.comment))
    if text:
        yield Part("refusal" if answer.is_refusal else "text", split_tokens(text))
    for call in answer.calls:
        yield Part("call", split_tokens(call.arguments), call.name)


def _cut(parts: list[Part], left: int) -> Iterable[Part]:
    for part in parts:
        if left > 0:
            yield replace(part, tokens=part.tokens[:left])
        left -= len(part.tokens)
