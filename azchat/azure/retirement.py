"""What Azure has retired or will retire, and what takes its place: a dated table, read offline.

As Microsoft's retirement schedules stood in November 2026. Pure: names and a day in, warnings
out. String methods, not regular expressions: every ask of a retired model passes here.
"""

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


_DEEPSEEK = "DeepSeek-V4-Pro or DeepSeek-V4-Flash"
_REASONING = "a gpt-5 model"
# The longest name that begins the model's counts, so a family's dates do not hide a member's.
_MODELS = {
    "deepseek-r1-0528": ("2026-07-13", _DEEPSEEK),
    "deepseek-r1": ("2026-08-13", _DEEPSEEK),
    "deepseek-v3-0324": ("2026-07-13", _DEEPSEEK),
    "deepseek-v3.1": ("2026-07-13", _DEEPSEEK),
    "mai-ds-r1": ("2026-02-27", "MAI-Thinking-1"),
    "grok-3": ("2026-05-01", "grok-4.7"),
    "gpt-4.1": ("2026-10-14", _REASONING),
    "gpt-4o": ("2026-10-01", _REASONING),
    "o1": ("2026-09-16", _REASONING),
    "o3-mini": ("2026-10-01", _REASONING),
    "o3": ("2026-10-16", _REASONING),
    "o4-mini": ("2026-10-16", _REASONING),
}
# Members of those families with dates of their own, which the table does not know.
_OTHERS = ("deepseek-r1-distill", "o1-pro", "o1-mini", "o1-preview", "o3-pro", "o3-deep-research")
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


def retirement_of_model(name: str | None) -> Retirement | None:
    """Return when a model ends, by its name or a deployment's that begins with it."""
    if not name:
        return None
    plain = name.lower().rpartition("/")[2]
    if plain.startswith(_OTHERS):
        return None
    fits = [known for known in _MODELS if _begins(plain, known)]
    if not fits:
        return None
    date, instead = _MODELS[max(fits, key=len)]
    return Retirement(name, date, instead)


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
