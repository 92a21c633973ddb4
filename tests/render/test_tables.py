"""Tables: columns where there is room, records where there is none."""

from pathlib import Path

import pytest

from tests.render.documents import CORPUS, read, shown

NARROW = "| a | b |\n|---|--:|\n| x | 1 |\n| long | 23 |\n"
LONG = "words that go on and on until they must be broken"


def test_a_column_is_as_wide_as_its_widest_cell() -> None:
    assert shown(NARROW) == ["a    │  b", "─────┼───", "x    │  1", "long │ 23"]


def test_a_column_is_aligned_as_the_source_says() -> None:
    rows = shown("| left | right | mid |\n|:--|--:|:-:|\n| a | b | c |\n")
    assert rows[2] == "a    │     b │  c"


def test_long_cells_are_wrapped_and_rows_told_apart() -> None:
    assert shown(f"| a | b |\n|---|---|\n| x | {LONG} |\n| y | z |\n", 30) == [
        "a │ b",
        "──┼───────────────────────────",
        "x │ words that go on and on",
        "  │ until they must be broken",
        "──┼───────────────────────────",
        "y │ z",
    ]


def test_below_a_tall_header_is_one_rule() -> None:
    rows = shown(f"| a | {LONG} |\n|---|---|\n| x | {LONG} |\n", 30)
    assert [row[:3] for row in rows] == ["a │", "  │", "──┼", "x │", "  │"]


def test_a_table_without_room_becomes_records() -> None:
    table = f"| name | text | number |\n|---|---|---|\n| x-y-z-x-y-z | {LONG} | y |\n"
    assert shown(table, 20)[:3] == ["─" * 20, "name: x-y-z-x-y-z", "text: words that go"]
    assert shown(table, 20)[-2:] == ["number: y", "─" * 20]


URL = "https://a.b/c/this_is_a_very_long_address_that_goes_on"


@pytest.mark.parametrize("url", [URL, f"[x]({URL})", f"<{URL}>", f"see {URL}, then"])
def test_an_address_in_a_cell_stays_whole(url: str) -> None:
    table = f"| name | text | where |\n|---|---|---|\n| {LONG} | {LONG} | {url} |\n"
    for width in (60, 80, 100, 200):
        assert any(URL in row for row in shown(table, width))
    assert shown(table, 60)[1].startswith("name: words")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("$P(A|B)$", "P(A|B)"),
        ("$P(A|B) = \\frac{P(B|A)}{P(B)}$", "P(A|B) = P(B|A)/(P(B))"),
        ("$|x|$", "|x|"),
        ("$\\{x | x > 0\\}$", "{x | x > 0}"),
        ("\\(a|b\\)", "(a|b)"),
    ],
)
def test_a_bar_in_a_formula_parts_no_cells(cell: str, text: str) -> None:
    rows = shown(f"| a | b |\n|---|---|\n| {cell} | x |\n")
    assert [column.strip() for column in rows[2].split("│")] == [text, "x"]


@pytest.mark.parametrize("row", ["$5|$6", "$|x", "$(a|b", "$ | $", "5$ | 6$"])
def test_bars_between_prices_part_cells(row: str) -> None:
    cells = [cell.strip() for cell in row.split("|")]
    rows = shown(f"| a | b |\n|---|---|\n|{row}|\n")
    assert [column.strip() for column in rows[2].split("│")] == cells


def test_a_column_without_a_name_has_no_colon_in_a_record() -> None:
    table = "| | Python | Rust |\n|---|---|---|\n| **Speed** of it | slow enough | fast |\n"
    assert shown(table, 20)[1:4] == ["Speed of it", "Python: slow enough", "Rust: fast"]


def test_wide_characters_keep_the_columns_straight() -> None:
    assert shown("| 語 | b |\n|---|---|\n| 電子 | x |\n| a | y |\n") == [
        "語   │ b",
        "─────┼──",
        "電子 │ x",
        "a    │ y",
    ]


@pytest.mark.parametrize("mark", ["<br>", "<br/>", "<br />"])
def test_br_breaks_a_line_in_a_cell(mark: str) -> None:
    assert shown(f"| a | b |\n|---|---|\n| one{mark}two | x |\n")[2:] == ["one │ x", "two │"]


def test_an_escaped_pipe_is_text() -> None:
    assert shown("| a | b |\n|---|---|\n| `x \\| y` | c \\| d |\n")[2] == "x | y │ c | d"


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        ("`x | y` | b", "x | y │ b"),
        ("`a||b` | `|`", "a||b │ |"),
        ("``a | ` b`` | c", "a | ` b │ c"),
        ("`a \\| b | c` | **d**", "a | b | c │ d"),
        ("`cat x | grep y` and `z | w` | b", "cat x | grep y and z | w │ b"),
        ("` | `", "` │ `"),
        ("`a | b", "`a │ b"),
    ],
)
def test_a_pipe_in_code_is_code(cells: str, row: str) -> None:
    assert shown(f"| a | b |\n|---|---|\n| {cells} |\n")[2] == row
    assert shown(f"- a | b\n  --|--\n  {cells}\n")[2:] == [f"  {row}"]
    assert shown(f"{cells}\n--|--\n")[0] == row


def test_what_is_too_much_for_the_columns_is_not_lost() -> None:
    assert shown("| a | b |\n|---|---|\n| or | `x || y` |\n")[2] == "or │ x || y"
    assert shown("| a | b |\n|---|---|\n| 1 | 2 | 3 | 4 |\n")[2] == "1 │ 2 | 3 | 4"


def test_a_row_that_is_too_short_is_filled_up() -> None:
    assert shown("| a | b |\n|---|---|\n| 1 |\n| 2 | 3 |\n")[2:] == ["1 │", "2 │ 3"]


def test_a_table_may_have_no_rows_and_no_header() -> None:
    assert shown("| a | b |\n|---|---|\n") == ["a │ b", "──┼──"]
    assert shown("| | |\n|---|---|\n| x | y |\n") == ["  │", "──┼──", "x │ y"]


def test_what_begins_with_another_mark_is_no_table() -> None:
    assert shown("# a |\n--|\n") == ["a |", "--|"]
    assert shown("- a | b\n--|--\n") == ["• a | b", "  --|--"]


@pytest.mark.parametrize("path", [path for path in CORPUS if "table" in path.stem])
def test_the_columns_of_a_table_stand_below_each_other(path: Path) -> None:
    from azchat.render.rows import cell_width

    table: list[list[int]] = []
    for row in [*shown(read(path), 100), ""]:
        bars = [cell_width(row[:at]) for at, mark in enumerate(row) if mark in "│┼"]
        if not bars:
            table = []
        table.append(bars)
        assert table[0] == bars or not table[0]
