"""How a batch goes: one line that is drawn again, or a line once in a while."""

from collections.abc import Sequence
from typing import Any

from azchat.environment import Output
from azchat.terminal.safe import Codes, visible

_BAR = 12  # cells


class BatchBar:
    """Rich's bar with words behind it, in one line of a terminal: what has no room is left out."""

    def __init__(self, output: Output, *, has_colour: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._output = output
        console = Console(
            file=_File(output),  # type: ignore[arg-type]
            force_terminal=True,
            no_color=not has_colour,
            width=output.size()[0],
            _environ={},
        )
        words = TextColumn("{task.description}", markup=False)
        self._progress = Progress(
            BarColumn(_BAR), words, console=console, auto_refresh=False, transient=True
        )
        self._task = self._progress.add_task("", total=1.0)
        self._progress.start()

    def show(self, words: Sequence[str], share: float) -> None:
        """Draw it; the first of the ``words`` matter most."""
        room = self._output.size()[0] - _BAR - 2
        told = words[0]
        for word in words[1:]:
            if len(told) + len(word) + 3 <= room:
                told += f" · {word}"
        self._progress.update(self._task, description=told[:room], completed=share, refresh=True)

    def say(self, line: str) -> None:
        """Write a line above it."""
        self._progress.console.print(visible(line), markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take it off the screen."""
        self._progress.stop()


class _File:
    """What Rich writes on."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, text: str) -> int:
        self._output.write(Codes(text))
        return len(text)

    def flush(self) -> None:
        """All is written at once."""

    def isatty(self) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)
