"""What Azure has retired or will retire, and what takes its place: a dated table, read offline.

The table is ``retirement.toml``, which says of when it is and where from. Names and a day in,
warnings out.
String methods, not regular expressions: every ask of a retired model passes here.
"""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

SOON_DAYS = 90  # a retirement that is further away is not yet worth a warning


class Retirement(NamedTuple):
    """``what`` ends on ``date`` (ISO, YYYY-MM-DD); ``instead`` is what to use."""

    what: str
    date: str
    instead: str

    def warning(self, today: str) -> str:
        """Return the one line that says so; ``today`` is an ISO date."""
        verb = "was retired" if self.date <= today else "retires"
        return f"{self.what} {verb} on {self.date}; use {self.instead}"

    def is_worth_saying(self, today: str) -> bool:
        """Return whether the day has come or is near."""
        from datetime import date  # only for what the table knows

        left = date.fromisoformat(self.date) - date.fromisoformat(today)
        return left.days <= SOON_DAYS


@cache
def _table() -> dict[str, Any]:
    """Return what ends when, with its day and its sources; a model's false: nobody says."""
    import tomllib

    return tomllib.loads(Path(__file__).with_name("retirement.toml").read_text("utf-8"))


def updated() -> str:
    """Return the day (ISO) of which the table is."""
    return str(_table()["updated"])


def retirement_of_host(host: str) -> Retirement | None:
    """Return when a host ended, None for the others; few hosts are looked up."""
    found = _table()["hosts"].get(host) if host.startswith("models.") else None
    return Retirement(*found) if found else None


def retirement_of_model(name: str | None) -> Retirement | None:
    """Return when a model ends, by its name or a deployment's that begins with it."""
    if not name:
        return None
    plain, models = name.lower().rpartition("/")[2], _table()["models"]
    fits = [known for known in models if _begins(plain, known)]
    # The longest counts, so a family's dates do not hide a member's.
    found = models[max(fits, key=len)] if fits else None
    return Retirement(name, *found) if found else None


def retirements(
    kind: str, api_version: str | None, model: str | None, today: str
) -> tuple[Retirement, ...]:
    """Return what is retired, or soon, of a route's kind, its api-version and its model."""
    table = _table()
    route, end = table["routes"].get(kind), table["versions"].get(api_version)
    found = [Retirement(*route) if route else None, retirement_of_model(model)]
    if kind == "deployment" and end:
        found.append(Retirement(f"api-version {api_version}", end, "2024-10-21, or /openai/v1"))
    return tuple(one for one in found if one and one.is_worth_saying(today))


def _begins(name: str, known: str) -> bool:
    """Return whether ``known`` begins ``name`` as a whole word: o1 is not in o10."""
    rest = name.removeprefix(known)
    return name.startswith(known) and (not rest or rest[0] in "-_.:@")
