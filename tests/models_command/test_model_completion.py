"""``-m`` and Tab: each shell offers the names that the last ``azchat models`` left."""

import shutil
import subprocess
from pathlib import Path

import pytest

from azchat.learned import Names
from tests.front_door import azchat

RUNS = {
    "bash": (
        "source {script}; COMP_WORDS=(azchat chat --model gpt-5); COMP_CWORD=3; _azchat; "
        'printf "%s\\n" "${{COMPREPLY[@]}}"'
    ),
    "fish": "source {script}; complete -C 'azchat ask -m gpt-5'",
    "zsh": (
        'compadd() {{ shift; print -l -- "$@" }}; _arguments() {{ : }}; source {script} 2>&-; '
        "_azchat_offer models"
    ),
}


def offered(shell: str, home: Path, **variables: str) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = home / f"azchat.{shell}"
    script.write_text(azchat("--show-completion", shell, home=home).out)
    command = [shell, "-c", RUNS[shell].format(script=script)]
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", **variables}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=home)
    return sorted(name for name in done.stdout.split() if name.startswith("gpt-5"))


@pytest.mark.parametrize("shell", RUNS)
def test_a_shell_offers_the_names_of_the_last_list(home: Path, shell: str) -> None:
    Names(home / ".local/share/azchat").remember(["gpt-5-mini", "gpt-5.4", "o9"])
    assert offered(shell, home) == ["gpt-5-mini", "gpt-5.4"]


@pytest.mark.parametrize("shell", RUNS)
def test_a_shell_looks_into_the_users_own_folder(home: Path, shell: str) -> None:
    Names(home / "own").remember(["gpt-5-own"])
    assert offered(shell, home, AZCHAT_DATA_DIR=str(home / "own")) == ["gpt-5-own"]


@pytest.mark.parametrize("shell", RUNS)
def test_without_a_list_a_shell_offers_no_name(home: Path, shell: str) -> None:
    assert offered(shell, home) == []
