"""``python -m tests.bench``: azchat beside its peers, as one Markdown table on stdout.

The medians are printed and compared with the goals; nothing is asserted. Linux only (CPU and
memory come from ``wait4``). Run it on a machine with nothing else to do.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import rows as all_rows
from tests.bench.measure import Bench, Call, Run, RunFailedError, make_certificate
from tests.bench.rows import ROWS, Load, Row
from tests.bench.table import NOTHING, Table
from tests.bench.tools import NAMES, MissingError, Name, Tool, Workshop

_ROUNDS = 11
_QUICK_ROUNDS = 3
_NO_TLS = "openssl is missing, and with it the certificate"


def main() -> int:
    """Measure and print; 1 when azchat itself could not be measured."""
    options = _options()
    rows = _chosen(options)
    with tempfile.TemporaryDirectory(prefix="azchat-bench-") as scratch:
        home = Path(scratch) / "home"
        home.mkdir()
        workshop = Workshop(options.cache.expanduser().absolute(), home, _say)
        tools, missing = _prepare(workshop, install_peers=not options.quick)
        certificate = make_certificate(Path(scratch))
        if certificate:
            workshop.trust(certificate[0])
        with Bench(Path(scratch), certificate) as bench:
            sprint = Sprint(bench, tools, missing)
            least = bench.run(Call(("/bin/true",), {})).peak
            sprint.run(rows, options.rounds)
    print(_heading(workshop.versions(), options, least))
    print(Table(sprint.runs, sprint.reasons).render(rows), end="")
    failed = any(name == "azchat" for _, name in sprint.reasons)
    return 1 if failed else 0


class Sprint:
    """Runs the loads in turn, and keeps the runs, or the reasons why there are none."""

    def __init__(self, bench: Bench, tools: dict[Name, Tool], missing: dict[Name, str]) -> None:
        self._bench = bench
        self._tools = tools
        self._missing = missing
        self.runs: dict[tuple[Load, Name], list[Run]] = {}
        self.reasons: dict[tuple[Load, Name], str] = {}

    def run(self, rows: Sequence[Row], rounds: int) -> None:
        """Run every race that the rows need: ``rounds`` rounds and one to warm up."""
        loads = list(dict.fromkeys(load for row in rows for load in row.loads))
        for race in dict.fromkeys(load.race for load in loads):
            entries = [
                (load, name, call)
                for load in loads
                if load.race == race
                for name, call in self._calls(load)
            ]
            _say(f"{race}: {len(entries)} programs in turn, {rounds} rounds ", end="")
            for number in range(rounds + 1):
                self._round(entries, counts=number > 0)
                _say(".", end="")
            _say("")

    def _calls(self, load: Load) -> Iterator[tuple[Name, Call]]:
        for name in load.tools:
            tool = self._tools.get(name)
            url = load.scenario and self._bench.url(load.scenario, tls=load.tls)
            if not tool:
                self.reasons[load, name] = self._missing[name]
            elif load.flag:
                if tool.start:
                    yield name, tool.start(load.flag)
            elif url:
                yield name, tool.ask(url)
            else:
                self.reasons[load, name] = _NO_TLS

    def _round(self, entries: Sequence[tuple[Load, Name, Call]], *, counts: bool) -> None:
        for load, name, call in entries:
            if (load, name) in self.reasons:
                continue
            try:
                run = self._bench.run(call, load.scenario)
            except RunFailedError as error:
                # One failure and it is out: the rounds of all programs stay side by side.
                self.reasons[load, name] = str(error)
                self.runs.pop((load, name), None)
                continue
            if counts:
                self.runs.setdefault((load, name), []).append(run)


def _prepare(
    workshop: Workshop, *, install_peers: bool
) -> tuple[dict[Name, Tool], dict[Name, str]]:
    tools: dict[Name, Tool] = {}
    missing: dict[Name, str] = {}
    for name in NAMES:
        try:
            tools[name] = workshop.prepare(name, install=install_peers)
        except MissingError as error:
            missing[name] = str(error)
            _say(f"{name}: {error}")
    return tools, missing


def _options() -> argparse.Namespace:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "azchat-bench"
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, help=f"counted rounds, after one to warm up (default: {_ROUNDS})")
    add("--quick", action="store_true", help="3 rounds, and no peers that are not there (for CI)")
    add("--rows", default="", help="only these: " + ",".join(row.key for row in ROWS))
    add("--paced", action="store_true", help="also the row at 200 tokens/s, 5 s a run")
    add("--blocks", action="store_true", help="16 KB of events in an HTTP chunk, not one event")
    add("--cache", type=Path, default=cache, metavar="DIR", help=f"default: {cache}")
    options = parser.parse_args()
    unknown = set(filter(None, options.rows.split(","))) - {row.key for row in ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if options.rounds is None:
        options.rounds = _QUICK_ROUNDS if options.quick else _ROUNDS
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    return options


def _chosen(options: argparse.Namespace) -> list[Row]:
    named = [key for key in options.rows.split(",") if key]
    rows = [
        row
        for row in ROWS
        if row.key in named
        or (row.key == "paced" and options.paced)
        or (not named and row.key != "paced")
    ]
    if options.quick:
        rows = [all_rows.quick(row) for row in rows]
    if options.blocks:
        rows = [all_rows.in_blocks(row) for row in rows]
    return rows


def _heading(versions: str, options: argparse.Namespace, least: float) -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}; {versions}.  \n"
        f"Medians of {options.rounds} interleaved rounds, ratios within rounds. Floor: "
        "`python -c 0` for the first two rows, then a bare socket with `json`. Peak memory "
        f"cannot read below {least:.1f} MiB. {NOTHING}: does not apply"
        f"{', or a long answer by a peer, which --quick leaves out' if options.quick else ''}.\n"
    )


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
