"""The rows of the table: what is run for each, what is read off the runs, and the goal."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tests.bench.measure import RUN_LIMIT, Run
from tests.bench.server import Scenario
from tests.bench.tools import NAMES, Name

Race = Literal[
    "version",
    "help",
    "wire",
    "tls",
    "cpu",
    "long",
    "paced",
    "terminal",
    "terminal-paced",
    "terminal-latency",
]
"""Runs in turn, so that whatever the machine does meanwhile, it does to all of them."""

_OURS: tuple[Name, ...] = ("floor", "sample", "azchat")


@dataclass(frozen=True, slots=True)
class Load:
    """One thing that programs are run for: a flag, or one answer of the server.

    Each run may take ``limit`` seconds. Programs in ``single`` are so slow that they run once.
    """

    race: Race
    flag: str = ""
    scenario: Scenario | None = None
    tls: bool = False
    tools: tuple[Name, ...] = NAMES
    terminal: bool = False
    limit: float = RUN_LIMIT
    single: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What azchat reached: the medians of its figures, and of its ratio."""

    medians: tuple[float, ...]
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Goal:
    """What azchat is to reach. The answer is None where it cannot be told."""

    text: str
    reached: Callable[[Result], bool | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Each figure is read off one run of every load, all of the same round."""

    key: str
    title: str
    loads: tuple[Load, ...]
    figures: tuple[Callable[..., float], ...]
    digits: int
    against: Name | None
    """The column that azchat's last figure is divided by."""
    goal: Goal


def _at_most(limit: float, unit: str = "") -> Goal:
    return Goal(f"≤ {limit:g}{unit}", lambda it: it.medians[0] <= limit)


def _ratio(limit: float, against: Name) -> Goal:
    return Goal(
        f"≤ {limit:g}x {against}", lambda it: None if it.ratio is None else it.ratio <= limit
    )


def _flat(limit: float, more: float) -> Goal:
    return Goal(
        f"≤ {limit:g}, growing by ≤ {more:g}",
        lambda it: max(it.medians) <= limit and it.medians[-1] - it.medians[0] <= more,
    )


_VERSION = Load("version", "--version")
_HELP = Load("help", "--help")
# A lifelike start: the first token after 20 ms, then one every 10 ms.
_WIRE = Load("wire", scenario=Scenario(20, first_delay=20, delay=10))
_TLS = Load("tls", scenario=Scenario(20, first_delay=20, delay=10), tls=True)
_CPU = Load("cpu", scenario=Scenario(20_000))
_SHORT = Load("long", scenario=Scenario(50))
_LONG = Load("long", scenario=Scenario(100_000))
_ENDLESS = Load("long", scenario=Scenario(1_000_000), tools=("floor", "azchat"))
_PACED_SHORT = Load("paced", scenario=Scenario(50))
_PACED = Load("paced", scenario=Scenario(1_000, delay=5))


def _slope(small: Run, large: Run) -> float:
    return (large.wall - small.wall) / 99.95


def _growth(small: Run, large: Run, endless: Run) -> float:
    return (endless.wall - large.wall) / 900 / _slope(small, large)


ROWS = (
    Row(
        "version",
        "`--version`, ms",
        (_VERSION,),
        (lambda run: run.wall,),
        1,
        "floor",
        _ratio(1.5, "floor"),
    ),
    Row(
        "help",
        "`--help`, ms",
        (_HELP,),
        (lambda run: run.wall,),
        1,
        "floor",
        _ratio(5, "floor"),
    ),
    Row(
        "wire",
        "start → request at the server, plain, ms",
        (_WIRE,),
        (lambda run: run.wire,),
        1,
        "sample",
        _ratio(0.75, "sample"),
    ),
    Row(
        "tls",
        "the same over TLS at 40 ms round trip, ms",
        (_TLS,),
        (lambda run: run.wire,),
        1,
        "sample",
        _ratio(0.6, "sample"),
    ),
    Row(
        "first",
        "the answer's first byte: sent → on stdout, ms",
        (_WIRE,),
        (lambda run: run.first,),
        2,
        "sample",
        _at_most(1, " ms"),
    ),
    Row(
        "cpu",
        "CPU for 20,000 tokens into a pipe, ms",
        (_CPU,),
        (lambda run: run.cpu,),
        0,
        "sample",
        _ratio(0.1, "sample"),
    ),
    Row(
        "slope",
        "each further 1,000 tokens, ms",
        (_SHORT, _LONG),
        (_slope,),
        2,
        "sample",
        _at_most(4, " ms"),
    ),
    Row(
        "long",
        "100,000 tokens, s",
        (_LONG,),
        (lambda run: run.wall / 1000,),
        2,
        "sample",
        _ratio(0.06, "sample"),
    ),
    Row(
        "linear",
        "a token of 1,000,000 costs what one of 100,000 does, times",
        (_SHORT, _LONG, _ENDLESS),
        (_growth,),
        2,
        None,
        _at_most(1.1),
    ),
    Row(
        "memory",
        "peak memory, 50 → 100,000 tokens, MiB",
        (_SHORT, _LONG),
        (lambda small, _large: small.peak, lambda _small, large: large.peak),
        1,
        "sample",
        _flat(35, 1),
    ),
    Row(
        "paced",
        "CPU by 1,000 tokens at 200 tokens/s, ms",
        (_PACED_SHORT, _PACED),
        (lambda small, large: (large.cpu - small.cpu) / 0.95,),
        0,
        "floor",
        _ratio(1.2, "floor"),
    ),
)


def in_blocks(row: Row) -> Row:
    """Return the row with a server that sends 16 KB in one HTTP chunk, not one event."""
    return replace(row, loads=tuple(_in_blocks(load) for load in row.loads))


def quick(row: Row) -> Row:
    """Return the row without the long answers of the slow peers."""
    return replace(row, loads=tuple(_quick(load) for load in row.loads))


def _in_blocks(load: Load) -> Load:
    return replace(load, scenario=load.scenario and replace(load.scenario, blocks=True))


def _quick(load: Load) -> Load:
    if load.race not in ("cpu", "long", "paced"):
        return load
    return replace(load, tools=tuple(name for name in load.tools if name in _OURS))
