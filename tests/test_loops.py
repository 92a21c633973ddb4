"""stdin that others read too: what is taken of it is told, and an empty one is no question."""

import json
from pathlib import Path

import pytest

from tests.front_door import ROOT, azchat
from tests.oracles import check
from tests.shells import in_shell

README = ROOT / "README.md"
ASK = "azchat ask --demo"
TOLD = "the rest of stdin, {}, went along as text; in a loop add --no-stdin or < /dev/null"
LOOP = 'while read -r line; do {} "$line"; done'


def lines(home: Path, count: int) -> None:
    (home / "questions.txt").write_text("".join(f"question {n}\n" for n in range(count)))


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (f"{LOOP.format(ASK)} < questions.txt", "4 lines"),
        (f"cat questions.txt | {LOOP.format(ASK)}", "4 lines"),
        (f"{LOOP.format(f'timeout 20 {ASK}')} < questions.txt", "4 lines"),
        (f"cat questions.txt | {LOOP.format(f'timeout 20 {ASK}')}", "4 lines"),
        (f"exec < questions.txt; read a; read b; {ASK} x", "3 lines"),
        (f"exec < questions.txt; read a; {ASK}", "4 lines"),
        (f"head -n 4 questions.txt | {{ read a; read b; read c; {ASK} x; }}", "1 line"),
    ],
)
def test_what_a_loop_loses_is_told(home: Path, script: str, told: str) -> None:
    lines(home, 5)
    done = in_shell(script, home)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("went along") == 1
    assert TOLD.format(told) in done.stderr


@pytest.mark.parametrize(
    "script",
    [
        f"{ASK} review < questions.txt",
        f"cat questions.txt | {ASK} review",
        f"cat questions.txt | timeout 20 {ASK} review",
        f"cat questions.txt | nice env A=b timeout 20 {ASK} review",
        f"cat questions.txt | {ASK}",
        f"cat questions.txt | {ASK} -",
        f"bash -c '{ASK} review' < questions.txt",
        f"cat questions.txt | xargs -I_ {ASK} _",
        f"{LOOP.format(f'{ASK} --no-stdin')} < questions.txt",
        f'while read -r line; do {ASK} "$line" < /dev/null; done < questions.txt',
        f"{LOOP.format(f'{ASK} -q')} < questions.txt",
    ],
)
def test_nothing_is_told_where_nobody_else_reads(home: Path, script: str) -> None:
    lines(home, 2)
    done = in_shell(script, home)
    assert (done.returncode, done.stderr) == (0, ""), done


@pytest.mark.parametrize("source", ["< one.txt", "cat one.txt |"])
def test_the_last_line_of_a_loop_is_asked_as_it_is(home: Path, source: str) -> None:
    (home / "one.txt").write_text("only one\n")
    loop = LOOP.format(f"{ASK} --dry-run")
    done = in_shell(f"{source} {loop}" if source.endswith("|") else f"{loop} {source}", home)
    assert (done.returncode, done.stderr) == (0, "")
    sent = json.loads(done.stdout.partition("\n\n")[2])
    assert sent["messages"][-1]["content"] == "only one"


@pytest.mark.parametrize("nothing", [": |", "git diff 2>&- |", "echo |", "printf ' \\t\\n' |"])
def test_an_empty_pipe_is_no_question(home: Path, nothing: str) -> None:
    done = in_shell(f"{nothing} {ASK} 'review this change'", home)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "azchat: usage: stdin is empty" in done.stderr
    assert "--allow-empty" in done.stderr


def test_an_empty_file_is_none_either_unless_it_may_be(home: Path) -> None:
    (home / "empty").touch()
    check(azchat("ask", "--demo", "hi", home=home, stdin=home / "empty"), code=2)
    check(azchat("ask", "--demo", "hi", "--allow-empty", home=home, stdin=home / "empty"), code=0)
    check(azchat("ask", "--demo", "hi", "--no-stdin", home=home, stdin=home / "empty"), code=0)
    check(azchat("ask", "--demo", "hi", home=home), code=0)  # /dev/null


def test_two_hundred_at_once_are_all_answered(home: Path) -> None:
    lines(home, 24)
    script = f'xargs -P 8 -I_ sh -c \'{ASK} -n "$1" > "$(echo "$1" | tr -d " ").md"\' _ _'
    done = in_shell(f"{script} < questions.txt; ls *.md | wc -l", home)
    assert done.stdout.strip() == "24", done.stderr


def test_readmes_lines_take_any_question(home: Path) -> None:
    questions = ["What's up?", 'How do "quotes" go?', "-- dashes", "--json", "a \\ $b `c`"]
    (home / "questions.txt").write_text("".join(f"{one}\n" for one in questions))
    loops = [line for line in README.read_text().splitlines() if "questions.txt" in line][:2]
    one_by_one, at_once = (line.replace("azchat ask", ASK) for line in loops)
    assert in_shell(one_by_one, home).stdout.count("scripted demo") == len(questions)
    assert in_shell(at_once, home).returncode == 0
    replies = [json.loads(file.read_text()) for file in home.glob("*.json")]
    assert [reply["complete"] for reply in replies] == [True] * len(questions)
