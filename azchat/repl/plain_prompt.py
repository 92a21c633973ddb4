"""The prompt where the cursor may not move: screen readers, dumb terminals. A line at a time."""

import signal
from collections.abc import Callable

from azchat.errors import Interrupted
from azchat.repl import Leave
from azchat.terminal.typed_ahead import ENDS_WITH, is_open, unquoted
from azchat.wire.surrogates import mend


class PlainPrompt:
    """Asks for the next line or block; the terminal itself edits the line."""

    def __init__(
        self,
        write: Callable[[str], None],
        arm: Callable[[], None],
        on_pasted: Callable[[str], None],
    ) -> None:
        self._write, self._arm = write, arm
        self._on_pasted = on_pasted  # any line may be: here nothing tells
        self._lines = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115

    def ask(self, draft: str = "", *, shows_thinking: bool = False) -> str:  # noqa: ARG002
        """Return what was typed; raises ``Leave`` at the end, ``Interrupted`` by a signal.

        A ``draft`` cannot be put where it could be changed: it is shown.
        """
        if draft:
            self._write(f"{draft}\n")
        has_interrupted = False
        while True:
            try:
                return self._line()
            except Interrupted as interrupted:
                if interrupted.signal != signal.SIGINT:
                    raise
                self._write("\n")
                if has_interrupted:
                    raise Leave from None
                has_interrupted = True
                self._arm()
                self._write("Ctrl-C again, or Ctrl-D, leaves\n")

    def remember(self, text: str) -> None:
        """There is no history."""

    def _line(self) -> str:
        text, mark = "", "> "
        while not text or is_open(text):
            self._write(mark)
            line = self._lines.readline()
            if not line:
                self._write("\n")
                raise Leave
            if not text and is_open(line):
                self._write(f"({ENDS_WITH})\n")
            self._on_pasted(line)
            text, mark = text + line, ". "
        return mend(unquoted(text.rstrip("\r\n")))
