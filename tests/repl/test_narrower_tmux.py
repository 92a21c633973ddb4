"""A prompt whose window gets narrower in a real tmux: what it drew before leaves nothing."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.front_door import environment

LINES = 30
_STEADY = 1.0  # seconds


class Tmux:
    """A tmux of its own that runs one program."""

    def __init__(self, home: Path, columns: int, env: dict[str, str], *command: str) -> None:
        self._env = env
        self._begin = ["tmux", "-S", str(home / "tmux"), "-f", os.devnull]
        size = ("-x", str(columns), "-y", str(LINES))
        self.run("new-session", "-d", *size, *command)
        self.run("set", "-g", "window-size", "manual")

    def run(self, *words: str) -> str:
        command = [*self._begin, *words]
        return subprocess.run(command, env=self._env, capture_output=True, text=True).stdout

    def shown(self, *, history: bool = False) -> str:
        return self.run("capture-pane", "-p", *(("-S", "-") if history else ()))

    def wait_for(self, is_so: Callable[[str], bool]) -> None:
        """Wait until it is so, and stays: tmux tells a size later than it broke the lines."""
        now = time.monotonic()
        end, since = now + 30, now
        while now - since < _STEADY:
            assert now < end, self.shown()
            now = time.monotonic()
            since = since if is_so(self.shown()) else now


@pytest.fixture
def chat(fs: FaultServer, home: Path) -> Iterator[Callable[[int], Tmux]]:
    if not shutil.which("tmux"):
        pytest.skip("there is no tmux")
    begun: list[Tmux] = []

    def start(columns: int) -> Tmux:
        variables = {
            "AZURE_INFERENCE_ENDPOINT": fs.url("think", r=400, field="reasoning_content"),
            "AZURE_INFERENCE_CREDENTIAL": "any",
            "AZURE_INFERENCE_MODEL": "m",
        }
        env = environment(home, variables, terminal=True)
        begun.append(Tmux(home, columns, env, sys.executable, "-P", "-m", "azchat", "chat"))
        return begun[-1]

    yield start
    for tmux in begun:
        tmux.run("kill-server")


def is_opened(columns: int) -> Callable[[str], bool]:
    """Return whether the thinking stands there, laid out for so many columns."""

    width = min(columns, 100)  # prose is no wider

    def check(shown: str) -> bool:
        rows = [line for line in shown.split("\n") if line.startswith("  think")]
        is_whole = "session 1" in shown.rstrip().rpartition("\n")[2]
        return (
            is_whole
            and "▾ Thought" in shown
            and width - 12 < max(map(len, rows), default=0) <= width
        )

    return check


@pytest.mark.parametrize("sizes", [(100, 60, 40), (80, 50, 72), (120, 41, 100, 60)], ids=str)
def test_an_opened_thought_leaves_no_ghost(
    chat: Callable[[int], Tmux], sizes: tuple[int, ...]
) -> None:
    tmux = chat(sizes[0])
    tmux.wait_for(lambda shown: "a question, or /help" in shown)
    tmux.run("send-keys", "hi", "Enter")
    tmux.wait_for(lambda shown: "session 1" in shown and "tok9" in shown)
    tmux.run("send-keys", "C-t")
    tmux.wait_for(is_opened(sizes[0]))
    for columns in sizes[1:]:
        tmux.run("resize-window", "-x", str(columns), "-y", str(LINES))
        tmux.wait_for(is_opened(columns))
        assert tmux.shown(history=True).count("▾ Thought") == 1
    tmux.run("send-keys", "C-t")
    tmux.wait_for(lambda shown: "▾" not in shown)
    left = tmux.shown(history=True)
    assert "▾" not in left
    assert "think20 " not in left
