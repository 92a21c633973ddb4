"""``azchat sessions show`` and ``think``."""

import json
import re
from pathlib import Path

import pytest

from tests.faults.payloads import text_of
from tests.front_door import azchat
from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions
from tests.terminal.asking import Dictated, asking

HOSTILE = "\x1b[31mred\x1b[0m \x1b]52;c;aGk=\x07 \u202eesrever \x9b2J"
SHOWN = "^[[31mred^[[0m ^[]52;c;aGk=^G \\u{202E}esrever \\u{009B}2J"


def test_a_pipe_gets_the_whole_conversation_as_text(say: Say, sessions: Sessions) -> None:
    say("Why?", "Be**cause**.", "--session", "notes", thinking="hm")
    say("Really?", "- yes", "-c")
    result = sessions("show")
    check(result, code=0)
    head, text = result.out.split("\n\n", 1)
    assert head.startswith("Why?\nnotes · m · ")
    assert text == (
        "You:\nWhy?\n\nfault-model:\n▸ Thought for 0.0 s\nBe**cause**.\n\n"
        "You:\nReally?\n\nfault-model:\n- yes\n"
    )


def test_any_session_can_be_named(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", "--session", "notes")
    say("How?", "two")
    assert "one" in sessions("show", "notes").out
    assert sessions("show", "1").out == sessions("show", "notes").out


def test_thinking_is_shown_on_demand(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", thinking="first this,\nthen that")
    assert "then that" not in sessions("show").out
    assert (
        "▾ Thought for 0.0 s\nfirst this,\nthen that\n\none" in sessions("show", "--thinking").out
    )


def test_a_pipe_gets_the_exact_text(say: Say, sessions: Sessions) -> None:
    say(HOSTILE, f"answer {HOSTILE}", thinking=f"thought {HOSTILE}")
    result = sessions("show", "--thinking")
    for part in (f"You:\n{HOSTILE}", f"answer {HOSTILE}", f"thought {HOSTILE}"):
        assert part in result.out


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_gets_no_control_character(
    say: Say, sessions: Sessions, env: dict[str, str]
) -> None:
    say(HOSTILE, f"answer {HOSTILE}", thinking=f"thought {HOSTILE}")
    for args in (["show", "--thinking"], ["show", "--json"], ["think"], ["export"]):
        result = sessions(*args, tty=True, size=(200, 60), env=env)
        check(result, code=0)
        assert "esrever" in "".join(result.screen)
    assert f"thought {SHOWN}" in sessions("think", tty=True, size=(200, 9), env=env).screen


def test_a_terminal_gets_markdown(say: Say, sessions: Sessions) -> None:
    say("Why?", "# Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- item", thinking="hm")
    result = sessions("show", tty=True)
    check(result, code=0)
    lines = [line for line in result.screen if line]
    assert re.fullmatch(r"1 · m · today \d\d:\d\d · 1 turn", lines[1])
    assert re.fullmatch(r"You  turn 1 · today \d\d:\d\d", lines[2])
    assert lines[5:] == ["▸ Thought for 0.0 s", "Head", *lines[7:10], "• item"]
    assert lines[7:10] == ["a │ b", "──┼──", "1 │ 2"]


@pytest.mark.parametrize("width", [1, 2, 20])
def test_a_narrow_terminal_is_no_fault(say: Say, sessions: Sessions, width: int) -> None:
    say("Why? " * 9, "# Head\n\n漢字 and words\n\n```\ncode\n```", thinking="hm")
    check(sessions("show", "--thinking", tty=True, size=(width, 9)), code=0)


def test_as_json_a_session_is_as_its_export(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", thinking="hm")
    assert sessions("show", "--json").out == sessions("export", "--format", "json").out


# -- turns that are not complete ---------------------------------------------------------


def test_a_cut_answer_is_marked_with_the_reason(say: Say, sessions: Sessions) -> None:
    say("Why?", "Beca", finish=None, code=8)
    result = sessions("show")
    assert "Beca\n[incomplete: connection closed" in result.out
    assert "incomplete: connection" in "\n".join(sessions("show", tty=True).screen)


def test_a_killed_answer_is_marked_as_interrupted(sessions: Sessions, home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.say("Beca")
        session.wait_for("Beca")
        session.kill()
        session.finish()
    result = sessions("show")
    check(result, code=0)
    assert result.out.endswith("Beca\n[interrupted: azchat was ended]\n")


def test_an_answer_that_goes_on_is_shown_so_far(sessions: Sessions, home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.say("Beca")
        session.wait_for("Beca")
        result = sessions("show")
        model.answer("use.")
        check(session.finish(), code=0)
    assert result.out.endswith("Beca\n[still being answered]\n")
    assert sessions("show").out.endswith("Because.\n")


# -- think -------------------------------------------------------------------------------


def test_think_shows_the_last_thinking_whole(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", thinking=f"first\n\n  {HOSTILE}\n\n")
    say("How?", "two", "-c", thinking="")
    result = sessions("think")
    check(result, code=0)
    assert result.out == f"first\n\n  {HOSTILE}\n\n"


def test_think_shows_any_turn(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", "--session", "notes", thinking="first")
    say("How?", "two", "-c", thinking="second")
    assert sessions("think", "notes", "1").out == "first\n"
    assert sessions("think", "notes").out == "second\n"


def test_think_is_dim_on_a_terminal_and_no_line_is_lost(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", thinking="word " * 40 + "\n\n    indented")
    result = sessions("think", tty=True, size=(40, 20))
    check(result, code=0)
    assert "\x1b[2mword" in result.terminal.decode()
    assert " ".join(result.screen).split() == ["word"] * 40 + ["indented"]
    assert "    indented" in result.screen


@pytest.mark.parametrize(
    ("args", "hint"),
    [(["notes", "2"], "there is in 1"), (["notes", "9"], "azchat sessions show notes")],
    ids=["a turn without", "no such turn"],
)
def test_where_there_is_no_thinking_a_hint_says_where(
    say: Say, sessions: Sessions, args: list[str], hint: str
) -> None:
    say("Why?", "one", "--session", "notes", thinking="first")
    say("How?", "two", "-c")
    result = sessions("think", *args)
    check(result, code=5)
    assert f"hint: {hint}" in result.err


def test_a_session_without_thinking_has_none_to_show(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    check(sessions("think"), code=5)


# -- the demo ----------------------------------------------------------------------------


def test_the_readmes_way_to_the_thinking_works(sessions: Sessions, home: Path) -> None:
    check(azchat("ask", "--demo", "Compare sorting algorithms", home=home), code=0)
    result = sessions("think")
    check(result, code=0)
    assert "Timsort" in result.out
    document = json.loads(sessions("show", "--json").out)
    assert document["turns"][0]["messages"][1]["parts"][0]["type"] == "reasoning"


def test_a_long_conversation_is_whole(say: Say, sessions: Sessions) -> None:
    say("Why?", text_of(20_000))
    result = sessions("show", tty=True)
    check(result, code=0)
    assert "tok0 " in result.terminal.decode()
    assert result.screen[-2].endswith("tok19999")
