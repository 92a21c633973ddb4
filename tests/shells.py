"""Command lines as a user types them: loops, pipes and substitutions of a real bash."""

import os
import subprocess
import sys
from pathlib import Path

from tests.front_door import ROOT


def in_shell(script: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``script`` in ``home`` by bash, whose stdin is no pipe; ``azchat`` is this one."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": path, "HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        ["bash", "-c", script],
        env=known,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
