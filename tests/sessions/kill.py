"""kill -9 at random moments: ``python -m tests.sessions.kill --runs 500``.

What was shown must be in the store, the store whole, the turn told as interrupted, and the next
turn of the session possible. One failure in 500 runs is one too many.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from azchat.sessions import SavedTurn
from azchat.sessions.store import Store
from tests.faults.payloads import text_of
from tests.faults.server import FaultServer
from tests.front_door import Result, Session
from tests.oracles import CANARY, check

TOKENS, PAUSE = 60, 5  # of an answer; milliseconds between two
_ANSWER = TOKENS * PAUSE / 1000  # seconds
_EARLY = 0.2  # of the runs are killed before the answer begins, perhaps
_TURNS = 20  # of one session; then another begins
_BATCH = 50


def kill_often(home: Path, fs: FaultServer, runs: int, seed: int) -> Counter[str]:
    """Kill ``runs`` answers, and let the last one live; return how often what was killed.

    Raises ``AssertionError`` for whatever was lost.
    """
    rng, count = random.Random(seed), Counter[str]()
    for run in range(runs):
        result = _killed(home, fs, f"s{run // _TURNS}", rng)
        count[_judged(home, result)] += 1
        assert _is_valid(fs), f"run {run} of seed {seed} sent {fs.requests[-1].body!r}"
    name = f"s{(runs - 1) // _TURNS}"
    with _asking(home, fs.url("ok"), name) as session:
        check(session.finish(), code=0, servers=[fs])
    assert _is_valid(fs), "the turn after the last kill is not valid"
    return count


def _asking(home: Path, url: str, name: str) -> Session:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    return Session("ask", "hi", "--session", name, home=home, env=env, tty=False)


def _killed(home: Path, fs: FaultServer, name: str, rng: random.Random) -> Result:
    url = fs.url("slow", n=TOKENS, ms=PAUSE)
    with _asking(home, url, name) as session:
        if rng.random() > _EARLY:
            session.wait_until(lambda: bool(session.output), what="first byte")
            end = time.monotonic() + rng.uniform(0, 1.1 * _ANSWER)
        else:
            end = time.monotonic() + rng.uniform(0, 0.4)
        session.wait_until(lambda: not session.running or time.monotonic() > end)
        session.kill(signal.SIGKILL)
        return session.finish()


def _judged(home: Path, result: Result) -> str:
    """Assert that nothing was lost; return what the run was killed in."""
    check(result, code=0 if result.code == 0 else signal.SIGKILL)
    store = Store(home / ".local/share/azchat", _complain)
    try:
        turn = _newest(store)
    finally:
        store.close()
    if result.code == 0:
        assert turn
        assert (turn.state, turn.answer) == ("complete", text_of(TOKENS))
        return "not at all"
    if not result.out:
        return "the start"
    assert turn
    assert turn.answer.startswith(result.out.rstrip("\n"))
    if turn.state == "complete":  # what was shown was whole, and saved
        assert turn.answer == text_of(TOKENS)
        return "the end"
    assert (turn.state, turn.reason) == ("interrupted", "azchat was ended")
    return "the answer"


def _newest(store: Store) -> SavedTurn | None:
    info = store.latest()
    return store.load(info.id).turns[-1] if info else None


def _complain(line: str) -> None:
    raise AssertionError(line)


def _is_valid(fs: FaultServer) -> bool:
    """Return whether the last request has question and answer in turns, none empty."""
    messages = fs.requests[-1].json()["messages"] if fs.requests else [{"role": "user"}]
    roles = [message["role"] for message in messages]
    usual = (["user", "assistant"] * len(roles))[: len(roles)]
    return roles == usual and len(roles) % 2 == 1 and all(m.get("content", "x") for m in messages)


def _batch(seed: int, runs: int) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder, FaultServer() as fs:
        return kill_often(Path(folder), fs, runs, seed)


def main() -> int:
    """Kill as often as was asked for, and say what happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.sessions.kill", description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    sizes = [min(_BATCH, options.runs - at) for at in range(0, options.runs, _BATCH)]
    total, begin = Counter[str](), time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        seeds = range(options.seed, options.seed + len(sizes))
        for count in pool.map(_batch, seeds, sizes):
            total += count
            print(f"{total.total()} runs", file=sys.stderr, flush=True)
    killed = ", ".join(f"{number} in {what}" for what, number in sorted(total.items()))
    print(f"{options.runs} runs in {time.monotonic() - begin:.0f} s, killed: {killed}; 0 lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
