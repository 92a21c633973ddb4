"""The completion that the program prints is that of its commands, and shells understand it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from azchat.cli.groups import SCRIPTS as FILES
from azchat.cli.groups import grammar
from tests.completion_scripts import completion_script
from tests.front_door import azchat
from tests.oracles import check

HUGGING = ["hf.co/x/y:Q4_K_M", "hf.co/x/y:Q8_0"]


@pytest.mark.parametrize("shell", FILES)
def test_the_file_is_current(shell: str, home: Path) -> None:
    result = azchat("--show-completion", shell, home=home)
    check(result, code=0)
    assert result.out == FILES[shell].read_text()
    made = completion_script(shell, grammar())
    assert result.out == made, "write it anew: python -m tests.completion_scripts"


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
        ("azchat --profile work sessions ex", ["export"]),
        ("azchat -qR --model chat templates li", ["list"]),
        ("azchat -m sessions que", []),
        ("azchat ask what info --eff", ["--effort"]),
        ("azchat tools --json for", ["forget"]),
        ("azchat ask --effort=me", ["--effort=medium"]),
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


# As readline hands them over: cut at what COMP_WORDBREAKS has, of which a reply has no part.
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ask", "-m", "qw"], ["qwen3:8b", "qwen3:30b-a3b", "qwq"]),
        (["ask", "-m", "qwen3", ":"], ["8b", "30b-a3b"]),
        (["ask", "-m", "qwen3", ":", "8"], ["8b"]),
        (["--model", "=", "hf.co/x/y", ":", "Q"], ["Q4_K_M", "Q8_0"]),
        (["chat", "--model", "="], ["gpt-5", "qwen3:8b", "qwen3:30b-a3b", "qwq", *HUGGING]),
        (["chat", "--model", "=", "gp"], ["gpt-5"]),
        (["--effort", "=", "mi"], ["minimal"]),
        (["-m", "qwen3", ":", "8b", "ch"], ["chat"]),
        (["-m", "qwen3", ":", "8b", "sessions", "ex"], ["export"]),
        (["ask", "--model", "=", "qwen3", ":", "8b", "--eff"], ["--effort"]),
        (["ask", "--endpoint", "https", ":", "//host/v1", "--no-std"], ["--no-stdin"]),
        (["ask", "--output", "=", "fi"], []),
    ],
    ids=lambda value: " ".join(value),
)
def test_bash_completes_what_readline_cuts(
    tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    names = ["gpt-5", "qwen3:8b", "qwen3:30b-a3b", "qwq", *HUGGING]
    (tmp_path / "models.txt").write_text("".join(f"{name}\n" for name in names))
    script = (
        'source "$1"; shift; COMP_WORDBREAKS=$\' \\t\\n"\\\'><=;|&(:\'; COMP_WORDS=(azchat "$@")\n'
        'COMP_CWORD=$#; _azchat; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script, "bash", str(FILES["bash"]), *words],
        env={"AZCHAT_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.split(), done.stderr) == (expected, "")


@pytest.mark.parametrize("shell", ["zsh", "bash"])
@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("ch", "command:(ask"),
        ("-m qwen3 ch", "command:(ask"),
        ("-m chat -q ", "command:(ask"),
        ("--profile work sessions ", "command:(list"),
        ("-qR -m x sessions export --f", "--format"),
        ("--model=x chat --con", "--continue"),
        ("tools forget ", "_files"),
    ],
)
def test_zsh_looks_past_the_options_before_a_command(shell: str, words: str, command: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    first = '""' if shell == "bash" else ""  # where arrays begin with 0
    script = f"""
        _arguments() {{ printf '%s\\n' "$@"; }}; file=$1; shift
        words=({first} azchat "$@"); CURRENT=$(($# + 1)); set --; source "$file"
    """
    command_line = [shell, "-c", script, shell, str(FILES["zsh"]), *words.split(" ")]
    done = subprocess.run(command_line, capture_output=True, text=True, check=True)
    assert command in done.stdout
    assert done.stderr == ""
    is_root = "command:(ask" in done.stdout
    assert is_root == (command == "command:(ask")


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
