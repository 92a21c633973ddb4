"""kill -9 at random moments loses nothing that was shown (row 87)."""

from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.sessions.kill import kill_often


@pytest.mark.parametrize("seed", range(5))
def test_what_was_shown_survives_kill_9(fs: FaultServer, home: Path, seed: int) -> None:
    assert kill_often(home, fs, 10, seed).total() == 10
