"""``azchat usage``: what the saved turns took, thinking and answer apart."""

import csv
import io
import json
from typing import Any

from azchat.commands.sessions import read_sessions
from azchat.commands.sessions.times import span
from azchat.environment import Environment
from azchat.errors import ExitCode, UsageError
from azchat.messages import Usage
from azchat.prices import Price, money
from azchat.redaction import Redactor
from azchat.render.choose import show_rows
from azchat.sessions.search import ALWAYS
from azchat.sessions.usage import By, Spent
from azchat.settings.prices import load_prices
from azchat.terminal.safe import visible

_FIELDS = ("turns", "prompt", "cached", "thinking", "answer")
_PAID = ("cost", "thinking_cost", "unpaid_turns", "currency")


def run(
    env: Environment,
    redactor: Redactor,
    *,
    by: By | None = None,
    since: str | None = None,
    until: str | None = None,
    as_json: bool = False,
    as_csv: bool = False,
) -> ExitCode:
    """Print the sums, by day if nothing is said, with their total."""
    if as_json and as_csv:
        raise UsageError("--json and --csv are two forms", "name one of them")
    by, within, prices = by or "day", span(since, until), load_prices(env)

    def price_of(model: str | None, is_demo: bool) -> Price | None:
        return prices.find((model,), is_azure=not is_demo)

    found = read_sessions(env, redactor, lambda store: store.add_up(by, price_of, within))
    total = Spent()
    for spent in found.values():
        total = total.plus(spent)
    if by in ("model", "session"):  # what took most is at the end, by the next prompt
        found = dict(sorted(found.items(), key=lambda row: _weight(row[1])))
    if as_json:
        rows = [{by: key, **_fields(spent)} for key, spent in found.items()]
        told = {"usage": rows, "total": _fields(total)}
        env.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    elif as_csv:
        file = io.StringIO()
        writer = csv.DictWriter(file, (by, *_FIELDS, *_PAID), lineterminator="\n")
        writer.writeheader()
        writer.writerows({by: key, **_fields(spent)} for key, spent in found.items())
        env.stdout.write(file.getvalue())
    elif not found:
        env.stderr.write(f"azchat: nothing was saved{' of that time' * (within != ALWAYS)}\n")
    else:
        _show(env, by, {**found, "total": total})
    return ExitCode.OK if found or within == ALWAYS else ExitCode.NOTHING


def _show(env: Environment, by: By, found: dict[str, Spent]) -> None:
    has_cost = any(spent.cost or spent.unpaid for spent in found.values())
    names = [by, *_FIELDS, *(("cost", "thinking cost") if has_cost else ())]
    lines = [[visible(key or "?"), *_cells(spent, has_cost)] for key, spent in found.items()]
    if not env.stdout.is_terminal:
        rows = [[name.upper() for name in names], *lines]
        env.stdout.write("".join("\t".join(row) + "\n" for row in rows))
        return
    from azchat.render.drawn import Cell, Column, table

    columns = [Column(name.upper(), is_number=name != by) for name in names]
    if by == "session":
        columns[0] = columns[0]._replace(widest=40)
    told: list[list[Cell]] = [[*line] for line in lines]
    told[-1] = [(cell, "bold") for cell in lines[-1]]
    show_rows(env, table(columns, told, env.stdout.size()[0]))


def _cells(spent: Spent, has_cost: bool) -> list[str]:
    fields = _fields(spent)
    cells = ["" if fields[name] is None else f"{fields[name]}" for name in _FIELDS]
    currency = fields["currency"] or "USD"
    total, thinking = (money(fields[name], currency) for name in _PAID[:2])
    if spent.cost and spent.unpaid:
        total += " + ?"
    return [*cells, *((total, thinking) if has_cost else ())]


def _fields(spent: Spent) -> dict[str, Any]:
    usage, cost = spent.usage, spent.cost
    told = cost.to_dict() if cost else {}
    paid = (told.get("total"), told.get("thinking"), spent.unpaid, told.get("currency"))
    return {
        "turns": spent.turns,
        "prompt": usage.prompt,
        "cached": usage.cached,
        "thinking": usage.reasoning,
        "answer": _answer(usage),
        **dict(zip(_PAID, paid, strict=True)),
    }


def _answer(usage: Usage) -> int | None:
    return None if usage.completion is None else usage.completion - (usage.reasoning or 0)


def _weight(spent: Spent) -> tuple[float, int]:
    cost = spent.cost.total if spent.cost else None
    return cost or 0.0, (spent.usage.prompt or 0) + (spent.usage.completion or 0)
