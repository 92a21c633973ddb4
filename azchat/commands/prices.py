"""``azchat config prices``: what is known of prices, and Azure's list."""

import json
from typing import Literal

from azchat.environment import Environment
from azchat.errors import ExitCode, ServiceError
from azchat.files import write_private
from azchat.learned import day
from azchat.prices import Price, money
from azchat.render.choose import show_rows
from azchat.settings.prices import load_prices, prices_file

_SECONDS = 300.0
_COLUMNS = ("MODEL", "INPUT", "CACHED", "OUTPUT", "FROM")
_HINT = 'write [prices."NAME"] into the config file, or: azchat config prices update'


def prices(env: Environment, *, action: Literal["list", "update"] | None = None) -> ExitCode:
    """List the prices, of a million tokens; ``update`` asks Azure for its list before."""
    if action == "update":
        return _update(env)
    known = load_prices(env)
    rows = [_cells(name, price, "config file") for name, price in sorted(known.own.items())]
    rows += [_cells(name, one, f"Azure, {known.day}") for name, one in sorted(known.listed.items())]
    if not rows:
        env.stderr.write(f"azchat: no price is known; {_HINT}\n")
        return ExitCode.NOTHING
    if not env.stdout.is_terminal:
        env.stdout.write("".join("\t".join(row) + "\n" for row in (_COLUMNS, *rows)))
        return ExitCode.OK
    from azchat.render.drawn import Column, table

    columns = [Column(name, is_number=name not in ("MODEL", "FROM")) for name in _COLUMNS]
    show_rows(env, table(columns, rows, env.stdout.size()[0]))
    return ExitCode.OK


def _update(env: Environment) -> ExitCode:
    from azchat.azure.retail import HOST, fetch_meters, read_meters

    root = (env.variables.get("AZCHAT_PRICES_URL") or HOST).rstrip("/")
    found = read_meters(fetch_meters(root, env.variables, _SECONDS))
    if not found:  # what is known stays
        what = "the list of prices names no model that azchat knows to read"
        raise ServiceError(what, 'write [prices."NAME"] into the config file')
    kept = {"date": day(), "source": root, "prices": found}
    write_private(prices_file(env), json.dumps(kept, indent=1, sort_keys=True))
    told = f"{len(found)} models, global deployments, US dollars before discounts and taxes"
    env.stderr.write(f"azchat: prices of {told}; kept in {prices_file(env)}\n")
    return ExitCode.OK


def _cells(name: str, price: Price, origin: str) -> tuple[str, ...]:
    amounts = (price.input, price.cached, price.output)
    return (name, *(money(amount, price.currency) for amount in amounts), origin)
