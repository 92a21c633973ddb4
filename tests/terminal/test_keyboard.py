"""The keyboard: what a terminal sends is parted, and threads may close it at any time."""

import pytest

from azchat.terminal.keyboard import Keyboard, KeyParser

REPORTS = [
    *("\x1b[I", "\x1b[O", "\x1b]11;rgb:1e1e/1e1e/1e1e\x07", "\x1b]4;1;rgb:0/0/0\x1b\\"),
    *("\x1b[99;5u", "\x1b[57441;1:3u", "\x1b[27;5;99~", "\x1b[?62;4c", "\x1b[>1;10;0c", "\x1b[?1u"),
    *("\x1bP>|xterm(390)\x1b\\", "\x1bP1+r544e=7a\x1b\\", "\x1b_Gi=1;OK\x1b\\", "\x1b[8;24;80t"),
    *("\x1b[<0;10;10M", "\x1b[M !!", "\x1b[24;80R", "\x1b[?2026;2$y", "\x1b[?997;1n"),
]
KEYS = [
    "é",
    "\r",
    "\x1ba",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1bOP",
    "\x1b[[A",
    "\x1b[200~a\x1b[I\rb\x1b[201~",
]


@pytest.mark.parametrize("key", [*REPORTS, *KEYS], ids=repr)
def test_a_key_and_a_report_are_whole_wherever_they_are_cut(key: str) -> None:
    data = f"x{key}y{key}z"
    for cut in range(len(data) + 1):
        parser = KeyParser()
        assert parser.feed(data[:cut]) + parser.feed(data[cut:]) == ["x", key, "y", key, "z"]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ("\x1b]11;rgb\ra", ["\x1b]11;rgb", "\r", "a"]),
        ("\x1b[12\x1b[Aa", ["\x1b[12", "\x1b[A", "a"]),
        ("\x1b\x1b[A", ["\x1b", "\x1b[A"]),
    ],
)
def test_what_breaks_off_swallows_nothing(data: str, keys: list[str]) -> None:
    assert KeyParser().feed(data) == keys


def test_escape_alone_is_a_key_when_nothing_follows_and_a_report_is_waited_for() -> None:
    parser = KeyParser()
    assert (parser.feed("\x1b"), parser.flush(), parser.feed("a")) == ([], ["\x1b"], ["a"])
    assert (parser.feed("\x1b]11;"), parser.flush(), parser.feed("\x07a")) == (
        [],
        [],
        ["\x1b]11;\x07", "a"],
    )


class ClosedMeanwhile(Keyboard):
    """Closed between the two halves of ``listen``, as by the end of a turn that failed at once."""

    def in_foreground(self) -> bool:
        self.close()
        return True


def test_a_keyboard_that_is_closed_while_it_begins_to_listen_stays_closed() -> None:
    keyboard = ClosedMeanwhile(is_stdin=True)
    keyboard.listen()
    assert not keyboard.is_listening
