"""What is told is in colour and in whole words; what was asked for is alone."""

import re
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.oracles import check
from tests.terminal.asking import Dictated, asking


@pytest.mark.parametrize("thinks", [True, False])
def test_of_an_extracted_block_nothing_else_stays(home: Path, thinks: bool) -> None:
    with Dictated() as model, asking(home, model.url, "-x") as session:
        if thinks:
            model.think("hm ")
            session.wait_for("hm")
        model.answer("Here:\n\n```sh\nls -l\n", "pwd\n```\n\nThat is all.")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert [line for line in result.screen if line] == ["ls -l", "pwd"]


def test_its_usage_stays_if_that_was_asked_for(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, "-x", "-u") as session:
        model.answer("```\nx\n```\n")
        result = session.finish()
    code, usage, *_ = [line for line in result.screen if line]
    assert (code, usage.partition(" · ")[0]) == ("x", "fault-model")


@pytest.mark.parametrize("args", [("ask", "--help"), ("sessions", "--help"), ("--help",)], ids=str)
def test_help_is_in_colour_on_a_terminal_alone(home: Path, args: tuple[str, ...]) -> None:
    shown = azchat(*args, home=home, tty=True).terminal.decode()
    assert "\x1b[1mUsage:\x1b[0m" in shown
    assert "\x1b[36m" in shown
    piped = azchat(*args, home=home).out
    assert "\x1b" not in piped
    assert "\x1b" not in azchat(*args, home=home, tty=True, env={"NO_COLOR": "1"}).terminal.decode()


@pytest.mark.parametrize("columns", [40, 60, 200])
def test_the_words_of_help_are_whole(home: Path, columns: int) -> None:
    args = ("ask", "--help", "all")
    shown = azchat(*args, home=home, tty=True, size=(columns, 300))
    words = re.compile(r"[^\s|,]+")
    wide = words.findall(azchat(*args, home=home).out)
    assert {word for line in shown.screen for word in words.findall(line)} <= set(wide)


@pytest.mark.parametrize("columns", [40, 72])
def test_a_hint_is_broken_between_words(fs: FaultServer, ask: Ask, columns: int) -> None:
    result = ask(fs.url("httperr", status=404), "hi", tty=True, size=(columns, 60))
    told = " ".join(line.strip() for line in result.screen if line)
    piped = ask(fs.url("httperr", status=404), "hi").err
    assert set(told.split()) == set(piped.split())
