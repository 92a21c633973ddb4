"""What Rich draws: tables, pairs, texts, programs and panels as rows that fit."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from azchat.render.drawn import Column, framed, pairs, program, table, text
from azchat.render.rows import Row
from tests.front_door import azchat
from tests.oracles import check
from tests.test_architecture import modules_after

CODES = re.compile(r"\x1b\[[0-9;]*m")
WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=12)
CELLS = st.lists(st.tuples(*[WORDS.map(" ".join)] * 3), min_size=1, max_size=4)
COLUMNS = (Column("NAME"), Column("WHAT"), Column("WHERE", "dim"))


def shown(rows: list[Row]) -> list[str]:
    return [CODES.sub("", row.text) for row in rows]


@settings(deadline=None)
@example([("a", "a aaaaaa", "a a a a")], 20)
@given(CELLS, st.integers(20, 200))
def test_a_table_fits_and_keeps_every_word(lines: list[tuple[str, str, str]], width: int) -> None:
    rows = table(COLUMNS, lines, width)
    assert all(row.width <= width and len(row.text.splitlines()) <= 1 for row in rows)
    words = sorted(word for line in lines for cell in line for word in cell.split())
    heads = {column.name for column in COLUMNS}
    kept = [word for line in shown(rows) for word in line.split() if word not in heads]
    assert sorted(kept) == words


@settings(deadline=None)
@given(st.text("ab 漢", min_size=30, max_size=90), st.integers(1, 120))
def test_a_column_with_room_is_one_row_and_cut_with_a_sign(title: str, width: int) -> None:
    columns = (Column("ID", widest=8), Column("TITLE", room=10), Column("LAST", widest=6))
    head, line = table(columns, [("7", title, "x")], width)
    assert max(head.width, line.width) <= max(3, width)
    has_all = "LAST" in shown([head])[0] and title.strip() in shown([line])[0]
    assert has_all or "…" in shown([line])[0] or "LAST" not in shown([head])[0]


def test_where_words_do_not_fit_beside_each_other_a_record_is_drawn() -> None:
    rows = shown(table(COLUMNS, [("one-long-name", "what-it-is-for", "here")] * 2, 22))
    assert rows[:3] == ["NAME   one-long-name", "WHAT   what-it-is-for", "WHERE  here"]
    assert rows[3] == ""
    assert rows[4:] == rows[:3]


def test_what_follows_stands_behind_the_column_before_it_where_there_is_no_room() -> None:
    columns = (Column("SETTING"), Column("VALUE"), Column("ORIGIN", "dim", follows=True))
    lines = [
        ("endpoint", "https://contoso.example/v1", "AZURE_INFERENCE_ENDPOINT"),
        ("a", "b", "c"),
    ]
    wide, narrow = (shown(table(columns, lines, width)) for width in (80, 50))
    assert wide[0].split() == ["SETTING", "VALUE", "ORIGIN"]
    assert narrow == [
        "SETTING   VALUE",
        "endpoint  https://contoso.example/v1",
        "          AZURE_INFERENCE_ENDPOINT",
        "a         b  c",
    ]


def test_the_columns_of_a_wide_and_a_narrow_table_are_aligned() -> None:
    lines = [("a", "b", "c"), ("a longer name", "b", "c")]
    for width in (80, 200):
        head, *rest = shown(table(COLUMNS, lines, width))
        assert [line.index("b") for line in rest] == [head.index("WHAT")] * 2


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x1b]0;x\x07", "\u202e", "a\x9bb"])
def test_nothing_that_is_drawn_acts(hostile: str) -> None:
    rows = [
        *table(COLUMNS, [(hostile, hostile, hostile)], 80),
        *pairs([(hostile, hostile)], 80),
        *text([hostile, (hostile, "bold")], 80),
        *program(f'"{hostile}"', "json", 80, {}),
        *framed(hostile, 80, {}),
    ]
    assert hostile not in "\n".join(row.text for row in rows)
    assert not re.search("[\x07\x9b\u202e]", "".join(shown(rows)))


def test_words_are_not_read_as_markup() -> None:
    assert shown(text(["[bold]x[/bold] :smile:"], 80)) == ["[bold]x[/bold] :smile:"]


# -- from the front door -----------------------------------------------------------------

LISTS = [
    ("info", "--demo"),
    ("models", "--demo"),
    ("tools", "list"),
    ("config", "show"),
    ("templates", "list"),
    ("sessions", "list"),
]


@pytest.fixture
def furnished(home: Path) -> Path:
    folder = home / ".config/azchat"
    (folder / "templates").mkdir(parents=True)
    (folder / "config.toml").write_text('model = "m"\n[profiles.work]\nplain = true\n')
    (folder / "templates/hello.toml").write_text('prompt = "say hello"\n')
    for path in (folder, folder / "templates", *folder.rglob("*.toml")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return home


@pytest.mark.parametrize("args", LISTS, ids=" ".join)
def test_a_pipe_gets_neither_codes_nor_the_import_of_rich(
    furnished: Path, args: tuple[str, ...]
) -> None:
    assert "rich" not in modules_after(furnished, *args)


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("args", LISTS, ids=" ".join)
def test_a_terminal_gets_rows_that_fit_in_colour(
    furnished: Path, args: tuple[str, ...], width: int
) -> None:
    check(azchat("ask", "--demo", "hi", home=furnished), code=0)
    result = azchat(*args, home=furnished, tty=True, size=(width, 50))
    check(result, code=0)
    out = result.terminal.decode()
    assert "\x1b[" in out
    out = "\n".join(line for line in out.splitlines() if not line.startswith("azchat: "))
    assert all(len(CODES.sub("", line)) <= width for line in out.splitlines())


@pytest.mark.parametrize(
    ("args", "env"),
    [
        *((args, {"NO_COLOR": "1"}) for args in LISTS),
        (LISTS[0], {"AZCHAT_PROFILE": "work"}),  # which is plain
    ],
    ids=str,
)
def test_without_colour_there_are_no_codes(
    furnished: Path, args: tuple[str, ...], env: dict[str, str]
) -> None:
    result = azchat(*args, home=furnished, tty=True, env=env)
    check(result, code=0)
    assert b"\x1b" not in result.terminal


def test_what_was_retired_is_red_and_origins_are_dim(furnished: Path) -> None:
    models = azchat("models", "--demo", home=furnished, tty=True).terminal.decode()
    assert "\x1b[31m2026-08-13\x1b[0m" in models
    info = azchat("info", "--demo", home=furnished, tty=True, size=(200, 50)).terminal.decode()
    assert re.search("model +m +\x1b\\[2m[^\x1b]*config.toml", info)


def test_a_check_is_ticked_in_green(home: Path) -> None:
    said = azchat("info", "--check", "--demo", home=home, tty=True).terminal.decode()
    assert "\x1b[32m✓\x1b[0m" in said


@pytest.mark.parametrize("args", [("config", "show"), ("info", "--demo")], ids=" ".join)
def test_a_key_that_is_broken_into_rows_is_masked_before(
    furnished: Path, args: tuple[str, ...]
) -> None:
    key = "k3y" + "0123456789abcdef" * 8
    (furnished / ".config/azchat/config.toml").write_text(f'system = "say {key}"\n')
    env = {"AZURE_INFERENCE_CREDENTIAL": key}
    result = azchat(*args, home=furnished, tty=True, env=env)
    check(result, code=0)
    assert key[:24] not in result.terminal.decode()
    assert "say ***" in "\n".join(result.screen)
