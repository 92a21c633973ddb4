"""An answer as a row of tokens, cut where the request's limits say, with its counts."""

from dataclasses import dataclass
from typing import Literal

from azchat.demo.answers import Answer
from azchat.demo.models import EFFORT_TOKENS, Form
from azchat.demo.request import ChatRequest, split_tokens

Kind = Literal["reasoning", "text", "call"]
Token = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A finished answer, not yet in a wire shape.

    ``hidden_tokens`` are spent before the first token and never shown.
    """

    tokens: list[Token]
    finish: str
    call_name: str | None
    prompt_tokens: int
    completion_tokens: int
    hidden_tokens: int

    @property
    def calls(self) -> bool:
        """Whether a tool call is part of what is sent."""
        return any(kind == "call" for kind, _ in self.tokens)

    def joined(self, kind: Kind) -> str:
        """Return all tokens of one kind as one text."""
        return "".join(text for one, text in self.tokens if one == kind)


def compose(answer: Answer, request: ChatRequest, form: Form) -> Draft:
    """Return the draft of an answer in the form its model has."""
    text = _before_stop(answer.text, request.stops)
    tokens = _tokens(text, answer, form)
    sample = answer.completion_tokens if text == answer.text else None
    visible = sample or len(tokens)
    hidden = EFFORT_TOKENS[request.effort] if form == "hidden" else 0
    total, finish = visible + hidden, "tool_calls" if answer.call else "stop"
    limit = request.max_tokens
    if limit is not None and limit < total:
        # A sample's count is not that of the demo's own tokens: cut in proportion.
        tokens = tokens[: max(0, limit - hidden) * len(tokens) // visible]
        total, hidden, finish = limit, min(hidden, limit), "length"
    return Draft(
        tokens=tokens,
        finish=finish,
        call_name=answer.call.name if answer.call else None,
        prompt_tokens=(request.alone and answer.prompt_tokens) or request.prompt_tokens,
        completion_tokens=total,
        hidden_tokens=hidden,
    )


def _before_stop(text: str, stops: list[str]) -> str:
    return text[: min((at for stop in stops if (at := text.find(stop)) >= 0), default=len(text))]


def _tokens(text: str, answer: Answer, form: Form) -> list[Token]:
    tokens: list[Token] = []
    if answer.thinking and form in ("tags", "implicit"):
        opening = "<think>\n" if form == "tags" else ""
        text = f"{opening}{answer.thinking}\n</think>\n\n{text}"
    elif answer.thinking:
        ending = "\n" if form == "reasoning_content" else ""
        tokens += [("reasoning", token) for token in split_tokens(answer.thinking + ending)]
    tokens += [("text", token) for token in split_tokens(text)]
    if answer.call:
        tokens += [("call", token) for token in split_tokens(answer.call.arguments)]
    return tokens
