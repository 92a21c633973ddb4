"""What is typed while an answer comes: entries that wait, and the line that is not one yet.

A block between triple quotes is sent as it is, whatever it begins with.
"""

from collections.abc import Callable, Sequence

from azchat.terminal.keyboard import PASTE_BEGINS, PASTE_ENDS, KeyParser

QUOTES = '"""'
ENDS_WITH = 'this is a block of lines, it ends with """'


class TypedAhead:
    """A queue of ``entries`` that wait to be sent; ``line`` is not one yet.

    For who comes next ``shows_thinking``: it stood open when the answer ended. ``has_printed``:
    it stands above it for good; ``printed`` is what it was.
    """

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.line = ""
        self.shows_thinking = self.has_printed = False
        self.printed: tuple[str, str] | None = None
        self.pasted: list[str] = []
        self._is_block = False  # the line began with quotes that were typed
        self._parser = KeyParser()  # of what is handed over as it came

    def feed(self, data: str) -> None:
        """Take what a terminal sent."""
        for key in self._parser.feed(data):
            self.take(key)

    def take(self, key: str) -> None:
        """Take a key: what is no text and edits nothing, such as a report, is dropped."""
        if act := _ACTIONS.get(key):
            act(self)
        elif key.startswith(PASTE_BEGINS):
            self._is_block = self._is_block and bool(self.line)
            pasted = key.removeprefix(PASTE_BEGINS).removesuffix(PASTE_ENDS)
            self.pasted.append(pasted.replace("\r\n", "\n").replace("\r", "\n"))
            self.line += self.pasted[-1]
        elif key in ("\n", "\t") or key.isprintable():
            self.line += key
            self._is_block = self._is_block or self.line == QUOTES

    def next(self) -> str | None:
        """Take the first entry out; None where there is none."""
        return self.entries.pop(0) if self.entries else None

    def take_line(self) -> str:
        """Take out what is no entry yet."""
        line, self.line, self._is_block = self.line, "", False
        return line

    def take_all(self) -> list[str]:
        """Take out everything, in order: nothing of it is to be sent by itself."""
        entries, self.entries = self.entries, []
        return [*entries, *filter(None, [self.take_line()])]

    def _enter(self) -> None:
        if self._is_block and is_open(self.line):
            self.line += "\n"
            return
        line = unquoted(self.line) if self._is_block else self.line
        self.take_line()
        if line.strip():
            self.entries.append(line)

    def _rub_out(self) -> None:
        self.line = self.line[:-1]

    def _rub_out_word(self) -> None:
        kept = self.line.rstrip()
        self.line = kept[: max(kept.rfind(" "), kept.rfind("\n")) + 1]

    def _fold(self) -> None:
        self.shows_thinking = not self.shows_thinking

    def _take_back(self) -> None:
        if self.entries:
            self.line = "\n".join(filter(None, [self.entries.pop(), self.take_line()]))


_ACTIONS: dict[str, Callable[[TypedAhead], object]] = {
    "\r": TypedAhead._enter,
    "\x7f": TypedAhead._rub_out,
    "\b": TypedAhead._rub_out,
    "\x14": TypedAhead._fold,  # Ctrl-T, while there is no answer that takes it
    "\x15": TypedAhead.take_line,  # Ctrl-U
    "\x17": TypedAhead._rub_out_word,  # Ctrl-W
    "\x1b[A": TypedAhead._take_back,  # Up
    "\x1bOA": TypedAhead._take_back,
}


def parted(text: str, returned: Sequence[str]) -> list[str]:
    """Return what a text that was sent is made of, when entries had been returned in it.

    They are entries still, a line each if they were lines: a command among them is a command.
    """
    if text == "\n".join(returned):
        return list(returned)
    is_lines = len(returned) > 1 and not any("\n" in entry for entry in returned)
    return text.split("\n") if is_lines else [text]


def is_open(text: str) -> bool:
    """Return whether ``text`` begins a block and does not end it."""
    return text.lstrip().startswith(QUOTES) and not _is_whole(text.strip())


def unquoted(text: str) -> str:
    """Return what stands in a block, such that it is no command; other text as it is."""
    bare = text.strip()
    if not bare.startswith(QUOTES):
        return text
    end = -len(QUOTES) if _is_whole(bare) else None  # a pipe may end before the block does
    lines = bare[len(QUOTES) : end].strip("\n")
    return f"/{lines}" if lines.startswith("/") else lines


def _is_whole(bare: str) -> bool:
    return bare.endswith(QUOTES) and len(bare) >= 2 * len(QUOTES)
