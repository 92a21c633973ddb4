"""``azchat sessions search``."""

import json
from datetime import UTC, datetime

import pytest

from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions


@pytest.fixture(autouse=True)
def _sky(say: Say) -> None:
    say("Why is the sky blue?", "Air scatters light.", "--session", "sky", thinking="Rayleigh!")
    say("And at night?", "Then there is no light.", "-c")


def test_a_hit_tells_session_title_turn_and_place(sessions: Sessions) -> None:
    result = sessions("search", "scatters")
    check(result, code=0)
    *place, said = result.out.split("\t", 3)
    assert place[:2] == ["sky", "Why is the sky blue?"]
    assert datetime.fromisoformat(place[2]).tzinfo == UTC
    assert said == "1\tanswer\tAir scatters light.\n"


def test_the_newest_hit_comes_first_and_a_limit_keeps_it(sessions: Sessions) -> None:
    turns = [line.split("\t")[3] for line in sessions("search", "light").out.splitlines()]
    assert turns == ["2", "1"]
    assert sessions("search", "light", "--limit", "1").out.split("\t")[3] == "2"


@pytest.mark.parametrize(
    ("where", "query"),
    [("questions", "blue"), ("answers", "scatters"), ("thinking", "Rayleigh")],
)
def test_it_searches_where_it_is_told(sessions: Sessions, where: str, query: str) -> None:
    others = {"questions", "answers", "thinking"} - {where}
    assert sessions("search", query, "--in", where).out
    assert sessions("search", query).out
    assert not any(sessions("search", query, "--in", other).out for other in others)


def test_words_without_quotes_are_all_searched(sessions: Sessions) -> None:
    assert sessions("search", "light", "scatters").out.count("\n") == 1


def test_as_json_a_hit_has_its_session(sessions: Sessions) -> None:
    (found,) = json.loads(sessions("search", "Rayleigh", "--json").out)["found"]
    assert found["session"]["ref"] == "sky"
    assert (found["turn"], found["where"], found["snippet"]) == (1, "thinking", "Rayleigh!")


def test_a_terminal_shows_hits_below_their_session_and_highlights_them(
    say: Say, sessions: Sessions
) -> None:
    say("Light?", "None.")
    result = sessions("search", "LIGHT", tty=True)
    check(result, code=0)
    lines = [line for line in result.screen if line]
    assert [line.split(" · today ")[0] for line in lines[::2]][:2] == [
        "2  Light?",
        "sky  Why is the sky blue?",
    ]
    assert lines[1:] == [
        "  turn 1 · question: Light?",
        lines[2],
        "  turn 2 · answer: Then there is no light.",
        "  turn 1 · answer: Air scatters light.",
        "to open the first: azchat sessions show 2",
    ]
    assert "\x1b[1;33mlight\x1b[0m" in result.terminal.decode()


def test_what_was_not_looked_for_is_not_highlighted(say: Say, sessions: Sessions) -> None:
    say("Can I scan with C++?", "用C语言")
    result = sessions("search", "c", tty=True)
    check(result, code=0)
    shown = result.terminal.decode()
    assert "Can I scan with \x1b[1;33mC\x1b[0m++?" in shown
    assert "用\x1b[1;33mC\x1b[0m语言" in shown


def test_control_characters_of_a_snippet_are_shown(say: Say, sessions: Sessions) -> None:
    say("Zebra \x1b]0;x\x07", "none")
    for more in ({}, {"tty": True}):
        result = sessions("search", "zebra", **more)
        check(result, code=0)
        assert "Zebra ^[]0;x^G" in result.out + "\n".join(result.screen)


@pytest.mark.parametrize("query", ["unicorn", '"', "NOT", "a* OR", "title:x", "-", "--", "日本"])
def test_what_is_not_there_is_not_found(sessions: Sessions, query: str) -> None:
    result = sessions("search", "--", query)
    check(result, code=11 if any(map(str.isalnum, query)) else 2)
    assert result.out == ""


def test_nothing_found_is_an_empty_list(sessions: Sessions) -> None:
    assert json.loads(sessions("search", "unicorn", "--json").out)["found"] == []
    assert sessions("search", "unicorn").err == "azchat: nothing was found\n"
