"""Reads the channels of gpt-oss ("harmony") where a server hands them out as text.

The format: https://cookbook.openai.com/articles/openai-harmony. A message is a header with its
channel, ``<|message|>``, its text, and a token that ends it. ``final`` is the answer; what is in
``analysis`` and ``commentary`` is thinking, or a call. Where the special tokens were taken out,
"analysisWe need …assistantfinalfour" is left: a word counts if it is glued to its neighbours.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

Piece = tuple[Literal["text", "reasoning"], str]
_Step = tuple[str, str, bool]  # what is labelled, what is left, whether that goes on
_State = Callable[[str, bool], _Step]

_WORDS = "analysis|commentary|final"
_STRIPPED = re.compile(
    r"(?:assistant)?analysis(?=[^\W_])|assistant(?:commentary(?: to=\w|(?=[^\W_]))|final(?=[^\W_]))"
)
_OPENER = re.compile(
    rf"<\|start\|>assistant|<\|channel\|>(?:{_WORDS})|<\|message\|>(?=\S)|assistant<\|channel\|>"
    # Without the first token, <|channel|>; some servers put that one into the prompt.
    rf"|(?:{_WORDS})(?: to=[\w.]{{1,64}})? ?(?:<\|constrain\|>\w{{1,16}})?<\|message\|>"
)
_BEGUN = re.compile(
    rf"(?:{_WORDS})(?: (?:to?|to=[\w.]{{0,64}})?)? ?"
    r"(?:<[|\w]{0,12}>?\w{0,16}(?:<[|\w]{0,9})?)?"
)
_STARTS = (
    *("<|start|>assistant", "<|message|>", "assistant<|channel|>", "assistantcommentary to="),
    *("assistantanalysis", "assistantfinal", *_WORDS.split("|")),
    *(f"<|channel|>{word}" for word in _WORDS.split("|")),
)
_TOKEN = re.compile(rf"<\|(end|return|call)\|>|(?=<\|start\|>assistant|<\|channel\|>(?:{_WORDS}))")
_TOKENS = ("<|end|>", "<|return|>", "<|call|>", "<|start|>assistant", *_STARTS[-3:])
_NEXT = re.compile(r"<\|start\|>|(?:assistant)?<\|channel\|>")
_NEXTS = ("<|start|>", "<|channel|>", "assistant<|channel|>", *_TOKENS[:3])
_CHANNEL = re.compile(rf"(?:^|<\|channel\|>)({_WORDS})")
_CALLED = re.compile(r"\bto=(?!user\b|assistant\b|all\b)([\w.\-]+)")
_MESSAGE = "<|message|>"
_NAME = re.compile(r"[\w.\-]{1,64}")
_LONGEST_HEADER = 300
_MOST_BLANK = 4096
_MARKER = re.compile(
    r"(?<![ \t`\"'(])assistant(?:commentary( to=)(?=\w)|(analysis|commentary|final)"
    r"(?=[^ \t.,;:)`'\"]))"
)
_LONGEST_MARKER = len("assistantcommentary to=") + 2


def at_start(text: str, *, ended: bool) -> bool | None:
    """Return whether ``text`` begins as harmony does; None while more of it has to come."""
    if _OPENER.match(text) or _STRIPPED.match(text):
        return True
    may_be = any(start.startswith(text) for start in _STARTS) or _BEGUN.fullmatch(text)
    return None if may_be and not ended else False


class Channels:
    """Labels a text by its channels; ``called`` is the tool that one of its messages is for.

    ``is_certain``: it is harmony indeed. ``is_answer``: its end stands in the answer.
    """

    def __init__(self, start: str) -> None:
        self.called = ""
        self.is_answer = False
        self.is_certain = not _STRIPPED.match(start)
        self._step: _State = self._header if self.is_certain else self._stripped
        self._has_begun = False  # a message
        self._before = ""  # the last character of a text without tokens that was labelled
        self._token = ""  # what ended the last message

    def read(self, held: str, *, ended: bool) -> Iterator[Piece]:
        """Yield what can be labelled of ``held``; ``rest`` is what is left of it."""
        goes_on = True
        while held and goes_on:
            is_answer = self.is_answer
            piece, held, goes_on = self._step(held, ended)
            if piece:
                yield ("text" if is_answer else "reasoning", piece)
        self.rest = held

    def _header(self, held: str, ended: bool) -> _Step:
        header, message, rest = held.partition(_MESSAGE)
        is_short = len(header) <= _LONGEST_HEADER + len(_MESSAGE) and "\n" not in header
        if not message and not ended and is_short:
            return "", held, False
        if not message or not is_short:
            self.is_answer = not self._has_begun  # it was no harmony, or breaks off
            self._step = self._all
            return "", held, True
        channel, called = _CHANNEL.search(header), _CALLED.search(header)
        self.called = called[1] if called else self.called
        self.is_answer = not called and (channel is None or channel[1] == "final")
        self._step, self._has_begun = self._body, True
        return "", rest, True

    def _body(self, held: str, ended: bool) -> _Step:
        for found in _TOKEN.finditer(held):
            at = found.start()
            if found[1]:
                self._token, self._step = found[0], self._between
                return held[:at], held[found.end() :], True
            if not self.is_answer:  # the token that ends it is missing
                self._step, self.is_answer = self._header, False
                return held[:at], held[at:], True
        at = held.rfind("<")
        if at >= 0 and not ended and any(token.startswith(held[at:]) for token in _TOKENS):
            return held[:at], held[at:], False
        return held, "", False

    def _between(self, held: str, ended: bool) -> _Step:
        """Behind the end of a message; without another one it was no end."""
        rest = held.lstrip()
        if not rest and (ended or len(held) <= _MOST_BLANK):
            return "", "" if ended else held, False
        if _NEXT.match(rest):
            self._step = self._header
            return "", rest, True
        if again := _TOKEN.match(rest):
            return "", rest[again.end() :], True
        if not ended and any(token.startswith(rest) for token in _NEXTS):
            return "", held, False
        self._step = self._body
        return self._token, held, True

    def _stripped(self, held: str, ended: bool) -> _Step:
        before = len(self._before)
        if found := _MARKER.search(self._before + held + "\n" * ended, before):
            self.is_certain = True
            self.is_answer = found[2] == "final"
            self._before = ""
            self._step = self._all if self.is_answer else self._stripped
            self._step = self._name if found[1] else self._step
            return held[: found.start() - before], held[found.end() - before :], True
        at = len(held) if ended else max(0, len(held) - _LONGEST_MARKER)
        self._before = held[at - 1] if at else self._before
        return held[:at], held[at:], False

    def _name(self, held: str, ended: bool) -> _Step:
        name = _NAME.match(held)
        assert name
        if name.end() == len(held) < 64 and not ended:
            return "", held, False
        self.called, self._step = name[0], self._stripped
        return "", held[name.end() :], True

    def _all(self, held: str, _: bool) -> _Step:
        return held, "", False
