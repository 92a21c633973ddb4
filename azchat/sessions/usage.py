"""What the saved turns took: tokens and money, added up by day, week, month, model or session."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

from azchat.messages import Usage
from azchat.prices import Cost, Price
from azchat.sessions.search import ALWAYS, Span

if TYPE_CHECKING:
    from azchat.sessions.database import Database

By = Literal["day", "week", "month", "model", "session"]
_KEYS: dict[By, str] = {
    "day": "date(turns.began, 'unixepoch', 'localtime')",
    # Its Monday: SQLite knows the numbers of weeks since 3.46 alone.
    "week": "date(turns.began, 'unixepoch', 'localtime', 'weekday 0', '-6 days')",
    "month": "strftime('%Y-%m', turns.began, 'unixepoch', 'localtime')",
    "model": "coalesce(turns.model, '')",
    "session": "sessions.id || ' ' || coalesce(sessions.name, sessions.title)",
}
# A fork has its turns from another session: what began at the same moment was paid once.
_SUMS = """
    WITH paid AS (
        SELECT *, json_extract(settings, '$.cost.currency') AS currency,
            json_extract(settings, '$.cost.total') IS NOT NULL AS is_known,
            coalesce(json_extract(settings, '$.demo'), 0) AS is_demo
        FROM turns WHERE usage IS NOT NULL AND began >= ? AND began < ?
            AND id IN (SELECT min(id) FROM turns GROUP BY began)
    )
    SELECT {key}, turns.model, currency, is_known, is_demo, count(*),
        sum(json_extract(usage, '$.prompt')), sum(json_extract(usage, '$.completion')),
        sum(json_extract(usage, '$.reasoning')), sum(json_extract(usage, '$.cached')),
        sum(json_extract(usage, '$.cache_write')),
        sum(json_extract(settings, '$.cost.input')),
        sum(json_extract(settings, '$.cost.output')),
        sum(json_extract(settings, '$.cost.thinking'))
    FROM paid AS turns JOIN sessions ON sessions.id = turns.session
    GROUP BY 1, 2, 3, 4, 5 ORDER BY min(turns.began)
"""


class Spent(NamedTuple):
    """Turns and their tokens; what ``unpaid`` ones cost is not known, so it is more than ``cost``.

    Without both nobody knows any price.
    """

    turns: int = 0
    usage: Usage = Usage()
    cost: Cost | None = None
    unpaid: int = 0

    def plus(self, other: "Spent") -> "Spent":
        """Return the sum."""
        cost = self.cost.plus(other.cost) if self.cost else other.cost
        usage, unpaid = self.usage.plus(other.usage), self.unpaid + other.unpaid
        return Spent(self.turns + other.turns, usage, cost, unpaid)


def add_up(
    database: "Database",
    by: By,
    price_of: Callable[[str | None, bool], Price | None],
    within: Span = ALWAYS,
) -> dict[str, Spent]:
    """Return what was spent, in the order of time.

    What a turn cost was kept with it; else it is paid by today's ``price_of`` its model, which
    is told whether it was the demo's. How long each prompt was is not known then.
    """
    found: dict[str, Spent] = {}
    for row in database.rows(_SUMS.format(key=_KEYS[by]), within):
        key, model, currency, is_known, is_demo, turns, prompt, said, thought, *rest = row
        usage = Usage(prompt, said, thought, rest[0], None, rest[1])
        unpaid = 0
        if is_known:
            cost: Cost | None = Cost(rest[2], rest[3], rest[4], currency)
        else:
            price = price_of(model, bool(is_demo))
            cost = price._replace(tiers=()).of(usage) if price else None
            unpaid = turns if price and (cost is None or cost.total is None) else 0
            cost = None if unpaid else cost
        found[key] = found.get(key, Spent()).plus(Spent(turns, usage, cost, unpaid))
    return found
