"""Tells thinking from answer where a model marks it in the text itself.

The tags are structure at the start of a reply, and where such a thinking has ended; a literal
``<think>`` later on is text. Some chat templates put the opening tag into the prompt, so a reply
may bring a closing tag alone: where that stands as a tag all before it was thinking, and what
was already handed out is relabelled.
"""

import re
from collections.abc import Callable, Generator, Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal

from azchat.wire.marking import Marking
from azchat.wire.tags import FIRST, Finder, Place

if TYPE_CHECKING:
    from azchat.wire.harmony import Channels

Label = Literal["text", "reasoning", "to_reasoning", "to_text"]
Piece = tuple[Label, str]
"""Text with its label; ``to_…`` (with no text) relabels all that came before it."""
_State = Callable[[], Generator[Piece, None, bool]]

TAGS = (
    ("<think>", "</think>"),  # DeepSeek-R1, Qwen, QwQ, Phi-4-reasoning, GLM: their templates
    ("<thinking>", "</thinking>"),  # MiniMax and GLM by some hosts: QwenLM/qwen-code#3228
    ("<thought>", "</thought>"),  # Gemini's compatible endpoint with include_thoughts
    ("<reasoning>", "</reasoning>"),  # Gitlawb/openclaude#779
    ("<seed:think>", "</seed:think>"),  # ByteDance's Seed-OSS: CherryHQ/cherry-studio#9498
    ("<mm:think>", "</mm:think>"),  # MiniMax-M3: vllm-project/vllm#45687
    ("[THINK]", "[/THINK]"),  # Mistral's open weights
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|channel>thought", "<channel|>"),  # Gemma 4: lmstudio-bug-tracker#2013
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Cohere's Command A Reasoning, R7B
)
# What Cohere's models put around the answer, with and without thinking before it.
_AROUND = Finder(("<|START_RESPONSE|>", "<|START_TEXT|>"))
_BEHIND = ("<|END_RESPONSE|>", "<|END_TEXT|>")
_HARMONY = ("<|channel|>", "<|end|>")  # gpt-oss: the ``harmony`` module knows the rest
_HARMONY_START = "<|start|>assistant"
_OPENERS = Finder(opener for opener, _ in TAGS)
_CLOSERS = Finder(closer for _, closer in TAGS)
_LONE = Finder((*(tag for pair in TAGS for tag in pair), *_HARMONY))
# Behind an opening tag that begins a sentence about it, and what may become that.
_ABOUT = re.compile(
    r"[ \t]{0,8}(?:[,;:)/]|(?<=[ \t])(?:and|or|is|are|tags?|tokens?|marks|opens)\b)"
)
_MAYBE_ABOUT = re.compile(r"[ \t]{0,8}[a-z]{0,6}\Z")
_MAX_HELD = 4096  # characters; a flood of white space is no prelude to a tag
_MAX_BLOCK = 64 * 1024  # characters of thinking in the midst of an answer


class ThinkingSplitter:
    """Labels a text that comes in pieces; the labels do not depend on the cuts.

    It holds back at most leading white space, the characters of a possible tag and what tells
    whether it is one; and thinking in the midst of an answer, until it is whole.
    """

    def __init__(self, marking: Marking = "auto") -> None:
        self._marking = marking
        self._held = ""  # received, not yet labelled
        self._ended = self._calls = False
        self._place = Place()  # where in the thinking or the answer the held text begins
        self._trim = False  # drop the white space between a tag and what follows it
        self._closers = _CLOSERS
        self._tag: int | None = None  # of TAGS, that which marked the thinking that has ended
        self._channels: Channels | None = None  # of gpt-oss
        self._plain: Literal["text", "reasoning"] | None = None  # what text without a tag is here
        self._looked = 0  # characters of the held text that the step need not look at again
        self._step: _State = self._start
        if marking == "none":
            self._go(self._pass)

    @property
    def unclosed(self) -> bool:
        """Whether the text so far ends inside the thinking."""
        if self._step == self._read_channels and self._channels:
            return not self._channels.is_answer
        return self._step == self._think

    @property
    def called(self) -> str:
        """The tool that is called in a channel of the text; "" without one."""
        return self._channels.called if self._channels else ""

    @property
    def _is_assumed(self) -> bool:
        """Whether thinking that nothing opened is under way."""
        return self._step == self._think and self._closers is _CLOSERS

    def leave_to_server(self) -> None:
        """Stop guessing: the server labels the thinking in a field of its own.

        Only a tagged copy at the start is still looked for (llama.cpp's deepseek-legacy).
        """
        if self._step == self._answer or self._is_assumed:
            self._go(self._pass)
        if self._marking != "none":
            self._marking = "tags"

    def receive(self, text: str) -> Iterator[Piece]:
        """Yield what ``text`` settles."""
        if self._plain and text and not (self._held or self._trim or FIRST.search(text)):
            self._place.add(text)
            yield (self._plain, text)
            return
        self._held += text
        while self._held and (yield from self._step()):
            pass

    def close(self, *, calls: bool = False) -> Iterator[Piece]:
        """Yield what was held back and the verdict; ``calls`` are as good as an answer."""
        self._ended, self._calls = True, calls
        yield from self.receive("")
        yield from self._hand_out("reasoning" if self.unclosed else "text", len(self._held))
        is_guess = self._is_assumed and self._marking in ("assumed", "likely")
        if is_guess or (self._channels and not self._channels.is_certain):
            self._go(self._pass)
            yield ("to_text", "")

    # Each state labels what it can of the held text and says whether the next one should look.

    def _start(self) -> Generator[Piece, None, bool]:
        """Nothing but white space came, or thinking has ended: is there a tag?"""
        yield from ()  # a generator like the other states
        body = self._held.lstrip()
        is_flood = len(self._held) - len(body) >= _MAX_HELD
        for look in () if is_flood else (self._open, self._drop, self._enter_channels):
            if (goes_on := look(body)) is not None:
                return goes_on
        may_be = not body or any(tags.may_begin(body) for tags in (_OPENERS, _CLOSERS, _AROUND))
        if may_be and not is_flood and not self._ended:
            return False
        states = {"auto": self._answer, "tags": self._pass}
        if self._tag is not None:
            self._go(self._later)
        elif state := states.get(self._marking):
            self._go(state)
        else:
            self._go(self._think, "reasoning")
        return bool(self._held)

    def _open(self, body: str) -> bool | None:
        """Enter a thinking that has an opening tag."""
        end, tag = _OPENERS.match(body)
        rest = body[end:]
        if not end or _ABOUT.match(rest):
            return None
        if _MAYBE_ABOUT.match(rest) and not self._ended:
            return False
        if self._tag is not None:
            self._held, self._tag = body, tag
            self._go(self._block, None)
            return True
        self._held, self._closers, self._tag = rest, _closer(tag), tag
        self._trim = True
        self._go(self._think, "reasoning")
        return True

    def _drop(self, body: str) -> bool | None:
        """Drop a closing tag that closes nothing or an empty thinking, or what opens an answer."""
        (end, tag), (around, _) = _CLOSERS.match(body), _AROUND.match(body)
        if around:
            self._leave_thinking(body[around:], len(TAGS) - 1)
            return True
        is_told = self._tag is None and self._marking in ("implicit", "assumed")
        stands = is_told or self._stands(body[end:])
        if not end or stands is False:
            return None
        if stands:
            self._leave_thinking(body[end:], tag)
        return stands is True

    def _enter_channels(self, body: str) -> bool | None:
        """Enter the channels of gpt-oss."""
        if self._tag is not None or body[:1] not in tuple("<acf"):
            return None
        from azchat.wire.harmony import Channels, at_start

        is_harmony = at_start(body, ended=self._ended)
        if is_harmony:
            self._held, self._channels = body, Channels(body)
            self._go(self._read_channels, None)
        return None if is_harmony is False else is_harmony is True

    def _think(self) -> Generator[Piece, None, bool]:
        """Inside the thinking: where does it end?"""
        at, end = self._closers.find(self._held)
        yield from self._hand_out("reasoning", at)
        if not (length := end - at):
            return False
        rest = self._held[length:]
        if self._marking == "likely" and self._tag is None:
            stands = self._stands(rest)
        else:
            in_code = self._place.in_code(rest, ended=self._ended)
            stands = None if in_code is None else not in_code
        if stands:
            self._leave_thinking(rest, self._closers.match(self._held)[1])
        elif stands is False:
            yield from self._hand_out("reasoning", length)
        return stands is not None

    def _read_channels(self) -> Generator[Piece, None, bool]:
        """In the channels of gpt-oss: each says what it is."""
        assert self._channels
        pieces = list(self._channels.read(self._held, ended=self._ended))
        for label, self._held in pieces:
            yield from self._hand_out(label, len(self._held))
        self._held = self._channels.rest
        return False

    def _answer(self) -> Generator[Piece, None, bool]:
        """Inside what looks like an answer: does a lone closing tag turn it into thinking?"""
        at, end = _LONE.find(self._held)
        yield from self._hand_out("text", at)
        if not (length := end - at):
            return False
        rest = self._held[length:]
        tag, is_closer = divmod(_LONE.match(self._held)[1], 2)
        if not is_closer:  # an opening tag in mid-answer: the model writes about tags
            self._go(self._pass)
            return True
        stands = self._starts_again(rest) if tag == len(TAGS) else self._stands(rest)
        if stands is False:
            yield from self._hand_out("text", length)
        elif stands:
            yield ("to_reasoning", "")
            self._leave_thinking(rest, tag)
        return stands is not None

    def _later(self) -> Generator[Piece, None, bool]:
        """Inside an answer behind thinking: is there more of that, or a stray tag at the end?"""
        assert self._tag is not None
        tags = _all_of(self._tag)
        at, end = tags.find(self._held)
        yield from self._hand_out("text", at)
        if not (length := end - at):
            return False
        rest = self._held[length:]
        which = tags.match(self._held)[1]
        if which == 0 and self._place.begins_paragraph():
            self._go(self._block, None)
            return True
        if which and not rest.strip() and len(rest) < _MAX_HELD:
            if not self._ended:
                return False
            if which > 1 or self._place.is_glued():
                self._held = ""
                return False
        yield from self._hand_out("text", length)
        return True

    def _block(self) -> Generator[Piece, None, bool]:
        """At an opening tag in the midst of an answer: it is text if nothing closes it."""
        assert self._tag is not None
        length, _ = _OPENERS.match(self._held)
        closer = _closer(self._tag)
        at, end = closer.find(self._held, max(length, self._looked))
        self._looked = at  # else a long block would be looked through at each of its increments
        if at < end <= _MAX_BLOCK:
            self._held, self._closers = self._held[length:], closer
            self._place, self._trim = Place(), True
            self._go(self._think, "reasoning")
        elif self._ended or len(self._held) > _MAX_BLOCK:
            yield from self._hand_out("text", length)
            self._go(self._later)
        else:
            return False
        return True

    def _pass(self) -> Generator[Piece, None, bool]:
        """Where no tag counts: everything is answer."""
        yield from self._hand_out("text", len(self._held))
        return False

    def _stands(self, rest: str) -> bool | None:
        """Return whether a closing tag here, with ``rest`` behind it, ends what nothing opened."""
        rest = f"{rest}\nCalls." if self._calls else rest
        return self._place.ends_thinking(rest, ended=self._ended)

    def _starts_again(self, rest: str) -> bool | None:
        """Return whether gpt-oss begins its next message behind ``<|end|>``."""
        follows = rest.lstrip()
        if follows.startswith(_HARMONY_START):
            return not self._place.is_open
        may_be = _HARMONY_START.startswith(follows) and len(rest) < _MAX_HELD
        return None if may_be and not self._ended else False

    def _leave_thinking(self, rest: str, tag: int) -> None:
        self._held, self._trim, self._place = rest, True, Place()
        if tag == len(TAGS):
            self._enter_channels(rest.lstrip())
            return
        self._tag = tag if self._tag is None else self._tag
        self._go(self._start, None)

    def _go(self, step: _State, plain: Literal["text", "reasoning"] | None = "text") -> None:
        self._step, self._plain, self._looked = step, plain, 0

    def _hand_out(self, label: Literal["text", "reasoning"], length: int) -> Iterator[Piece]:
        piece, self._held = self._held[:length], self._held[length:]
        if self._trim:
            piece = piece.lstrip()
        if piece:
            self._trim = False
            self._place.add(piece)
            yield (label, piece)


@cache
def _closer(tag: int) -> Finder:
    return Finder((TAGS[tag][1],))


@cache
def _all_of(tag: int) -> Finder:
    return Finder((*TAGS[tag], *_BEHIND))
