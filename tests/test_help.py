"""Help is one screen; the rest of it is a chapter, a word or ``all`` away."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from azchat.cli.batch import batch
from azchat.cli.groups import grammar
from azchat.cli.help import topics
from azchat.cli.options import ASK, CHAPTERS
from azchat.errors import ExitCode
from tests.front_door import azchat
from tests.oracles import check

FOLDER = Path(__file__).parents[1] / "azchat/cli"
EXAMPLES = (FOLDER / "examples.txt").read_text().splitlines()
ROOT = grammar()
COMMANDS = [
    *((name,) for name in ROOT.commands),
    *((n, inner) for n, c in ROOT.commands.items() for inner in getattr(c, "commands", ())),
]
ASKING = [("ask",), ("chat",), ("image",), ("tools", "ask")]


def help_of(*words: str, home: Path) -> list[str]:
    result = azchat(*words, home=home)
    check(result, code=0)
    return result.out.splitlines()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_a_command_fits_a_screen(home: Path, command: tuple[str, ...]) -> None:
    lines = help_of(*command, "-h", home=home)
    assert lines[0].startswith(f"Usage: azchat {' '.join(command)}")
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_the_short_help_has_examples_and_the_way_to_the_rest(
    home: Path, command: tuple[str, ...]
) -> None:
    text = "\n".join(help_of(*command, "--help", home=home))
    assert len([line for line in EXAMPLES if line in text]) == 3
    assert "--effort" in text
    assert "--help all" in text
    assert "--keep-metadata" not in text


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_all_options_are_in_the_help_of_all(home: Path, command: tuple[str, ...]) -> None:
    text = "\n".join(help_of(*command, "--help", "all", home=home))
    known = [spec for name, spec in ASK.items() if command != ("chat",) or name == "effort"]
    assert not [spec.flags for spec in known if spec.flags.split()[-1] not in text]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_its_options_alone(home: Path, chapter: str) -> None:
    text = "\n".join(help_of("ask", "--help", chapter, home=home)[3:])
    shown = {name for name, spec in ASK.items() if f"  {', '.join(spec.flags.split())}" in text}
    assert {name for name, spec in ASK.items() if spec.chapter == chapter} <= shown
    assert text.count("\n  -") + 1 == len([s for s in ASK.values() if s.chapter == chapter])


@pytest.mark.parametrize(
    ("word", "found"),
    [("pdf", ["--attach", "--max-pages"]), ("EFFORT", ["--effort"]), ("level", ["--effort"])],
)
def test_a_word_finds_options(home: Path, word: str, found: list[str]) -> None:
    lines = help_of("ask", "-h", word, home=home)[3:]
    assert [re.findall(r"--[\w-]+", line)[0] for line in lines] == found


def test_a_word_that_finds_nothing_is_told(home: Path) -> None:
    (line,) = help_of("chat", "--help", "zebra", home=home)
    assert "'zebra'" in line


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_runs_as_it_is_written(home: Path, line: str) -> None:
    (home / "azchat").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m azchat "$@"\n')
    (home / "azchat").chmod(0o700)
    (home / "git").write_text("#!/bin/sh\necho a commit\n")
    (home / "git").chmod(0o700)
    picture = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
        "78da63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
    )
    (home / "chart.png").write_bytes(picture)
    environment = {"PATH": f"{home}:{os.environ['PATH']}", "HOME": str(home)}
    done = subprocess.run(
        line, shell=True, cwd=home, env=environment, capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout or ">" in line


@pytest.mark.parametrize("topic", topics())
def test_a_topic_is_a_text(home: Path, topic: str) -> None:
    lines = help_of("help", topic, home=home)
    text = (FOLDER / "topics" / f"{topic}.txt").read_text()
    assert "\n".join(lines).endswith(text.rstrip())
    assert max(map(len, lines)) <= 80


def test_the_topics_name_options_and_commands_that_exist() -> None:
    text = "".join(path.read_text() for path in (FOLDER / "topics").iterdir())
    own = batch.__dict__["options"]
    flags = {flag for spec in (*ASK.values(), *own.values()) for flag in spec.flags.split()}
    others = {"--check", "--all", "--azure"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - flags <= others
    named = set(re.findall(r"azchat (sessions|tools|config) ([a-z]+)", text))
    assert named <= {command for command in COMMANDS if len(command) == 2}


def test_every_exit_code_is_explained() -> None:
    text = (FOLDER / "topics/exit-codes.txt").read_text()
    listed = {int(code) for code in re.findall(r"^ +(\d+)  [a-z]", text, re.MULTILINE)}
    assert listed == {int(code) for code in ExitCode}


@pytest.mark.parametrize(("rows", "paged"), [(5, True), (50, False)])
def test_a_topic_longer_than_the_screen_goes_through_the_pager(
    home: Path, rows: int, paged: bool
) -> None:
    env = {"PAGER": "sed s/^/paged:/"}
    result = azchat("help", "thinking", home=home, tty=True, env=env, size=(80, rows))
    assert result.code == 0
    assert (b"paged:" in result.terminal) is paged
