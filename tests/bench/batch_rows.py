"""The rows of batch, compare and usage: ``python -m tests.bench --batch``.

Beside a bare pool of ``http.client`` on the same machine, which neither reads nor keeps anything.
"""

import http.client
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from threading import local
from urllib.parse import urlsplit

from azchat.demo.server import DemoServer
from azchat.messages import Message, Text
from azchat.sessions.store import Store
from tests.bench.measure import Bench
from tests.bench.server import Scenario
from tests.bench.session_rows import Line
from tests.bench.tools import Tool

_QUESTIONS, _JOBS, _TOKENS = 2_000, 64, 50
_MANY = 100_000
_RPM, _LIMITED = 600, 400
_SESSIONS = 10_000
_Say = Callable[[str], None]


def batch_lines(bench: Bench, azchat: Tool, rounds: int, say: _Say) -> Iterator[Line]:
    """Measure, and yield the lines of the table."""
    url = bench.url(Scenario(_TOKENS), tls=False)
    assert url
    ask = azchat.ask(url)
    with tempfile.TemporaryDirectory(prefix="azchat-batch-") as name:
        folder = Path(name)
        yield from _throughput(folder, ask.argv[:1], ask.env, url, min(rounds, 5), say)
        yield from _memory(folder, ask.argv[:1], ask.env, say)
        yield from _limit(folder, ask.argv[:1], ask.env, say)
        yield from _usage(folder, ask.argv[:1], ask.env, rounds, say)


def _throughput(
    folder: Path,
    program: Sequence[str],
    env: dict[str, str],
    url: str,
    rounds: int,
    say: _Say,
) -> Iterator[Line]:
    bare, own = [], []
    for number in range(rounds):
        say(f"batch: {_QUESTIONS} questions, round {number + 1}")
        bare.append(_QUESTIONS / _pool(url))
        own.append(_QUESTIONS / _batch(folder, program, env, _QUESTIONS)[0])
    ratio = median(own) / median(bare)
    title = f"{_QUESTIONS} questions of {_TOKENS} tokens, {_JOBS} at once: bare pool → azchat, /s"
    yield Line(title, f"{median(bare):.0f} → {median(own):.0f}", "≥ 0.8x", ratio >= 0.8)


def _memory(folder: Path, program: Sequence[str], env: dict[str, str], say: _Say) -> Iterator[Line]:
    say(f"batch: {_MANY} lines")
    small = _batch(folder, program, env, _QUESTIONS)[1]
    large = _batch(folder, program, env, _MANY)[1]
    title = f"memory, {_QUESTIONS} → {_MANY} lines, MiB"
    yield Line(title, f"{small:.0f} → {large:.0f}", "≤ 80", max(small, large) <= 80)


def _limit(folder: Path, program: Sequence[str], env: dict[str, str], say: _Say) -> Iterator[Line]:
    say(f"batch: {_LIMITED} questions at {_RPM} a minute")
    log: list[str] = []
    with DemoServer(rpm=_RPM, log=log.append) as server:
        there = {"AZURE_INFERENCE_ENDPOINT": f"{server.url}/models"}
        seconds, _ = _batch(folder, program, env | there, _LIMITED)
    refused = sum(line.endswith(" 429") for line in log)
    most = _RPM / 6 + _RPM * seconds / 60  # the bucket was full
    used, share = _LIMITED / most, refused / len(log)
    title = f"a limit of {_RPM} a minute: used, refused"
    yield Line(title, f"{used:.0%}, {share:.1%}", "≥ 95 %, ≤ 1 %", used >= 0.95 and share <= 0.01)


def _usage(
    folder: Path,
    program: Sequence[str],
    env: dict[str, str],
    rounds: int,
    say: _Say,
) -> Iterator[Line]:
    say(f"usage: {_SESSIONS} sessions")
    store = Store(folder / "data", print)
    usage = json.dumps({"prompt": 10, "completion": 20, "reasoning": 5})
    for number in range(_SESSIONS):
        journal = store.begin(Message.user(Text(f"question {number}")), model="m")
        store._database.execute(
            "UPDATE turns SET state = 'complete', usage = ?, began = began + ? WHERE id = ?",
            (usage, number * 60.0 - 3e7, journal.turn),
        )
    store.close()
    there = env | {"AZCHAT_DATA_DIR": str(folder / "data")}
    times = [_run([*program, "usage", "month"], there)[0] for _ in range(rounds)]
    spent = 1000 * median(times)
    yield Line(f"azchat usage over {_SESSIONS} sessions, ms", f"{spent:.0f}", "≤ 300", spent <= 300)


def _batch(
    folder: Path, program: Sequence[str], env: dict[str, str], count: int, *more: str
) -> tuple[float, float]:
    """Return the seconds and the peak of memory in MiB."""
    _write(folder, count)
    output = folder / "out.jsonl"
    output.unlink(missing_ok=True)
    args = ["batch", str(folder / "in.jsonl"), "-o", str(output), "-q", "--jobs", str(_JOBS), *more]
    return _run([*program, *args], env)


def _write(folder: Path, count: int) -> None:
    lines = (f'{{"id": "q{number}", "prompt": "question {number}"}}\n' for number in range(count))
    (folder / "in.jsonl").write_text("".join(lines))


def _run(command: Sequence[str], env: dict[str, str]) -> tuple[float, float]:
    begin = time.monotonic()
    process = subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.monotonic() - begin, spent.ru_maxrss / 1024


def _pool(url: str) -> float:
    """Return the seconds that a pool of bare connections takes for the same."""
    parts, own = urlsplit(url), local()
    body = json.dumps(
        {"model": "m", "stream": True, "messages": [{"role": "user", "content": "q"}]}
    )

    def ask(_: int) -> None:
        if not hasattr(own, "connection"):
            own.connection = http.client.HTTPConnection(parts.netloc)
        headers = {"content-type": "application/json", "api-key": "k" * 20}
        own.connection.request("POST", f"{parts.path}/chat/completions", body, headers)
        own.connection.getresponse().read()

    begin = time.monotonic()
    with ThreadPoolExecutor(_JOBS) as pool:
        list(pool.map(ask, range(_QUESTIONS)))
    return time.monotonic() - begin
