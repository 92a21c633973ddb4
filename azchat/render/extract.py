"""The fenced block of an answer alone, byte for byte."""

import re
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from azchat import events
from azchat.environment import Output
from azchat.errors import AzchatError
from azchat.render import Renderer
from azchat.render.fences import add_fence_rule

if TYPE_CHECKING:
    from markdown_it.token import Token

_LINE_END = re.compile(r"(\r\n?|\n)")
_NO_BLOCK = "the answer has no fenced block: all of it is shown"


class ExtractRenderer(Renderer):
    """Holds the answer back until its end, and shows the first fenced block, or the last.

    The rest goes to ``inner`` as it comes. To ``pipe`` the block is written as it is; without it
    ``inner`` shows the block. An answer without one is shown whole, with a notice.
    """

    def __init__(self, inner: Renderer, pipe: Output | None, *, last: bool) -> None:
        self._inner, self._pipe, self._last = inner, pipe, last
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self._at = 0.0
        self._tokens = 0
        self._block: str | None = None

    def prepare(self) -> None:
        """Import what extracting and showing take."""
        import markdown_it  # noqa: F401

        self._inner.prepare()

    def show(self, event: events.Event) -> None:
        """Hold text, pass on the rest."""
        match event:
            case events.TextDelta(text=text, tokens=tokens, at=at):
                self._pieces.append(text)
                self._at, self._tokens = at, self._tokens + tokens
                return
            case events.ReasoningDelta(text=text):
                self._thoughts.append(text)
            case events.Relabelled(to="reasoning", at=at):
                event = events.ReasoningDelta("".join(self._pieces), self._tokens, at)
                self._pieces, self._tokens = [], 0
            case events.Relabelled(to="text"):
                # It was shown as thinking; the block in it comes at the end.
                self._pieces, self._thoughts = self._thoughts, []
                return
            case events.RequestSent():
                self._pieces, self._thoughts = [], []  # what was said before tools were called
            case events.TurnFinished():
                self._release(is_whole=True)
            case events.TurnInterrupted():
                self._release(is_whole=False)
            case _:
                pass
        self._inner.show(event)

    def paused(self) -> AbstractContextManager[object]:
        """Leave the terminal to a question."""
        return self._inner.paused()

    def fail(self, error: AzchatError) -> None:
        """Show how the turn failed."""
        self._inner.fail(error)

    def close(self) -> None:
        """Show what was held, leave the outputs tidy, and then write the block."""
        self._release(is_whole=False)
        self._inner.close()
        if self._pipe and self._block:
            block, self._block = self._block, None
            self._pipe.write(block if block.endswith("\n") else f"{block}\n")

    def _release(self, *, is_whole: bool) -> None:
        answer, self._pieces = "".join(self._pieces), []
        if not answer:
            return
        blocks = extract_all(answer)
        block = blocks[-1 if self._last else 0] if blocks else None
        if block is None:
            if is_whole:
                self._inner.show(events.NoticeRaised("settings", _NO_BLOCK))
            self._inner.show(events.TextDelta(answer, self._tokens, self._at))
        elif self._pipe:
            self._block = block
        else:
            self._inner.show(events.TextDelta(block, self._tokens, self._at))


def extract_all(answer: str) -> list[str]:
    """Return the fenced blocks of Markdown that are not empty.

    The text of a block is that of the answer, line ends included; what a list or a quotation
    puts before its lines is taken off.
    """
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark")
    add_fence_rule(markdown)
    tokens = markdown.parse(answer)
    fences = [token for token in tokens if token.type == "fence" and token.content]
    return [_as_written(fence, answer) for fence in fences]


def _as_written(fence: "Token", answer: str) -> str:
    """Give the lines of a block the ends that the parser made alike."""
    pieces = _LINE_END.split(answer)
    lines, ends = pieces[::2], [*pieces[1::2], ""]
    content = fence.content.removesuffix("\n").split("\n")
    begin = (fence.map or [0])[0] + 1
    written = []
    for number, line in enumerate(content, begin):
        source = lines[number] if number < len(lines) else ""
        end = ends[number] if number < len(ends) else "\n"
        # The parser puts U+FFFD for NUL: the end of the source's line is what was written.
        tail = source[len(source) - len(line) :] if len(line) <= len(source) else line
        written.append(tail + end)
    return "".join(written)
