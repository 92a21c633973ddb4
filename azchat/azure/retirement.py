"""What Azure has retired or will retire, and what takes its place: a dated table, read offline.

As Microsoft's retirement schedules stood in November 2026: names and a day in, warnings out.
String methods, not regular expressions: every ask of a retired model passes here.
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

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


_VERSIONS = {
    f"{version}-preview": "2024-07-01"
    for version in ("2023-03-15", "2023-07-01", "2023-08-01", "2023-09-01", "2023-12-01")
}
_ROUTES = {
    "inference": Retirement(
        "the Model Inference route (/models)", "2026-08-26", "the resource's /openai/v1"
    )
}
HOSTS = {
    "models.github.ai": Retirement("GitHub Models", "2026-07-30", "Azure AI Foundry"),
    "models.inference.ai.azure.com": Retirement(
        "GitHub Models' old address", "2025-10-17", "Azure AI Foundry"
    ),
}


@cache
def _models() -> dict[str, list[str] | None]:
    """Return the dates of models, None for a member of a family whose own is not known."""
    table: dict[str, list[str] | None]
    table = json.loads(Path(__file__).with_name("retirement.json").read_bytes())
    return table


def retirement_of_model(name: str | None) -> Retirement | None:
    """Return when a model ends, by its name or a deployment's that begins with it."""
    if not name:
        return None
    plain = name.lower().rpartition("/")[2]
    fits = [known for known in _models() if _begins(plain, known)]
    # The longest counts, so a family's dates do not hide a member's.
    found = _models()[max(fits, key=len)] if fits else None
    return Retirement(name, *found) if found else None


def retirements(
    kind: str, api_version: str | None, model: str | None, today: str
) -> tuple[Retirement, ...]:
    """Return what is retired, or soon, of a route's kind, its api-version and its model."""
    found = [_ROUTES.get(kind), retirement_of_model(model)]
    if kind == "deployment" and api_version in _VERSIONS:
        version = f"api-version {api_version}"
        found.append(Retirement(version, _VERSIONS[api_version], "2024-10-21, or /openai/v1"))
    return tuple(one for one in found if one and one.is_worth_saying(today))


def _begins(name: str, known: str) -> bool:
    """Return whether ``known`` begins ``name`` as a whole word: o1 is not in o10."""
    rest = name.removeprefix(known)
    return name.startswith(known) and (not rest or rest[0] in "-_.:@")
