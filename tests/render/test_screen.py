"""What is on the terminal in the end, seen through an emulator of one."""

from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcwidth

from azchat.render.markdown import MarkdownText
from azchat.render.rows import Row
from azchat.render.screen import Screen
from tests.render.documents import CORPUS, PROPERTY, TEXTS, THEME, bare, frames, read
from tests.render.emulator import Emulator
from tests.wire.cutting import pieces

COLUMNS = st.integers(1, 9) | st.integers(10, 200) | st.sampled_from([10, 40, 80])
NEAR_CUTS = st.lists(st.integers(1, 150), max_size=20)
Size = tuple[int, int]


def row(text: str, *, soft: bool = False) -> Row:
    return Row(text, len(text), soft)


def last(rows: list[Row], limit: int) -> list[Row]:
    return rows[len(rows) - limit :] if len(rows) > limit else rows


def in_frames(text: str, size: Size, cuts: Iterable[int]) -> list[str]:
    """Return what is on a terminal after ``text`` was drawn frame by frame."""
    terminal = Emulator(*size)
    screen = Screen(terminal, {})
    for settled, live in frames(text, size[0], cuts, open_code=3):
        screen.draw(settled, last(live, screen.live_limit))
    return terminal.text()


def in_one(text: str, size: Size) -> list[str]:
    terminal = Emulator(*size)
    rows = [row for settled, _ in frames(text, size[0], ()) for row in settled]
    Screen(terminal, {}).draw(rows)
    return terminal.text()


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_frames_leave_what_one_draw_leaves(path: Path) -> None:
    text = read(path)
    for columns, step in ((80, 37), (37, 191), (10, 499), (4, 499)):
        size = (columns, 24)
        assert in_frames(text, size, range(step, len(text), step)) == in_one(text, size)


@settings(PROPERTY, max_examples=150)
@given(TEXTS, COLUMNS, st.integers(1, 24), NEAR_CUTS)
def test_no_size_and_no_cut_leaves_anything_else(
    text: str, columns: int, lines: int, cuts: list[int]
) -> None:
    assert in_frames(text, (columns, lines), cuts) == in_one(text, (columns, lines))


@settings(PROPERTY, max_examples=100)
@given(st.lists(st.integers(0, 30).map(lambda n: "x" * n) | st.integers(0, 30).map(" ".__mul__)))
def test_code_that_fills_rows_leaves_what_one_draw_leaves(pieces_of_code: list[str]) -> None:
    text = f"```py\n#{''.join(pieces_of_code)}\nend"
    assert in_frames(text, (10, 24), range(5, len(text))) == in_one(text, (10, 24))


ROWS = st.lists(st.sampled_from(["", "a", "ab", "abc", "\x1b[1mabc\x1b[0m", "b" * 9]).map(row))


@settings(PROPERTY, max_examples=200)
@given(st.lists(st.tuples(ROWS, ROWS), max_size=8), st.integers(2, 6))
def test_any_rows_may_follow_any_rows(
    changes: list[tuple[list[Row], list[Row]]], lines: int
) -> None:
    terminal, once = Emulator(10, lines), Emulator(10, lines)
    screen = Screen(terminal, {})
    for settled, live in changes:
        screen.draw(settled, last(live, screen.live_limit))
    screen.draw([row("end")])
    Screen(once, {}).draw([*(row for settled, _ in changes for row in settled), row("end")])
    assert terminal.text() == once.text()


# -- the size changes ------------------------------------------------------------------


def resized(text: str, cuts: Iterable[int], sizes: Mapping[int, Size]) -> tuple[str, list[str]]:
    """Return what was settled, and what is on the terminal, whose size changes at some pieces."""
    terminal, answer = Emulator(80, 24), MarkdownText(THEME, 3)
    screen = Screen(terminal, {}, count().__next__)  # a second passes from look to look
    rows: list[Row] = []
    for index, piece in enumerate([*pieces(text, cuts), None]):
        if size := sizes.get(index):
            terminal.change_size(*size)
        answer.finish() if piece is None else answer.feed(piece)
        screen.measure(at_once=piece is None)
        if not screen.is_changing:
            settled = answer.settled(screen.columns)
            screen.draw(settled, last(answer.open(screen.columns), screen.live_limit))
            rows += settled
    return "".join(bare(rows)), terminal.text()


def squeezed(text: str) -> str:
    """Return what takes a cell of ``text``, blanks left out: rows may break anywhere."""
    return "".join(c for c in text if not c.isspace() and wcwidth(c) > 0)


def is_within(part: str, whole: str) -> bool:
    """Whether ``part`` is left of ``whole`` when some of it is taken away."""
    rest = iter(whole)
    return all(character in rest for character in part)


SIZES = st.sampled_from([(1, 1), (5, 5), (30, 24), (80, 6), (80, 24), (120, 40), (200, 3)])


@settings(PROPERTY, max_examples=60)
@given(st.sampled_from(CORPUS), st.dictionaries(st.integers(0, 12), SIZES), st.integers(0, 200))
def test_nothing_that_was_settled_is_lost_when_the_size_changes(
    path: Path, sizes: dict[int, Size], first: int
) -> None:
    settled, text = resized(read(path), range(first, 2000, 150), sizes)
    assert is_within(squeezed(settled), squeezed("".join(text)))


def test_a_terminal_of_one_cell_and_back_shows_the_rest() -> None:
    text = read(CORPUS[0])
    settled, lines = resized(text, range(10, len(text), 20), {3: (1, 1), 8: (80, 24)})
    assert is_within(squeezed(settled), squeezed("".join(lines)))


def test_nothing_is_drawn_anew_until_the_size_has_stayed_for_a_while() -> None:
    now = 10.0
    terminal = Emulator(80, 24)
    screen = Screen(terminal, {}, lambda: now)
    screen.draw([], [row("a")])
    terminal.change_size(60, 24)
    assert not screen.measure()
    now += 0.28
    terminal.change_size(50, 24)
    assert not screen.measure()
    now += 0.28
    assert not screen.measure()
    assert screen.is_changing
    now += 0.28
    assert screen.measure()
    assert not screen.is_changing


def rows_erased(variables: dict[str, str], live: list[Row], columns: int) -> int:
    terminal = Emulator(80, 24)
    screen = Screen(terminal, variables)
    screen.draw([], live)
    terminal.change_size(columns, 24)
    terminal.written = ""
    screen.measure(at_once=True)
    return terminal.written.count("\x1b[K")


LIVE = [row("a" * 80, soft=True), row("a" * 40), row("b" * 70), row("c")]


@pytest.mark.parametrize(("columns", "lines"), [(80, 0), (40, 6), (60, 5), (120, 3), (20, 11)])
def test_lines_are_counted_as_the_terminal_breaks_them_anew(columns: int, lines: int) -> None:
    assert rows_erased({"TMUX": "1"}, LIVE, columns) == lines


@pytest.mark.parametrize("columns", [40, 120])
def test_a_terminal_that_cuts_lines_off_keeps_their_number(columns: int) -> None:
    assert rows_erased({"TERM": "xterm"}, LIVE, columns) == 4


def test_a_glyph_that_may_be_narrower_than_it_counts_never_erases_more() -> None:
    assert rows_erased({"TMUX": "1"}, [Row("❤️" * 20, 40)], 20) == 1


def test_rows_wider_than_the_screen_are_drawn_only_once() -> None:
    assert Screen(Emulator(9, 24), {}).live_limit == 0
    assert Screen(Emulator(10, 24), {}).live_limit == 23
