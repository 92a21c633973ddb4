"""Markdown as HTML while it streams: a block is rendered for good once it has settled."""

import time
from collections.abc import Iterator
from functools import lru_cache
from html import escape

from azchat.export.html import shown
from azchat.render.fences import open_fence
from azchat.render.html import blocks_of

_MOST = 128 * 1024  # characters that are read as Markdown; what comes behind them is plain
_LONGEST = 16 * 1024  # characters of a block: what is longer is cut, whatever it is
_SECONDS = 0.4  # of work for a step: markup that is made to take longer is plain from there on


class Blocks:
    """Takes text and gives HTML: ``settled`` only grows, ``open`` may still change."""

    def __init__(self) -> None:
        self.settled: list[str] = []
        self.open = ""
        self._tail = ""
        self._size = 0

    def feed(self, text: str) -> None:
        """Add ``text``; nothing is rendered yet."""
        self._tail += text

    def render(self, *, is_over: bool = False) -> None:
        """Render what came. ``is_over``: no more comes."""
        is_cut = self._tail.endswith("\r") and not is_over  # perhaps of a newline
        self._tail = self._tail.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n")
        while len(self._tail) > _LONGEST and self._size < _MOST:
            cut = self._tail.rfind("\n", 0, _LONGEST) + 1 or _LONGEST
            self._step(self._tail[:cut], is_last=False, is_over=False)
        if self._size < _MOST:
            self._step(self._tail, is_last=True, is_over=is_over)
        elif len(self._tail) > _LONGEST or is_over:
            self.settled += _plain(self._tail)
            self._tail = self.open = ""
        self._tail += "\r" if is_cut else ""

    def _step(self, text: str, *, is_last: bool, is_over: bool) -> None:
        """Settle what is certain of ``text``, the beginning of the tail.

        Where the last block begins is certain once a line of it is complete: those before it are.
        """
        begin = time.thread_time()
        blocks, lines = blocks_of(shown(text)), text.split("\n")
        if time.thread_time() - begin > _SECONDS:
            self._size = _MOST
        starts = [at for at, _ in blocks if at < len(lines) - 1]
        certain = starts[-1] if starts and not is_over else 0
        cut, reopened = sum(len(line) + 1 for line in lines[:certain]), ""
        if is_over or not (is_last or certain):
            certain, cut = len(lines), len(text)
            reopened = f"{lines[0]}\n" if not is_over and open_fence(lines[0]) else ""
        self.settled += [html for at, html in blocks if at < certain]
        self.open = "".join(html for at, html in blocks if at >= certain)
        self._tail = reopened + self._tail[cut:]
        self._size += cut


def _plain(text: str) -> Iterator[str]:
    """Yield text in pieces that a browser lays out by themselves."""
    for begin in range(0, len(text), _LONGEST):
        yield f'<div class="said plain">{escape(shown(text[begin : begin + _LONGEST]))}</div>'


@lru_cache(1024)
def html_of(text: str) -> tuple[str, ...]:
    """Return a whole text as blocks of HTML."""
    blocks = Blocks()
    blocks.feed(text)
    blocks.render(is_over=True)
    return tuple(blocks.settled)
