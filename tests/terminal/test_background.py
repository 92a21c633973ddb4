"""Whether the terminal is light: asked once, and what it says is typed by nobody."""

import re
from collections.abc import Iterator

import pytest

from azchat.terminal import background
from azchat.terminal.keyboard import Keyboard


class Answering(Keyboard):
    """A terminal that says what it is told to."""

    def __init__(self, said: str) -> None:
        super().__init__(is_stdin=True)
        self.said, self.asked = said, 0

    def ask(
        self, question: bytes, reply: re.Pattern[str], seconds: float = 0
    ) -> re.Match[str] | None:
        assert question == b"\x1b]11;?\x1b\\\x1b[c"
        self.asked += 1
        return reply.fullmatch(self.said)


@pytest.fixture(autouse=True)
def _unknown() -> Iterator[None]:
    background._known.clear()
    yield
    background._known.clear()


@pytest.mark.parametrize(
    ("said", "is_light"),
    [
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", True),
        ("\x1b]11;rgb:fdfd/f6f6/e3e3\x07", True),
        ("\x1b]11;rgb:ff/ff/ff\x1b\\", True),
        ("\x1b]11;rgba:f/f/f/f\x1b\\", True),
        ("\x1b]11;rgb:0000/2b2b/3636\x1b\\", False),
        ("\x1b]11;rgb:1e/1e/1e\x07", False),
        ("\x1b[?62;4c", False),  # it knows no OSC 11
        ("", False),
    ],
)
def test_the_background_is_what_the_terminal_says(said: str, is_light: bool) -> None:
    keyboard = Answering(said)
    background.ask_background({}, keyboard)
    background.ask_background({}, keyboard)
    assert background.is_light({}) is is_light
    assert keyboard.asked == 1


@pytest.mark.parametrize(("theme", "is_light"), [("light", True), ("dark", False)])
def test_a_setting_goes_before_what_it_says(theme: str, is_light: bool) -> None:
    keyboard = Answering("\x1b]11;rgb:00/00/00\x07")
    background.choose_background(theme)
    background.ask_background({}, keyboard)
    assert background.is_light({"COLORFGBG": "15;0" if is_light else "0;15"}) is is_light
    assert keyboard.asked == 0


@pytest.mark.parametrize(
    ("words", "is_light"), [("0;15", True), ("0;default;7", True), ("15;0", False), ("", False)]
)
def test_a_variable_tells_it_without_a_question(words: str, is_light: bool) -> None:
    keyboard = Answering("")
    background.ask_background({"COLORFGBG": words}, keyboard)
    assert background.is_light({"COLORFGBG": words}) is is_light
    assert keyboard.asked == (not words)
