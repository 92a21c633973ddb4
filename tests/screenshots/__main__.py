"""Draws the README's pictures: a turn of the demo on a clock that stands still, by Rich as SVG.

Run from the repository root: python -m tests.screenshots
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from azchat.conversation import Conversation, ModelSettings
from azchat.demo.transport import DemoTransport
from azchat.dialects import named
from azchat.dialects.asked import Asked
from azchat.engine.chat import Chat, Outside
from azchat.events import Event
from azchat.messages import Message
from azchat.messages import Text as TextPart
from azchat.render.appearance import Appearance
from azchat.render.markdown import MarkdownText
from azchat.render.rows import Row
from azchat.render.screen import Screen
from azchat.render.theme import load_theme
from azchat.render.turn_view import TurnView
from azchat.terminal.keyboard import Keyboard

FOLDER = Path(__file__).parent
QUESTION = "Compare sorting algorithms"
WIDTH, LINES = 92, 40
SPEED = 40.0  # tokens a second
VARIABLES = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Terminal:
    """An output of a known size; what is written is not kept."""

    is_terminal = speaks_vt = True

    def write(self, text: str) -> None: ...

    def size(self) -> tuple[int, int]:
        return WIDTH, LINES


class KeptScreen(Screen):
    """Keeps the rows instead of drawing them."""

    settled: list[Row]
    live: Sequence[Row] = ()

    def draw(self, settled: Sequence[Row], live: Sequence[Row] = ()) -> None:
        self.settled = [*getattr(self, "settled", []), *settled]
        self.live = live


class NoKeyboard(Keyboard):
    """Says that it listens, so that the key is shown."""

    is_listening = True

    def __init__(self) -> None: ...

    def in_foreground(self) -> bool:
        return True

    def listen(self) -> None: ...

    def ignore(self) -> None: ...

    def read(self) -> list[str]:
        return []


def pictures() -> Iterator[tuple[Path, str]]:
    """Yield each picture's file and its SVG."""
    yield FOLDER / "thinking.svg", _draw(lambda event, now: now >= 2.0)
    yield FOLDER / "answer.svg", _draw(lambda event, now: False)


def _draw(is_enough: Callable[[Event, float], bool]) -> str:
    """Return what is on the screen when it is enough, or at the end of the turn."""
    clock, terminal = Clock(), Terminal()
    screen = KeptScreen(terminal, VARIABLES)
    view = TurnView(
        screen,
        terminal,
        Appearance(),
        clock=clock,
        new_answer=lambda: MarkdownText(load_theme(VARIABLES)),
    )
    view.keyboard = NoKeyboard()
    transport = DemoTransport(tokens_per_second=SPEED, sleep=clock.sleep, clock=clock)
    conversation = Conversation(ModelSettings(model="DeepSeek-R1"), ())
    chat = Chat(
        transport,
        Asked(conversation),
        named("chat"),
        outside=Outside(clock=clock, sleep=clock.sleep),
    )
    for event in chat.send(Message.user(TextPart(QUESTION))):
        view.show(event)
        if is_enough(event, clock.now):
            view.draw()
            return _svg([*screen.settled, *screen.live])
    view.close()
    return _svg(screen.settled)


def _svg(rows: Sequence[Row]) -> str:
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text(f'$ azchat ask "{QUESTION}"', style="bold"))
        for row in rows:
            console.print(Text.from_ansi(row.text), no_wrap=True, overflow="ignore", crop=False)
        return console.export_svg(title="azchat")


if __name__ == "__main__":
    for file, svg in pictures():
        file.write_text(svg)
