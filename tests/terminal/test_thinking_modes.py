"""What a user may ask for: thinking live, in one line, hidden, on stderr, in a file; the usage."""

import re
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import Result
from tests.oracles import check
from tests.terminal.asking import FOLDED, Dictated, asking, lines_of, words_of

ANSWER = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7 tok8 tok9"
THOUGHT = "think0 think1 think2 think3 think4"
HIDDEN = [["--thinking", "hide"], ["-R"], ["--hide-thinking"], ["--hidethinking"]]


def test_a_summary_shows_time_and_tokens_but_no_words(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, "--thinking", "summary") as session:
        model.think("secret ", "thought")
        session.wait_for("Thinking… 1 s · 2 tok")
        session.send("t")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert b"secret" not in result.terminal
    assert FOLDED.fullmatch(lines_of(result)[0])


def test_a_summary_is_one_line_in_a_pipe(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think"), "hi", "--thinking", "summary")
    check(result, code=0, servers=[fs], chatter=True)
    assert FOLDED.fullmatch(result.err.removesuffix("\n"))


@pytest.mark.parametrize("args", HIDDEN, ids=" ".join)
def test_hidden_thinking_leaves_no_trace(fs: FaultServer, ask: Ask, args: list[str]) -> None:
    result = ask(fs.url("think", ms=10), "hi", *args, tty=True)
    check(result, code=0, servers=[fs])
    assert b"hink" not in result.terminal
    assert lines_of(result) == [ANSWER]


def test_thinking_for_stderr_is_printed_as_it_comes_and_stays(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, "--thinking", "stderr") as session:
        model.think("first line\nand the ")
        session.wait_for("and the")
        model.think("second")
        session.wait_for("second")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result) == ["first line", "and the second", "yes"]


def test_thinking_for_stderr_that_is_a_file_is_not_on_the_screen(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    args = ("hi", "--thinking", "stderr")
    result = ask(fs.url("think"), *args, tty=["stdin", "stdout"], stderr=home / "err")
    check(result, code=0, servers=[fs], made=[home / "err"])
    assert (home / "err").read_text().strip() == THOUGHT
    assert lines_of(result) == [ANSWER]


@pytest.mark.parametrize("mode", ["auto", "hide", "stderr"])
def test_a_file_gets_the_thinking_whatever_the_screen_shows(
    fs: FaultServer, ask: Ask, home: Path, mode: str
) -> None:
    args = ("hi", "--thinking", mode, "--thinking-file", "thoughts")
    result = ask(fs.url("think"), *args, tty=True)
    check(result, code=0, servers=[fs])
    assert (home / "thoughts").read_text().strip() == THOUGHT
    assert lines_of(result)[-1] == ANSWER


def test_a_file_that_cannot_be_written_leaves_the_terminal_as_it_was(
    fs: FaultServer, ask: Ask
) -> None:
    url = fs.url("think", ms=20, r=50)
    result = ask(url, "hi", "--thinking-file", "/dev/full", tty=True)
    check(result, code=9, servers=[fs])


def test_quiet_shows_nothing_while_it_waits_and_thinks(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, "-q") as session:
        model.think("hm")
        model.say("yes")
        session.wait_for("yes")
        model.finish()
        result = session.finish()
    check(result, code=0, servers=[model])
    assert result.terminal == b"yes\r\n"


# -- usage -----------------------------------------------------------------------------

USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 20,
    "total_tokens": 31,
    "completion_tokens_details": {"reasoning_tokens": 15},
}


def told(home: Path, *args: str) -> Result:
    """Run one answer with thinking, and return what the screen shows of it."""
    with Dictated() as model, asking(home, model.url, *args, size=(120, 24)) as session:
        model.think("hm")
        session.wait_for("hm")
        model.say("yes")
        model.finish(usage=USAGE)
        result = session.finish()
    check(result, code=0, servers=[model])
    return result


def test_a_terminal_gets_a_short_line_about_tokens_and_time(home: Path) -> None:
    line = next(line for line in told(home).screen if "tokens ·" in line and "▸" not in line)
    rated = r"15 thinking \+ 5 answer tokens · \d+\.\d s( · \d+ tokens/s)?"
    assert re.fullmatch(rated, line)


def test_the_usage_line_tells_thinking_and_answer_apart(home: Path) -> None:
    line = next(line for line in told(home, "-u").screen if "prompt" in line)
    assert line.startswith(
        "fault-model · 11 prompt + 15 thinking + 5 answer = 31 tokens · first thought"
    )
    assert re.search(r"first word \d+\.\d s · total \d+\.\d s", line)


def test_an_answer_that_was_cut_has_the_times_that_were_asked_for(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, "-u") as session:
        model.say("yes")
        session.wait_for("yes")
        model.hang_up()
        result = session.finish()
    check(result, code=8, servers=[model])
    assert re.search(r"about 1 completion tokens · first word \d+\.\d s · total", words_of(result))


def test_the_usage_line_is_the_last_and_a_blank_line_stands_above_it(home: Path) -> None:
    answer, blank, usage = "\n".join(told(home).screen).rstrip().split("\n")[-3:]
    assert (answer, blank, "tokens" in usage) == ("yes", "", True)
