"""``python -m tests.bench``: azchat beside its peers, as Markdown tables on stdout.

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
from tests.bench.terminal_rows import terminal_rows
from tests.bench.tools import NAMES, TERMINAL_NAMES, MissingError, Name, Tool, Workshop

_ROUNDS = 11
_TERMINAL_ROUNDS = 5
_QUICK_ROUNDS = 2
_NO_TLS = "openssl is missing, and with it the certificate"


def main() -> int:
    """Measure and print; 1 when azchat itself could not be measured."""
    options = _options()
    piped, shown = _chosen(options)
    rounds = options.rounds or (_QUICK_ROUNDS if options.quick else _ROUNDS)
    shown_rounds = options.rounds or min(rounds, _TERMINAL_ROUNDS)
    with tempfile.TemporaryDirectory(prefix="azchat-bench-") as scratch:
        home = Path(scratch) / "home"
        home.mkdir()
        workshop = Workshop(options.cache.expanduser().absolute(), home, _say)
        names = _columns([*piped, *shown], (*NAMES, *TERMINAL_NAMES))
        is_own = options.sessions or options.azure or options.batch
        names = ("azchat",) if is_own else names
        tools, missing = _prepare(names, workshop, install_peers=not options.quick)
        certificate = make_certificate(Path(scratch))
        if certificate:
            workshop.trust(certificate[0])
        with Bench(Path(scratch), certificate) as bench:
            least = bench.run(Call(("/bin/true",), {})).peak
            if is_own:
                from tests.bench.azure_rows import azure_lines  # which import azchat
                from tests.bench.batch_rows import batch_lines
                from tests.bench.session_rows import line_table, session_lines

                lines = azure_lines if options.azure else session_lines
                lines = batch_lines if options.batch else lines
                own_rounds = options.rounds or _ROUNDS
                table = line_table(lines(bench, tools["azchat"], own_rounds, _say))
                print(f"{_heading(workshop.versions(), least)}\n{table}", end="")
                return 0
            sprint = Sprint(bench, tools, missing)
            sprint.run(piped, rounds)
            sprint.run(shown, shown_rounds)
    print(_heading(workshop.versions(), least))
    if piped:
        print(_piped_heading(rounds, quick=options.quick))
        names = NAMES
        print(Table(names, sprint.runs, sprint.reasons).render(piped), end="\n" if shown else "")
    if shown:
        print(_terminal_heading(shown_rounds))
        names = _columns(shown, TERMINAL_NAMES)
        print(Table(names, sprint.runs, sprint.reasons).render(shown), end="")
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
                single = number == 1
                now = [it for it in entries if single or it[1] not in it[0].single]
                self._round(now, counts=number > 0)
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
                yield name, (tool.show if load.terminal else tool.ask)(url)
            else:
                self.reasons[load, name] = _NO_TLS

    def _round(self, entries: Sequence[tuple[Load, Name, Call]], *, counts: bool) -> None:
        for load, name, call in entries:
            if (load, name) in self.reasons:
                continue
            try:
                run = self._bench.run(call, load.scenario, terminal=load.terminal, limit=load.limit)
            except RunFailedError as error:
                # One failure and it is out: the rounds of all programs stay side by side.
                self.reasons[load, name] = str(error)
                self.runs.pop((load, name), None)
                continue
            if counts:
                self.runs.setdefault((load, name), []).append(run)


def _columns(rows: Sequence[Row], names: Sequence[Name]) -> tuple[Name, ...]:
    """Return the names that have something to run for the rows, each once."""
    used = {name for row in rows for load in row.loads for name in load.tools}
    return tuple(dict.fromkeys(name for name in names if name in used))


def _prepare(
    names: Sequence[Name], workshop: Workshop, *, install_peers: bool
) -> tuple[dict[Name, Tool], dict[Name, str]]:
    tools: dict[Name, Tool] = {}
    missing: dict[Name, str] = {}
    for name in names:
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
    rounds = f"default: {_ROUNDS}, on a terminal {_TERMINAL_ROUNDS}"
    keys = list(dict.fromkeys(row.key for row in (*ROWS, *terminal_rows(quick=False))))
    add("--rounds", type=int, help=f"counted rounds, after one to warm up ({rounds})")
    add("--quick", action="store_true", help="2 rounds, and no peers that are not there (for CI)")
    add("--rows", default="", help="only these: " + ",".join(keys))
    add("--terminal", action="store_true", help="only the rows of Markdown on a terminal, 10 min")
    add("--sessions", action="store_true", help="only the rows of the sessions' store, 3 min")
    add("--azure", action="store_true", help="only the rows of the first minute on Azure, 1 min")
    add("--batch", action="store_true", help="only the rows of batch and usage, 15 min")
    add("--paced", action="store_true", help="also the row at 200 tokens/s, 5 s a run")
    add("--blocks", action="store_true", help="16 KB of events in an HTTP chunk, not one event")
    add("--cache", type=Path, default=cache, metavar="DIR", help=f"default: {cache}")
    options = parser.parse_args()
    unknown = set(filter(None, options.rows.split(","))) - set(keys)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds: at least 1")
    return options


def _chosen(options: argparse.Namespace) -> tuple[list[Row], list[Row]]:
    """Return the rows of the first table and those of the second."""
    named = [key for key in options.rows.split(",") if key]
    others = not named and not options.terminal
    piped = [
        row
        for row in ROWS
        if row.key in named
        or (row.key == "paced" and options.paced)
        or (others and row.key != "paced")
    ]
    shown = [
        row
        for row in terminal_rows(quick=options.quick)
        if row.key in named or (not named and (options.terminal or options.quick))
    ]
    if options.quick:
        piped = [all_rows.quick(row) for row in piped]
    if options.blocks:
        piped, shown = (
            [all_rows.in_blocks(row) for row in piped],
            [all_rows.in_blocks(row) for row in shown],
        )
    return piped, shown


def _heading(versions: str, least: float) -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}; {versions}.  \n"
        f"Ratios within rounds. Peak memory cannot read below {least:.1f} MiB. "
        f"{NOTHING}: does not apply.\n"
    )


def _piped_heading(rounds: int, *, quick: bool) -> str:
    return (
        f"Into a pipe, medians of {rounds} interleaved rounds. Floor: `python -c 0` for the first "
        "two rows, then a bare socket with `json`."
        f"{' A long answer by a peer is left out by --quick.' if quick else ''}\n"
    )


def _terminal_heading(rounds: int) -> str:
    return (
        f"Markdown on a terminal of 120x40, medians of {rounds} interleaved rounds. Plain text, "
        "once (one print by Rich at the end), live (Rich's `Live`, 12 times a second) and aider's "
        "way read a bare socket with `json`; shell-gpt runs once at 2,000 tokens.\n"
    )


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
