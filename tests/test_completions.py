"""The files in completions/ are what the program prints, and shells understand them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.front_door import azchat
from tests.oracles import check

FOLDER = Path(__file__).parent.parent / "completions"
FILES = {
    "bash": FOLDER / "azchat.bash",
    "zsh": FOLDER / "_azchat",
    "fish": FOLDER / "azchat.fish",
    "powershell": FOLDER / "azchat.ps1",
}


@pytest.mark.parametrize("shell", FILES)
def test_the_file_is_current(shell: str, home: Path) -> None:
    result = azchat("--show-completion", shell, home=home)
    check(result, code=0)
    assert FILES[shell].read_text() == result.out, (
        f"write it anew: azchat --show-completion {shell} > completions/{FILES[shell].name}"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("azchat inf", ["info"]),
        ("azchat ask --eff", ["--effort"]),
        ("azchat ask --effort m", ["minimal", "medium", "max"]),
        ("azchat --output-format ", ["text", "json", "stream-json"]),
        ("azchat config t", ["trust"]),
        ("azchat sessions ex", ["export"]),
        ("azchat sessions export --format ", ["md", "html", "json"]),
        ("azchat demo serve --po", ["--port"]),
    ],
)
def test_bash_completes(words: str, expected: list[str]) -> None:
    script = (
        'source "$1"; read -ra COMP_WORDS <<< "$2"; [[ "$2" == *" " ]] && COMP_WORDS+=("")\n'
        'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _azchat; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = ["bash", "-c", script, "bash", str(FILES["bash"]), words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == expected
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_parses_its_file(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-n", str(FILES[shell])], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_fish_completes_values() -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = f"source '{FILES['fish']}'; complete -C 'azchat ask --effort '"
    done = subprocess.run(["fish", "-c", script], capture_output=True, text=True, check=True)
    assert "xhigh" in done.stdout.split()
