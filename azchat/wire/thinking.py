"""Tells thinking from answer where a model marks it in the text itself.

The tags are structure only at the very start of a reply; a literal ``<think>`` later on is
text. Some chat templates put the opening tag into the prompt, so a reply may bring a closing
tag alone: then all before it was thinking, and what was already handed out is relabelled.
"""

from collections.abc import Generator, Iterator
from typing import Literal

Marking = Literal["auto", "assumed", "implicit", "tags", "none"]
"""How a model marks its thinking in the text.

``tags``: an opening and a closing tag. ``implicit``: thinking from the start, a closing tag
ends it. ``assumed``: as implicit, but without a closing tag all of it was the answer.
``auto``: tags, or a closing tag alone. ``none``: not at all.
"""

Label = Literal["text", "reasoning", "to_reasoning", "to_text"]
Piece = tuple[Label, str]
"""Text with its label; ``to_…`` (with no text) relabels all that came before it."""

TAGS = (
    ("<think>", "</think>"),
    ("[THINK]", "[/THINK]"),  # Mistral's open weights
    ("◁think▷", "◁/think▷"),  # Kimi
    # gpt-oss served without its parser ("harmony" channels)
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
)
_OPENERS = tuple(opener for opener, _ in TAGS)
_CLOSERS = tuple(closer for _, closer in TAGS)
_FIRST_CHARACTERS = "<[◁"
_MAX_HELD = 4096  # characters; a flood of white space is no prelude to a tag
_LONGEST = max(map(len, _OPENERS + _CLOSERS))


def starts_thinking(model: str | None) -> bool:
    """Return whether the chat template of a model of this name writes the opening tag."""
    name = (model or "").lower()
    return "qwq" in name or ("qwen" in name and "thinking" in name)


class ThinkingSplitter:
    """Labels a text that comes in pieces; the labels do not depend on the cuts.

    It holds back at most leading white space and the characters of a possible tag.
    """

    def __init__(self, marking: Marking = "auto") -> None:
        self._marking = marking
        self._held = ""  # received, not yet labelled
        self._last = ""  # the last character handed out
        self._trim = False  # drop the white space between a tag and what follows it
        self._closers = _CLOSERS
        self._step = self._pass if marking == "none" else self._start

    @property
    def unclosed(self) -> bool:
        """Whether the text so far ends inside the thinking."""
        return self._step == self._think

    def leave_to_server(self) -> None:
        """Stop guessing: the server labels the thinking in a field of its own.

        Only a tagged copy at the start is still looked for (llama.cpp's deepseek-legacy).
        """
        assumed = self._step == self._think and self._closers is _CLOSERS
        if self._step == self._answer or assumed:
            self._step = self._pass
        if self._marking != "none":
            self._marking = "tags"

    def receive(self, text: str) -> Iterator[Piece]:
        """Yield what ``text`` settles."""
        self._held += text
        while self._held and (yield from self._step()):
            pass

    def close(self) -> Iterator[Piece]:
        """Yield what was held back, and the verdict over an assumption."""
        if self._held:
            yield from self._hand_out("reasoning" if self.unclosed else "text", len(self._held))
        if self.unclosed and self._marking == "assumed":
            self._step = self._pass
            yield ("to_text", "")

    # Each state labels what it can of the held text and says whether the next one should look.

    def _start(self) -> Generator[Piece, None, bool]:
        """Nothing but white space came: is there an opening tag?"""
        yield from ()  # a generator like the other states
        body = self._held.lstrip()
        for opener, closer in TAGS:
            if body.startswith(opener):
                self._held = body[len(opener) :]
                self._closers = (closer,)
                self._trim = True
                self._step = self._think
                return True
        may_be_tag = not body or any(opener.startswith(body) for opener in _OPENERS)
        if may_be_tag and len(self._held) < _MAX_HELD:
            return False
        states = {"auto": self._answer, "tags": self._pass}
        self._step = states.get(self._marking, self._think)
        return True

    def _think(self) -> Generator[Piece, None, bool]:
        """Inside the thinking: where does it end?"""
        at, tag = _first_tag(self._held, self._closers)
        yield from self._hand_out("reasoning", at)
        if tag:
            self._leave_thinking(tag)
        return bool(tag)

    def _answer(self) -> Generator[Piece, None, bool]:
        """Inside what looks like an answer: does a lone closing tag turn it into thinking?"""
        at, tag = _first_tag(self._held, _OPENERS + _CLOSERS)
        yield from self._hand_out("text", at)
        if tag in _CLOSERS and self._last != "`":
            if self._last:
                yield ("to_reasoning", "")
            self._leave_thinking(tag)
        elif tag in _CLOSERS:
            yield from self._hand_out("text", len(tag))
        elif tag:  # an opening tag in mid-answer: the model writes about tags, all is literal
            self._step = self._pass
        return bool(tag)

    def _pass(self) -> Generator[Piece, None, bool]:
        """After the thinking: everything is answer."""
        yield from self._hand_out("text", len(self._held))
        return False

    def _leave_thinking(self, tag: str) -> None:
        self._held = self._held[len(tag) :]
        self._trim = True
        self._step = self._pass

    def _hand_out(self, label: Literal["text", "reasoning"], length: int) -> Iterator[Piece]:
        piece, self._held = self._held[:length], self._held[length:]
        if self._trim:
            piece = piece.lstrip()
        if piece:
            self._trim = False
            self._last = piece[-1]
            yield (label, piece)


def _first_tag(text: str, tags: tuple[str, ...]) -> tuple[int, str]:
    """Return where the first of ``tags`` begins, and which.

    Without one: where the beginning of a tag at the end of ``text`` begins, and "".
    """
    if not any(character in text for character in _FIRST_CHARACTERS):
        return len(text), ""
    found = [(at, tag) for tag in tags if (at := text.find(tag)) >= 0]
    if found:
        return min(found)
    for at in range(max(0, len(text) - _LONGEST + 1), len(text)):
        if text[at] in _FIRST_CHARACTERS and any(tag.startswith(text[at:]) for tag in tags):
            return at, ""
    return len(text), ""
