"""Whether the process that saves a turn still runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from azchat.sessions.processes import is_running, process_name


def test_this_process_runs() -> None:
    assert is_running(process_name())


def test_another_process_has_another_name_and_runs_until_it_ends() -> None:
    code = (
        "from azchat.sessions.processes import process_name as n; print(n(), flush=True); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as other:  # type: ignore[call-overload]
        name = other.stdout.readline().strip()
        assert is_running(name)
        assert name != process_name()
        other.communicate("\n")
        assert not is_running(name)


def test_a_process_with_the_number_of_an_earlier_one_is_another() -> None:
    number, began = process_name().split(":")
    assert not is_running(f"{number}:{int(began) - 1}")


def test_a_process_that_ended_and_was_not_waited_for_does_not_run() -> None:
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    assert not is_running(f"{child}:{fields[19]}")
    os.waitpid(child, 0)


@pytest.mark.parametrize(
    "name", ["", ":", "x", "x:1", "-1:1", "0:0", "1", "99999999999999999999:1", "²:1", "4194305:"]
)
def test_a_name_that_makes_no_sense_is_no_process(name: str) -> None:
    assert not is_running(name)
