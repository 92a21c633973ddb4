"""The rows of the second table: a Markdown answer on a terminal."""

from collections.abc import Callable
from dataclasses import replace
from statistics import median

from tests.bench.measure import Run
from tests.bench.rows import Goal, Load, Race, Result, Row
from tests.bench.server import Scenario, Text
from tests.bench.table import NOTHING
from tests.bench.tools import WAYS, Name

_ALL: tuple[Name, ...] = (*WAYS, "azchat")
_STREAMING: tuple[Name, ...] = ("plain", "live", "aider", "azchat")
_SHORTEST = 50
"""The tokens of the answer that is taken off as start-up; it has one of each kind of block."""


def terminal_rows(*, quick: bool) -> list[Row]:
    """Return the rows; ``quick`` leaves out the long runs and most of the ways to compare."""
    if quick:
        return [
            *_at_once(_load(2_000, tools=("plain", "once", "live", "azchat"))),
            *_at_once(_load(20_000, tools=("once", "azchat"))),
            _latency(100, ("azchat",)),
        ]
    sizes = (
        _load(2_000, tools=(*_ALL, "shell-gpt"), single=("shell-gpt",)),
        _load(20_000),
        _load(100_000, limit=60),
    )
    return [
        replace(_cpu(_load(500, tools=(*_ALL, "shell-gpt"))), goal=_NONE),
        *(row for load in sizes for row in _at_once(load)),
        _slope(sizes[-1]),
        _growth(sizes[0], sizes[-1]),
        *_paced(2_000),
        _latency(400, _STREAMING),
    ]


def _load(
    tokens: int,
    race: Race = "terminal",
    text: Text = "markdown",
    tools: tuple[Name, ...] = _ALL,
    first_delay: int = 0,
    delay: int = 0,
    limit: float | None = None,
    single: tuple[Name, ...] = (),
) -> Load:
    scenario = Scenario(tokens, first_delay, delay, text=text)
    load = Load(race, scenario=scenario, tools=tools, terminal=True, single=single)
    return replace(load, limit=limit) if limit else load


def _tokens(load: Load) -> int:
    assert load.scenario
    return load.scenario.tokens


_NONE = Goal(NOTHING, lambda _: None)


def _at_most(limit: float, unit: str = "") -> Goal:
    return Goal(f"≤ {limit:g}{unit}", lambda it: it.medians[-1] <= limit)


_AS_ONCE = Goal("≤ 1.2x once", lambda it: None if it.ratio is None else it.ratio <= 1.2)


def _row(
    what: str,
    title: str,
    load: Load,
    figure: Callable[[Run], float],
    goal: Goal = _NONE,
    against: Name | None = None,
    digits: int = 0,
) -> Row:
    title = f"{_tokens(load):,} tokens at once: {title}"
    return Row(f"terminal-{what}", title, (load,), (figure,), digits, against, goal)


def _cpu(load: Load) -> Row:
    return _row("cpu", "CPU, ms", load, lambda run: run.cpu, _AS_ONCE, "once")


def _at_once(load: Load) -> list[Row]:
    tokens = _tokens(load)
    return [
        _row("wall", "s", load, lambda run: run.wall / 1000, against="once", digits=2),
        _cpu(load),
        _row("bytes", "bytes by token", load, lambda run: run.size / tokens, digits=1),
        _row("memory", "peak, MiB", load, lambda run: run.peak, _at_most(45), digits=1),
    ]


def _slope(large: Load) -> Row:
    small = _load(_SHORTEST)
    further = (_tokens(large) - _SHORTEST) / 1000
    return Row(
        "terminal-slope",
        "each further 1,000 tokens at once: CPU, ms",
        (small, large),
        (lambda small, large: (large.cpu - small.cpu) / further,),
        1,
        "once",
        _AS_ONCE,
    )


def _growth(middle: Load, large: Load) -> Row:
    """Compare the CPU of a token in a long answer with that in a short one."""
    first, second = _tokens(middle) - _SHORTEST, _tokens(large) - _SHORTEST
    # Not shell-gpt, of which there is no long answer.
    loads = (_load(_SHORTEST), middle, large)

    def growth(start: Run, middle: Run, large: Run) -> float:
        return (large.cpu - start.cpu) / second / ((middle.cpu - start.cpu) / first)

    return Row(
        "terminal-growth",
        f"CPU of a token of {_tokens(large):,} by that of {_tokens(middle):,}, times",
        loads,
        (growth,),
        2,
        None,
        _at_most(1.1),
    )


def _paced(tokens: int) -> list[Row]:
    small = _load(_SHORTEST, "terminal-paced")
    large = _load(tokens, "terminal-paced", delay=5)
    further = (tokens - _SHORTEST) / 1000

    def is_cheap(it: Result) -> bool | None:
        return None if it.ratio is None else it.medians[0] <= 150 and it.ratio <= 0.25

    return [
        Row(
            "terminal-paced",
            "CPU by 1,000 tokens at 200 tokens/s, ms",
            (small, large),
            (lambda small, large: (large.cpu - small.cpu) / further,),
            0,
            "live",
            Goal("≤ 150 ms, ≤ 0.25x live", is_cheap),
        ),
        Row(
            "terminal-paced",
            "bytes by token at 200 tokens/s",
            (large,),
            (lambda large: large.size / tokens,),
            1,
            "live",
            _at_most(35),
        ),
    ]


def _latency(tokens: int, tools: tuple[Name, ...]) -> Row:
    # What a program can do before the first token comes does not count.
    load = _load(tokens, "terminal-latency", "numbered", tools, first_delay=300, delay=5)

    def p95(run: Run) -> float:
        return sorted(run.delays)[int(len(run.delays) * 0.95)]

    return Row(
        "terminal-latency",
        "a token at 200 tokens/s: sent → on the screen, median → p95 → last, ms",
        (load,),
        (lambda run: median(run.delays), p95, lambda run: max(run.delays)),
        1,
        None,
        Goal("≤ 50 → ≤ 50 → ≤ 100", lambda it: it.medians[1] <= 50 and it.medians[2] <= 100),
    )
