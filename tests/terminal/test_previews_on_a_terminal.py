"""Previews on a real terminal, and where there is none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attachments.samples import QUESTION, chart
from tests.front_door import Result, azchat
from tests.oracles import check


@pytest.fixture
def show(home: Path) -> Callable[..., Result]:
    (home / "chart.png").write_bytes(chart())

    def run(*more: str, **how: Any) -> Result:
        args = ("image", "--demo", QUESTION, "chart.png", "--thinking", "hide", *more)
        whole: dict[str, Any] = {"tty": True, "size": (80, 40)} | how
        return azchat(*args, home=home, **whole)

    return run


def blocks(result: Result) -> int:
    return sum("▀" in line for line in result.screen)


def test_a_picture_is_shown_before_the_answer(show: Any) -> None:
    result = show()
    check(result, code=0, allow=[r"\x1b\[c"])
    assert blocks(result) == 12
    answer = next(n for n, line in enumerate(result.screen) if "The chart illustrates" in line)
    assert max(n for n, line in enumerate(result.screen) if "▀" in line) < answer


@pytest.mark.parametrize("more", [("--no-preview",), ("--plain",), ("-q",), ("--color", "never")])
def test_a_picture_is_not_shown_to_who_does_not_want_it(show: Any, more: tuple[str, ...]) -> None:
    assert not blocks(show(*more))


@pytest.mark.parametrize("tty", [["stderr"], ["stdout"], ["stdin"], False])
def test_a_picture_is_never_shown_in_a_pipe(show: Any, tty: Any) -> None:
    result = show(tty=tty)
    assert result.code == 0
    assert "▀" not in result.out + result.err + result.terminal.decode()
    assert b"\x1b_G" not in result.terminal


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"ACCESSIBLE": "1"}])
def test_a_picture_is_not_shown_where_it_cannot_be(show: Any, env: dict[str, str]) -> None:
    assert "▀" not in show(env=env).terminal.decode()


def test_a_terminal_with_graphics_gets_them(show: Any) -> None:
    assert b"\x1b_Ga=T,f=100,q=2,m=" in show(env={"TERM": "xterm-kitty"}).terminal
    assert b"\x1b]1337;File=inline=1" in show(env={"TERM_PROGRAM": "iTerm.app"}).terminal


def test_a_small_terminal_shows_a_small_picture(show: Any) -> None:
    result = show(size=(20, 10))
    assert result.code == 0
    assert all(len(line) <= 20 for line in result.screen)


def test_the_terminal_is_left_as_it_was(show: Any) -> None:
    result = show()
    assert result.termios_after == result.termios_before
