"""The README's first minute, line by line, in a shell, against the cloud that the demo plays."""

import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.front_door import ROOT, Session

README = (ROOT / "README.md").read_text()
BLOCK = re.search(r"```sh\n(azchat demo serve --azure.*?)```", README, re.DOTALL)
ENTER = "\r"


@pytest.fixture
def served(home: Path) -> Iterator[Session]:
    """The demo's terminal."""
    with Session("demo", "serve", "--azure", "--port", "0", home=home, tty=["stdout"]) as session:
        session.wait_for("az login")
        yield session


@pytest.fixture
def shell(home: Path, served: Session) -> Iterator[Session]:
    """The user's, in which the file that the demo names was read; 80 by 24."""
    program = home / "bin" / "azchat"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m azchat "$@"\n')
    program.chmod(0o700)
    env = {"PATH": f"{program.parent}:/usr/bin:/bin", "PS1": "ready> "}
    env |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    env["AZURE_INFERENCE_ENDPOINT"] = "https://of-the-user.example/v1"  # not asked in that shell
    with Session(home=home, program=("/bin/sh", "-i"), env=env) as session:
        session.wait_for("ready> ")
        name = re.search(r"^ *(\. .*demo\.sh)", served.output, re.MULTILINE)
        assert name
        say(session, name[1])
        yield session


def say(shell: Session, line: str, *then: tuple[str, str], until: str = "ready> ") -> str:
    """Type a line, and then each key once what it is for is there; return what was shown."""
    shell.mark()
    before = len(shell.output)
    shell.send(f"{line}\n")
    for shown, keys in then:
        shell.wait_for(shown)
        shell.mark()
        shell.send(keys)
    shell.wait_for(until)
    return shell.output[before:]


def test_every_line_of_the_readme(shell: Session, served: Session) -> None:
    assert BLOCK
    lines = [line.partition(" #")[0].rstrip() for line in BLOCK[1].splitlines()]
    assert lines[0] == "azchat demo serve --azure"
    assert re.sub(r"demo-\w+", "demo-…", served.output).count(lines[1].rpartition("-")[2]) == 1
    assert lines[2:] == [
        "az login",
        "azchat",
        'azchat ask "How many languages are in the world?"',
        "azchat models --all",
    ]
    say(shell, lines[2])
    chat = ("a question, or /help", "hi\r"), ("· session 1", "\x04")
    said = say(shell, lines[3], ("▸ gpt-5-mini", ENTER), *chat)
    assert "kept as profile demo-resource" in said
    assert "scripted demo" in said
    assert "7,000 languages" in say(shell, lines[4])
    assert "no role" in say(shell, lines[5])


def test_three_keys_are_enough_for_an_answer(shell: Session) -> None:
    say(shell, "az login")
    assert "scripted demo" in say(shell, "azchat ask hi", ("▸ gpt-5-mini", ENTER))


def test_az_knows_no_token_before_its_login(shell: Session) -> None:
    assert "az login" in say(shell, "azchat models --all")
    assert "az login" in say(shell, "az account get-access-token --scope x")


def test_a_code_signs_in_once_for_all_that_is_asked(shell: Session, served: Session) -> None:
    line = "azchat config connect demo-resource/gpt-5-mini --auth device"
    shell.send(f"{line}\n")
    shell.wait_for("DEMO-CODE")
    page = re.search(r"open https?://\S+?(/devicelogin)", shell.output)
    root = re.search(r"serving on (\S+)", served.output)
    assert page
    assert root
    shell.mark()
    urllib.request.urlopen(f"{root[1]}{page[1]}").close()
    shell.wait_for("kept as profile demo-resource")
    assert shell.output.count("DEMO-CODE") == 1


def test_without_az_a_code_leads_to_the_list(shell: Session, served: Session) -> None:
    say(shell, "azchat config set keep_tokens file")
    shell.send("azchat\n")
    shell.wait_for("URL:")
    shell.send(ENTER)
    shell.wait_for("DEMO-CODE")
    root = re.search(r"serving on (\S+)", served.output)
    assert root
    shell.mark()
    urllib.request.urlopen(f"{root[1]}/devicelogin").close()
    shell.wait_for("▸ gpt-5-mini")
    shell.send(ENTER)
    shell.wait_for("kept as profile demo-resource")
    shell.wait_for("a question, or /help")
    shell.send("\x04")
    shell.wait_for("ready> ")
    assert "scripted demo" in say(shell, "azchat ask hi")
    assert shell.output.count("DEMO-CODE") == 1


def test_a_missing_role_is_said_before_the_first_question(shell: Session) -> None:
    say(shell, "az login")
    said = say(shell, "azchat config connect gpt-oss-120b")
    assert "does not let you chat" in said


def test_nothing_is_left(home: Path) -> None:
    with Session("demo", "serve", "--azure", "--port", "0", home=home) as session:
        session.wait_for("az login")
        found = re.search(r"\. (\S+)/demo\.sh", session.output)
        assert found
        assert Path(found[1]).stat().st_mode & 0o777 == 0o700
        session.interrupt()
        session.finish()
    assert not Path(found[1]).exists()
