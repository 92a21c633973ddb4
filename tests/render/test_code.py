"""Code: coloured, folded at the edge, the same whole and in chunks."""

import re

import pytest

from azchat.render.code import code_chunks
from tests.render.documents import at_once, bare, shown, whole


def fence(lines: list[str], mark: str = "```", info: str = "") -> str:
    return "\n".join([mark + info, *lines, mark, ""])


def test_a_fence_is_framed_and_names_its_language() -> None:
    assert shown(fence(["x"], info="python title=a.py")) == ["── python title=a.py", "x", "──"]


def test_what_stands_behind_a_mark_is_shown_whole() -> None:
    assert shown(fence(["x"], info="python title=a.py"), 10)[:3] == ["── python", "title=a.py", "x"]


def test_blanks_have_no_colour() -> None:
    assert "m \x1b" not in at_once(fence(["let  x = 1"], info="js"), 80)[1].text


def test_code_is_coloured_by_its_language() -> None:
    assert "\x1b[" in at_once(fence(["def f(): ..."], info="python"), 80)[1].text
    assert at_once(fence(["def f(): ..."], info="nosuch"), 80)[1].text == "def f(): ..."


def test_the_same_code_in_another_language_has_other_colours() -> None:
    rows = at_once(fence(["import os"], info="python") + fence(["import os"], info="text"), 80)
    assert [("\x1b[" in row.text) for row in rows if "os" in row.text] == [True, False]


@pytest.mark.parametrize("info", ["console", "iex", "psql", "rconsole", "robotframework", "tnt"])
def test_no_language_costs_a_line(info: str) -> None:
    lines = ["$ ls", "julia> 1+1", "2", "$ cd /tmp"]
    assert shown(fence(lines, info=info))[1:-1] == lines


@pytest.mark.parametrize("info", ["Python", "{.python}", "python3", "py"])
def test_the_name_of_a_language_may_be_written_in_many_ways(info: str) -> None:
    assert "\x1b[" in at_once(fence(["import os"], info=info), 80)[1].text


def test_lines_are_folded_at_the_edge_and_tabs_become_spaces() -> None:
    assert shown(fence(["\tx" + "y" * 10]), 10)[1:3] == ["    xyyyyy", "yyyyy"]


@pytest.mark.parametrize(
    "lines",
    [
        ["```", "x", "```"],
        ["~~~", "x"],
        ["", "", "x", ""],
        ["  x", "\ty"],
        ["``` no end", "x"],
        ["# no heading", "- no item", "| no | table |", "[no](link)"],
    ],
)
def test_what_stands_in_a_fence_stays_as_it_is(lines: list[str]) -> None:
    text = fence(lines, "`````")
    assert shown(text)[1:-1] == [line.expandtabs(4) for line in lines]


def test_a_fence_that_is_not_closed_ends_with_the_text() -> None:
    assert shown("```\na\n\nb") == ["──", "a", "", "b", "──"]


def test_an_indented_fence_takes_its_indentation_off_its_lines() -> None:
    assert shown("  ```\n  a\n    b\n c\n\td\n  ```\n")[1:-1] == ["a", "  b", "c", "  d"]


def test_chunks_of_code_end_at_blank_lines_and_join_to_the_whole() -> None:
    lines = ["" if number % 9 == 0 else f"x{number}" for number in range(1, 300)]
    chunks = code_chunks(lines)
    assert [line for chunk in chunks for line in chunk] == lines
    assert len(chunks) > 5
    assert all(not chunk[-1] for chunk in chunks[:-1])


def test_a_text_of_many_lines_is_not_cut_where_it_is_indented() -> None:
    text = ["def f():", '    """Text.', *["", "    more"] * 20, '    """', "", "g()"]
    assert code_chunks(text) == [text[:-1], text[-1:]]


def test_a_long_fence_has_the_same_rows_at_any_time() -> None:
    text = fence(['s = """', *["text"] * 200, '"""', "", *["y = 'é'"] * 200], info="python")
    assert at_once(text, 40) == whole(text, 40)
    assert len(bare(at_once(text, 40))) == 405


DOCUMENTS = [
    ["# A", "```bash", "npm i", "```", "## B"],
    ["Install:", "", "```", "npm i", "```", "", "## B"],
    ["```md", "```sh", "a", "```", "```", "b"],
    ["  ```py", "  a", "  ```", "b"],
    ["```py", "```js", "a", "```", "b"],
    ["~~~", "```sh", "a", "```", "~~~"],
]


@pytest.mark.parametrize("info", ["markdown", "md", "MD", "markdown title=README.md"])
@pytest.mark.parametrize("lines", DOCUMENTS, ids=lambda lines: lines[0])
def test_a_document_may_hold_fences(lines: list[str], info: str) -> None:
    document = [f"── {info}", *lines, "──"]
    assert shown(fence(lines, info=info) + "\nBye.\n") == [*document, "", "Bye."]
    item = "- a\n" + "".join(f"  {line}\n" for line in fence(lines, info=info).split("\n"))
    assert shown(item) == ["• a", *(f"  {line}".rstrip() for line in document)]


@pytest.mark.parametrize("info", ["", "sh", "text"])
def test_no_other_code_holds_fences(info: str) -> None:
    assert shown(fence(["```sh", "a"], info=info) + "b\n")[-2:] == ["──", "b"]


def test_a_longer_mark_holds_what_it_likes() -> None:
    assert shown(fence(["```sh", "a"], "````", "md") + "b\n")[1:] == ["```sh", "a", "──", "b"]


LINE = "docker run -v /a:/b  image:latest --flag " * 4 + "end"


def logical(text: str, width: int) -> list[str]:
    """Return the lines of a copy: rows that go on in the next are one."""
    rows = at_once(text, width)
    joined = "".join(
        row + "\n" * (not kept.soft) for row, kept in zip(bare(rows), rows, strict=True)
    )
    return joined.split("\n")


@pytest.mark.parametrize("before", ["- ", "1. ", "> ", "- - ", "> - ", "- > 1. ", "    "])
def test_a_long_line_of_code_is_one_line_of_a_copy_wherever_it_stands(before: str) -> None:
    inside = re.sub(r"[^> ]", " ", before)
    lines = ["```sh", LINE, f"  {LINE}", "short", "```"] if before.strip() else [LINE, f"  {LINE}"]
    text = "".join(f"{inside if at else before}{line}\n" for at, line in enumerate(lines))
    for width in (20, 40, 57, 80):
        copied = [line.lstrip(" │•◦1.") for line in logical(text, width)]
        assert copied.count(LINE) == 2
        assert not any(row.width > width for row in at_once(text, width))
    assert [row.soft for row in at_once(text, 80)] == [row.soft for row in whole(text, 80)]


URL = "https://a.test/" + "0123456789" * 9


@pytest.mark.parametrize("width", [40, 80, 100, 200])
@pytest.mark.parametrize(
    "text", [URL, f"[x]({URL})", f"see `{URL}`, or {URL} here", f"{URL} {URL}"]
)
@pytest.mark.parametrize("before", ["", "- ", "1. ", "> ", "- > ", "  - a\n    1. "])
def test_an_address_is_left_to_the_terminal_to_wrap(text: str, width: int, before: str) -> None:
    source = f"{before}{text}\n"
    assert all(row.width <= width for row in at_once(source, width))
    assert "\n".join(logical(source, width)).count(URL) == text.count(URL)
