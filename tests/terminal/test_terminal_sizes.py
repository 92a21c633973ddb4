"""Terminals of any size, and sizes that change while the answer comes."""

import time
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import Session
from tests.oracles import check
from tests.terminal.asking import Dictated, asking, lines_of

TINY = [(1, 1), (2, 2), (1, 24), (80, 1), (80, 2), (9, 3), (20_000, 3), (3, 500)]


# -- sizes that stay (row 59) ----------------------------------------------------------


@pytest.mark.parametrize("size", TINY, ids=str)
def test_any_size_shows_the_whole_answer(fs: FaultServer, ask: Ask, size: tuple[int, int]) -> None:
    url = fs.url("think", ms=10, n=5, field="reasoning_content")
    result = ask(url, "hi", "--thinking", "live", tty=True, size=size)
    check(result, code=0, servers=[fs])
    said = "".join(result.terminal.decode().split())
    assert all(f"tok{i}" in said or size[0] < 9 for i in range(5))


@pytest.mark.parametrize("size", [(1, 1), (7, 2)], ids=str)
@pytest.mark.parametrize("scenario", ["esc", "uni", "markup"])
def test_hostile_text_fits_any_size(
    fs: FaultServer, ask: Ask, size: tuple[int, int], scenario: str
) -> None:
    check(ask(fs.url(scenario, split=1), tty=True, size=size), code=0, servers=[fs])


def test_a_size_that_the_terminal_does_not_know_is_the_usual_one(home: Path) -> None:
    words = [f"word{i} " for i in range(30)]
    with Dictated() as model, asking(home, model.url) as session:
        session.resize(0, 0, keep=True)
        model.answer(*words)
        result = session.finish()
    check(result, code=0, servers=[model])
    assert max(map(len, lines_of(result))) in range(70, 81)


HARD = [
    ([], {"kind": "word", "n": 1_000_000}),
    (["--raw"], {"kind": "word", "n": 1_000_000}),
    ([], {"kind": "marks", "n": 400}),
    (["--plain"], {"kind": "marks", "n": 400}),
    ([], {"kind": "lines", "n": 9999}),
]


@pytest.mark.parametrize(("args", "parameters"), HARD, ids=str)
def test_text_that_is_hard_to_lay_out_is_shown_in_time(
    fs: FaultServer, home: Path, args: list[str], parameters: dict[str, int | str]
) -> None:
    with asking(home, fs.url("wide", **parameters), *args, keep=False) as session:
        result = session.finish()
    check(result, code=0, servers=[fs])


@pytest.mark.parametrize("columns", [1, 20_000])
def test_a_long_line_fits_any_width(fs: FaultServer, home: Path, columns: int) -> None:
    url = fs.url("wide", kind="word", n=20_000)
    with asking(home, url, size=(columns, 24), keep=False) as session:
        check(session.finish(), code=0, servers=[fs])


# -- sizes that change (row 61) --------------------------------------------------------


def storm(session: Session, sizes: list[tuple[int, int]], changes: int = 12) -> None:
    """Change the size again and again while azchat draws; it ends as it began."""
    turns = iter([*sizes * changes][:changes])

    def change() -> bool:
        size = next(turns, None)
        session.resize(*(size or (80, 24)), keep=True)
        return size is None

    session.wait_until(change)


STORMS = {
    "1x1 and back": [(1, 1), (80, 24)],
    "larger and smaller": [(80, 24), (40, 24), (80, 50), (120, 12), (79, 3)],
    "all": [(80, 24), (1, 1), (200, 50), (2, 1), (60, 10), (1, 99)],
}


@pytest.mark.parametrize("sizes", STORMS.values(), ids=STORMS)
def test_a_storm_of_sizes_leaves_each_line_of_the_answer_there_once(
    home: Path, sizes: list[tuple[int, int]]
) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think(*(f"thought {i}\n" for i in range(20)))
        session.wait_for("thought 19")
        storm(session, sizes)
        for i in range(8):
            model.say(f"- item {i}\n")
            storm(session, sizes)
            session.wait_for(f"item {i}")
        model.answer("- the end\n")
        result = session.finish()
    check(result, code=0, servers=[model])
    lines = [line.strip(" •-") for line in lines_of(result)]
    assert lines[-9:] == [*(f"item {i}" for i in range(8)), "the end"]
    assert sum("item" in line for line in lines) == 8


def test_nothing_is_drawn_until_the_size_has_stayed_for_a_while(home: Path) -> None:
    """In a storm of sizes tmux tells one up to 0.25 s after it broke its lines for it."""
    with Dictated() as model, asking(home, model.url) as session:
        model.say("One.\n\n")
        session.wait_for("One.")
        since = time.monotonic()
        session.resize(60, 24)
        model.say("Two.\n\n")
        session.wait_for("Two.")
        assert time.monotonic() - since > 0.25
        model.finish()
        check(session.finish(), code=0, servers=[model])


def test_lines_get_as_wide_as_the_terminal_becomes(home: Path) -> None:
    words = [f"word{i} " for i in range(30)]
    with Dictated() as model, asking(home, model.url, size=(40, 24)) as session:
        model.say("Begin.\n\n", *words[:10])
        session.wait_for("word9")
        session.resize(100, 24)
        model.say(*words[10:])
        session.wait_until(lambda: any(len(line) > 80 for line in session.screen))
        model.finish()
        result = session.finish()
    check(result, code=0, servers=[model])
    assert " ".join(lines_of(result)[1:]) == " ".join(words).replace("  ", " ").strip()


def test_the_thinking_fits_a_terminal_that_becomes_small(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think(*(f"thought {i}\n" for i in range(20)))
        session.wait_for("t opens it")
        session.send("t")
        session.wait_for("t folds it")
        session.resize(30, 5)
        session.wait_until(lambda: any("Thinking…" in line for line in session.screen))
        session.wait_until(lambda: "  thought 19" in session.screen)
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert "yes" in lines_of(result)
