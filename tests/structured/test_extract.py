"""``-x`` and ``--extract-last``: the fenced block alone, byte for byte."""

import json
from pathlib import Path

import pytest

from azchat.render.extract import extract_all
from tests.faults.connection import Connection
from tests.faults.scripted import Scripted
from tests.oracles import check
from tests.structured.model import ask, says

TWO = "First:\n\n```sh\necho 1\n```\n\nor\n\n~~~python\nprint(2)\n~~~\n\nBye.\n"

BLOCKS = [
    ("```\na\n```", "a\n"),
    ("```py title=x\na\n\n\n  b  \n\n\n```\n", "a\n\n\n  b  \n\n\n"),
    ("```\na\tb\n\tc\n```", "a\tb\n\tc\n"),
    ("```\r\na\r\nb\r\n```\r\n", "a\r\nb\r\n"),
    ("text\r\n```\na\n```", "a\n"),
    ("````md\n```\ninner\n```\n````", "```\ninner\n```\n"),
    ("~~~\n```\n~~~", "```\n"),
    ("```\nnever closed\nat all", "never closed\nat all"),
    ("```\n```\n\n```\nb\n```", "b\n"),
    ("```\n\x00\x1b[31m\ufeff\u2028\n```", "\x00\x1b[31m\ufeff\u2028\n"),
    ("- item\n\n  ```\n  a\n    b\n  ```\n", "a\n  b\n"),
    ("> ```\n> a\n>  b\n> ```", "a\n b\n"),
    ("  ```\n  a\n    b\n  ```", "a\n  b\n"),
    (
        "So:\n\n```markdown\n# A\n\n```sh\nb\n```\n\n## C\n```\n\nHope",
        "# A\n\n```sh\nb\n```\n\n## C\n",
    ),
    ("- item\n  ```md\n  ```py\n  a\n  ```\n  b\n  ```\n  c", "```py\na\n```\nb\n"),
    ("`inline` and ```three``` and\n\n```\nblock\n```", "block\n"),
]


@pytest.mark.parametrize(("answer", "block"), BLOCKS)
def test_a_block_is_what_was_written(answer: str, block: str) -> None:
    assert extract_all(answer)[0] == block


@pytest.mark.parametrize(
    "answer",
    [
        *("no block", "    indented code", "`inline`", "<pre>\na\n</pre>", "```\n```"),
        "The code:```py\nstands behind a fence that begins no line\n```",
    ],
)
def test_what_is_no_fence_is_no_block(answer: str) -> None:
    assert extract_all(answer) == []


@pytest.mark.parametrize(("flag", "out"), [("-x", "echo 1\n"), ("--extract-last", "print(2)\n")])
def test_the_first_or_the_last_is_printed(home: Path, flag: str, out: str) -> None:
    with Scripted(says(TWO)) as model:
        result = ask(model, home, flag)
    check(result, code=0)
    assert (result.out, result.err) == (out, "")


@pytest.mark.parametrize(("answer", "block"), [b for b in BLOCKS if b[1].endswith("\n")])
def test_a_pipe_gets_its_bytes(home: Path, answer: str, block: str) -> None:
    with Scripted(says(f"<think>\n```\nno\n```\n</think>\nSo:\n\n{answer}")) as model:
        result = ask(model, home, "-x")
    assert result.out_bytes == block.encode()


def test_an_answer_without_a_block_is_shown_whole_and_said(home: Path) -> None:
    with Scripted(says("echo 1")) as model:
        result = ask(model, home, "-x")
    check(result, code=0)
    assert result.out == "echo 1\n"
    assert "no fenced block" in result.err


def test_what_came_before_a_cut_is_extracted_too(home: Path) -> None:
    def cut(connection: Connection) -> None:
        connection.send(says("So:\n```sh\necho 1\n").partition(b"data: [DONE]")[0][:-300])

    with Scripted(cut) as model:
        result = ask(model, home, "-x")
    check(result, code=8)
    assert result.out.startswith("echo")


def test_json_has_the_block_as_its_answer(home: Path) -> None:
    with Scripted(says(TWO)) as model:
        assert json.loads(ask(model, home, "-x", "--json").out)["answer"] == "echo 1\n"


def test_the_whole_answer_is_saved(home: Path) -> None:
    with Scripted(says(TWO), says("ok")) as model:
        ask(model, home, "-x")
        ask(model, home, "-c")
        assert model.requests[1].json()["messages"][1]["content"] == TWO


def test_a_file_gets_the_block(home: Path) -> None:
    with Scripted(says(TWO)) as model:
        check(ask(model, home, "-x", "--output", "run.sh"), code=0)
    assert (home / "run.sh").read_bytes() == b"echo 1\n"


def test_on_a_terminal_control_characters_are_visible(home: Path) -> None:
    with Scripted(says("```\na\x1b[31mb\n```")) as model:
        result = ask(model, home, "-x", tty=True)
    check(result, code=0)
    assert result.screen[0] == "a^[[31mb"
