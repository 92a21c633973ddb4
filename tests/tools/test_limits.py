"""Calls that hang end at their time limit, on Ctrl-C, and with azchat; so do their children."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import Session
from tests.oracles import CANARY, check
from tests.tools.conftest import ToolFile
from tests.tools.test_rounds import fine

HANGING = """
import os, pathlib, subprocess, sys, time
def hang(x: int) -> int:
    os.umask(0o077)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    pathlib.Path({pids!r}).write_text(f"{{os.getpid()}} {{child.pid}} .")
    time.sleep(1000)
"""


class Hang:
    """A tool that hangs, with a child; and the two processes once it does."""

    def __init__(self, home: Path, tool_file: ToolFile) -> None:
        self.pids = home / "pids"
        self.path = tool_file(HANGING.format(pids=str(self.pids)))

    @property
    def is_running(self) -> bool:
        return self.pids.exists() and self.pids.read_text().endswith(".")

    @property
    def is_gone(self) -> bool:
        return not any(map(_is_alive, map(int, self.pids.read_text().split()[:2])))


def _is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def hang(home: Path, tool_file: ToolFile) -> Hang:
    return Hang(home, tool_file)


@pytest.fixture
def session(home: Path, fs: FaultServer, hang: Hang) -> Iterator[Session]:
    env = {
        "AZURE_INFERENCE_ENDPOINT": fs.url("tool", tool="hang", arguments='{"x": 1}'),
        "AZURE_INFERENCE_CREDENTIAL": CANARY,
    }
    args = ("ask", "hi", "-T", hang.path, "--approve", "hang")
    with Session(*args, home=home, env=env, tty=False) as running:
        running.wait_until(lambda: hang.is_running)
        yield running


def test_a_call_is_killed_with_its_children_at_its_limit(
    fs: FaultServer, ask: Ask, hang: Hang
) -> None:
    url = fs.url("tool", tool="hang", arguments='{"x": 1}')
    args = ("-T", hang.path, "--approve", "all", "--tool-timeout", "1")
    assert "error: no result after 1 s; killed" in fine(ask(url, "hi", *args), fs)
    assert hang.is_gone


def test_ctrl_c_ends_a_call_with_its_children(session: Session, hang: Hang) -> None:
    session.interrupt()
    result = session.finish()
    assert result.status == 130
    assert "interrupted; saved as session" in result.err
    session_gone(hang.pids)


def test_kill_9_ends_a_call_with_its_children(session: Session, hang: Hang) -> None:
    session.kill()
    session.finish()
    session_gone(hang.pids)


def test_a_call_that_was_killed_is_not_run_again(
    session: Session, hang: Hang, fs: FaultServer, ask: Ask, home: Path
) -> None:
    from tests.tools.history import check_history

    session.kill()
    session.finish()
    (home / "pids").unlink()
    result = ask(fs.url("ok"), "go on", "--continue", "-T", hang.path, "--approve", "hang")
    check(result, code=0, servers=[fs])
    said = check_history(fs.requests[-1])
    assert [one.kind for one in said] == ["question", "call", "result", "question"]
    assert "interrupted" in said[2].text
    assert not hang.is_running


def session_gone(pids: Path) -> None:
    """Wait for the ends of processes that are nobody's children any more."""
    descriptors = []
    for pid in map(int, pids.read_text().removesuffix(".").split()):
        try:
            descriptors.append(os.pidfd_open(pid))
        except ProcessLookupError:
            continue
    import select

    for descriptor in descriptors:
        assert select.select([descriptor], [], [], 5)[0], "a process was left behind"
        os.close(descriptor)
