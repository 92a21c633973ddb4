"""The rows of the sessions' store: ``python -m tests.bench --sessions``.

What saving costs a turn, and how long it takes to find something in a large store.
"""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from azchat.events import Event, RequestSent, TextDelta
from azchat.messages import Message, Text
from azchat.sessions.search import Where
from azchat.sessions.store import Store
from tests.bench.measure import Bench, Call
from tests.bench.prompt_rows import prompt_times
from tests.bench.server import Scenario
from tests.bench.session_store import MEGABYTES, SESSIONS, build, long_session
from tests.bench.tools import Tool

_DELTAS = 20_000
_QUERIES: tuple[tuple[str, Where], ...] = (
    *(("rare5000x2", "all"), ("session", "all"), ("the", "all"), ("session python", "all")),
    *(("because the", "thinking"), ("re", "all"), ("学", "all"), ("道行", "all"), ("none", "all")),
)
_Say = Callable[[str], None]


class Line(NamedTuple):
    """A line of the table; ``reached`` is None where there is no goal."""

    title: str
    figure: str
    goal: str = ""
    reached: bool | None = None


def session_lines(bench: Bench, azchat: Tool, rounds: int, say: _Say) -> Iterator[Line]:
    """Measure, and yield the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="azchat-store-") as folder:
        yield from _saving(Path(folder), bench, azchat, rounds, say)
        yield from _finding(Path(folder), bench, azchat, rounds, say)


def line_table(lines: Iterable[Line]) -> str:
    """Return the table in Markdown."""
    head = ["| row | figure | goal | reached |", "|---|---:|---|---|"]
    words = {True: "yes", False: "no", None: ""}
    body = [f"| {it.title} | {it.figure} | {it.goal} | {words[it.reached]} |" for it in lines]
    return "\n".join([*head, *body, ""])


# -- what saving costs ---------------------------------------------------------------------


def _saving(folder: Path, bench: Bench, azchat: Tool, rounds: int, say: _Say) -> Iterator[Line]:
    say("saving: deltas")
    yield from _deltas(folder / "deltas")
    url = bench.url(Scenario(50), tls=False)
    assert url
    ask = azchat.ask(url)
    saving = Call(ask.argv, ask.env | {"AZCHAT_DATA_DIR": str(folder / "asked")})
    alone, own, ratio = prompt_times(ask.argv[0], ask.env, rounds)
    title = "the prompt of chat: prompt-toolkit alone → azchat, ms"
    yield Line(title, f"{alone:.0f} → {own:.0f}: {ratio:.2f}x", "≤ 1.3x", ratio <= 1.3)
    say(f"saving: {rounds} rounds of ask with and without it")
    yield from _asking(bench, saving, rounds)
    if shutil.which("strace"):
        yield _syncs(saving)


def _deltas(folder: Path) -> Iterator[Line]:
    store = Store(folder, print)
    journal = store.begin(Message.user(Text("hi")), model="m")
    events: list[Event] = [RequestSent(0.0), *(TextDelta(" token", 1, 0.1),) * _DELTAS]
    times = []
    for event in events:
        begin = time.perf_counter()
        journal.receive(event)
        times.append(1e6 * (time.perf_counter() - begin))
    begin = time.perf_counter()
    journal.finish()
    end = 1e3 * (time.perf_counter() - begin)
    store.close()
    times.sort()
    middle = median(times)
    ninety_nine = times[int(0.99 * len(times))]
    figure = f"{middle:.1f} → {ninety_nine:.0f} → {sum(times) / len(times):.1f}"
    yield Line("a delta saved: median → p99 → mean, µs", figure, "≤ 15", middle <= 15)
    yield Line(f"the end of a turn of {_DELTAS:,} deltas, ms", f"{end:.0f}")


def _asking(bench: Bench, saving: Call, rounds: int) -> Iterator[Line]:
    without = Call((*saving.argv, "-n"), saving.env)
    runs: list[tuple[float, float]] = []
    walls: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        one, other = (bench.run(call, Scenario(50)) for call in (saving, without))
        if number:  # the first makes the file
            runs.append((one.wire, other.wire))
            walls.append((one.wall, other.wall))
    for title, pairs, goal in (
        ("start → request on the wire", runs, 5.0),
        ("start → end, 50 tokens", walls, 15.0),
    ):
        more = median(one - other for one, other in pairs)
        medians = " → ".join(f"{median(column):.1f}" for column in zip(*pairs, strict=True))
        figure = f"{medians}: {more:+.1f}"
        yield Line(f"{title}, saved → not saved, ms", figure, f"≤ {goal:+.0f}", more <= goal)


def _syncs(saving: Call) -> Line:
    """Count the fsyncs of a turn; SQLite syncs the folder too, once in a process."""
    traced = ("strace", "-f", "-y", "-e", "trace=fsync,fdatasync", *saving.argv)
    said = subprocess.run(traced, env=saving.env, capture_output=True, text=True).stderr
    synced = re.findall(r"f(?:data)?sync\(\d+<([^>]*)>", said)
    of_file = sum("sessions.db" in path for path in synced)
    figure = f"{of_file} + {len(synced) - of_file}"
    return Line("fsyncs of a turn: of the file + of the folder", figure, "1", of_file == 1)


# -- how long finding takes ----------------------------------------------------------------


def _finding(folder: Path, bench: Bench, azchat: Tool, rounds: int, say: _Say) -> Iterator[Line]:
    say(f"finding: a store of {SESSIONS:,} sessions is being made")
    large = folder / "large"
    begin = time.monotonic()
    store = build(large)
    took = time.monotonic() - begin
    session = long_session(store)
    size = sum(path.stat().st_size for path in large.iterdir()) / 1e6
    title = f"a store of {SESSIONS:,} sessions and {MEGABYTES} MB of text: file, MB"
    yield Line(title, f"{size:.0f}, made in {took:.0f} s")
    say("finding: as functions")
    yield _function("sessions(), all", lambda: store.sessions(), rounds)
    yield _function("sessions(30)", lambda: store.sessions(30), rounds)
    for query, where in _QUERIES:
        search = partial(_search, store, query, where)
        yield _function(f"search({query!r}) in {where}, {search()} found", search, rounds)
    yield _function("load() of 500 turns", lambda: store.load(session), rounds, 200.0)
    store.close()
    say("finding: as commands")
    env = azchat.ask("http://127.0.0.1:9").env | {"AZCHAT_DATA_DIR": str(large)}
    program = azchat.ask("http://127.0.0.1:9").argv[0]
    for words in (
        ("sessions", "list", "--limit", "30"),
        ("sessions", "list"),
        ("sessions", "search", "session python"),
        ("sessions", "search", "the"),
    ):
        call = Call((program, *words), env)
        walls = [bench.run(call).wall for _ in range(rounds + 1)][1:]
        yield _timed(f"azchat {' '.join(words)}", median(walls), 150.0)


def _search(store: Store, query: str, where: Where) -> int:
    return len(list(store.search(query, where)))


def _function(title: str, function: Callable[[], object], rounds: int, goal: float = 150.0) -> Line:
    times = []
    for _ in range(rounds + 1):
        begin = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - begin))
    return _timed(title, median(times[1:]), goal)


def _timed(title: str, milliseconds: float, goal: float) -> Line:
    return Line(f"{title}, ms", f"{milliseconds:.1f}", f"≤ {goal:g}", milliseconds <= goal)
