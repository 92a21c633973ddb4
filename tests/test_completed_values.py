"""Tab in real shells, set up as README says: names of what the user has, and values behind =."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.front_door import ROOT, Session, azchat
from tests.oracles import check
from tests.shells import in_shell

CONFIG = '[profiles.work]\nmodel = "m"\n\n[profiles."home-1"] # mine\n[profiles.local]\n'
TEMPLATES = ("review.toml", "triage.prompt.yml", "$(touch hit).toml", "notes.txt")
# What is typed, and what stands there after Tab.
LINES = [
    ("--profile w", "--profile work"),
    ("--profile=h", "--profile=home-1"),
    ("ask -t r", "ask -t review"),
    ("ask --template=tri", "ask --template=triage"),
    ("chat --session tr", "chat --session trip"),
    ("chat --session=be", "chat --session=berlin"),
    ("sessions show tr", "sessions show trip"),
    ("--profile work sessions delete be", "--profile work sessions delete berlin"),
    ("templates edit rev", "templates edit review"),
    ("-T calc", "-T calculate"),
    ("-T my_", "-T my_tools.py"),
    ("--approve nev", "--approve never"),
    ("ask -m qw", "ask -m qwen3"),
    ("ask --model=qw", "ask --model=qwen3"),
    ("ask --effort=xh", "ask --effort=xhigh"),
    ("ask --output-format=s", "ask --output-format=stream-json"),
    ("config set them", "config set theme"),
    ("config set theme li", "config set theme light"),
    ("config set profile wo", "config set profile work"),
    ("config set usage tr", "config set usage true"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with profiles, templates, sessions, a list of models, and a file of tools."""
    home = tmp_path_factory.mktemp("home")
    templates = home / ".config/azchat/templates"
    templates.mkdir(parents=True)
    (templates.parent / "config.toml").write_text(CONFIG)
    for name in TEMPLATES:
        (templates / name).touch()
    for name in ("trip", "berlin", "gone", "$(touch hit)"):
        check(azchat("ask", "--demo", "--session", name, "hi", home=home), code=0)
    azchat("sessions", "delete", "--yes", "gone", home=home)
    (home / ".local/share/azchat/models.txt").write_text("qwen3\ngpt-5\n")
    (home / "my_tools.py").touch()
    install = in_shell("; ".join(map(install_line, INTERACTIVE)), home)
    assert (install.returncode, install.stderr) == (0, "")
    return home


def install_line(shell: str) -> str:
    """Return README's line for a shell."""
    found = re.search(rf"^\| {shell} \| `(.+)` \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert found
    return found[1]


INTERACTIVE = {"bash": ("/bin/bash", "-i"), "zsh": ("/usr/bin/zsh", "-i")}


@pytest.mark.parametrize("shell", INTERACTIVE)
def test_tab_completes_the_line(folder: Path, shell: str) -> None:
    if not Path(INTERACTIVE[shell][0]).exists():
        pytest.skip(f"{shell} is not installed")
    got = re.compile(r"(?<!echo )got (.*) \.")
    found = []
    with Session(home=folder, program=INTERACTIVE[shell], env={"TERM": "vt100"}) as session:
        session.send("azchat() { echo got $* .; }; echo begun\r")
        session.wait_for(re.compile(r"begun\r*\n.*begun", re.DOTALL))
        for typed, _ in LINES:
            session.mark()
            session.send(f"azchat {typed}\t\r")
            session.wait_for(got)
            found.append(got.findall(session.output)[-1].strip())
    assert found == [line for _, line in LINES]
    assert not (folder / "hit").exists()


def test_fish_completes_the_word(folder: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # azchat is there
    env = {"HOME": str(folder), "PATH": path}
    in_shell(install_line("fish"), folder)
    asked = "; ".join(f"complete -C 'azchat {typed}'; echo ==" for typed, _ in LINES)
    done = subprocess.run(
        ["fish", "-c", asked], env=env, cwd=folder, capture_output=True, text=True
    )
    words = [
        {row.partition("\t")[0] for row in one.split("\n")} for one in done.stdout.split("==\n")
    ]
    missing = [
        line for (_, line), told in zip(LINES, words, strict=False) if line.split()[-1] not in told
    ]
    assert (missing, done.stderr) == ([], "")
    assert not (folder / "hit").exists()
