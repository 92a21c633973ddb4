"""``azchat sessions list``, and what all the commands share."""

import json
import sqlite3
from pathlib import Path

import pytest

from azchat.render.words import when
from azchat.sessions.place import make_file
from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions
from tests.sessions_command.test_repair import COUNT, fill
from tests.test_architecture import HEAVY, modules_after

HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202eesrever [bold]x"


def test_the_last_used_comes_first_and_fields_are_parted_by_tabs(
    say: Say, sessions: Sessions
) -> None:
    say("First?", "one", "--session", "notes")
    say("Second?", "two")
    result = sessions("list")
    check(result, code=0)
    second, first = (line.split("\t") for line in result.out.splitlines())
    assert (second[:2], second[3:]) == (["2", "Second?"], ["m", "1", "0"])
    assert first[:2] == ["notes", "First?"]
    assert second[2].endswith("Z")


def test_a_session_that_goes_on_comes_first_again(say: Say, sessions: Sessions) -> None:
    say("First?", "one")
    say("Second?", "two")
    say("Third?", "three", "--session", "1")
    refs = [line.split("\t")[0] for line in sessions("list").out.splitlines()]
    assert refs == ["1", "2"]


def test_as_json_a_list_has_everything(say: Say, sessions: Sessions) -> None:
    say("First?", "one", "--session", "notes")
    listed = json.loads(sessions("list", "--json").out)
    assert listed["version"] == 1
    (session,) = listed["sessions"]
    assert session["began"] < session["updated"]
    del session["began"], session["updated"]
    assert session == {
        "id": 1,
        "ref": "notes",
        "name": "notes",
        "title": "First?",
        "model": "m",
        "turns": 1,
        "tokens": 0,
    }


def test_a_limit_keeps_the_newest(say: Say, sessions: Sessions) -> None:
    say("First?", "one")
    say("Second?", "two")
    assert sessions("list", "--limit", "1").out.startswith("2\tSecond?")
    assert len(json.loads(sessions("list", "--limit", "1", "--json").out)["sessions"]) == 1


def test_without_sessions_stdout_stays_empty(sessions: Sessions) -> None:
    result = sessions("list")
    check(result, code=0)
    assert (result.out, result.err) == ("", "azchat: there are no sessions yet\n")
    assert json.loads(sessions("list", "--json").out)["sessions"] == []


def test_control_characters_of_a_title_are_shown(say: Say, sessions: Sessions) -> None:
    say(HOSTILE, "one")
    for result in (sessions("list"), sessions("list", tty=True, size=(120, 9))):
        check(result, code=0)
        shown = result.out + "".join(result.screen)
        assert "^[[31mred^[]0;title^G \\u{202E}esrever [bold]x" in shown
    assert json.loads(sessions("list", "--json").out)["sessions"][0]["title"] == HOSTILE


def test_a_tab_in_a_title_is_no_new_field(say: Say, sessions: Sessions) -> None:
    say("a\tb", "one")
    assert len(sessions("list").out.split("\t")) == 6


# -- on a terminal ---------------------------------------------------------------------


def test_on_a_terminal_it_is_a_table_with_a_head(say: Say, sessions: Sessions) -> None:
    say("Why is the sky blue?", "one")
    result = sessions("list", tty=True)
    check(result, code=0)
    head, line = result.screen[:2]
    assert head.split() == ["SESSION", "TITLE", "USED", "MODEL", "TURNS", "TOKENS"]
    assert line.startswith("1        Why is the sky blue?  today ")
    assert "\x1b[" in result.terminal.decode()


@pytest.mark.parametrize("width", [79, 50, 40, 25, 10, 3, 1])
def test_no_row_is_wider_than_the_terminal(say: Say, sessions: Sessions, width: int) -> None:
    say(
        "漢字の長い題名、長い題名、長い題名、長い題名、長い題名、長い題名",
        "one",
        "--session",
        "名前",
    )
    say("A long title, " * 9, "two")
    result = sessions("list", tty=True, size=(width, 10))
    check(result, code=0)
    assert len([line for line in result.screen if line]) == 3


def test_a_narrow_terminal_shows_less_of_a_session_but_its_title(
    say: Say, sessions: Sessions
) -> None:
    say("A long title, " * 9, "two")
    head, line = sessions("list", tty=True, size=(50, 10)).screen[:2]
    assert head.split() == ["SESSION", "TITLE", "USED"]
    assert "…" in line
    assert "today" in line


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}], ids=str)
def test_without_colour_there_are_no_codes(
    say: Say, sessions: Sessions, env: dict[str, str | None]
) -> None:
    say("Why?", "one")
    result = sessions("list", tty=True, env=env)
    check(result, code=0)
    assert b"\x1b" not in result.terminal


def test_a_terminal_shows_some_of_many_and_says_so(sessions: Sessions, home: Path) -> None:
    fill(home)
    result = sessions("list", tty=True, size=(80, 60))
    check(result, code=0)
    lines = [line for line in result.screen if line]
    assert len(lines) == 1 + 30 + 1
    assert lines[-1] == "there are more; to see them: --limit 300"
    assert len(sessions("list").out.splitlines()) == COUNT


def test_times_are_local(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    shown = {
        sessions("list", tty=True, env={"TZ": zone}).screen[1].split()[3]
        for zone in ("UTC0", "XXX-3:30")
    }
    assert len(shown) == 2


# -- words -----------------------------------------------------------------------------

_NOON = 1_700_000_000.0  # 2023-11-14, somewhere in the day


@pytest.mark.parametrize(
    ("days", "said"),
    [(1, "yesterday "), (2, "Nov 12"), (200, "Apr 28"), (400, "Oct 10 2022"), (-2, "Nov 16")],
)
def test_a_time_is_said_as_a_person_would(days: int, said: str) -> None:
    assert when(_NOON - days * 86400, _NOON).startswith(said)


# -- which session ---------------------------------------------------------------------


@pytest.mark.parametrize("command", ["show", "think", "export", "fork", "delete", "resume"])
def test_an_unknown_session_is_an_error_with_the_nearest_name(
    say: Say, sessions: Sessions, command: str
) -> None:
    say("Why?", "one", "--session", "notes")
    result = sessions(command, "nodes")
    check(result, code=5)
    assert "did you mean notes?" in result.err
    assert result.out == ""


@pytest.mark.parametrize("command", ["show", "think", "export"])
def test_without_any_session_there_is_nothing_to_show(sessions: Sessions, command: str) -> None:
    check(sessions(command), code=5)


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "x" * 300, "\n", "💾", "NOTES"])
def test_a_strange_session_is_looked_for_and_nothing_else(
    say: Say, sessions: Sessions, home: Path, name: str
) -> None:
    say("Why?", "one", "--session", "notes")
    before = {path for path in home.rglob("*") if not path.name.startswith("sessions.db-")}
    result = sessions("show", name)
    check(result, code=0 if name == "NOTES" else 5)
    assert before == {p for p in home.rglob("*") if not p.name.startswith("sessions.db-")}


def test_a_store_that_cannot_be_opened_is_a_local_error(sessions: Sessions, home: Path) -> None:
    (home / "data").symlink_to(home / "tmp")
    check(sessions("list", env={"AZCHAT_DATA_DIR": str(home / "data")}), code=9)


def test_listing_imports_nothing_heavy(home: Path) -> None:
    modules = modules_after(home, "sessions", "list")
    assert not modules & (HEAVY | {"markdown_it", "pygments", "ssl"})
    assert not {module for module in modules if module.startswith("azure.")}


def test_the_group_alone_shows_its_help(sessions: Sessions) -> None:
    result = sessions()
    check(result, code=0)
    assert "Usage: azchat sessions" in result.out


@pytest.mark.parametrize("command", ["list", "show", "repair"])
@pytest.mark.parametrize("fault", ["folder", "newer"])
def test_where_nothing_can_be_read_no_hint_names_an_option_that_is_not_there(
    home: Path, sessions: Sessions, command: str, fault: str
) -> None:
    file = home / ".local/share/azchat/sessions.db"
    file.parent.mkdir(parents=True, mode=0o700)
    if fault == "folder":
        file.mkdir()
    else:
        make_file(file)
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    result = sessions(command)
    check(result, code=9)
    assert "save" not in result.err
    assert "--no-log" not in result.err
