"""A check that is stopped ends at once, whatever its probes wait for."""

import signal
from pathlib import Path

from tests.faults.server import FaultServer
from tests.front_door import Session
from tests.oracles import CANARY, check


def test_ctrl_c_ends_a_check_that_waits(home: Path, fs: FaultServer) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("noheader"), "AZURE_INFERENCE_CREDENTIAL": CANARY}
    with Session("info", "--check", "-m", "m", home=home, env=env, tty=False) as session:
        session.wait_until(lambda: len(fs.requests) >= 3)
        session.interrupt()
        result = session.finish(5)
    check(result, code=signal.SIGINT, limit_seconds=5)
