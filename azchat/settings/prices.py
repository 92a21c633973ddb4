"""Which price a model has: the config file's own, else Azure's list as it was asked for last."""

import re
from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from azchat.environment import Environment
from azchat.errors import ConfigError
from azchat.learned import load_facts
from azchat.prices import Price
from azchat.settings.file import load_config

_DATE = re.compile(r"-?20\d\d-?(\d\d)-?(\d\d)\b")
_NUMBERS = ("input", "cached", "cache_write", "output")
_HINT = (
    'such as: [prices."gpt-5"] with input = 1.25, cached = 0.125, cache_write = 1.25, output = 10: '
    "of a million tokens"
)


class Prices(NamedTuple):
    """All that are known, by name as ``plain`` has it; ``day`` is that of Azure's list."""

    own: Mapping[str, Price]
    listed: Mapping[str, Price]
    day: str = ""

    def find(self, names: Iterable[str | None], *, is_azure: bool) -> Price | None:
        """Return the price of a model by its names; one without figures where it has none.

        None where no price is known at all: then nobody wants to be told of them.
        """
        lists = [one for one in (self.own, self.listed if is_azure else {}) if one]
        tried = [form for name in names if name for form in (plain(name), plain(_undated(name)))]
        for known in lists:
            for name in tried:
                if price := known.get(name) or _dated(known, name):
                    return price
        return Price() if lists else None


def prices_file(env: Environment) -> Path:
    """Return where Azure's list is kept."""
    return env.data_folder / "prices.json"


def load_prices(env: Environment) -> Prices:
    """Return what the config file and the kept list say; raises ``ConfigError``."""
    own = load_config(env.config_file).get("prices", {})
    if not isinstance(own, dict):
        raise ConfigError(f"prices in {env.config_file} must be tables", _HINT)
    kept = load_facts(prices_file(env))
    rows = kept.get("prices")
    try:
        listed = {name: _price(row, name) for name, row in dict(rows or {}).items()}
    except (ConfigError, TypeError, ValueError):
        listed = {}  # somebody's own work: the next update mends it
    where = str(env.config_file)
    mine = {plain(name): _price(row, f"prices.{name} in {where}") for name, row in own.items()}
    return Prices(mine, listed, str(kept.get("date", "")))


def plain(name: str) -> str:
    """Return a model's name without what is written now so, now so: ``gpt-4o-2024-08-06``."""
    return re.sub(r"[^a-z0-9.]", "", _DATE.sub(r"\1\2", name.lower()))


def _undated(name: str) -> str:
    return _DATE.sub("", name)


def _dated(known: Mapping[str, Price], name: str) -> Price | None:
    """Return the price of all versions of a model, if it is one."""
    version = re.compile(rf"{re.escape(name)}\d{{4}}")
    same = {price for other, price in known.items() if version.fullmatch(other)}
    return same.pop() if len(same) == 1 else None


def _price(row: Any, where: str) -> Price:
    """Return the price that a table tells."""
    fields = dict(row) if isinstance(row, dict) else {"": row}
    tiers, currency = fields.pop("tiers", []), fields.pop("currency", "USD")
    base = Price(*_figures(fields, where), str(currency))
    rows = [(tier, _above(tier, where)) for tier in (tiers if isinstance(tiers, list) else [tiers])]
    made = [
        (above, Price(*_figures({**fields, **tier, "above": 0}, where), base.currency))
        for tier, above in rows
    ]
    return base._replace(tiers=tuple(sorted(made, key=lambda one: one[0])))


def _above(tier: Any, where: str) -> int:
    above = tier.get("above") if isinstance(tier, dict) else None
    if type(above) is not int or above < 0:
        what = f"a tier of {where} does not say from how many tokens of the prompt on"
        raise ConfigError(what, "such as: tiers = [{above = 272000, input = 2.5, output = 15}]")
    return above


def _figures(
    fields: Mapping[str, Any], where: str
) -> tuple[float | None, float | None, float | None, float | None]:
    for name, value in fields.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name not in (*_NUMBERS, "above") or not is_number or not 0 <= value < inf:
            raise ConfigError(f"{where} has no use for {name} = {value!r}", _HINT)
    return tuple(map(fields.get, _NUMBERS))  # type: ignore[return-value]
